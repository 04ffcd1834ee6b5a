import type { ScopeError } from "../base/errors.js";
import { closed } from "./errors.js";
import type { Ledger } from "./ledger.js";
import { DRAINING, LEASED, type Slot } from "./slot.js";
import { Task } from "./time/deadlines.js";
import type { Tools } from "./tools.js";

/** What closing asks of the pool. */
export interface ClosingPort<T> {
  /** Rejects the waiters, aborts the creations, destroys the idle instances. */
  shutDown(error: ScopeError): void;
  takeBack(slot: Slot<T>, why: string): void;
  /** An instance that drains goes, whatever still uses it. */
  cut(slot: Slot<T>): void;
}

/** The end of a pool: it rejects its waiters, or serves them first, destroys its instances, and ends with the last of them. */
export class Closing<T> {
  done = false;
  #promise: Promise<void> | undefined;
  #resolve: (() => void) | undefined;
  readonly #grace: Task;
  readonly #ledger: Ledger<T>;
  readonly #tools: Tools<T>;
  readonly #port: ClosingPort<T>;

  constructor(ledger: Ledger<T>, tools: Tools<T>, port: ClosingPort<T>) {
    this.#ledger = ledger;
    this.#tools = tools;
    this.#port = port;
    this.#grace = new Task(() => this.#graceOver());
  }

  close(graceMs: number, drain: boolean): Promise<void> {
    const { clock } = this.#ledger;
    const { pending } = this.#tools.timers;
    const until = clock.now() + graceMs;
    this.#promise ??= new Promise((resolve) => (this.#resolve = resolve));
    if (drain && this.#ledger.waiting > 0) this.#ledger.refuse();
    else this.#shutDown();
    // A later call may shorten the grace.
    if (until < this.#grace.at) {
      pending.remove(this.#grace);
      pending.addAt(this.#grace, until);
    }
    return this.#promise;
  }

  /** With `drain` that is what it has waited for. Who was last gets his instance first. */
  nobodyWaits(): void {
    if (this.#ledger.open) queueMicrotask(() => this.#shutDown());
  }

  #shutDown(): void {
    if (!this.#ledger.open) return;
    this.#ledger.close();
    this.#port.shutDown(closed(this.#ledger.label));
  }

  /** The last instance is gone. */
  finish(): void {
    this.done = true;
    this.#tools.timers.stop();
    this.#resolve!();
  }

  #graceOver(): void {
    const { clock, slots } = this.#ledger;
    this.#shutDown();
    const holders = this.#tools.holders.all(clock.now());
    if (holders.length === 0) return;
    this.#tools.warnings.leasesTakenBack(holders);
    for (const slot of [...slots]) {
      if (slot.state === LEASED) this.#port.takeBack(slot, "the pool closes");
      else if (slot.state === DRAINING) this.#port.cut(slot);
    }
  }
}
