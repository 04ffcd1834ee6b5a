import { claimStackToEnd } from "../base/claim-stack.js";
import { leaseAudience } from "./diagnostics.js";
import { DONE } from "./lease.js";
import type { Ledger } from "./ledger.js";
import {
  CHECKING,
  LEASED,
  RESETTING,
  emptyHandle,
  type DestroyReason,
  type Handle,
  type LeaseHome,
  type Slot,
} from "./slot.js";
import { tellReleased } from "./telling.js";
import type { Tools } from "./tools.js";

/** What returning asks of the pool. */
export interface ReturningPort<T> {
  /** Closes the books of a lease that needs more than the fast path. */
  endLease(slot: Slot<T>): void;
  /** An instance is fit to be lent. */
  available(handle: Handle<T>): void;
  destroy(slot: Slot<T>, reason: DestroyReason): void;
  /** Resolves when the instance is destroyed. */
  gone(slot: Slot<T>): Promise<void>;
  /** An instance is not lent again. */
  retire(slot: Slot<T>, reason: DestroyReason): void;
  /** Instances that are idle for too long are to be looked for. */
  planSweep(): void;
  /** Lends an instance to the first in the queue. */
  serveNext(handle: Handle<T>): void;
  /** The lease is over, but what was called in it still runs. */
  beginDraining(handle: Handle<T>): void;
}

/** From the end of a lease by its holder to an instance that is fit to be lent again, or is destroyed. */
export class Returning<T> implements LeaseHome<T> {
  readonly label: string;
  /** What a lease has in its hand that is over. */
  #ended: Handle<T> | undefined;
  /** What it has in its hand after a second end, which has been reported. */
  #reported: Handle<T> | undefined;
  readonly #resets: boolean;
  readonly #checksOnRelease: boolean;
  readonly #ledger: Ledger<T>;
  readonly #tools: Tools<T>;
  readonly #port: ReturningPort<T>;

  constructor(ledger: Ledger<T>, tools: Tools<T>, port: ReturningPort<T>) {
    const { onRelease, checkOn } = ledger.settings;
    this.label = ledger.label;
    this.#ledger = ledger;
    this.#tools = tools;
    this.#port = port;
    this.#resets = onRelease !== undefined;
    this.#checksOnRelease = checkOn.has("release");
  }

  after(handle: Handle<T>): Handle<T> {
    claimStackToEnd();
    if (!handle.empty) return (this.#ended ??= emptyHandle(this));
    return (this.#reported ??= emptyHandle(this));
  }

  giveBack(handle: Handle<T>): Promise<void> {
    const ledger = this.#ledger;
    if (!ledger.takeBack(handle)) return this.#giveBack(handle);
    if (ledger.sweepPending) this.#port.planSweep();
    return DONE;
  }

  discard(handle: Handle<T>): Promise<void> {
    const { slot } = handle;
    if (slot.state !== LEASED) return this.#again(handle);
    if (leaseAudience.isThere) tellReleased(this.#ledger, slot, "discarded");
    this.#port.endLease(slot);
    this.#port.destroy(slot, "discarded");
    return this.#port.gone(slot);
  }

  drain(handle: Handle<T>): void {
    const { slot } = handle;
    if (slot.state !== LEASED) return void this.#again(handle);
    if (leaseAudience.isThere) tellReleased(this.#ledger, slot, "released");
    this.#port.beginDraining(handle);
  }

  /** Its holder knows that it is broken, though it is still in use. */
  condemn(slot: Slot<T>): void {
    this.#port.retire(slot, "discarded");
  }

  /** Makes an instance that is not in use any more fit to be lent again, or destroys it. */
  makeFit(handle: Handle<T>): Promise<void> {
    const reason = this.#ledger.unfit(handle.slot);
    if (reason !== undefined) {
      this.#port.destroy(handle.slot, reason);
      return DONE;
    }
    if (!this.#resets && !this.#checksOnRelease) {
      this.#port.available(handle);
      return DONE;
    }
    let ended = false;
    let resolve: (() => void) | undefined;
    this.#reset(handle, () => {
      ended = true;
      resolve?.();
    });
    return ended ? DONE : new Promise((done) => (resolve = done));
  }

  /** `onAcquire` has prepared it for a waiter that is gone. It must not lie idle in that state. */
  undo(handle: Handle<T>): void {
    if (this.#resets) this.#reset(handle, () => {});
    else this.#port.destroy(handle.slot, "acquireFailed");
  }

  // Apart, because V8 inlines what is short.
  #giveBack(handle: Handle<T>): Promise<void> {
    const ledger = this.#ledger;
    const { slot } = handle;
    if (slot.state !== LEASED) return this.#again(handle);
    if (leaseAudience.isThere) tellReleased(ledger, slot, "released");
    if (ledger.canHandOver && ledger.unfit(slot) === undefined) {
      ledger.takeForNext(slot);
      this.#port.serveNext(handle);
      return DONE;
    }
    this.#port.endLease(slot);
    return this.makeFit(handle);
  }

  /** A lease is ended that was over, or had been taken back. */
  #again(handle: Handle<T>): Promise<void> {
    if (handle === this.#ended) {
      this.#ledger.figures.doubleReleases++;
      this.#tools.warnings.releasedTwice();
    } else if (!handle.empty) {
      this.#tools.warnings.lostLeaseBack(handle.slot.n);
    }
    return DONE;
  }

  #reset(handle: Handle<T>, ended: () => void): void {
    const { slot } = handle;
    const { onRelease, checkTimeoutMs } = this.#ledger.settings;
    if (onRelease === undefined) return this.#check(handle, ended);
    this.#ledger.move(slot, RESETTING);
    this.#tools.calls.call<unknown>({
      run: () => onRelease(slot.value as T),
      limitMs: checkTimeoutMs,
      name: "onRelease",
      awaited: true,
      done: (outcome) => {
        if (outcome.ok) return this.#check(handle, ended);
        this.#tools.calls.failed("onRelease", outcome.error);
        this.#port.destroy(slot, "resetFailed");
        ended();
      },
    });
  }

  #check(handle: Handle<T>, ended: () => void): void {
    const { slot } = handle;
    if (!this.#checksOnRelease || this.#ledger.unfit(slot) !== undefined) {
      this.#port.available(handle);
      return ended();
    }
    this.#ledger.move(slot, CHECKING);
    this.#tools.calls.check(slot, true, (unhealthy) => {
      if (unhealthy) this.#port.destroy(slot, "unhealthy");
      else this.#port.available(handle);
      ended();
    });
  }
}
