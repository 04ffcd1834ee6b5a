import { capture, type InContext } from "../base/async-frame.js";
import type { HolderInfo } from "../base/errors.js";
import { NO_TICK, Stamps, systemClock, type Clock } from "./clock.js";
import { Closing } from "./closing.js";
import { Creation } from "./creation.js";
import { Deadlines } from "./deadlines.js";
import { Destruction } from "./destruction.js";
import { Draining } from "./draining.js";
import {
  CHECKING,
  CREATING,
  DESTROYING,
  DRAINING,
  IDLE,
  LEASED,
  RESETTING,
  type DestroyReason,
  type Entry,
  type Handle,
  type State,
} from "./entry.js";
import { Figures } from "./figures.js";
import type { Holder } from "./holder.js";
import { FifoIdle, Idle } from "./idle.js";
import { DONE, Lease } from "./lease.js";
import { Lending } from "./lending.js";
import { holdersOf, MAX_HOLDERS } from "./messages.js";
import type { Settings } from "./options.js";
import { Readiness } from "./readiness.js";
import { Reporter } from "./report.js";
import { Returning } from "./returning.js";
import { Upkeep } from "./upkeep.js";
import { blockersOfAll, longestHolders } from "./sharing.js";
import type { Sharer, Total } from "./total.js";
import { Queue } from "./waiters.js";

/** Limits shorter than this are kept to the millisecond, at the price of reading the clock for each lease. */
const SHORT_MS = 10_000;

/** What the parts of a pool share: the slots and their states, those who wait, and who gets what next. */
export class Core<T> implements Sharer {
  readonly settings: Settings<T>;
  readonly label: string;
  readonly clock: Clock;
  readonly inPool: InContext;
  readonly stamps: Stamps;
  tick = NO_TICK;
  readonly figures = new Figures();
  readonly reporter: Reporter;

  /** Every slot that is taken, in any state. */
  readonly entries = new Set<Entry<T>>();
  readonly idle: Idle<T>;
  readonly queue: Queue<T>;
  maxSize: number;
  /** What it shares with other pools, if it does. */
  total: Total | undefined = undefined;
  /** Idle instances are to go, and no time is set for that. */
  sweepless = false;
  creating = 0;
  checking = 0;
  resetting = 0;
  draining = 0;
  destroying = 0;

  /** Of acquisitions, closing, and calls that somebody waits for: they keep the process alive. */
  readonly pending: Deadlines;
  /** Of other calls and of creations to be tried again: they do so while somebody waits for the pool. */
  readonly background: Deadlines;

  readonly creation: Creation<T>;
  readonly readiness: Readiness<T>;
  readonly lending: Lending<T>;
  readonly returning: Returning<T>;
  readonly drains: Draining<T>;
  readonly destruction: Destruction<T>;
  readonly upkeep: Upkeep<T>;
  readonly closing: Closing<T>;

  readonly startedAt: number;

  /** Nothing is to be done between the idle ones and a lease. */
  quickTake = false;
  /** Nor is anything to be noted on the lease. */
  quickest = false;
  /** Nor anything between a lease and the idle ones. */
  quickReturn = false;
  /** Nor anything between a lease and the next one. */
  quickHandover = false;
  readonly #plainTake: boolean;
  readonly #plainReturn: boolean;
  /** Nothing is to be noted on a lease. */
  readonly #plain: boolean;
  readonly #wears: boolean;
  /** Leases that have a holder. */
  #held = 0;
  #pumping = false;
  #pumpAgain = false;
  #holdersAt: { readonly now: number; readonly holders: readonly HolderInfo[] } | undefined;

  constructor(settings: Settings<T>) {
    this.settings = settings;
    this.label = settings.label;
    this.inPool = capture(this.label);
    this.clock = settings.clock;
    this.startedAt = this.clock.now();
    this.maxSize = settings.maxSize;
    this.#wears = settings.maxUses !== Infinity;
    this.idle = settings.order === "fifo" ? new FifoIdle() : new Idle();
    this.reporter = new Reporter(this.label, settings.logger, this.inPool);
    this.pending = new Deadlines(this.clock, this.inPool, true);
    this.background = new Deadlines(this.clock, this.inPool, false);
    this.creation = new Creation(this);
    this.readiness = new Readiness(this);
    this.queue = new Queue(
      () => {
        this.requicken();
        this.keepAlive();
      },
      (entry) => this.creation.orphaned(entry),
    );
    this.lending = new Lending(this);
    this.returning = new Returning(this);
    this.drains = new Draining(this);
    this.destruction = new Destruction(this);
    this.upkeep = new Upkeep(this);
    this.closing = new Closing(this);
    const watched = this.upkeep.watchesLeases;
    const exact = this.clock !== systemClock || watched || settings.idleTimeoutMs < SHORT_MS;
    this.stamps = new Stamps(this.clock, exact, this.inPool, this);
    const noted = watched || settings.leaseStacks;
    this.#plainTake = settings.onAcquire === undefined && !settings.checkOn.has("acquire");
    this.#plain = this.#plainTake && !noted;
    this.#plainReturn = settings.onRelease === undefined && !settings.checkOn.has("release") && !noted;
    this.requicken();
  }

  get open(): boolean {
    return !this.closing.begun;
  }

  /** Slots in any state but `destroying`. */
  get size(): number {
    return this.entries.size - this.destroying;
  }

  get leased(): number {
    return this.size - this.idle.length - this.creating - this.checking - this.resetting - this.draining;
  }

  /** Acquisitions that are not settled. */
  get waiting(): number {
    return this.queue.length + this.lending.assigned.size;
  }

  /** A lease on the short way: everything else is decided beforehand, or elsewhere. */
  lend(handle: Handle<T>): Lease<T> {
    const { entry } = handle;
    entry.state = LEASED;
    entry.uses++;
    if (entry.tick !== this.tick) this.stamps.stamp(entry);
    return new Lease(handle);
  }

  /** A lease with all that may have to be noted on it. */
  lendTo(handle: Handle<T>, holder: Holder | undefined, taken: { readonly stack?: string } | undefined): Lease<T> {
    const lease = this.lend(handle);
    const { entry } = handle;
    if (holder !== undefined) {
      entry.holder = holder;
      entry.noted = true;
      this.#held++;
    }
    if (!this.#plain) this.lending.lent(entry, taken);
    return lease;
  }

  /** The end of a lease by its holder. */
  giveBack(handle: Handle<T>): Promise<void> {
    const { entry } = handle;
    if (!this.quickReturn || entry.state !== LEASED || (this.#wears && this.#isWorn(entry))) {
      return this.returning.giveBack(handle);
    }
    if (entry.noted) {
      if (entry.retire !== undefined) return this.returning.giveBack(handle);
      this.#forgetHolder(entry);
    }
    this.#useOver(entry);
    entry.state = IDLE;
    this.idle.push(handle);
    if (this.sweepless) this.upkeep.planSweep();
    return DONE;
  }

  /** The books of a lease are closed; since now the instance is unused. */
  leaseOver(entry: Entry<T>): void {
    if (entry.noted) this.#forgetHolder(entry);
    this.#useOver(entry);
  }

  #useOver(entry: Entry<T>): void {
    if (entry.tick !== this.tick) {
      const { since } = entry;
      this.stamps.stamp(entry);
      this.figures.usedMs(entry.since - since);
    }
  }

  #forgetHolder(entry: Entry<T>): void {
    if (entry.holder !== undefined) this.#held--;
    entry.holder = entry.caller = entry.controller = undefined;
    entry.noted = false;
  }

  /** See {@link Ticking}; an idle instance must not go before its time. */
  stoodStill(tick: number, now: number): void {
    this.idle.restamp(tick, now);
  }

  /** Moves a slot to another state. */
  place(entry: Entry<T>, state: State): void {
    this.#count(entry.state, -1);
    entry.state = state;
    this.#count(state, 1);
  }

  #count(state: State, by: 1 | -1): void {
    if (state === CREATING) this.creating += by;
    else if (state === CHECKING) this.checking += by;
    else if (state === RESETTING) this.resetting += by;
    else if (state === DESTROYING) this.destroying += by;
    else if (state === DRAINING) this.draining += by;
  }

  /** Why an instance must not be lent any more, if so. */
  unfit(entry: Entry<T>): DestroyReason | undefined {
    if (!this.open) return "closed";
    if (entry.retire !== undefined) return entry.retire;
    if (this.#isWorn(entry)) return "worn";
    return this.size > this.maxSize ? "surplus" : undefined;
  }

  #isWorn({ uses }: Entry<T>): boolean {
    return uses >= this.settings.maxUses;
  }

  /** An instance is to be had, and {@link IDLE}: for whoever waits first, or to lie idle. */
  available(handle: Handle<T>, fresh = false): void {
    const { entry } = handle;
    const reason =
      this.unfit(entry) ?? (this.total?.claims(this, this.queue.head?.order) === true ? "surplus" : undefined);
    if (reason !== undefined) {
      this.destruction.destroy(entry, reason);
      return;
    }
    if (this.queue.length > 0 && (fresh || !this.lending.mustCheck(entry))) {
      this.lending.assign(handle, this.queue.shift()!);
    } else {
      this.idle.push(handle);
      this.total?.idles(this);
      this.upkeep.planSweep();
      if (this.queue.length > 0) this.pump();
    }
  }

  /** Serves those who wait, with what there is and by making more. To be called whenever something has changed. */
  pump(): void {
    if (this.#pumping) {
      this.#pumpAgain = true;
      return;
    }
    this.#pumping = true;
    try {
      do {
        this.#pumpAgain = false;
        this.lending.serve();
        this.creation.grow();
      } while (this.#pumpAgain);
    } finally {
      this.#pumping = false;
    }
    this.closing.settle();
    this.total?.settle();
  }

  /** Whether the process is to wait for what goes on in the background. */
  keepAlive(): void {
    const closing = this.closing.begun && !this.closing.done;
    this.background.keepAlive(this.queue.length > 0 || this.readiness.awaited || closing);
    // What is taken back may be what is waited for.
    if (this.settings.maxLeaseMs !== Infinity) this.upkeep.deadlines.keepAlive(this.queue.length > 0 || closing);
  }

  /** Decides anew how short the ways may be: when somebody begins or ceases to wait, at a resize, at the close. */
  requicken(): void {
    const waiting = this.queue.length > 0;
    // What comes back may be another pool's turn.
    const returns = this.total === undefined && this.open && this.#plainReturn && this.size <= this.maxSize;
    this.quickTake = this.open && this.#plainTake && !waiting;
    this.quickest = this.quickTake && this.#plain;
    this.quickReturn = returns && !waiting;
    this.quickHandover = returns && waiting && this.#plain;
  }

  /** The same list for all errors of one moment: in a storm of time-outs it must not be made for each. */
  holdersForErrors(now: number): readonly HolderInfo[] {
    const { total } = this;
    if (total !== undefined && this.isShortOfTotal) return longestHolders(total, now, MAX_HOLDERS);
    if (this.#holdersAt?.now !== now) this.#holdersAt = { now, holders: holdersOf(this, now, MAX_HOLDERS) };
    return this.#holdersAt.holders;
  }

  /** It has room itself, and lacks that of the pools together. */
  get isShortOfTotal(): boolean {
    return this.total?.isFull === true && this.entries.size < this.maxSize;
  }

  demands(): Iterable<number> {
    return this.creation.demands();
  }

  giveUpIdle(): boolean {
    const handle = this.idle.takeOldest();
    if (handle !== undefined) this.destruction.destroy(handle.entry, "surplus");
    return handle !== undefined;
  }

  /** See {@link Wait.pool}. */
  blockers(): Iterable<Holder> | undefined {
    if (this.entries.size >= this.maxSize) return this.ownBlockers();
    return this.open && this.total?.isFull === true ? blockersOfAll(this.total) : undefined;
  }

  ownBlockers(): Iterable<Holder> | undefined {
    const { entries } = this;
    // What is not leased has no holder either.
    return this.open && this.#held === entries.size ? holdersIn(entries) : undefined;
  }
}

/** One after the other: mostly the first one runs, and whoever asks need not look further. */
function* holdersIn<T>(entries: Iterable<Entry<T>>): Generator<Holder> {
  for (const { holder } of entries) yield holder!;
}
