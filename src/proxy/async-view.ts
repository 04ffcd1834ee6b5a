/* oxlint-disable typescript/no-explicit-any -- a function of any kind can only be named so, and is the cheapest to compare */

type AnyFunction = (...args: any[]) => any;

/** The results of all overloads (up to sixteen) of a function; where there are fewer, the first stands for those that are not. */
type Results<F> = F extends {
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
  ? R1 | R2 | R3 | R4 | R5 | R6 | R7 | R8 | R9 | R10 | R11 | R12 | R13 | R14 | R15 | R16
  : never;

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

/** True for a function whose every overload returns a promise. Mostly the last one, which is cheap to ask for, tells. */
type ReturnsOnlyPromises<F> = AllTrue<
  F extends (...args: any) => infer Last
    ? AllTrue<IsPromise<Last>> extends true
      ? AllTrue<IsPromise<Results<F>>>
      : false
    : false
>;

/** Each overload's answer by itself: what returns a promise or something else is not one that returns a promise. */
type AnyOverloadReturnsAPromise<F> = F extends {
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
  ? true extends
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
    ? true
    : false
  : false;

/** Whether a result is a promise, whichever of its kinds it is. */
type Whole<R> = 0 extends 1 & R ? false : AllTrue<IsPromise<R>>;

/** True for a function one of whose overloads returns a promise. Mostly the last one tells. */
type MayReturnAPromise<F> = [F] extends [never]
  ? false
  : 0 extends 1 & F
    ? false
    : F extends (...args: any) => infer Last
      ? Whole<Last> extends true
        ? true
        : AnyOverloadReturnsAPromise<F>
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
/** Methods for which `defer: "all"` would be a lie; what the compiler prints of it says why. */
export interface NotEveryMethodReturnsAPromise<Names> {
  readonly [refused]: Names;
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
type AllOrRefused<T> = [Synchronous<T>] extends [never] ? "all" : NotEveryMethodReturnsAPromise<Synchronous<T>>;

/** The methods of which a call may return something else than a promise. */
type Synchronous<T> = keyof {
  [
    K in keyof T as true extends IsMethod<Present<T[K]>>
      ? ReturnsOnlyPromises<Present<T[K]>> extends true
        ? never
        : K
      : never
  ]: true;
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
export type Deferring<T> = readonly DeferrableOf<T>[] | AllOf<T> | DeferWhere;

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
export type DeferringAny<T> = object extends T
  ? keyof T extends never
    ? readonly any[] | "all" | DeferWhere
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
