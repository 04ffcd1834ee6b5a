import { capture, type InContext } from "../base/async-frame.js";
import { leaseAudience } from "./diagnostics.js";
import { Figures } from "./figures.js";
import type { Holder, Named, PooledService } from "./holder.js";
import { FifoIdleList, IdleList } from "./idle-list.js";
import { Incidents } from "./incidents.js";
import { Lease } from "./lease.js";
import { LegalMoves } from "./legal-moves.js";
import type { Settings } from "./options.js";
import type { PoolEvent } from "./pool-event.js";
import {
  CHECKING,
  CREATING,
  DESTROYING,
  DRAINING,
  GONE,
  IDLE,
  LEASED,
  LEGAL_MOVES,
  RESETTING,
  holdersIn,
  STATE_NAMES,
  type DestroyReason,
  type Handle,
  type Slot,
  type State,
} from "./slot.js";
import { systemClock, type Clock } from "./time/clock.js";
import { CoarseClock, NO_TICK, SHORT_MS, type Ticking } from "./time/coarse-clock.js";
import type { Share } from "./total.js";
import { WaitQueue } from "./wait-queue.js";

const LEGAL = new LegalMoves("a slot", LEGAL_MOVES, STATE_NAMES);

/**
 * The books of a pool: its slots and their states, the idle ones, those who wait, the figures. It counts and moves; it runs no
 * user code, and decides nothing but how short the fast paths may be.
 *
 * The fast paths, `lend` and `takeBack`, are here, where V8 sees all that they touch in one object.
 */
export class Ledger<T> implements Ticking {
  readonly settings: Settings<T>;
  readonly label: string;
  /** What its events have in common. */
  readonly event: PoolEvent;
  /** Behind whose proxy the pool is, if it is. `pool.ts` writes it. */
  service: PooledService | undefined = undefined;
  readonly clock: Clock;
  readonly inPool: InContext;
  readonly startedAt: number;
  readonly coarseClock: CoarseClock;
  /** See {@link Ticking}. `coarse-clock.ts` writes it. */
  tick = NO_TICK;
  readonly figures = new Figures();
  readonly incidents = new Incidents();

  /** Every slot that is taken, in any state. */
  readonly slots = new Set<Slot<T>>();
  readonly idle: IdleList<T>;
  readonly queue: WaitQueue<T>;
  /** `scheduler.ts` writes it, at a resize. */
  maxSize: number;
  /** Its part of a limit that it shares with other pools, if it does. `pool.ts` writes it. */
  share: Share | undefined = undefined;
  /** Instances are made and lent. */
  open = true;
  /** So they are to whoever asks now: the pool is neither closing nor closed. */
  accepts = true;
  creating = 0;
  checking = 0;
  resetting = 0;
  draining = 0;
  destroying = 0;

  /** An idle instance can be lent without a hook or a check. */
  canLend = false;
  /** And nothing has to be recorded on its lease but its holder. */
  canLendUntracked = false;
  /** An instance that comes back can become idle without a hook or a check. */
  canTakeBack = false;
  /** It can be lent to the next one who waits without a hook, a check or a record. */
  canHandOver = false;
  /** An idle time-out applies, but no sweep is scheduled. `housekeeping.ts` writes it. */
  sweepPending: boolean;
  /** Instances grow old, or are checked while they are idle. */
  readonly ages: boolean;
  /** Each lease has a deadline or a call site. */
  readonly tracksLeases: boolean;
  /** To lend an instance, no hook, no check and no record is needed. */
  readonly lendsPlainly: boolean;
  readonly #plainLending: boolean;
  readonly #plainReturn: boolean;
  readonly #wearsOut: boolean;
  /** How many leases have a holder. */
  #held = 0;

  constructor(settings: Settings<T>, pool: object) {
    this.settings = settings;
    this.label = settings.label;
    this.event = { pool: this.label, source: pool };
    this.inPool = capture(this.label);
    this.clock = settings.clock;
    this.startedAt = this.clock.now();
    this.maxSize = settings.maxSize;
    this.idle = settings.order === "fifo" ? new FifoIdleList() : new IdleList();
    this.queue = new WaitQueue(() => this.updateFastPaths());
    const { onAcquire, onRelease, checkOn, leaseWarnMs, maxLeaseMs, maxAgeMs, idleTimeoutMs } = settings;
    this.sweepPending = idleTimeoutMs !== Infinity;
    this.ages = maxAgeMs !== Infinity || checkOn.has("idle");
    const limited = leaseWarnMs !== Infinity || maxLeaseMs !== Infinity;
    const exact = this.clock !== systemClock || limited || idleTimeoutMs < SHORT_MS;
    this.coarseClock = new CoarseClock(this.clock, exact, this.inPool, this);
    this.tracksLeases = limited || settings.leaseStacks;
    const plain = onAcquire === undefined && !checkOn.has("acquire");
    this.lendsPlainly = plain && !this.tracksLeases;
    // With `minIdle` each acquisition may have the next one made.
    this.#plainLending = plain && settings.minIdle === 0;
    this.#plainReturn = onRelease === undefined && !checkOn.has("release") && !this.tracksLeases;
    this.#wearsOut = settings.maxUses !== Infinity;
    this.updateFastPaths();
  }

  /** How many slots are in any state but `destroying`. */
  get size(): number {
    return this.slots.size - this.destroying;
  }

  get leased(): number {
    return this.size - this.idle.length - this.creating - this.checking - this.resetting - this.draining;
  }

  /** How many instances are to be there: `minSize`, and `minIdle` beside those that are in use or waited for. */
  get wanted(): number {
    const { minSize, minIdle } = this.settings;
    const wanted = minIdle === 0 ? minSize : Math.max(minSize, this.leased + this.draining + this.waiting + minIdle);
    return Math.min(wanted, this.maxSize);
  }

  /** How many acquisitions are not settled. */
  get waiting(): number {
    return this.queue.waiting;
  }

  /** Fast path. The caller has taken the handle from the idle ones, and has checked that nothing else is due. */
  lend(handle: Handle<T>): Lease<T> {
    const { slot } = handle;
    slot.state = LEASED;
    slot.uses++;
    if (slot.tick !== this.tick) this.coarseClock.stamp(slot);
    return new Lease(handle);
  }

  /** The same on behalf of a holder, if there is one. */
  lendTo(handle: Handle<T>, holder: Holder | undefined): Lease<T> {
    if (holder !== undefined) {
      handle.slot.recordLease().holder = holder;
      this.#held++;
    }
    return this.lend(handle);
  }

  /**
   * Fast path: a lease has ended, and its instance is idle at once.
   *
   * @returns whether that was all; if not, nothing was done
   */
  takeBack(handle: Handle<T>): boolean {
    const { slot } = handle;
    if (!this.canTakeBack || leaseAudience.isThere || slot.state !== LEASED) return false;
    if (this.#wearsOut && this.#isWornOut(slot)) return false;
    if (slot.hasLeaseRecord) {
      if (slot.retire !== undefined) return false;
      this.#forgetLease(slot);
    }
    this.#stampUse(slot);
    slot.state = IDLE;
    this.idle.push(handle);
    return true;
  }

  /** Fast path: a lease has ended, and its instance is lent to the next one at once. */
  takeForNext(slot: Slot<T>): void {
    this.leaseOver(slot);
    slot.state = IDLE;
  }

  /** A lease is over, and from now on its instance is unused. The slot is still `leased`: the caller moves it. */
  leaseOver(slot: Slot<T>): void {
    if (slot.hasLeaseRecord) this.#forgetLease(slot);
    if (leaseAudience.isThere) this.figures.usedMs(this.coarseClock.stampExactly(slot));
    else this.#stampUse(slot);
  }

  #stampUse(slot: Slot<T>): void {
    if (slot.tick !== this.tick) {
      const { since } = slot;
      this.coarseClock.stamp(slot);
      // Less than nothing where the lease began with an exact stamp.
      this.figures.usedMs(Math.max(0, slot.since - since));
    }
  }

  #forgetLease(slot: Slot<T>): void {
    if (slot.lease!.holder !== undefined) this.#held--;
    slot.forgetLease();
  }

  /** The event loop stood still: an idle instance must not go before its time. */
  stoodStill(tick: number, now: number): void {
    for (const slot of this.idle.stampedAt(tick)) this.coarseClock.stampAt(slot, now);
  }

  add(slot: Slot<T>): void {
    this.slots.add(slot);
    this.#count(slot.state, 1);
  }

  /** Moves a slot to another state. */
  move(slot: Slot<T>, state: State): void {
    LEGAL.assert(slot.state, state);
    this.#count(slot.state, -1);
    slot.state = state;
    this.#count(state, 1);
    if (state === DESTROYING) this.share?.leaving();
  }

  /** An instance lies idle: the last one that did. */
  lieIdle(handle: Handle<T>): void {
    this.idle.push(handle);
    this.share?.idles();
  }

  /** It is idle again, and was not used meanwhile. */
  putBack(handle: Handle<T>): void {
    this.move(handle.slot, IDLE);
    this.idle.putBack(handle);
    this.share?.idles();
  }

  /** The slot is free for another instance. */
  free(slot: Slot<T>): void {
    const wasLeaving = slot.state === DESTROYING;
    this.move(slot, GONE);
    this.slots.delete(slot);
    this.share?.gone(wasLeaving);
    this.figures.usesOfGone += slot.uses;
  }

  #count(state: State, by: 1 | -1): void {
    if (state === CREATING) this.creating += by;
    else if (state === CHECKING) this.checking += by;
    else if (state === RESETTING) this.resetting += by;
    else if (state === DESTROYING) this.destroying += by;
    else if (state === DRAINING) this.draining += by;
  }

  /** The instance is destroyed when it comes back. The first reason counts. */
  retire(slot: Slot<T>, reason: DestroyReason): void {
    slot.retire ??= reason;
    slot.recordLease();
  }

  /** Why an instance must not be lent any more, if so. */
  unfit(slot: Slot<T>): DestroyReason | undefined {
    if (!this.open) return "closed";
    if (slot.retire !== undefined) return slot.retire;
    if (this.#isWornOut(slot)) return "maxUses";
    if (this.size > this.maxSize) return "resized";
    return this.share?.claims(this.queue.head?.order) === true ? "evicted" : undefined;
  }

  #isWornOut({ uses }: Slot<T>): boolean {
    return uses >= this.settings.maxUses;
  }

  close(): void {
    this.open = false;
    this.refuse();
  }

  /** Whoever waits is served, and nobody else. */
  refuse(): void {
    this.accepts = false;
    this.updateFastPaths();
  }

  /** Decides how short the ways may be: when the queue begins or ceases to be empty, when a slot is free, at a resize, at the close. */
  updateFastPaths(): void {
    const waiting = this.queue.length > 0;
    // What comes back may be another pool's turn.
    const own = this.share === undefined;
    const returns = own && this.open && this.#plainReturn && this.slots.size - this.destroying <= this.maxSize;
    this.canLend = this.accepts && this.#plainLending && !waiting;
    this.canLendUntracked = this.canLend && !this.tracksLeases;
    this.canTakeBack = returns && !waiting;
    this.canHandOver = returns && waiting && this.lendsPlainly;
  }

  /** See {@link Wait.pool}. */
  blockers(): Iterable<Named> | undefined {
    if (this.slots.size >= this.maxSize) return this.ownBlockers();
    return this.open && this.isShortOfTotal ? this.share!.blockers() : undefined;
  }

  /** Everyone who holds an instance, or `undefined` if one may be had without any holder. */
  ownBlockers(): Iterable<Holder> | undefined {
    const { slots } = this;
    // A slot that is not leased has no holder either.
    return this.open && this.#held === slots.size ? holdersIn(slots) : undefined;
  }

  /** It has room itself, and lacks that of the pools together. */
  get isShortOfTotal(): boolean {
    return this.share?.isFull === true && this.slots.size < this.maxSize;
  }
}
