import { ScopeError } from "../errors.js";

/** A class whose instances stand behind a proxy; abstract ones and those with private constructors too. */
export type Class<T = object> = abstract new (...args: never[]) => T;

/** One member that a class shows on its prototype chain. */
export interface Member {
  readonly key: PropertyKey;
  readonly kind: "method" | "accessor";
  /** As `for … in` sees it: members of old-style classes are. */
  readonly enumerable: boolean;
  /** A method's declared number of parameters. */
  readonly arity: number;
  /** A native async method: its type says that it can wait. */
  readonly isAsync: boolean;
  /** The result may be the instance itself, which the proxy must stand in for. */
  readonly result: ResultKind;
  readonly hasGetter: boolean;
  readonly hasSetter: boolean;
}

/** What the source text of a method allows to say of its result. */
export type ResultKind = "never-this" | "maybe-this" | "maybe-promise-of-this";

/** What the language and inspectors look at, without anybody meaning the instance; the fallback answers them. */
const LOOKED_AT = new Set<PropertyKey>([
  Symbol.toStringTag,
  Symbol.isConcatSpreadable,
  Symbol.unscopables,
  Symbol.species,
]);

export function isLook(key: PropertyKey): boolean {
  return LOOKED_AT.has(key);
}

/** Every member that instances of the class have from their prototypes, the nearest first; not Object's own. */
export function membersOf(shape: Class): Member[] {
  const members = new Map<PropertyKey, Member>();
  for (
    let prototype = shape.prototype as object | null;
    prototype !== null && prototype !== Object.prototype;
    prototype = Reflect.getPrototypeOf(prototype)
  ) {
    for (const key of Reflect.ownKeys(prototype)) {
      if (key === "constructor" || isLook(key) || members.has(key)) continue;
      members.set(key, member(key, Reflect.getOwnPropertyDescriptor(prototype, key)!));
    }
  }
  return [...members.values()];
}

function member(key: PropertyKey, descriptor: PropertyDescriptor): Member {
  const enumerable = descriptor.enumerable === true;
  if (typeof descriptor.value === "function") {
    const method = descriptor.value as (...args: unknown[]) => unknown;
    return {
      key,
      kind: "method",
      enumerable,
      arity: method.length,
      isAsync: isAsyncFunction(method),
      result: resultKind(method),
      hasGetter: true,
      hasSetter: true,
    };
  }
  const isData = "value" in descriptor;
  return {
    key,
    kind: "accessor",
    enumerable,
    arity: 0,
    isAsync: false,
    result: "maybe-this",
    hasGetter: isData || descriptor.get !== undefined,
    hasSetter: isData ? descriptor.writable === true : descriptor.set !== undefined,
  };
}

/** A thenable cannot stand behind a proxy: `await proxy` would take it for a promise. */
export function refuseThenableClass(service: string, shape: Class): void {
  if ("then" in (shape.prototype as object)) {
    throw new ScopeError(
      "NOT_PROXYABLE",
      `${service}: class ${shape.name} has a member "then", so that \`await proxy\` would take the proxy for a promise. ` +
        `Bind an object that holds the thenable instead.`,
      { service },
    );
  }
}

/** Whether a function is native `async` (not an async generator, and not one that merely returns a promise). */
export function isAsyncFunction(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object AsyncFunction]";
}

const kinds = new WeakMap<object, ResultKind>();

/**
 * Tells from a method's source whether it can return its own instance. Careless code may hide that from us in a promise
 * (`return helper(this)` resolved by someone else); everything else is checked at the call.
 */
export function resultKind(method: (...args: never[]) => unknown): ResultKind {
  let kind = kinds.get(method);
  if (kind === undefined) kinds.set(method, (kind = analyse(method)));
  return kind;
}

/** `this` itself, or an own method called, or a computed member: any of them may bring the instance to light. */
const MAY_YIELD_THIS = /\bthis\b(?!\s*(?:\?\.|\.))|\bsuper\b|\bthis\s*\??\.\s*#?[\w$]+\s*(?:\?\.)?\(/;
/** A field returned as it is, or a call on one: `return this.owner`, `return this.client.begin()`. */
const RETURNS_FIELD = /(?:\breturn|=>)[\s(]*(?:await[\s(]+)?this\s*\??\.\s*#?[\w$]+\s*(?:[;)}]|$)/m;
const RETURNS_CALL_ON_FIELD = /(?:\breturn|=>)\s*(?:await\s+)?this\s*\??\.[^;{}]*\(/;
const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

function analyse(method: (...args: never[]) => unknown): ResultKind {
  const source = Function.prototype.toString.call(method);
  if (NATIVE.test(source) || MAY_YIELD_THIS.test(source) || RETURNS_CALL_ON_FIELD.test(source)) {
    return "maybe-promise-of-this";
  }
  if (isAsyncFunction(method)) return RETURNS_FIELD.test(source) ? "maybe-promise-of-this" : "never-this";
  return returnsOnlyArithmetic(source) ? "never-this" : "maybe-this";
}

/** Sums, products and literals are primitives, whatever their operands: such a method needs no check of its result. */
function returnsOnlyArithmetic(source: string): boolean {
  if (source.includes("=>") || source.includes("`") || /["'/]/.test(source)) return false;
  const returns = source.match(/\breturn\b[^;}]*/g) ?? [];
  return returns.every((text) => {
    const expression = text.slice("return".length).trim();
    return expression === "" || /^-?[\d.]+$/.test(expression) || /^[\w.\s]+(?:[-+*%][\w.\s]+)+$/.test(expression);
  });
}
