/* oxlint-disable typescript/no-explicit-any -- a function of any kind can only be named so, and is the cheapest to compare */

type AnyFunction = (...args: any[]) => any;

/*
 * What follows is asked of every member of every service, and checked in every build. So it compares no tuples, whose members
 * the compiler would look at, no parameters, and no promise that it need not look into.
 */

/**
 * For each of several results: whether a plain promise may stand in its place. A query builder that can be awaited is
 * more than a promise, and so is a promise of a class of its own.
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

/** Whether there is something, and all of it is true. */
type AllTrue<Answers> = false extends Answers ? false : true extends Answers ? true : false;

/** Whether a result is a promise, whichever of its kinds it is. */
// Mostly it is one promise, which can be told without looking at each of its kinds.
type Whole<R> = 0 extends 1 & R
  ? false
  : [R] extends [Promise<infer Value>]
    ? Promise<Value> extends R
      ? true
      : AllTrue<IsPromise<R>>
    : AllTrue<IsPromise<R>>;

/** The answers of all overloads (up to sixteen) of a function; where there are fewer, the first stands for those that are not. */
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

/** True for a function whose every overload returns a promise. Mostly the last one, which is cheap to ask for, tells. */
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
 * The members of `T` that may be named in `defer`: those one of whose overloads returns a promise. For any other member, a
 * promise in place of the result would be a lie.
 */
export type DeferrableKeys<T> = Extract<
  keyof { [K in keyof T as MayReturnAPromise<Present<T[K]>> extends true ? K : never]: true },
  Anything
>;

/** Names that `defer` refuses; what the compiler prints of it says why. */
export interface NoOverloadReturnsAPromise<Names> {
  readonly [refused]: Names;
}
/** Services for which `defer: "all"` would be a lie; what the compiler prints of it says why. */
export interface NotEveryMethodReturnsAPromise<T> {
  // What is refused of a class is refused of those that extend it.
  readonly [refused]: (service: T) => void;
}
declare const refused: unique symbol;

/** The names that `defer` takes and, for the compiler's message, why it takes no others. */
// A conditional type, so that messages show what it is and not how it is called.
export type DeferNames<T> = keyof T extends PropertyKey
  ? DeferrableKeys<T> | Refused<Exclude<NamesOf<T>, DeferrableKeys<T>>>
  : never;

/** Nothing if there are none. */
type Refused<Names> = [Names] extends [never] ? never : NoOverloadReturnsAPromise<Names>;

/** `"all"`, if every method returns a promise, whichever overload is called. */
type AllOrRefused<T> = false extends EachOnlyPromises<T>[keyof T] ? NotEveryMethodReturnsAPromise<T> : "all";

/** False for the methods of which a call may return something else than a promise. */
type EachOnlyPromises<T> = {
  [K in keyof T]: Present<T[K]> extends AnyFunction ? ReturnsOnlyPromises<Present<T[K]>> : true;
};

/** `"all"` where it is true, or where nothing is known of the service. */
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
// A conditional type, for the same reason.
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

/** Without those of index signatures. */
type NamesOf<T> = keyof {
  [K in keyof T as K extends Anything ? (string extends K ? never : symbol extends K ? never : K) : never]: true;
};

/** The same, or any name where nothing is known of the service: it is `unknown`, `object` or `never`. */
export type DeferrableOf<T> = unknown extends T
  ? Anything
  : symbol extends keyof T
    ? Anything
    : object extends T
      ? keyof T extends never
        ? Anything
        : DeferNames<T>
      : DeferNames<T>;

/** The same for options that are shared: what is said of no class yet can be spread into those of any. */
export type DeferringAny<T> = unknown extends T
  ? readonly any[] | "all" | DeferWhere
  : object extends T
    ? keyof T extends never
      ? readonly any[] | DeferWhere
      : Deferring<T>
    : Deferring<T>;

type Anything = string | symbol;

/** Whether a member can be called; `never` extends everything, and can not. */
type IsMethod<M> = [M] extends [never] ? false : M extends AnyFunction ? true : false;

/**
 * A service as it looks to code that always waits: methods that return promises keep their type untouched (generics and
 * overloads survive), synchronous methods become asynchronous, data is hidden. A class that is asynchronous throughout
 * is its own `AsyncView`.
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
