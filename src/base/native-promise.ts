import { types } from "node:util";

/** The prototype of this realm's promises, even if somebody has replaced the global `Promise`. */
const PROMISES = Reflect.getPrototypeOf((async () => {})())!;
const THEN: unknown = Reflect.get(PROMISES, "then");
const NATIVE_THEN = /^function then\(\) \{\s*\[native code\]\s*\}$/;

/**
 * Whether a value is a promise of the language whose `then` only listens. Promises of other realms count: under Jest, Node's own
 * functions return such. A value with a `then` of its own does not count: the call of `then` may send a lazy query.
 */
export function isNativePromise<T>(value: T | Promise<T>): value is Promise<T> {
  return types.isPromise(value) && isNativeThen(ownerOfThen(value));
}

/** The same, without subclasses: `then` returns a plain promise. */
export function isPlainPromise(value: unknown): value is Promise<unknown> {
  if (!types.isPromise(value) || Object.hasOwn(value, "constructor")) return false;
  const owner = ownerOfThen(value);
  return owner === Reflect.getPrototypeOf(value) && isNativeThen(owner);
}

/**
 * The same, of this realm and without properties of its own, as an `async` function returns it. The result of each call is
 * tested, so the test is written in the way that V8 runs fastest.
 */
export function isBarePromise(value: object): value is Promise<unknown> {
  const { constructor, then } = value as { readonly constructor?: unknown; readonly then?: unknown };
  return constructor === Promise && then === THEN && hasNoOwn(value) && types.isPromise(value);
}

function hasNoOwn(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

function ownerOfThen(promise: object): object | null {
  let owner: object | null = promise;
  while (owner !== null && !Object.hasOwn(owner, "then")) owner = Reflect.getPrototypeOf(owner);
  return owner;
}

/** In this realm the prototype's `then` counts, patched or not; in another realm its source text decides. */
function isNativeThen(owner: object | null): boolean {
  if (owner === PROMISES) return true;
  const then: unknown = owner === null ? undefined : Reflect.getOwnPropertyDescriptor(owner, "then")!.value;
  return typeof then === "function" && NATIVE_THEN.test(Function.prototype.toString.call(then));
}
