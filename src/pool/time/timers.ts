import type { InContext } from "../../base/async-frame.js";
import type { Clock } from "./clock.js";
import { Deadlines } from "./deadlines.js";

/** All timers of a pool, by whether the process waits for them. Each kind is made when it is first needed: most pools need none. */
export class Timers {
  #pending: Deadlines | undefined;
  #background: Deadlines | undefined;
  #housekeeping: Deadlines | undefined;
  #stopped = false;
  readonly #clock: Clock;
  readonly #inPool: InContext;

  constructor(clock: Clock, inPool: InContext) {
    this.#clock = clock;
    this.#inPool = inPool;
  }

  /** Of acquisitions, of closing, and of calls that somebody waits for: they keep the process alive. */
  get pending(): Deadlines {
    return (this.#pending ??= this.#make(true));
  }

  /** Of other calls, and of creations to be tried again: they do so while somebody waits for the pool. */
  get background(): Deadlines {
    return (this.#background ??= this.#make(false));
  }

  /** Of idle instances, of their age, and of leases: they do so where a lease may be taken back for somebody who waits. */
  get housekeeping(): Deadlines {
    return (this.#housekeeping ??= this.#make(false));
  }

  stop(): void {
    this.#stopped = true;
    this.#pending?.stop();
    this.#background?.stop();
    this.#housekeeping?.stop();
  }

  #make(keepsAlive: boolean): Deadlines {
    const deadlines = new Deadlines(this.#clock, this.#inPool, keepsAlive);
    if (this.#stopped) deadlines.stop();
    return deadlines;
  }
}
