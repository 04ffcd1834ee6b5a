import type { ScopeError } from "../base/errors.js";
import type { Progress } from "./acquiring.js";
import type { Holder } from "./holder.js";
import type { Lease } from "./lease.js";
import { Parts, type Ports } from "./parts.js";
import { IDLE, type CallSite, type DestroyReason, type Handle, type Slot } from "./slot.js";
import type { Waiter } from "./wait-queue.js";

/**
 * Every "what next" of a pool: an instance is made, so it is available, so it is lent; a slot is free, so something is made; a
 * lease is over, so its instance is made fit or destroyed. Each part knows the ledger and the tools; what follows from what it does
 * it asks of its port, and all the ports are here.
 */
export class Scheduler<T> extends Parts<T> implements Ports<T> {
  #pumping = false;
  #pumpAgain = false;

  protected port(): this {
    return this;
  }

  // ---- Somebody wants an instance ------------------------------------------------------------------------------

  queued(waiter: Waiter<T>): void {
    const { idle, slots, maxSize } = this.ledger;
    this.creating.adopt(waiter);
    if (slots.size < maxSize || idle.length > 0) this.pump();
  }

  /** Serves those who wait, with what there is and by making more. */
  pump(): void {
    if (this.#pumping) {
      this.#pumpAgain = true;
      return;
    }
    const { idle, queue } = this.ledger;
    this.#pumping = true;
    try {
      do {
        this.#pumpAgain = false;
        if (queue.length > 0 && (idle.top !== undefined || idle.below > 0)) this.lending.serve();
        if (queue.length > queue.creating || this.creating.filling) this.creating.grow(this.lending.covering);
      } while (this.#pumpAgain);
    } finally {
      this.#pumping = false;
    }
    if (!this.ledger.open) this.settle();
    this.ledger.share?.settle();
  }

  demands(): Iterable<number> {
    return this.creating.demands(this.lending.covering);
  }

  lend(handle: Handle<T>, holder: Holder | undefined, site: CallSite | undefined): Lease<T> {
    return this.lending.lend(handle, holder, site);
  }

  lendingTakesTime(next: Handle<T> | undefined): boolean {
    return this.lending.takesTime(next);
  }

  leaseBegan(slot: Slot<T>, site: CallSite | undefined): void {
    this.leaseWatch.begin(slot, site);
  }

  progress(now: number): Progress {
    const { covering, lastError } = this.creating;
    const { checks } = this.lending;
    return { checks, creations: covering, backingOff: this.creating.isBackingOff(now), lastError };
  }

  /** Whether the process is to wait for what goes on in the background. */
  waitingChanged(): void {
    const waiting = this.acquiring.waiting > 0;
    const closing = !this.ledger.accepts && !this.closing.done;
    if (closing && !waiting) this.closing.nobodyWaits();
    this.timers.background.keepAlive(waiting || this.knownReadiness?.awaited === true || closing);
    // What is taken back may be what is waited for.
    if (this.ledger.settings.maxLeaseMs !== Infinity) this.timers.housekeeping.keepAlive(waiting || closing);
  }

  // ---- An instance is available ----------------------------------------------------------------------------------

  born(handle: Handle<T>, now: number): void {
    const { slot } = handle;
    this.leaseWatch.handles.register(handle, slot);
    if (this.ledger.ages) this.housekeeping.born(slot, now);
    this.#available(handle, true);
    this.knownReadiness?.sizeChanged();
    if (this.ledger.queue.length > 0 || this.creating.filling || !this.ledger.open) this.pump();
  }

  available(handle: Handle<T>): void {
    this.#available(handle, false);
  }

  /** The first one in the queue gets it, or it lies idle. @param fresh it need not be checked */
  #available(handle: Handle<T>, fresh: boolean): void {
    const { queue } = this.ledger;
    const { slot } = handle;
    this.ledger.move(slot, IDLE);
    const reason = this.ledger.unfit(slot);
    if (reason !== undefined) {
      this.destroy(slot, reason);
    } else if (queue.length > 0 && this.ledger.lendsPlainly) {
      this.acquiring.serveNext(handle);
    } else if (queue.length > 0 && (fresh || !this.lending.mustCheck(slot))) {
      this.lending.lendToFirst(handle);
    } else {
      this.ledger.lieIdle(handle);
      if (this.ledger.sweepPending) this.planSweep();
      if (queue.length > 0) this.pump();
    }
  }

  undo(handle: Handle<T>): void {
    this.returning.undo(handle);
  }

  // ---- A lease is over -----------------------------------------------------------------------------------------

  endLease(slot: Slot<T>): void {
    this.leaseWatch.end(slot);
  }

  makeFit(handle: Handle<T>): void {
    void this.returning.makeFit(handle);
  }

  beginDraining(handle: Handle<T>): void {
    this.draining.begin(handle);
  }

  serveNext(handle: Handle<T>): void {
    this.acquiring.serveNext(handle);
  }

  planSweep(): void {
    this.housekeeping.planSweep();
  }

  takeBack(slot: Slot<T>, why: string): void {
    this.leaseWatch.takeBack(slot, why);
  }

  cut(slot: Slot<T>): void {
    this.draining.cut(slot);
  }

  // ---- An instance goes ----------------------------------------------------------------------------------------

  /** It is destroyed now if it is idle, else when it comes back. */
  retire(slot: Slot<T>, reason: DestroyReason): void {
    const { idle } = this.ledger;
    this.ledger.retire(slot, reason);
    // One that is on its way between two states is IDLE, and not among the idle.
    if (!idle.has(slot)) return;
    idle.remove(slot);
    this.destroy(slot, slot.retire!);
  }

  broken(slot: Slot<T>, error: unknown): void {
    this.tools.warnings.instanceBroken(slot.n, error);
    this.retire(slot, "broken");
  }

  unheard(slot: Slot<T>, error: unknown): void {
    this.tools.warnings.cannotListen(slot.n, " any more", error);
    this.retire(slot, "broken");
  }

  refused(slot: Slot<T>, reason: DestroyReason): void {
    if (slot.uses === 0) this.creating.madeUseless(slot);
    this.destroy(slot, reason);
  }

  notMade(waiter: Waiter<T> | undefined, failure: unknown, error: unknown): void {
    if (waiter !== undefined) return this.acquiring.reject(waiter, failure);
    if (this.ledger.open) this.tools.warnings.fillFailed(error);
    this.knownReadiness?.fail(failure);
  }

  destroy(slot: Slot<T>, reason: DestroyReason): void {
    if (slot.aging !== undefined) this.housekeeping.forget(slot);
    this.destroying.destroy(slot, reason);
  }

  destroyLate(n: number, value: T): void {
    this.destroying.destroyLate(n, value);
  }

  forget(slot: Slot<T>): void {
    this.creating.forget(slot);
  }

  gone(slot: Slot<T>): Promise<void> {
    return this.destroying.gone(slot);
  }

  slotFreed(): void {
    this.ledger.updateFastPaths();
    this.pump();
  }

  // ---- The pool as a whole -------------------------------------------------------------------------------------

  /** Starts making instances ahead. */
  fill(): void {
    this.creating.filling = true;
    this.pump();
  }

  resize(maxSize: number): void {
    const { ledger } = this;
    ledger.maxSize = maxSize;
    while (ledger.size > maxSize) {
      const handle = ledger.idle.takeOldest();
      if (handle === undefined) break;
      this.destroy(handle.slot, "resized");
    }
    ledger.updateFastPaths();
    this.pump();
    this.knownReadiness?.sizeChanged();
  }

  recycle(): void {
    for (const slot of [...this.ledger.slots]) this.retire(slot, "recycled");
  }

  shutDown(error: ScopeError): void {
    this.ledger.share?.left();
    this.waitingChanged();
    this.acquiring.rejectAll(error);
    this.knownReadiness?.fail(error);
    this.creating.abortAll(error);
    for (const { slot } of this.ledger.idle.drain()) this.destroy(slot, "closed");
    this.settle();
  }

  /** A pool that closes is closed when nothing is left. */
  settle(): void {
    const { open, slots } = this.ledger;
    if (!open && !this.closing.done && slots.size === 0 && this.destroying.late === 0) this.closing.finish();
  }
}
