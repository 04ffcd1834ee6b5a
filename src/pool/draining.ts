import { drainedTooLong } from "./errors.js";
import type { Ledger } from "./ledger.js";
import { DRAINING, type DestroyReason, type Handle, type Slot } from "./slot.js";
import { Task } from "./time/deadlines.js";
import type { Tools } from "./tools.js";

/** What draining asks of the pool. */
export interface DrainingPort<T> {
  /** Closes the books of a lease. */
  endLease(slot: Slot<T>): void;
  /** Nothing uses the instance any more. */
  makeFit(handle: Handle<T>): void;
  destroy(slot: Slot<T>, reason: DestroyReason): void;
}

/**
 * From the end of a lease to the moment when nothing that was called in it uses the instance any more.
 *
 *     LEASED ── the lease ends, calls still run ──▶ DRAINING ── the last one has ended ──▶ reset, checked, lent
 *                                                       └────── drainTimeoutMs ─────────▶ destroyed
 */
export class Draining<T> {
  readonly #ledger: Ledger<T>;
  readonly #tools: Tools<T>;
  readonly #port: DrainingPort<T>;

  constructor(ledger: Ledger<T>, tools: Tools<T>, port: DrainingPort<T>) {
    this.#ledger = ledger;
    this.#tools = tools;
    this.#port = port;
  }

  /** A lease ends while its instance is in use. */
  begin(handle: Handle<T>): void {
    const { clock, coarseClock, settings } = this.#ledger;
    const { slot } = handle;
    this.#port.endLease(slot);
    this.#ledger.move(slot, DRAINING);
    slot.drain = new Task(() => this.cut(slot));
    slot.use!.onOver = () => {
      this.#end(slot);
      this.#port.makeFit(handle);
    };
    const now = clock.now();
    coarseClock.stampAt(slot, now);
    this.#tools.timers.background.add(slot.drain, now, settings.drainTimeoutMs);
  }

  /** The instance goes, whatever still uses it. */
  cut(slot: Slot<T>): void {
    const { clock, inPool, label } = this.#ledger;
    const { drain } = slot;
    const use = slot.use!;
    const holder = this.#tools.holders.of(slot, clock.now());
    // `describe`, which was asked for the holder, may have brought it to its end.
    if (slot.drain !== drain) return;
    const error = drainedTooLong(label, holder);
    this.#end(slot);
    this.#ledger.incidents.add({
      kind: "leak",
      code: "POOL_DRAIN_TIMEOUT",
      message: error.publicMessage,
      holder: holder.holder,
      heldMs: holder.heldMs,
    });
    this.#tools.warnings.drainedTooLong(slot.n, holder, error);
    inPool(() => use.cut(error));
    this.#port.destroy(slot, "drainTimeout");
  }

  #end(slot: Slot<T>): void {
    this.#tools.timers.background.remove(slot.drain!);
    slot.use!.onOver = undefined;
    slot.drain = undefined;
    this.#ledger.coarseClock.stamp(slot);
  }
}
