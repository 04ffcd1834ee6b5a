import { types } from "node:util";

/** The one of this realm, whatever somebody has put in the place of the global one. */
const PROMISES = Reflect.getPrototypeOf((async () => {})())!;
const THEN: unknown = Reflect.get(PROMISES, "then");
const NATIVE_THEN = /^function then\(\) \{\s*\[native code\]\s*\}$/;

/**
 * Whether a value is a promise of the language, also one of another realm (under Jest those of Node's own functions are), whose
 * `then` only listens. What has a `then` of its own is left alone: a lazy query is sent when it is called.
 */
export function isNativePromise<T>(value: T | Promise<T>): value is Promise<T> {
  return types.isPromise(value) && isNativeThen(ownerOfThen(value));
}

/** The same, and of no subclass: `then` makes another plain promise of it. */
export function isPlainPromise(value: unknown): value is Promise<unknown> {
  if (!types.isPromise(value) || Object.hasOwn(value, "constructor")) return false;
  const owner = ownerOfThen(value);
  return owner === Reflect.getPrototypeOf(value) && isNativeThen(owner);
}

/**
 * The same, of this realm, and with nothing of its own, as an `async` function returns it. The question is put to what each call
 * returns, so it is put in the way that V8 answers fastest.
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

/** In this realm it is the prototype's, patched or not; in another one its text tells. */
function isNativeThen(owner: object | null): boolean {
  if (owner === PROMISES) return true;
  const then: unknown = owner === null ? undefined : Reflect.getOwnPropertyDescriptor(owner, "then")!.value;
  return typeof then === "function" && NATIVE_THEN.test(Function.prototype.toString.call(then));
}
