/* oxlint-disable typescript/no-explicit-any -- a function of any kind can only be named so, and is the cheapest to compare */

type AnyFunction = (...args: any[]) => any;

/*
 * The compiler computes these types for every member of every service, in every build. So they compare no tuples, no parameters,
 * and look into no promise without need.
 */

/**
 * For each kind of result: whether a plain promise may stand in its place. A query builder that can be awaited is more than a
 * promise, and so is a subclass of Promise.
 */
type IsPromise<R> =
  R extends Promise<infer Value>
    ? Promise<Value> extends R
      ? true
      : false
    : R extends PromiseLike<unknown>
      ? Promise<Awaited<R>> extends R
        ? true
        : false
      : false;

/** Whether there are answers, and all are true. */
type AllTrue<Answers> = false extends Answers ? false : true extends Answers ? true : false;

/** Whether every kind of a result is a promise. */
// Most results are one promise, which the compiler tells without a look at each kind.
type Whole<R> = 0 extends 1 & R
  ? false
  : [R] extends [Promise<infer Value>]
    ? Promise<Value> extends R
      ? true
      : AllTrue<IsPromise<R>>
    : AllTrue<IsPromise<R>>;

/** The answers of all overloads of a function, up to sixteen. Where there are fewer, the compiler repeats the first. */
type Answers<F> = F extends {
  (...args: any): infer R1;
  (...args: any): infer R2;
  (...args: any): infer R3;
  (...args: any): infer R4;
  (...args: any): infer R5;
  (...args: any): infer R6;
  (...args: any): infer R7;
  (...args: any): infer R8;
  (...args: any): infer R9;
  (...args: any): infer R10;
  (...args: any): infer R11;
  (...args: any): infer R12;
  (...args: any): infer R13;
  (...args: any): infer R14;
  (...args: any): infer R15;
  (...args: any): infer R16;
}
  ?
      | Whole<R1>
      | Whole<R2>
      | Whole<R3>
      | Whole<R4>
      | Whole<R5>
      | Whole<R6>
      | Whole<R7>
      | Whole<R8>
      | Whole<R9>
      | Whole<R10>
      | Whole<R11>
      | Whole<R12>
      | Whole<R13>
      | Whole<R14>
      | Whole<R15>
      | Whole<R16>
  : never;

/** True for a function whose every overload returns a promise. The last one is cheap to look at, and mostly tells. */
type ReturnsOnlyPromises<F> = F extends (...args: any) => infer Last
  ? Whole<Last> extends true
    ? AllTrue<Answers<F>>
    : false
  : false;

/** True for a function one of whose overloads returns a promise. */
type MayReturnAPromise<F> = [F] extends [never]
  ? false
  : 0 extends 1 & F
    ? false
    : F extends (...args: any) => infer Last
      ? Whole<Last> extends true
        ? true
        : true extends Answers<F>
          ? true
          : false
      : false;

/** Optional methods are methods. */
type Present<T> = Exclude<T, undefined>;

/**
 * The members of `T` that `defer` may name: at least one of their overloads returns a promise. For any other member, a promise in
 * the place of the result would be a lie.
 */
export type DeferrableKeys<T> = Extract<
  keyof { [K in keyof T as MayReturnAPromise<Present<T[K]>> extends true ? K : never]: true },
  Anything
>;

/** Names that `defer` refuses. The compiler prints this type's name, which says why. */
export interface NoOverloadReturnsAPromise<Names> {
  readonly [refused]: Names;
}
/** Services for which `defer: "all"` would be a lie. The compiler prints this type's name, which says why. */
export interface NotEveryMethodReturnsAPromise<T> {
  // What is refused for a class is refused for its subclasses.
  readonly [refused]: (service: T) => void;
}
declare const refused: unique symbol;

/** The names that `defer` takes and, for the compiler's message, why it takes no others. */
// A conditional type, so that messages show what it means and not its name.
export type DeferNames<T> = keyof T extends PropertyKey
  ? DeferrableKeys<T> | Refused<Exclude<NamesOf<T>, DeferrableKeys<T>>>
  : never;

/** `never` if there are no such names. */
type Refused<Names> = [Names] extends [never] ? never : NoOverloadReturnsAPromise<Names>;

/** `"all"`, if every overload of every method returns a promise. */
type AllOrRefused<T> = false extends EachOnlyPromises<T>[keyof T] ? NotEveryMethodReturnsAPromise<T> : "all";

/** False for each method that may return something else than a promise. */
type EachOnlyPromises<T> = {
  [K in keyof T]: Present<T[K]> extends AnyFunction ? ReturnsOnlyPromises<Present<T[K]>> : true;
};

/** `"all"` where every method returns a promise, or nothing is known of the service. */
export type AllOf<T> = unknown extends T
  ? "all"
  : symbol extends keyof T
    ? "all"
    : object extends T
      ? keyof T extends never
        ? "all"
        : AllOrRefused<T>
      : AllOrRefused<T>;

/** Which calls may wait, by the name of the member: for clients with hundreds of commands. */
export type DeferWhere = (name: string) => boolean;

/** What `defer` takes. */
// A conditional type, for the compiler's messages.
export type Deferring<T> = unknown extends T
  ? DeferAnything
  : symbol extends keyof T
    ? DeferAnything
    : object extends T
      ? keyof T extends never
        ? DeferAnything
        : DeferOf<T>
      : DeferOf<T>;

type DeferAnything = readonly Anything[] | "all" | DeferWhere;
type DeferOf<T> = keyof T extends PropertyKey ? readonly DeferNames<T>[] | AllOrRefused<T> | DeferWhere : never;

/** The declared names, without index signatures. */
type NamesOf<T> = keyof {
  [K in keyof T as K extends Anything ? (string extends K ? never : symbol extends K ? never : K) : never]: true;
};

/** The names that `defer` takes; any name where nothing is known of the service (`unknown`, `object`, `never`). */
export type DeferrableOf<T> = unknown extends T
  ? Anything
  : symbol extends keyof T
    ? Anything
    : object extends T
      ? keyof T extends never
        ? Anything
        : DeferNames<T>
      : DeferNames<T>;

/** What `defer` takes in options that are shared: those that name no class yet can be spread into those of any service. */
export type DeferringAny<T> = unknown extends T
  ? readonly any[] | "all" | DeferWhere
  : object extends T
    ? keyof T extends never
      ? readonly any[] | DeferWhere
      : Deferring<T>
    : Deferring<T>;

type Anything = string | symbol;

/** Whether a member can be called. `never` extends everything, but cannot. */
type IsMethod<M> = [M] extends [never] ? false : M extends AnyFunction ? true : false;

/**
 * A service for code that always waits. Methods that return promises keep their type (generics and overloads survive), synchronous
 * methods become asynchronous, data is hidden. A class that is asynchronous throughout is its own `AsyncView`.
 *
 * @example
 * ```ts
 * const remote: AsyncView<Parser> = { parse: async (text) => parser.parse(text) }; // every call of it may wait
 * ```
 */
export type AsyncView<T> = {
  [K in keyof T as true extends IsMethod<Present<T[K]>> ? K : never]: ReturnsOnlyPromises<Present<T[K]>> extends true
    ? T[K]
    : AsAsync<Present<T[K]>>;
};

type AsAsync<F> = F extends AnyFunction ? (...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>> : never;
