import type { HolderInfo, ScopeError } from "../base/errors.js";
import { oneLine } from "../base/one-line.js";
import { leakChannel, type LeakEvent, releaseChannel } from "./diagnostics.js";
import { takenBack } from "./errors.js";
import type { Ledger } from "./ledger.js";
import { LEASED, type CallSite, type DestroyReason, type Slot } from "./slot.js";
import { releaseEvent } from "./telling.js";
import { Task } from "./time/deadlines.js";
import type { Tools } from "./tools.js";
import type { WarningKind } from "./warnings.js";

/** Each leak's warning, and what it is. */
const LEAKS: { readonly [W in LeakEvent["what"]]: readonly [WarningKind, string] } = {
  "held-long": ["POOL_LEASE_LONG", "a lease lasts longer than leaseWarnMs"],
  "taken-back": ["POOL_LEASE_TAKEN_BACK", "a lease lasted too long and was taken back; its instance is destroyed"],
  abandoned: ["POOL_LEASE_ABANDONED", "a lease was dropped without being released; its instance is destroyed"],
};

/** What watching leases asks of the pool. */
export interface LeaseWatchPort<T> {
  destroy(slot: Slot<T>, reason: DestroyReason): void;
}

/** Leases that last too long are warned about and taken back; leases that were dropped are noticed. It owns their call sites, too. */
export class LeaseWatch<T> {
  /** Tells of handles that were garbage collected. A handle is registered once, when its instance is made. */
  readonly handles: FinalizationRegistry<Slot<T>>;
  readonly #firstMs: number;
  readonly #ledger: Ledger<T>;
  readonly #tools: Tools<T>;
  readonly #port: LeaseWatchPort<T>;

  constructor(ledger: Ledger<T>, tools: Tools<T>, port: LeaseWatchPort<T>) {
    const { leaseWarnMs, maxLeaseMs } = ledger.settings;
    this.#ledger = ledger;
    this.#tools = tools;
    this.#port = port;
    this.#firstMs = Math.min(leaseWarnMs, maxLeaseMs);
    this.handles = new FinalizationRegistry((slot) => this.#abandoned(slot));
    if (leaseWarnMs !== Infinity && leaseWarnMs >= maxLeaseMs) tools.warnings.warnsTooLate(leaseWarnMs, maxLeaseMs);
  }

  /** A lease begins that may last too long, or whose call site is recorded. */
  begin(slot: Slot<T>, site: CallSite | undefined): void {
    const record = slot.recordLease();
    record.site = site;
    if (this.#firstMs === Infinity) return;
    record.deadline ??= new Task((now) => this.#due(slot, now));
    this.#tools.timers.housekeeping.add(record.deadline, slot.since, this.#firstMs);
  }

  /** Closes the books of a lease. @param lost its holder has not ended it */
  end(slot: Slot<T>, lost = false): void {
    const { lease } = slot;
    if (lease !== undefined) {
      if (lease.deadline !== undefined) this.#tools.timers.housekeeping.remove(lease.deadline);
      if (lease.warned && !lost) this.#tools.warnings.leaseBack(slot.n, this.#holderOf(slot));
      lease.warned = false;
      lease.site = undefined;
    }
    this.#ledger.leaseOver(slot);
  }

  /**
   * Ends a lease against its holder's will; the instance, which may still be in use, is destroyed.
   *
   * @returns what its holder is told; nothing if `describe` has ended the lease
   */
  takeBack(slot: Slot<T>, why: string): ScopeError | undefined {
    const { uses } = slot;
    const info = this.#holderOf(slot);
    if (slot.state !== LEASED || slot.uses !== uses) return undefined;
    const error = takenBack(this.#ledger.label, info, why);
    const record = slot.recordLease();
    const { controller, holder } = record;
    record.lost = error;
    const event = releaseEvent(this.#ledger, slot, "taken-back");
    this.end(slot, true);
    this.#port.destroy(slot, "takenBack");
    controller?.abort(error);
    holder?.leaseLost(error);
    if (event !== undefined) releaseChannel.publish(event);
    this.#tell(slot, "taken-back", info);
    return error;
  }

  /** A handle was garbage collected. If it was a lease's, that lease cannot be released any more. */
  #abandoned(slot: Slot<T>): void {
    if (slot.state !== LEASED) return;
    const info = this.#holderOf(slot);
    const event = releaseEvent(this.#ledger, slot, "abandoned");
    this.end(slot, true);
    this.#port.destroy(slot, "abandoned");
    if (event !== undefined) releaseChannel.publish(event);
    this.#tell(slot, "abandoned", info);
    this.#tools.warnings.leaseAbandoned(slot.n, info);
  }

  #due(slot: Slot<T>, now: number): void {
    const { figures, settings } = this.#ledger;
    const { leaseWarnMs, maxLeaseMs } = settings;
    const { timers, warnings } = this.#tools;
    if (now - slot.since >= maxLeaseMs) {
      const error = this.takeBack(slot, `maxLeaseMs is ${maxLeaseMs} ms`);
      if (error !== undefined) warnings.leaseTakenBack(slot.n, error);
      return;
    }
    const record = slot.lease!;
    record.warned = true;
    figures.longLeases++;
    // First of all, since those who are told may end the lease, or take the next one.
    timers.housekeeping.addAt(record.deadline!, slot.since + maxLeaseMs);
    const holder = this.#holderOf(slot, now);
    this.#tell(slot, "held-long", holder);
    warnings.leaseLong(slot.n, holder, leaseWarnMs);
  }

  #holderOf(slot: Slot<T>, now = this.#ledger.clock.now()): HolderInfo {
    return this.#tools.holders.of(slot, now);
  }

  #tell({ n }: Slot<T>, what: LeakEvent["what"], holder: HolderInfo): void {
    const { event, incidents, label } = this.#ledger;
    const [code, message] = LEAKS[what];
    const { facts: _, ...taken } = holder;
    incidents.add({ kind: "leak", code, message: `${oneLine(label)}: ${message}`, ...taken });
    if (leakChannel.hasSubscribers) leakChannel.publish({ ...event, instance: n, what, holder });
  }
}
