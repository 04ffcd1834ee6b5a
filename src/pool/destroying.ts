import { destroyChannel } from "./diagnostics.js";
import type { Outcome } from "./hook-calls.js";
import { DONE } from "./lease.js";
import type { Ledger } from "./ledger.js";
import { DESTROYING, GONE, type DestroyReason, type Slot } from "./slot.js";
import type { Tools } from "./tools.js";

/** What destroying asks of the pool. */
export interface DestroyingPort<T> {
  /** An instance has ended: what it is known by is forgotten. */
  forget(slot: Slot<T>): void;
  /** Its slot is free. */
  slotFreed(): void;
  /** An instance that had no slot has ended: it may be the last one. */
  settle(): void;
}

/** Ends instances. A slot is free again when `destroy` has ended, or its time is up. */
export class Destroying<T> {
  /** How many that came late are being destroyed. */
  late = 0;
  readonly #ledger: Ledger<T>;
  readonly #tools: Tools<T>;
  readonly #port: DestroyingPort<T>;

  constructor(ledger: Ledger<T>, tools: Tools<T>, port: DestroyingPort<T>) {
    this.#ledger = ledger;
    this.#tools = tools;
    this.#port = port;
  }

  destroy(slot: Slot<T>, reason: DestroyReason): void {
    const value = slot.value as T;
    this.#ledger.move(slot, DESTROYING);
    this.#ledger.figures.countDestroyed(reason);
    this.#call(value, reason === "discarded", (outcome) => {
      this.#warn(slot.n, reason, outcome);
      this.#ledger.free(slot);
      this.#port.forget(slot);
      this.#publish(slot.n, reason, outcome);
      if (slot.onGone !== undefined) for (const told of slot.onGone) told();
      this.#port.slotFreed();
    });
  }

  /** An instance that came after its time-out, when its slot had been given away: it is in no book. */
  destroyLate(n: number, value: T): void {
    this.#ledger.figures.countDestroyed("late");
    this.late++;
    this.#call(value, false, (outcome) => {
      this.late--;
      this.#warn(n, "late", outcome);
      this.#publish(n, "late", outcome);
      this.#port.settle();
    });
  }

  /** Resolves when the instance is destroyed. */
  gone(slot: Slot<T>): Promise<void> {
    return slot.state === GONE ? DONE : new Promise((resolve) => (slot.onGone ??= []).push(resolve));
  }

  #call(value: T, awaited: boolean, done: (outcome: Outcome<unknown>) => void): void {
    const { destroy, destroyTimeoutMs } = this.#ledger.settings;
    if (destroy === undefined) return done({ ok: true, value: undefined });
    const limitMs = destroyTimeoutMs;
    this.#tools.calls.call<unknown>({ run: () => destroy(value), limitMs, name: "destroy", awaited, done });
  }

  #warn(n: number, reason: DestroyReason, outcome: Outcome<unknown>): void {
    if (outcome.ok) return;
    this.#ledger.figures.destroyFailures++;
    this.#tools.warnings.destroyFailed(n, reason, outcome.error);
  }

  #publish(n: number, reason: DestroyReason, outcome: Outcome<unknown>): void {
    if (!destroyChannel.hasSubscribers) return;
    const failure = outcome.ok ? {} : { error: outcome.error };
    destroyChannel.publish({ ...this.#ledger.event, instance: n, reason, ...failure });
  }
}
