/**
 * Time as the pool sees it.
 *
 * @module
 */

/**
 * Where the pool gets the time and its timers from. Give your own in tests: with a virtual clock a test need not sleep.
 *
 * A timer that the pool does not want to keep the process alive is told so through `unref()`, if its handle has that
 * method, as Node's has.
 *
 * @example
 * ```ts
 * const clock: Clock = { now: () => Date.now(), setTimeout, clearTimeout };
 * const pool = new Pool({ create, maxSize: 8, clock });
 * ```
 */
export interface Clock {
  /** The time in milliseconds, from any fixed point; must not go backwards. */
  now(): number;
  /** Calls back once, after `ms` milliseconds. */
  setTimeout(callback: () => void, ms: number): unknown;
  /** Takes back what `setTimeout` returned. */
  clearTimeout(handle: unknown): void;
  /** From 0 up to but not 1, for jitter; default `Math.random`. */
  random?(): number;
}

/** Read once: reading it costs as much as reading the time. */
const { timeOrigin } = performance;

/**
 * Milliseconds since 1970 that never jump, and Node's own timers. Each is looked up among the globals when it is used, where fake timers of tests
 * (sinon's, vitest's, jest's) replace them all together.
 */
export const systemClock: Clock = {
  now: () => timeOrigin + performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};
