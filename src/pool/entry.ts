import type { ScopeError } from "../base/errors.js";
import type { Core } from "./core.js";
import type { Deadline } from "./deadlines.js";
import type { Drain, InUse } from "./draining.js";
import type { Holder } from "./holder.js";
import type { Waiter } from "./waiters.js";

/** The states of an instance. Each slot is in exactly one of them until it is gone. */
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

/**
 * Why an instance was destroyed; the keys of `stats().destroyed`.
 *
 * | reason | |
 * |---|---|
 * | `closed` | the pool closed |
 * | `discarded` | its holder called `discard()` |
 * | `idle` | unused for `idleTimeoutMs` |
 * | `aged` | older than `maxAgeMs` |
 * | `worn` | lent `maxUses` times |
 * | `ill` | `healthCheck` said so, failed, or took too long |
 * | `broken` | it emitted `error` |
 * | `recycled` | `recycle()` |
 * | `surplus` | `resize()` to fewer, or a pool with which it shares a limit needed the room |
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
  | "aged"
  | "worn"
  | "ill"
  | "broken"
  | "recycled"
  | "surplus"
  | "resetFailed"
  | "acquireFailed"
  | "createFailed"
  | "late"
  | "takenBack"
  | "abandoned"
  | "drainTimeout";

/** The time of what has not been. */
export const NEVER = -Infinity;

/** A call that has a lease to itself. */
export interface Caller {
  /** As errors and `stats()` call it. */
  readonly name: string;
}

/** The pool's book on one instance, and the slot that it takes. */
export class Entry<T> {
  state: State = CREATING;
  /** The instance, once there is one. */
  value: T | undefined = undefined;
  /** Since when it has been idle or leased. A fraction at first: so V8 keeps it in place ever after. */
  since = 0.5;
  tick = -2;
  uses = 0;
  /** Where it is among the idle ones. */
  position = 0;
  /** There is more to its lease than the lease: any of the following four. One look at the end, instead of four. */
  noted = false;
  /** Goes instead of being pooled again. */
  retire: DestroyReason | undefined = undefined;
  /** Of the present lease, where there is one. */
  holder: Holder | undefined = undefined;
  /** Whose call it is for, if so. */
  caller: Caller | undefined = undefined;
  controller: AbortController | undefined = undefined;
  /** Its `stack` says where the present lease was taken. */
  taken: { readonly stack?: string } | undefined = undefined;
  /** The lease has been warned about. */
  warned = false;
  /** Why the lease was taken back. */
  lost: ScopeError | undefined = undefined;
  /** Checked for the next holder already, then. */
  vettedAt = NEVER;
  /** When it was made; until then, when that began. */
  createdAt: number;
  /** While it is being created: for whom. */
  waiter: Waiter<T> | undefined = undefined;
  /** While it is being created for nobody: whether it counts for whoever waits. */
  covers = true;
  age: Deadline | undefined = undefined;
  check: Deadline | undefined = undefined;
  hedge: Deadline | undefined = undefined;
  watch: Deadline | undefined = undefined;
  /** What sees how it is used, for leases that drain: made for the first of them, and kept for all. */
  use: InUse | undefined = undefined;
  /** While it is draining. */
  drain: Drain<T> | undefined = undefined;
  /** Resolves when the instance is destroyed; made when someone asks. */
  onGone: (() => void)[] | undefined = undefined;

  constructor(
    readonly core: Core<T>,
    /** Counts the attempts to create. */
    readonly n: number,
    readonly startedAt: number,
  ) {
    this.createdAt = startedAt;
  }
}

/**
 * The right to the instance, which is in one hand only: the idle ones', a lease's, or that of what is being done with
 * the instance. Nobody else refers to it. So when a lease is garbage collected without having been released, its handle
 * goes with it, and a FinalizationRegistry tells us, at no cost for each lease.
 */
export class Handle<T> {
  /** What the lease has in its hand after this. */
  readonly after: Handle<T>;

  constructor(
    readonly entry: Entry<T>,
    after?: Handle<T>,
  ) {
    this.after = after ?? this;
  }

  /** The right to nothing, which a lease has that is over. */
  get empty(): boolean {
    return this.entry.n < 0;
  }
}

/** A right to nothing. */
export function emptyHandle<T>(core: Core<T>, after?: Handle<T>): Handle<T> {
  const entry = new Entry(core, -1, 0);
  entry.state = GONE;
  return new Handle(entry, after);
}
