import type { ScopeError } from "../base/errors.js";
import type { Caller, Holder, InUse } from "./holder.js";
import type { Deadline } from "./time/deadlines.js";

/*
 * The states of a slot, from the call of `create` to the end of `destroy`. Each slot is in exactly one.
 *
 *       ┌──────────┐  nothing was made
 *       │ CREATING │ ──────────────────▶ GONE
 *       └────┬─────┘
 *            │ made
 *            ▼
 *       ┌──────────┐         lent          ┌────────┐  calls still run  ┌──────────┐
 *   ┌─▶ │   IDLE   │ ────────────────────▶ │ LEASED │ ────────────────▶ │ DRAINING │
 *   │   └────┬─────┘                       └───┬────┘                   └────┬─────┘
 *   │        │                                 │ given back                  │ they have ended
 *   │        │ `healthCheck` or                ├◀────────────────────────────┘
 *   │        │ `onAcquire` is to run           ▼
 *   │        │                  ┌───────────────────────────┐
 *   │        │           ┌────▶ │ RESETTING, by `onRelease` │
 *   │        │           │      └─────────────┬─────────────┘
 *   │        │           │ prepared for       │ (each of the two
 *   │        │           │ somebody who       │ only if there is
 *   │        ▼           │ has gone           ▼ such a hook)
 *   │   ┌────────────────┴─────────────────────────────────┐
 *   │   │ CHECKING, by `healthCheck`, or by `onAcquire`    │
 *   │   └────────────────────────┬─────────────────────────┘
 *   └─────────── fit ────────────┘
 *
 *       any of these ── unfit, unwanted, or a hook failed ──▶ DESTROYING ──▶ GONE
 *
 * `Ledger` makes the moves, and knows the table of the legal ones.
 */
export const CREATING = 0;
export const IDLE = 1;
export const LEASED = 2;
export const CHECKING = 3;
export const RESETTING = 4;
export const DESTROYING = 5;
export const GONE = 6;
export const DRAINING = 7;
export type State = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

export const STATE_NAMES = [
  "creating",
  "idle",
  "leased",
  "checking",
  "resetting",
  "destroying",
  "gone",
  "draining",
] as const;

/** Where a slot may go from each state. */
export const LEGAL_MOVES: { readonly [S in State]: readonly State[] } = {
  [CREATING]: [IDLE, DESTROYING, GONE],
  [IDLE]: [LEASED, CHECKING, DESTROYING],
  [LEASED]: [IDLE, DRAINING, RESETTING, CHECKING, DESTROYING],
  [DRAINING]: [IDLE, RESETTING, CHECKING, DESTROYING],
  [RESETTING]: [IDLE, CHECKING, DESTROYING],
  [CHECKING]: [IDLE, RESETTING, DESTROYING],
  [DESTROYING]: [GONE],
  [GONE]: [],
};

/**
 * Why an instance was destroyed; the keys of `stats().destroyed`.
 *
 * | reason | |
 * |---|---|
 * | `closed` | the pool closed |
 * | `discarded` | its holder called `discard()` |
 * | `idle` | unused for `idleTimeoutMs` |
 * | `maxAge` | older than `maxAgeMs` |
 * | `maxUses` | lent `maxUses` times |
 * | `unhealthy` | `healthCheck` said so, failed, or took too long |
 * | `broken` | it emitted `error` |
 * | `recycled` | `recycle()` |
 * | `resized` | `resize()` to fewer |
 * | `evicted` | a pool with which it shares a limit needed the room |
 * | `resetFailed` | `onRelease` failed |
 * | `acquireFailed` | `onAcquire` failed, or its caller gave up meanwhile and there is no `onRelease` to undo it |
 * | `createFailed` | `onCreate` failed |
 * | `late` | `create` came after its time-out |
 * | `takenBack` | its lease passed `maxLeaseMs`, or the grace of `close()` |
 * | `abandoned` | its lease was garbage collected |
 * | `drainTimeout` | what its last holder had called still used it after `drainTimeoutMs` |
 */
export type DestroyReason =
  | "closed"
  | "discarded"
  | "idle"
  | "maxAge"
  | "maxUses"
  | "unhealthy"
  | "broken"
  | "recycled"
  | "resized"
  | "evicted"
  | "resetFailed"
  | "acquireFailed"
  | "createFailed"
  | "late"
  | "takenBack"
  | "abandoned"
  | "drainTimeout";

/** Has never happened. */
export const NEVER = -Infinity;

/** Where something was called. */
export interface CallSite {
  readonly stack?: string;
}

/** What a lease asks of the pool, and what ends it. The way back of an instance implements it. */
export interface LeaseHome<T> {
  readonly label: string;
  /** What a lease has in its hand after its end, which begins now. @throws RangeError before it does, if the stack is full */
  after(handle: Handle<T>): Handle<T>;
  giveBack(handle: Handle<T>): Promise<void>;
  discard(handle: Handle<T>): Promise<void>;
  drain(handle: Handle<T>): void;
  /** The instance is not lent again. */
  condemn(slot: Slot<T>): void;
}

/** What few leases have. Beside each field: the file that writes it; {@link Slot.forgetLease} clears the first three. */
export class LeaseRecord {
  /** On whose behalf the instance was acquired. `ledger.ts` */
  holder: Holder | undefined = undefined;
  /** Whose call it is for. `lease.ts` */
  caller: Caller | undefined = undefined;
  /** Aborts when the lease is taken back. `lease.ts` */
  controller: AbortController | undefined = undefined;
  /** Where the instance was acquired. `lease-watch.ts` */
  site: CallSite | undefined = undefined;
  /** When the lease is warned about, then taken back. `lease-watch.ts` */
  deadline: Deadline | undefined = undefined;
  /** The lease has been warned about. `lease-watch.ts` */
  warned = false;
  /** Why the lease was taken back. `lease-watch.ts` */
  lost: ScopeError | undefined = undefined;
}

/** What time does to an instance. `housekeeping.ts` writes all of it. */
export interface Aging {
  /** When it is too old. */
  readonly age: Deadline | undefined;
  /** When it is checked next while it is idle. */
  readonly check: Deadline | undefined;
}

/** A place in the pool for one instance, and what is known of that instance. Beside each field: the file that writes it. */
export class Slot<T> {
  /** `ledger.ts` */
  state: State = CREATING;
  /** The instance, once there is one. `creating.ts` */
  value: T | undefined = undefined;
  /** Told when the instance that is being made is not wanted any more. `creating.ts` */
  creation: { abort(reason: ScopeError): void } | undefined = undefined;
  /** Since when it has been idle, leased or draining. A fraction at first, so that V8 keeps it in place ever after. `coarse-clock.ts` */
  since = 0.5;
  /** The tick of that time. `coarse-clock.ts` */
  tick = -2;
  /** How often it was lent. `ledger.ts` */
  uses = 0;
  /** Why it is destroyed when it comes back, if so. `ledger.ts` */
  retire: DestroyReason | undefined = undefined;
  /** The right to it, while that is in the list of idle ones. `idle-list.ts` */
  listed: Handle<T> | undefined = undefined;
  /** Either its lease has a record, or it is to retire: one look at the end of a lease, instead of many. This file. */
  hasLeaseRecord = false;
  /** Made for the first lease that needs one, and kept. This file. */
  lease: LeaseRecord | undefined = undefined;
  /** `housekeeping.ts` */
  aging: Aging | undefined = undefined;
  /** When it was last found well, if it was not lent after that. `lending.ts` */
  checkedAt = NEVER;
  /** What sees how it is used, for leases that drain: made for the first of them, and kept for all. `lease.ts` */
  use: InUse | undefined = undefined;
  /** How long it may drain, while it does. `draining.ts` */
  drain: Deadline | undefined = undefined;
  /** Called when the instance is destroyed. `destroying.ts` */
  onGone: (() => void)[] | undefined = undefined;

  constructor(
    readonly home: LeaseHome<T>,
    /** Counts the attempts to create. */
    readonly n: number,
    /** When it was made; until then, when that began. `creating.ts` */
    public createdAt: number,
  ) {}

  /** The record of the present lease, which is in use from now on. */
  recordLease(): LeaseRecord {
    this.hasLeaseRecord = true;
    return (this.lease ??= new LeaseRecord());
  }

  /** The present lease is over. */
  forgetLease(): void {
    const record = this.lease!;
    record.holder = record.caller = record.controller = undefined;
    this.hasLeaseRecord = false;
  }
}

/**
 * The right to the instance, which is in one hand only: the idle ones', a lease's, or that of what is being done with
 * the instance. Nothing else refers to it. So when a lease is garbage collected without having been released, its handle
 * goes with it, and a FinalizationRegistry tells us, at no cost for each lease.
 */
export class Handle<T> {
  /** Neighbours among the idle ones. `idle-list.ts` */
  older: Handle<T> | undefined = undefined;
  newer: Handle<T> | undefined = undefined;

  constructor(readonly slot: Slot<T>) {}

  /** The right to nothing, which a lease has that is over. */
  get empty(): boolean {
    return this.slot.n < 0;
  }
}

/** A right to nothing. */
export function emptyHandle<T>(home: LeaseHome<T>): Handle<T> {
  const slot = new Slot(home, -1, 0);
  slot.state = GONE;
  return new Handle(slot);
}

/** The holders in slots that all have one. It yields one after the other: mostly the first one runs, and the caller need not look further. */
export function* holdersIn<T>(slots: Iterable<Slot<T>>): Generator<Holder> {
  for (const { lease } of slots) yield lease!.holder!;
}
