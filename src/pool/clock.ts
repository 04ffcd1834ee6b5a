/**
 * Time as the pool sees it.
 *
 * @module
 */

import { performance } from "node:perf_hooks";

import type { InContext } from "../base/async-frame.js";

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

/** To read it costs as much as the time itself. */
const { timeOrigin } = performance;

/** Milliseconds since 1970 that never jump, and Node's own timers. */
export const systemClock: Clock = {
  now: () => timeOrigin + performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** How coarse {@link Stamps} are, in milliseconds. */
const TICK_MS = 10;
/** A tick that lasted longer than this was no tick: the event loop stood still. */
const STILL_MS = 10 * TICK_MS;
export const NO_TICK = -1;
/** Small enough for V8 to keep it out of the heap; enough for months, after which it begins anew. */
const MAX_TICKS = 0x3fff_ffff;

/** What is stamped: since when it is as it is. */
export interface Stamped {
  since: number;
  /** The {@link Ticking.tick} of `since`. */
  tick: number;
}

/** Where the tick is kept: with whoever looks at it for each lease. */
export interface Ticking {
  /** Changes when there is a new time; no stamp has the one that it has while nothing ticks, {@link NO_TICK}. */
  tick: number;
  /** The event loop stood still: what was stamped with this tick may have been so at any time until now. */
  stoodStill(tick: number, now: number): void;
}

/**
 * Time stamps for the hot path. Reading a clock costs as much as all the rest of an acquisition, so while instances
 * go out and come back the time is read a hundred times a second, and in between only two small numbers are compared. With
 * `exact` it is read each time.
 */
export class Stamps {
  #at = 0;
  #ticks = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Something was stamped since the last tick. */
  #used = false;
  readonly #clock: Clock;
  readonly #exact: boolean;
  readonly #inPool: InContext;
  readonly #ticking: Ticking;

  constructor(clock: Clock, exact: boolean, inPool: InContext, ticking: Ticking) {
    this.#clock = clock;
    this.#exact = exact;
    this.#inPool = inPool;
    this.#ticking = ticking;
  }

  /** How far behind the clock a stamp may be. */
  get slackMs(): number {
    return this.#exact ? 0 : TICK_MS;
  }

  /** The time, as coarse as the stamps are: for figures, not for limits. */
  now(): number {
    if (this.#exact) return this.#clock.now();
    if (this.#ticking.tick === NO_TICK) this.#start();
    return this.#at;
  }

  /** To be called where the tick of the thing is not the present one. */
  stamp(thing: Stamped): void {
    if (this.#exact) {
      thing.since = this.#clock.now();
      return;
    }
    if (this.#ticking.tick === NO_TICK) this.#start();
    this.#used = true;
    thing.tick = this.#ticking.tick;
    thing.since = this.#at;
  }

  #start(): void {
    this.#next();
    // Only ever with the system's clock. In the pool's context, or the timer would pin the caller's.
    this.#timer = this.#inPool(() => setInterval(() => this.#elapsed(), TICK_MS).unref());
  }

  #next(): void {
    this.#at = this.#clock.now();
    this.#ticks = (this.#ticks + 1) % MAX_TICKS;
    this.#ticking.tick = this.#ticks;
  }

  #elapsed(): void {
    if (this.#used) {
      this.#used = false;
      const { tick } = this.#ticking;
      const at = this.#at;
      this.#next();
      if (this.#at - at > STILL_MS) this.#ticking.stoodStill(tick, this.#at);
    } else {
      clearInterval(this.#timer);
      this.#ticking.tick = NO_TICK;
    }
  }
}
