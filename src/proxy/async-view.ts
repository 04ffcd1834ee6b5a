// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a function of any kind can only be named so
type AnyFunction = (...args: any[]) => any;

/** The results of all overloads (up to eight) of a function. */
type Results<F> = F extends {
  (...args: infer _1): infer R1;
  (...args: infer _2): infer R2;
  (...args: infer _3): infer R3;
  (...args: infer _4): infer R4;
  (...args: infer _5): infer R5;
  (...args: infer _6): infer R6;
  (...args: infer _7): infer R7;
  (...args: infer _8): infer R8;
}
  ? R1 | R2 | R3 | R4 | R5 | R6 | R7 | R8
  : never;

type IsAny<T> = 0 extends 1 & T ? true : false;

/**
 * For each of several results: whether a plain promise may stand in its place. A query builder that can be awaited is
 * more than a promise, and so is a promise of a class of its own.
 */
type IsPromise<R> = R extends PromiseLike<unknown> ? (Promise<Awaited<R>> extends R ? true : false) : false;

/** True for a function whose every overload returns a promise. */
type ReturnsOnlyPromises<F> =
  IsAny<F> extends true
    ? false
    : [F] extends [AnyFunction]
      ? IsAny<Results<F>> extends true
        ? false
        : [Results<F>] extends [never]
          ? false
          : false extends IsPromise<Results<F>>
            ? false
            : true
      : false;

/** Optional methods are methods. */
type Present<T> = Exclude<T, undefined>;

/**
 * The members of `T` that may be named in `defer`: those whose every overload returns a promise. For any other member,
 * a promise in place of the result would be a lie.
 */
export type DeferrableKeys<T> = {
  [K in keyof T]-?: ReturnsOnlyPromises<Present<T[K]>> extends true ? K : never;
}[keyof T];

/** The same, or any name where nothing is known of the service: it is `unknown` or `object`. */
export type DeferrableOf<T> = unknown extends T
  ? Anything
  : [object, keyof T] extends [T, never]
    ? Anything
    : DeferrableKeys<T>;

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
