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

/** True for a function whose every overload returns a promise. */
type ReturnsOnlyPromises<F> = F extends AnyFunction
  ? IsAny<ReturnType<F>> extends true
    ? false
    : [Results<F>] extends [never]
      ? false
      : [Results<F>] extends [PromiseLike<unknown>]
        ? true
        : false
  : false;

/**
 * The members of `T` that may be named in `defer`: those whose every overload returns a promise. For any other member,
 * a promise in place of the result would be a lie.
 */
export type DeferrableKeys<T> = {
  [K in keyof T]-?: ReturnsOnlyPromises<T[K]> extends true ? K : never;
}[keyof T];

/**
 * A service as it looks to code that always waits: methods that return promises keep their type untouched (generics and
 * overloads survive), synchronous methods become asynchronous, data is hidden. A class that is asynchronous throughout
 * is its own `AsyncView`.
 *
 * @example
 * ```ts
 * class Ldap {
 *   async find(name: string): Promise<string> {
 *     return `cn=${name}`;
 *   }
 * }
 * const ldap: AsyncView<Ldap> = new Ldap(); // asynchronous throughout
 * const later: AsyncView<Parser> = { parse: async (text) => parser.parse(text) };
 * ```
 */
export type AsyncView<T> = {
  [K in keyof T as T[K] extends AnyFunction ? K : never]: T[K] extends AnyFunction
    ? ReturnsOnlyPromises<T[K]> extends true
      ? T[K]
      : (...args: Parameters<T[K]>) => Promise<Awaited<ReturnType<T[K]>>>
    : never;
};
