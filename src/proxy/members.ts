import { ScopeError } from "../errors.js";
import { isObject } from "../is-object.js";
import { classKeepsThis } from "./keeps-this.js";

/** A class whose instances stand behind a proxy; abstract ones and those with private constructors too. */
export type Class<T = object> = abstract new (...args: never[]) => T;

/** A function of whose parameters and result nothing is known. */
export type Callable = (...args: unknown[]) => unknown;

/** What can be called with `new`. */
export type Constructor = new (...args: unknown[]) => unknown;

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

/** What instances of the class call their constructor: a mixin may have left another there. */
export function constructorOf(shape: Class): unknown {
  return (shape.prototype as object).constructor;
}

/** Every member that instances of the class have from their prototypes, the nearest first; not Object's own. */
export function membersOf(shape: Class): Member[] {
  const members = new Map<PropertyKey, Member>();
  const keepsThis = classKeepsThis(shape);
  for (
    let prototype = shape.prototype as object | null;
    prototype !== null && prototype !== Object.prototype;
    prototype = Reflect.getPrototypeOf(prototype)
  ) {
    for (const key of Reflect.ownKeys(prototype)) {
      if (key === "constructor" || isLook(key) || members.has(key)) continue;
      members.set(key, member(key, Reflect.getOwnPropertyDescriptor(prototype, key)!, keepsThis));
    }
  }
  return [...members.values()];
}

function member(key: PropertyKey, descriptor: PropertyDescriptor, keepsThis: boolean): Member {
  const enumerable = descriptor.enumerable === true;
  if (typeof descriptor.value === "function" && !isClass(descriptor.value as Callable)) {
    const method = descriptor.value as Callable;
    return {
      key,
      kind: "method",
      enumerable,
      arity: method.length,
      isAsync: isAsyncFunction(method),
      result: resultKind(method, keepsThis),
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

/**
 * Whether a function is a class, which is used with `new` and for its statics, not as a method. One that was written as a
 * `function` is told by what its instances inherit.
 */
export function isClass(value: (...args: never[]) => unknown): boolean {
  const descriptor = Reflect.getOwnPropertyDescriptor(value, "prototype");
  const prototype: unknown = descriptor?.value;
  if (!isObject(prototype)) return false;
  if (descriptor!.writable === false) return true;
  const isItsOwn = Object.hasOwn(prototype, "constructor") && prototype.constructor === value;
  return isItsOwn && (Reflect.ownKeys(prototype).length > 1 || Reflect.getPrototypeOf(prototype) !== Object.prototype);
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

/** What the text of a method says of its result. */
interface Analysis {
  /** If nothing but the method knows the instance. */
  readonly alone: ResultKind;
  readonly usesThis: boolean;
}

const analyses = new WeakMap<object, Analysis>();

/**
 * Tells from a method's source whether it can return its own instance, as itself or in a promise.
 *
 * A promise is looked into only where that may be: a check of every promise would double the time of an `await`.
 *
 * @param keepsThis - the instance may come back from something that holds it; see `classKeepsThis`
 */
export function resultKind(method: (...args: never[]) => unknown, keepsThis: boolean): ResultKind {
  let analysis = analyses.get(method);
  if (analysis === undefined) analyses.set(method, (analysis = analyse(method)));
  return keepsThis && analysis.usesThis ? "maybe-promise-of-this" : analysis.alone;
}

/** `this` itself, or an own method called, or a computed member: any of them may bring the instance to light. */
const MAY_YIELD_THIS = /\bthis\b(?!\s*(?:\?\.|\.))|\bsuper\b|\bthis\s*\??\.\s*#?[\w$]+\s*(?:\?\.)?\(/;
/** A call of an own method as a statement: whatever it returns is dropped. */
const DROPPED_CALL =
  /(?<=[;{})]|\belse)\s*(?:await\s+)?this\s*\.\s*#?[\w$]+\s*\((?:(?!\bthis\b)[^()'"`/]|"[^"\\]*"|'[^'\\]*')*\)\s*;/g;
const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

function analyse(method: (...args: never[]) => unknown): Analysis {
  const source = Function.prototype.toString.call(method);
  const usesThis = source.includes("this");
  if (NATIVE.test(source) || MAY_YIELD_THIS.test(source.replace(DROPPED_CALL, ";"))) {
    return { alone: "maybe-promise-of-this", usesThis };
  }
  const isPrimitive = isAsyncFunction(method) || returnsOnlyArithmetic(source);
  return { alone: isPrimitive ? "never-this" : "maybe-this", usesThis };
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
