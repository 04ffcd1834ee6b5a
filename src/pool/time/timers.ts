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

  /** For acquisitions, closing, and calls that somebody waits for. They keep the process alive. */
  get pending(): Deadlines {
    return (this.#pending ??= this.#make(true));
  }

  /** For other calls, and for creations that are tried again. They keep the process alive while somebody waits for the pool. */
  get background(): Deadlines {
    return (this.#background ??= this.#make(false));
  }

  /** For idle instances, their age, and leases. They keep the process alive while a lease may be taken back for somebody who waits. */
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
