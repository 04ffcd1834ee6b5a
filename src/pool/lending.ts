import { isAsyncFunction } from "node:util/types";

import { leaseAudience } from "./diagnostics.js";
import { createFailed } from "./errors.js";
import type { Holder } from "./holder.js";
import type { Lease } from "./lease.js";
import type { Ledger } from "./ledger.js";
import { CHECKING, IDLE, NEVER, type CallSite, type DestroyReason, type Handle, type Slot } from "./slot.js";
import { tellAcquired } from "./telling.js";
import { Task } from "./time/deadlines.js";
import type { Tools } from "./tools.js";
import { ASSIGNED, type Waiter, type Waits } from "./wait-queue.js";

/** An acquisition fails when this many new instances could not be prepared for it. */
const FRESH_TRIES = 2;
/** How long a check is good whose waiter is gone. */
const CHECKED_MS = 1000;
/** A check that is not answered within this part of its time is not relied upon any more. */
const HEDGE_PART = 1 / 4;
/** More doubt than this changes nothing: that many instances are checked at once. */
const MOST_DOUBT = 20;

/** What lending asks of the pool. */
export interface LendingPort<T> {
  /** Something has changed for those who wait. */
  pump(): void;
  /** An instance is fit to be lent. */
  available(handle: Handle<T>): void;
  /** An instance was found unhealthy, or could not be prepared. */
  refused(slot: Slot<T>, reason: DestroyReason): void;
  /** An instance was prepared for a waiter that is gone. */
  undo(handle: Handle<T>): void;
  /** A lease begins that may last too long, or whose call site is recorded. */
  leaseBegan(slot: Slot<T>, site: CallSite | undefined): void;
}

/**
 * From an idle instance to the lease of somebody who waits: checking, `onAcquire`.
 *
 * An instance is checked on behalf of all who wait, who stay in the queue meanwhile; the first one found well serves the first
 * of them. As long as checks go well there is one for each who waits. After a failover every idle instance may be dead, mostly
 * without a sign, and no caller should pay for one after the other: each check that is refused doubles the number that are made
 * at once, each that is not answered soon does so twice, and new instances are made beside them where there is room.
 */
export class Lending<T> {
  /** How many checks are under way on behalf of those who wait. */
  checks = 0;
  /** For how many waiters nothing need be created, since instances are being checked. */
  covering = 0;
  /** How many of the checks are relied upon. */
  #reliedOn = 0;
  /** Grows with each bad check since the last good one. */
  #doubt = 0;
  /** These are known to return promises: they are not called where there is no time to wait. */
  #checkIsAsync: boolean;
  #hookIsAsync: boolean;
  readonly #checksOnAcquire: boolean;
  readonly #hedgeMs: number;
  readonly #ledger: Ledger<T>;
  readonly #tools: Tools<T>;
  readonly #waits: Waits<T>;
  readonly #port: LendingPort<T>;

  constructor(ledger: Ledger<T>, tools: Tools<T>, waits: Waits<T>, port: LendingPort<T>) {
    const { checkOn, healthCheck, onAcquire, checkTimeoutMs, acquireTimeoutMs } = ledger.settings;
    this.#ledger = ledger;
    this.#tools = tools;
    this.#waits = waits;
    this.#port = port;
    this.#checksOnAcquire = checkOn.has("acquire");
    this.#hedgeMs = Math.min(checkTimeoutMs, acquireTimeoutMs) * HEDGE_PART;
    this.#checkIsAsync = this.#checksOnAcquire && isAsyncFunction(healthCheck);
    this.#hookIsAsync = isAsyncFunction(onAcquire);
  }

  /** For somebody who did not have to wait. */
  lend(handle: Handle<T>, holder: Holder | undefined, site: CallSite | undefined): Lease<T> {
    const lease = this.#lend(handle, holder, site);
    if (leaseAudience.isThere) tellAcquired(this.#ledger, handle.slot, 0);
    return lease;
  }

  /** A lease with all that has to be recorded on it. */
  #lend(handle: Handle<T>, holder: Holder | undefined, site: CallSite | undefined): Lease<T> {
    const lease = this.#ledger.lendTo(handle, holder);
    if (this.#checksOnAcquire) handle.slot.checkedAt = NEVER;
    if (this.#ledger.tracksLeases) this.#port.leaseBegan(handle.slot, site);
    return lease;
  }

  /** Serves those who wait with the idle instances, or has these checked. */
  serve(): void {
    const { idle, queue } = this.#ledger;
    while (queue.length > 0) {
      const next = idle.peek();
      if (next === undefined) return;
      if (!this.mustCheck(next.slot)) this.lendToFirst(idle.take()!);
      else if (this.#reliedOn < queue.length * 2 ** this.#doubt) this.#check(idle.take()!);
      else return;
    }
  }

  /** Lends an instance that is well to the first in the queue, or prepares it for that one. */
  lendToFirst(handle: Handle<T>): void {
    const { lendsPlainly, queue, settings } = this.#ledger;
    if (lendsPlainly) {
      this.#waits.serveNext(handle);
    } else if (settings.onAcquire === undefined) {
      this.#deliver(handle, queue.serveFirst());
    } else {
      const waiter = queue.assignFirst();
      this.#ledger.move(handle.slot, CHECKING);
      this.#prepare(handle, waiter);
    }
  }

  mustCheck(slot: Slot<T>): boolean {
    if (!this.#checksOnAcquire) return false;
    const { clock, settings } = this.#ledger;
    // Mostly there is no need to read the clock.
    if (slot.checkedAt === NEVER && settings.checkAfterIdleMs === 0) return true;
    const now = clock.now();
    return now - slot.since >= settings.checkAfterIdleMs && now - slot.checkedAt > CHECKED_MS;
  }

  /** Whether lending the next idle instance, or a new one, is known to take time. */
  takesTime(next: Handle<T> | undefined): boolean {
    return this.#hookIsAsync || (next !== undefined && this.#checkIsAsync && this.mustCheck(next.slot));
  }

  #deliver(handle: Handle<T>, waiter: Waiter<T>): void {
    this.#waits.deliver(waiter, this.#lend(handle, waiter.asked, waiter.extra?.site), handle.slot);
  }

  #check(handle: Handle<T>): void {
    const { clock, queue } = this.#ledger;
    const { pending } = this.#tools.timers;
    const { slot } = handle;
    let reliedOn = true;
    const answered = (doubt: number): void => {
      this.#rely(reliedOn ? -1 : 0, doubt === 0 ? 0 : Math.min(this.#doubt + doubt, MOST_DOUBT));
      reliedOn = false;
    };
    const hedge = new Task(() => {
      answered(2);
      this.#port.pump();
    });
    this.#ledger.move(slot, CHECKING);
    this.checks++;
    this.#rely(1, this.#doubt);
    const sync = this.#tools.calls.check(slot, true, (unhealthy) => {
      pending.remove(hedge);
      this.checks--;
      answered(unhealthy ? 1 : 0);
      if (unhealthy) {
        this.#port.refused(slot, "unhealthy");
      } else {
        // Those who waited may have given up.
        slot.checkedAt = clock.now();
        if (queue.length > 0 && this.#isStillFit(slot)) {
          this.#ledger.move(slot, IDLE);
          this.lendToFirst(handle);
        } else {
          this.#port.available(handle);
        }
      }
      this.#port.pump();
    });
    if (sync) return;
    this.#checkIsAsync = true;
    pending.add(hedge, clock.now(), this.#hedgeMs);
  }

  #rely(more: 1 | 0 | -1, doubt: number): void {
    this.#reliedOn += more;
    this.#doubt = doubt;
    this.covering = doubt > 1 ? 0 : this.#reliedOn;
  }

  #prepare(handle: Handle<T>, waiter: Waiter<T>): void {
    const { onAcquire, checkTimeoutMs } = this.#ledger.settings;
    const { slot } = handle;
    const sync = this.#tools.calls.call<unknown>({
      run: () => onAcquire!(slot.value as T),
      limitMs: checkTimeoutMs,
      name: "onAcquire",
      awaited: true,
      done: (outcome) => {
        if (outcome.ok) this.#prepared(handle, waiter);
        else this.#unprepared(slot, waiter, outcome.error);
      },
    });
    if (!sync) this.#hookIsAsync = true;
  }

  #prepared(handle: Handle<T>, waiter: Waiter<T>): void {
    const { queue } = this.#ledger;
    const hasGone = waiter.state !== ASSIGNED;
    if (!this.#isStillFit(handle.slot)) {
      if (!hasGone) queue.requeue(waiter);
      this.#port.available(handle);
    } else if (hasGone && queue.length === 0) {
      this.#port.undo(handle);
    } else {
      if (!hasGone) queue.settle(waiter);
      this.#ledger.move(handle.slot, IDLE);
      this.#deliver(handle, hasGone ? queue.serveFirst() : waiter);
    }
    this.#port.pump();
  }

  /** `onAcquire` failed: this instance goes, and the acquisition gets another, unless that is of no use. */
  #unprepared(slot: Slot<T>, waiter: Waiter<T>, error: unknown): void {
    const { label, queue } = this.#ledger;
    if (waiter.state === ASSIGNED) {
      if (slot.uses === 0 && ++waiter.ensureExtra().freshFailures >= FRESH_TRIES) {
        this.#waits.reject(waiter, createFailed(label, "onAcquire on a new instance", error));
      } else {
        queue.requeue(waiter);
      }
    }
    this.#tools.calls.failed("onAcquire", error);
    this.#port.refused(slot, "acquireFailed");
    this.#port.pump();
  }

  /** One that became too old, or one too many, since it was chosen is as good as lent already: it goes when it comes back. */
  #isStillFit(slot: Slot<T>): boolean {
    const reason = this.#ledger.unfit(slot);
    return reason === undefined || reason === "maxAge" || reason === "resized" || reason === "evicted";
  }
}
