/** True only for types that are the same, not merely assignable. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile unless the type is `true`. */
export function typeIs<T extends true>(..._proof: T extends true ? [] : [never]): void {}
