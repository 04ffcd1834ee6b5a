const LOADED_AT = Date.now();

/**
 * The present time in milliseconds since this module was loaded: for 24 days a small integer, which fits into a field. Any larger
 * number is an object of its own.
 */
export function sinceLoaded(): number {
  const ms = Date.now() - LOADED_AT;
  return Math.abs(ms) < 2 ** 31 ? ms | 0 : ms;
}

/** The same in milliseconds since the epoch. */
export function sinceEpoch(ms: number): number {
  return LOADED_AT + ms;
}
