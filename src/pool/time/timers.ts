import type { InContext } from "../../base/async-frame.js";
import type { Clock } from "./clock.js";
import { Deadlines } from "./deadlines.js";

/** All timers of a pool, by whether the process waits for them. */
export class Timers {
  /** Of acquisitions, of closing, and of calls that somebody waits for: they keep the process alive. */
  readonly pending: Deadlines;
  /** Of other calls, and of creations to be tried again: they do so while somebody waits for the pool. */
  readonly background: Deadlines;
  /** Of idle instances, of their age, and of leases: they do so where a lease may be taken back for somebody who waits. */
  readonly housekeeping: Deadlines;

  constructor(clock: Clock, inPool: InContext) {
    this.pending = new Deadlines(clock, inPool, true);
    this.background = new Deadlines(clock, inPool, false);
    this.housekeeping = new Deadlines(clock, inPool, false);
  }

  stop(): void {
    this.pending.stop();
    this.background.stop();
    this.housekeeping.stop();
  }
}
