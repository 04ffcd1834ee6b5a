import { clearInterval, setInterval } from "node:timers";
import type { InContext } from "../../base/async-frame.js";
import type { Clock } from "./clock.js";

/** How coarse the stamps are, in milliseconds. */
const TICK_MS = 10;
/** If a tick lasted longer than this, the event loop stood still. */
const STILL_MS = 10 * TICK_MS;
/** So many stamps within a tick are worth a timer. */
const WORTH_A_TIMER = 8;
/** Idle times shorter than this are kept to the millisecond, at the price of reading the clock for each stamp. */
export const SHORT_MS = 10_000;
/** The tick while the coarse clock is at rest. */
export const NO_TICK = -1;
/** Small enough for V8 to keep the number out of the heap; enough for months, after which counting begins anew. */
const MAX_TICKS = 0x3fff_ffff;

/** What is stamped. Only the coarse clock writes these two fields. */
export interface Stamped {
  /** Since when it is in its present use. */
  since: number;
  /** The {@link Ticking.tick} of `since`. */
  tick: number;
}

/** Those of Node. */
const NODE_INTERVALS = { setInterval, clearInterval };
type Intervals = typeof NODE_INTERVALS;

/** Who keeps the tick: the object that compares it for each lease. */
export interface Ticking {
  /** Changes with each new time. No stamp has the one that stands for rest, {@link NO_TICK}. Only the coarse clock writes it. */
  tick: number;
  /** The event loop stood still: whatever has this tick may have been stamped at any time until now. */
  stoodStill(tick: number, now: number): void;
}

/**
 * Time stamps for the fast path. Reading a clock costs as much as the rest of an acquisition. So while many instances go
 * out and come back, the time is read a hundred times a second, and in between only two small numbers are compared. While few do,
 * or with `exact`, the time is read for each stamp, and there is no timer.
 */
export class CoarseClock {
  #at = 0;
  #ticks = 0;
  #timer: NodeJS.Timeout | undefined;
  /** At rest: how often the time was wanted since when. */
  #wanted = 0;
  #since = 0;
  /** Something was stamped since the last tick. */
  #used = false;
  readonly #intervals: Intervals;
  readonly #clock: Clock;
  readonly #exact: boolean;
  readonly #inPool: InContext;
  readonly #ticking: Ticking;

  /** @param intervals real ones, though the system's clock may be fake in a test: they must go on when that is real again */
  constructor(
    clock: Clock,
    exact: boolean,
    inPool: InContext,
    ticking: Ticking,
    intervals: Intervals = NODE_INTERVALS,
  ) {
    this.#intervals = intervals;
    this.#clock = clock;
    this.#exact = exact;
    this.#inPool = inPool;
    this.#ticking = ticking;
  }

  /** How far a stamp may be behind the clock. */
  get slackMs(): number {
    return this.#exact ? 0 : TICK_MS;
  }

  /**
   * The time, as coarse as the stamps are: for figures, not for limits.
   *
   * @param known the time, if the caller has just read it
   */
  now(known?: number): number {
    return this.#ticking.tick === NO_TICK ? this.#atRest(known ?? this.#clock.now()) : this.#at;
  }

  /** Stamps a thing with the present time. Not needed where it has the present tick. */
  stamp(thing: Stamped): void {
    if (this.#ticking.tick === NO_TICK) {
      thing.since = this.#atRest(this.#clock.now());
      if (this.#ticking.tick === NO_TICK) return;
    }
    this.#used = true;
    thing.tick = this.#ticking.tick;
    thing.since = this.#at;
  }

  /** Stamps a thing with a time that the caller knows exactly. */
  stampAt(thing: Stamped, at: number): void {
    thing.since = at;
  }

  /** Stamps it with the exact present time. @returns how many milliseconds after its last stamp */
  stampExactly(thing: Stamped): number {
    const { since } = thing;
    thing.since = this.#clock.now();
    return Math.max(0, thing.since - since);
  }

  /** Begins to tick when the time is wanted often. */
  #atRest(now: number): number {
    if (this.#exact) return now;
    if (now - this.#since >= TICK_MS) {
      this.#since = now;
      this.#wanted = 0;
    }
    if (++this.#wanted >= WORTH_A_TIMER) this.#start(now);
    return now;
  }

  #start(now: number): void {
    this.#next(now);
    // Only with the system's clock. In the pool's context, or the timer would keep the caller's alive.
    this.#timer = this.#inPool(this.#intervals.setInterval, () => this.#elapsed(), TICK_MS).unref();
  }

  #next(now: number): void {
    this.#at = now;
    this.#ticks = (this.#ticks + 1) % MAX_TICKS;
    this.#ticking.tick = this.#ticks;
  }

  #elapsed(): void {
    if (this.#used) {
      this.#used = false;
      const { tick } = this.#ticking;
      const at = this.#at;
      this.#next(this.#clock.now());
      if (this.#at - at > STILL_MS) this.#ticking.stoodStill(tick, this.#at);
    } else {
      this.#intervals.clearInterval(this.#timer);
      this.#ticking.tick = NO_TICK;
    }
  }
}
