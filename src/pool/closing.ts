import type { Core } from "./core.js";
import { Task } from "./deadlines.js";
import { DRAINING, LEASED } from "./entry.js";
import { closed, heldBy, holdersOf } from "./messages.js";

/** The end of a pool: nobody waits any more, every instance goes, the last one is waited for. */
export class Closing<T> {
  begun = false;
  done = false;
  readonly #core: Core<T>;
  #promise: Promise<void> | undefined;
  #resolve: (() => void) | undefined;
  readonly #grace: Task;

  constructor(core: Core<T>) {
    this.#core = core;
    this.#grace = new Task(() => this.#graceOver());
  }

  close(graceMs: number): Promise<void> {
    const core = this.#core;
    const until = core.clock.now() + graceMs;
    if (this.#promise === undefined) {
      this.#promise = new Promise((resolve) => (this.#resolve = resolve));
      this.#begin();
    }
    // Whoever asks for less patience gets it.
    if (until < this.#grace.at) {
      core.pending.remove(this.#grace);
      core.pending.addAt(this.#grace, until);
    }
    return this.#promise;
  }

  /** Ends it if nothing is left. */
  settle(): void {
    const core = this.#core;
    if (!this.begun || this.done || core.entries.size > 0 || core.destruction.late > 0) return;
    this.done = true;
    core.pending.stop();
    core.background.stop();
    core.upkeep.stop();
    this.#resolve!();
  }

  #begin(): void {
    const core = this.#core;
    this.begun = true;
    core.total?.left(core);
    core.requicken();
    core.keepAlive();
    const error = closed(core);
    for (let waiter = core.queue.head; waiter !== undefined; waiter = core.queue.head) waiter.reject(error);
    for (const waiter of [...core.lending.assigned]) waiter.reject(error);
    core.readiness.settle(error);
    core.creation.abortAll(error);
    for (const handle of core.idle.drain()) core.destruction.destroy(handle.entry, "closed");
    this.settle();
  }

  #graceOver(): void {
    const core = this.#core;
    const now = core.clock.now();
    const holders = holdersOf(core, now);
    if (holders.length === 0) return;
    core.reporter.warn(
      "POOL_LEASE_TAKEN_BACK",
      `closing: ${holders.length} leases did not come back in time and are taken back.${heldBy(holders)}`,
      { holders },
    );
    for (const entry of [...core.entries]) {
      if (entry.state === LEASED) core.returning.takeBack(entry, "the pool closes");
      else if (entry.state === DRAINING) core.drains.cut(entry);
    }
  }
}
