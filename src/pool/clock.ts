/**
 * Time as the pool sees it.
 *
 * @module
 */

import { performance } from "node:perf_hooks";

import type { InContext } from "../captured.js";

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

/** How coarse {@link Stamps} are, in milliseconds. */
const TICK_MS = 10;
const NO_TICK = -1;
/** Small enough for V8 to keep it out of the heap; enough for months, after which it begins anew. */
const MAX_TICKS = 0x3fff_ffff;

/** What is stamped: since when it is as it is. */
export interface Stamped {
  since: number;
  /** The {@link Stamps.tick} of `since`. */
  tick: number;
}

/**
 * Time stamps for the hot path. Reading a clock costs as much as all the rest of an acquisition, so while instances
 * go out and come back the time is read a hundred times a second, and in between only two small numbers are compared. With
 * `exact` it is read each time.
 */
export class Stamps {
  /** Changes when there is a new time; no stamp has the one that it has while nothing ticks. */
  tick = NO_TICK;
  #at = 0;
  #ticks = 0;
  #timer: NodeJS.Timeout | undefined;
  #seen = Number.NaN;
  readonly #clock: Clock;
  readonly #exact: boolean;
  readonly #inPool: InContext;
  readonly #activity: () => number;

  constructor(clock: Clock, exact: boolean, inPool: InContext, activity: () => number) {
    this.#clock = clock;
    this.#exact = exact;
    this.#inPool = inPool;
    this.#activity = activity;
  }

  /** How far behind the clock a stamp may be. */
  get slackMs(): number {
    return this.#exact ? 0 : TICK_MS;
  }

  /** The time, as coarse as the stamps are. */
  now(): number {
    if (this.#exact) return this.#clock.now();
    if (this.tick === NO_TICK) this.#start();
    return this.#at;
  }

  /** To be called where the tick of the thing is not {@link tick}. */
  stamp(thing: Stamped): void {
    if (this.#exact) {
      thing.since = this.#clock.now();
      return;
    }
    if (this.tick === NO_TICK) this.#start();
    thing.tick = this.tick;
    thing.since = this.#at;
  }

  #start(): void {
    this.#next();
    this.#seen = Number.NaN;
    // Only ever with the system's clock. In the pool's context, or the timer would pin the caller's.
    this.#timer = this.#inPool(() => setInterval(() => this.#elapsed(), TICK_MS).unref());
  }

  #next(): void {
    this.#at = this.#clock.now();
    this.#ticks = (this.#ticks + 1) % MAX_TICKS;
    this.tick = this.#ticks;
  }

  #elapsed(): void {
    const activity = this.#activity();
    if (activity === this.#seen) {
      clearInterval(this.#timer);
      this.tick = NO_TICK;
    } else {
      this.#next();
      this.#seen = activity;
    }
  }
}
