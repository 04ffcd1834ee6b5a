import { types } from "node:util";
import { ScopeError } from "../base/errors.js";
import { isObject } from "../base/is-object.js";
import { classMayReturnSelf } from "./self-return.js";

/** A class whose instances stand behind a proxy; abstract ones and those with private constructors too. */
// By its prototype, since a private constructor cannot be named in a type.
export type Class<T = object> = Function & { readonly prototype: T };

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
  /** A method's declared number of parameters; none if there are many, or if what it declares is no number of them. */
  readonly parameters: number | undefined;
  /** What a method shows as its `length`, which may be anything. */
  readonly length: unknown;
  /** Where a call can wait, as the type of a native `async` method and of an `async` generator says. */
  readonly waitsIn: "promise" | "next" | undefined;
  /** The result may be the instance itself, which the proxy must stand in for. */
  readonly result: ResultKind;
  readonly hasGetter: boolean;
  readonly hasSetter: boolean;
}

/** What the source text of a method allows to say of its result. */
export type ResultKind = "never-this" | "maybe-this" | "maybe-promise-of-this";

/** What the language itself looks at, without anybody meaning the instance. */
const LANGUAGES = new Set<PropertyKey>([
  Symbol.toStringTag,
  Symbol.isConcatSpreadable,
  Symbol.unscopables,
  Symbol.species,
]);

/** A look that the class answers as it is, or nobody. */
export function isLanguages(key: PropertyKey): boolean {
  return LANGUAGES.has(key);
}

/** What instances of the class call their constructor: a mixin may have left another there. */
export function constructorOf(shape: Class): unknown {
  return (shape.prototype as object).constructor;
}

/** Every member that instances of the class have from their prototypes, the nearest first; not Object's own. */
export function membersOf(shape: Class): Member[] {
  const members = new Map<PropertyKey, Member>();
  for (let owner = firstOf(shape); owner !== null; owner = next(owner)) {
    for (const key of Reflect.ownKeys(owner)) {
      const member = members.has(key) ? undefined : memberOf(shape, key);
      if (member !== undefined) members.set(key, member);
    }
  }
  return [...members.values()];
}

/** One of them. */
export function memberOf(shape: Class, key: PropertyKey): Member | undefined {
  if (!(key in (shape.prototype as object)) || key === "constructor" || isLanguages(key)) return undefined;
  const descriptor = inherited(firstOf(shape), key);
  return descriptor && describe(key, descriptor, shape);
}

/** How an object, or one of its prototypes, has a member; Object's own do not count. */
export function inherited(from: object | null, key: PropertyKey): PropertyDescriptor | undefined {
  for (let owner = from; owner !== null; owner = next(owner)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(owner, key);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

function firstOf(shape: Class): object | null {
  const prototype = shape.prototype as object;
  return prototype === Object.prototype ? null : prototype;
}

function next(owner: object): object | null {
  const prototype = Reflect.getPrototypeOf(owner);
  return prototype === Object.prototype ? null : prototype;
}

export function isMethod(value: unknown): value is Callable {
  return typeof value === "function" && !isClass(value as Callable);
}

/** The most parameters that generated code names. */
const MOST_PARAMETERS = 8;

function describe(key: PropertyKey, descriptor: PropertyDescriptor, shape: Class): Member {
  const enumerable = descriptor.enumerable === true;
  const value: unknown = descriptor.value;
  if (isMethod(value)) return methodMember(key, enumerable, value, resultKind(value, classMayReturnSelf(shape)));
  const isData = "value" in descriptor;
  return {
    ...accessorMember(key, enumerable),
    hasGetter: isData || descriptor.get !== undefined,
    hasSetter: isData ? descriptor.writable === true : descriptor.set !== undefined,
  };
}

export function methodMember(key: PropertyKey, enumerable: boolean, method: Callable, result: ResultKind): Member {
  // Not `method.length`, which may be a getter.
  const length: unknown = Reflect.getOwnPropertyDescriptor(method, "length")?.value ?? 0;
  const isCount = Number.isInteger(length) && (length as number) >= 0 && (length as number) <= MOST_PARAMETERS;
  const parameters = isCount ? (length as number) : undefined;
  const waitsIn = isAsyncFunction(method) ? "promise" : isAsyncGenerator(method) ? "next" : undefined;
  return { key, kind: "method", enumerable, parameters, length, waitsIn, result, hasGetter: true, hasSetter: true };
}

/** An accessor, or data that is served by one. */
export function accessorMember(key: PropertyKey, enumerable: boolean): Member {
  const none = { parameters: undefined, length: undefined, waitsIn: undefined };
  return { key, kind: "accessor", enumerable, ...none, result: "maybe-this", hasGetter: true, hasSetter: true };
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

/** What compilers make of `async` for targets that lack it: a call that the compiler's own helper makes wait. */
const COMPILED_ASYNC = /\b(?:__awaiter|_async_to_generator|_asyncToGenerator)\b|\b__async\(this\b/;

/** Whether a function was `async` before it was compiled for a target below ES2017. */
export function isCompiledAsync(value: unknown): boolean {
  return typeof value === "function" && COMPILED_ASYNC.test(Function.prototype.toString.call(value));
}

/** Whether a function is `async` in its source, whatever it was compiled for. */
export function isAsyncInSource(value: unknown): boolean {
  return isAsyncFunction(value) || isCompiledAsync(value);
}

/** The methods of a class that were compiled so. */
export function compiledAsyncOf(shape: Class): Member[] {
  const prototype = shape.prototype as object;
  return membersOf(shape).filter(
    ({ key, kind }) => kind === "method" && isCompiledAsync(inherited(prototype, key)!.value),
  );
}

function isAsyncGenerator(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object AsyncGeneratorFunction]";
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
 * @param mayReturnSelf - the instance may come back from something that holds it; see `classMayReturnSelf`
 */
export function resultKind(method: (...args: never[]) => unknown, mayReturnSelf: boolean): ResultKind {
  let analysis = analyses.get(method);
  if (analysis === undefined) analyses.set(method, (analysis = analyse(method)));
  return mayReturnSelf && analysis.usesThis ? "maybe-promise-of-this" : analysis.alone;
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
  if (isNative(source) || mayYieldThis(source)) {
    return { alone: "maybe-promise-of-this", usesThis };
  }
  const isPrimitive = isAsyncFunction(method) || (!types.isGeneratorFunction(method) && returnsOnlyArithmetic(source));
  return { alone: isPrimitive ? "never-this" : "maybe-this", usesThis };
}

function isNative(source: string): boolean {
  return source.includes("[native code]") && NATIVE.test(source);
}

/** Most texts need not be searched for calls that are dropped. */
function mayYieldThis(source: string): boolean {
  return MAY_YIELD_THIS.test(source) && MAY_YIELD_THIS.test(source.replace(DROPPED_CALL, ";"));
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
