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
  /** The end of what is draining: with the grace, or later. */
  readonly #drains: Task;
  readonly #ledger: Ledger<T>;
  readonly #tools: Tools<T>;
  readonly #port: ClosingPort<T>;

  constructor(ledger: Ledger<T>, tools: Tools<T>, port: ClosingPort<T>) {
    this.#ledger = ledger;
    this.#tools = tools;
    this.#port = port;
    this.#grace = new Task((now) => this.#graceOver(now));
    this.#drains = new Task((now) => this.#graceOver(now));
  }

  /** @param drainMs - for how long what is draining may go on, not less than `graceMs` */
  close(graceMs: number, drain: boolean, drainMs = graceMs): Promise<void> {
    const now = this.#ledger.clock.now();
    this.#promise ??= new Promise((resolve) => (this.#resolve = resolve));
    if (drain && this.#ledger.waiting > 0) this.#ledger.refuse();
    else this.#shutDown();
    this.#endsAt(this.#grace, now + graceMs);
    this.#endsAt(this.#drains, now + drainMs);
    return this.#promise;
  }

  /** A later call may shorten it. */
  #endsAt(grace: Task, until: number): void {
    if (until >= grace.at) return;
    const { pending } = this.#tools.timers;
    pending.remove(grace);
    pending.addAt(grace, until);
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

  #graceOver(now: number): void {
    const { holders, warnings } = this.#tools;
    this.#shutDown();
    const mayDrain = this.#drains.at > now;
    const slots = holders.held(Infinity).filter(({ state }) => state === LEASED || !mayDrain);
    if (slots.length === 0) return;
    warnings.leasesTakenBack(slots.map((slot) => holders.of(slot, now)));
    for (const slot of slots) {
      if (slot.state === LEASED) this.#port.takeBack(slot, "the pool closes");
      else if (slot.state === DRAINING && !mayDrain) this.#port.cut(slot);
    }
  }
}
