import { ScopeError } from "../errors.js";

/** A class whose instances stand behind a proxy; abstract ones and those with private constructors too. */
export type Class<T = object> = abstract new (...args: never[]) => T;

/** One member that a class shows on its prototype chain. */
export interface Member {
  readonly key: PropertyKey;
  readonly kind: "method" | "accessor";
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

/** Every member that instances of the class have from their prototypes, the nearest first; not Object's own. */
export function membersOf(shape: Class): Member[] {
  const members = new Map<PropertyKey, Member>();
  for (
    let prototype = shape.prototype as object | null;
    prototype !== null && prototype !== Object.prototype;
    prototype = Reflect.getPrototypeOf(prototype)
  ) {
    for (const key of Reflect.ownKeys(prototype)) {
      if (key === "constructor" || members.has(key)) continue;
      members.set(key, member(key, Reflect.getOwnPropertyDescriptor(prototype, key)!));
    }
  }
  return [...members.values()];
}

function member(key: PropertyKey, descriptor: PropertyDescriptor): Member {
  if (typeof descriptor.value === "function") {
    const method = descriptor.value as (...args: unknown[]) => unknown;
    return {
      key,
      kind: "method",
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

const BARE_THIS = /\bthis\b(?!\s*(?:\?\.|\.|\[))|\bsuper\b/;
const RETURNS_CALL_ON_THIS = /(?:\breturn|=>)\s*(?:await\s+)?this\s*(?:\?\.|\.)[^;{}]*\(/;

function analyse(method: (...args: never[]) => unknown): ResultKind {
  const source = Function.prototype.toString.call(method);
  if (BARE_THIS.test(source) || RETURNS_CALL_ON_THIS.test(source)) return "maybe-promise-of-this";
  if (isAsyncFunction(method) || returnsOnlyArithmetic(source)) return "never-this";
  return "maybe-this";
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
