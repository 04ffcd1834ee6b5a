import { isAsyncFunction, isAsyncGenerator, isCompiledAsync } from "./async-function.js";
import { type Callable, type Class, isMethod } from "./class.js";
import { mayPassOn, type ResultKind, resultKind } from "./result-kind.js";
import { classMayReturnSelf } from "./self-return.js";

/** One member that a class shows on its prototype chain. */
export interface Member {
  readonly key: PropertyKey;
  readonly kind: "method" | "accessor";
  /** Whether `for … in` sees it, as it does the members of old-style classes. */
  readonly enumerable: boolean;
  /** A method's declared number of parameters; `undefined` if there are many, or if its `length` is no count. */
  readonly parameters: number | undefined;
  /** A method's `length`, which may be anything. */
  readonly length: unknown;
  /** Where a call can wait: in the promise of a native `async` method, in the first `next()` of an `async` generator. */
  readonly waitsIn: "promise" | "next" | undefined;
  /** Whether a call may return the instance itself; the caller then gets the proxy. */
  readonly result: ResultKind;
  readonly hasGetter: boolean;
  readonly hasSetter: boolean;
}

/** What the language itself reads of any object. */
const LANGUAGES = new Set<PropertyKey>([
  Symbol.toStringTag,
  Symbol.isConcatSpreadable,
  Symbol.unscopables,
  Symbol.species,
]);

/** Whether the language looks at a member by itself. The class answers, and no instance is made for it. */
export function isLanguages(key: PropertyKey): boolean {
  return LANGUAGES.has(key);
}

/** The members that instances of a class inherit, nearest first; without those of `Object`. */
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

/** One member of {@link membersOf}. */
export function memberOf(shape: Class, key: PropertyKey): Member | undefined {
  if (!(key in (shape.prototype as object)) || key === "constructor" || isLanguages(key)) return undefined;
  const descriptor = inherited(firstOf(shape), key);
  return descriptor && describe(key, descriptor, shape);
}

/** The descriptor of a member, from an object or the nearest of its prototypes; without those of `Object`. */
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

/** Generated code names no more parameters than this. */
const MOST_PARAMETERS = 8;

function describe(key: PropertyKey, descriptor: PropertyDescriptor, shape: Class): Member {
  const enumerable = descriptor.enumerable === true;
  const value: unknown = descriptor.value;
  if (isMethod(value)) {
    // The whole text of the class is looked at only where it matters.
    const result = resultKind(value, mayPassOn(value) && classMayReturnSelf(shape));
    return methodMember(key, enumerable, value, result);
  }
  const isData = "value" in descriptor;
  return {
    ...accessorMember(key, enumerable),
    hasGetter: isData || descriptor.get !== undefined,
    hasSetter: isData ? descriptor.writable === true : descriptor.set !== undefined,
  };
}

export function methodMember(key: PropertyKey, enumerable: boolean, method: Callable, result: ResultKind): Member {
  // `method.length` may be a getter.
  const length: unknown = Reflect.getOwnPropertyDescriptor(method, "length")?.value ?? 0;
  const isCount = Number.isInteger(length) && (length as number) >= 0 && (length as number) <= MOST_PARAMETERS;
  const parameters = isCount ? (length as number) : undefined;
  const waitsIn = isAsyncFunction(method) ? "promise" : isAsyncGenerator(method) ? "next" : undefined;
  return { key, kind: "method", enumerable, parameters, length, waitsIn, result, hasGetter: true, hasSetter: true };
}

/** An accessor, or data that an accessor on the proxy serves. */
export function accessorMember(key: PropertyKey, enumerable: boolean): Member {
  const none = { parameters: undefined, length: undefined, waitsIn: undefined };
  return { key, kind: "accessor", enumerable, ...none, result: "maybe-this", hasGetter: true, hasSetter: true };
}

/** The methods of a class that were `async` before they were compiled. */
export function compiledAsyncOf(shape: Class): Member[] {
  const prototype = shape.prototype as object;
  return membersOf(shape).filter(
    ({ key, kind }) => kind === "method" && isCompiledAsync(inherited(prototype, key)!.value),
  );
}
