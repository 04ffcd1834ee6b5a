/**
 * Time as the pool sees it.
 *
 * @module
 */

import { performance } from "node:perf_hooks";

/**
 * Where the pool gets the time and its timers from. Give your own in tests: with a virtual clock nothing has to be
 * slept for.
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
  /** Calls back once, after so many milliseconds. */
  setTimeout(callback: () => void, ms: number): unknown;
  /** Takes back what `setTimeout` returned. */
  clearTimeout(handle: unknown): void;
  /** From 0 up to but not 1, for jitter; default `Math.random`. */
  random?(): number;
}

/** Milliseconds since 1970 that never jump, and Node's own timers. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** Runs a function in the async context in which the pool was made. */
export type InPool = <R, A extends unknown[]>(fn: (...args: A) => R, ...args: A) => R;

/** How coarse {@link Stamps} are, in milliseconds. */
export const TICK_MS = 10;

/**
 * Time stamps for the hot path. Reading a clock costs as much as all the rest of an acquisition, so while instances
 * go out and come back the time is read ten times a second and remembered in between. With `exact` it is read each time.
 */
export class Stamps {
  ticking = false;
  at = 0;
  #timer: NodeJS.Timeout | undefined;
  #seen = -1;
  readonly #clock: Clock;
  readonly #exact: boolean;
  readonly #inPool: InPool;
  readonly #activity: () => number;

  constructor(clock: Clock, exact: boolean, inPool: InPool, activity: () => number) {
    this.#clock = clock;
    this.#exact = exact;
    this.#inPool = inPool;
    this.#activity = activity;
  }

  /** How far behind the clock a stamp may be. */
  get slackMs(): number {
    return this.#exact ? 0 : TICK_MS;
  }

  /** The hot path reads `at` itself while `ticking`, and calls this if not. */
  wake(): number {
    const now = this.#clock.now();
    if (!this.#exact) {
      this.at = now;
      this.ticking = true;
      this.#seen = -1;
      // Only ever with the system's clock. In the pool's context, or the timer would pin the caller's.
      this.#timer = this.#inPool(() => setInterval(() => this.#tick(), TICK_MS).unref());
    }
    return now;
  }

  now(): number {
    return this.ticking ? this.at : this.wake();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.ticking = false;
  }

  #tick(): void {
    const activity = this.#activity();
    if (activity === this.#seen) {
      this.stop();
    } else {
      this.#seen = activity;
      this.at = this.#clock.now();
    }
  }
}
