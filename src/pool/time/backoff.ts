import type { Clock } from "./clock.js";
import { Deadline, type Deadlines } from "./deadlines.js";

/** When to try again to create, after failures in a row. */
export class Backoff extends Deadline {
  /** The time from which a creation may be started for somebody who waits. */
  callersWaitUntil = -Infinity;
  #fillWaitsUntil = -Infinity;
  /** What making ahead was last told to wait. */
  #delay = -Infinity;
  /** How many creations in a row have failed; those that were under way together count as one. */
  failures = 0;
  /** Creations started before the last counted failure don't count again: together they are one failure. */
  #countFrom = 0;
  readonly #limits: { readonly min: number; readonly max: number };
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #retry: () => void;

  constructor(
    limits: { readonly min: number; readonly max: number },
    clock: Clock,
    deadlines: Deadlines,
    retry: () => void,
  ) {
    super();
    this.#limits = limits;
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#retry = retry;
  }

  /** The `n`th creation failed when `started` had been started. */
  failed(n: number, started: number, now: number): void {
    if (n < this.#countFrom) return;
    this.#countFrom = started;
    const { min, max } = this.#limits;
    // Between half the limit and all of it, and the limit doubles.
    const most = Math.min(max, min * 2 ** ++this.failures);
    // One step behind: the first caller after the first failure tries at once.
    this.callersWaitUntil = now + this.#delay;
    this.#delay = Math.max(min, (most / 2) * (1 + (this.#clock.random ?? Math.random)()));
    this.#fillWaitsUntil = now + this.#delay;
  }

  succeeded(): void {
    this.failures = 0;
    this.callersWaitUntil = this.#fillWaitsUntil = this.#delay = -Infinity;
  }

  callersMay(): boolean {
    return this.#may(this.callersWaitUntil);
  }

  fillMay(): boolean {
    return this.#may(this.#fillWaitsUntil);
  }

  override expire(): void {
    this.#retry();
  }

  /** If the time has not come, it is tried again then. */
  #may(from: number): boolean {
    if (this.#clock.now() >= from) return true;
    if (!this.scheduled) this.#deadlines.addAt(this, from);
    else if (from < this.at) {
      this.#deadlines.remove(this);
      this.#deadlines.addAt(this, from);
    }
    return false;
  }
}
