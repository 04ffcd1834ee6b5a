import type { ScopeError } from "../base/errors.js";
import type { PoolEvent } from "./pool-event.js";
import type { Holder, Named, Wait } from "./holder.js";
import type { Lease } from "./lease.js";
import { LegalMoves } from "./legal-moves.js";
import type { CallSite, Handle, Slot } from "./slot.js";
import { Deadline } from "./time/deadlines.js";

/*
 * The states of a waiter. It is settled once.
 *
 *       ┌────────┐  an instance is prepared for it   ┌──────────┐
 *       │ QUEUED │ ────────────────────────────────▶ │ ASSIGNED │
 *       │        │ ◀──────────────────────────────── │          │
 *       └───┬────┘  the preparation failed           └────┬─────┘
 *           │                                             │
 *           └── served, failed, aborted, timed out ───────┴──────▶ SETTLED
 *
 * `WaitQueue` makes the moves, and knows the table of the legal ones below.
 */
export const QUEUED = 0;
export const ASSIGNED = 1;
export const SETTLED = 2;
export type WaiterState = 0 | 1 | 2;

/** Where a waiter may go from each state. */
export const LEGAL_WAITER_MOVES: { readonly [S in WaiterState]: readonly WaiterState[] } = {
  [QUEUED]: [ASSIGNED, SETTLED],
  [ASSIGNED]: [QUEUED, SETTLED],
  [SETTLED]: [],
};

const LEGAL = new LegalMoves("a waiter", LEGAL_WAITER_MOVES, ["queued", "assigned", "settled"]);

/** What a waiter asks of the pool. */
export interface WaiterHost<T> {
  readonly label: string;
  readonly event: PoolEvent;
  /** See {@link Wait.pool}. */
  blockers(): Iterable<Named> | undefined;
  deadlocked(waiting: Named, error: ScopeError): void;
  reject(waiter: Waiter<T>, error: unknown): void;
  timedOut(waiter: Waiter<T>, now: number): void;
}

/** Who settles the waiters. */
export interface Waits<T> {
  /** Lends an instance to the first in the queue, where nothing has to be recorded on the lease. */
  serveNext(handle: Handle<T>): void;
  /** Tells a waiter that is settled in the queue's books. */
  deliver(waiter: Waiter<T>, lease: Lease<T>, slot: Slot<T>): void;
  reject(waiter: Waiter<T>, error: unknown): void;
}

/** What is being created for a waiter, as the queue sees it. */
export interface CreationFor<T> {
  /** For whom. Only this file writes it. */
  waiter: Waiter<T> | undefined;
  /** The waiter has gone, or was served otherwise. */
  orphaned(): void;
  /** The waiter cannot wait for it, and the next one that waits gets it. */
  abandon(): void;
}

let count = 0;

/** The place in line of a wait that is in no pool's queue, but for what pools have, too. */
export function nextInLine(): number {
  return ++count;
}

/** What few waiters have: thousands of them may wait at once, and each is to be small. `acquiring.ts` and `lending.ts` write it. */
export class WaiterExtra {
  /** Where the instance was asked for. */
  site: CallSite | undefined = undefined;
  /** How many new instances could not be prepared for it. */
  freshFailures = 0;
  signal: AbortSignal | undefined = undefined;
  aborted: (() => void) | undefined = undefined;
}

/**
 * One acquisition that could not be served at once, or, for `tryAcquire`, one that is to be served in this very call.
 * Beside each field: the file that writes it.
 */
export class Waiter<T> extends Deadline implements Wait {
  readonly order = ++count;
  /** This file. */
  state: WaiterState = QUEUED;
  /** Neighbours in the queue. This file. */
  before: Waiter<T> | undefined = undefined;
  behind: Waiter<T> | undefined = undefined;
  /** What is being created for it. This file. */
  creation: CreationFor<T> | undefined = undefined;
  /** `acquiring.ts`, before it is in the queue. */
  priority = 0;
  /** `acquiring.ts` */
  since = 0;
  /** Undefined for ever: `Infinity` would make V8 keep this number, mostly a small one, in a box of its own. `acquiring.ts` */
  timeoutMs: number | undefined = undefined;
  /** It was not served in the call that asked. `acquiring.ts` */
  waited = false;
  extra: WaiterExtra | undefined = undefined;

  constructor(
    readonly host: WaiterHost<T>,
    readonly asked: Holder | undefined,
    readonly resolve: (lease: Lease<T>) => void,
    readonly fail: (error: unknown) => void,
    /** To be served in this call or not at all. */
    readonly sync = false,
  ) {
    super();
  }

  ensureExtra(): WaiterExtra {
    return (this.extra ??= new WaiterExtra());
  }

  get holder(): Holder {
    return this.asked as Holder;
  }

  get pool(): Wait["pool"] {
    return this.host;
  }

  reject(error: unknown): void {
    this.host.reject(this, error);
  }

  override expire(now: number): void {
    this.host.timedOut(this, now);
  }
}

const NONE: ReadonlySet<never> = new Set();

/** Whether the first one's turn comes before the second one's. */
function precedes<T>(one: Waiter<T>, other: Waiter<T>): boolean {
  return one.priority === other.priority ? one.order < other.order : one.priority > other.priority;
}

/** Those who wait, by priority, and first come first served within one, and those for whom an instance is being prepared. */
export class WaitQueue<T> {
  length = 0;
  head: Waiter<T> | undefined = undefined;
  #tail: Waiter<T> | undefined = undefined;
  /** For how many in the queue something is being created. */
  creating = 0;
  /** The first in the queue for whom nothing is being created. */
  withoutCreation: Waiter<T> | undefined = undefined;
  /** Those whose instance is being prepared: they are out of the queue. */
  #assigned: Set<Waiter<T>> | undefined;
  /** Told when the queue begins and ceases to be empty. */
  readonly #onTurn: () => void;

  constructor(onTurn: () => void) {
    this.#onTurn = onTurn;
  }

  /** How many are not settled. */
  get waiting(): number {
    return this.length + this.assigned.size;
  }

  get assigned(): ReadonlySet<Waiter<T>> {
    return this.#assigned ?? NONE;
  }

  /** Adds a waiter at the end, or where its priority places it, or its age if it has been in the queue before. */
  add(waiter: Waiter<T>): void {
    let before = this.#tail;
    if (before !== undefined && precedes(waiter, before)) {
      before = undefined;
      let next = this.head;
      while (precedes(next!, waiter)) {
        before = next;
        next = next!.behind;
      }
    }
    const behind = before === undefined ? this.head : before.behind;
    waiter.before = before;
    waiter.behind = behind;
    if (before === undefined) this.head = waiter;
    else before.behind = waiter;
    if (behind === undefined) this.#tail = waiter;
    else behind.before = waiter;
    this.#lacksCreation(waiter);
    if (++this.length === 1) this.#onTurn();
  }

  /** Takes the first one out: it is served. */
  serveFirst(): Waiter<T> {
    const head = this.head!;
    move(head, SETTLED);
    this.#remove(head);
    return head;
  }

  /** Takes the first one out: an instance is prepared for it. */
  assignFirst(): Waiter<T> {
    const head = this.head!;
    move(head, ASSIGNED);
    (this.#assigned ??= new Set()).add(head);
    this.#remove(head);
    return head;
  }

  /** The instance that was prepared for it is of no use: back to its place. */
  requeue(waiter: Waiter<T>): void {
    move(waiter, QUEUED);
    this.#assigned!.delete(waiter);
    this.add(waiter);
  }

  /** Settles a waiter, wherever it is. */
  settle(waiter: Waiter<T>): void {
    const queued = waiter.state === QUEUED;
    move(waiter, SETTLED);
    if (queued) this.#remove(waiter);
    else this.#assigned!.delete(waiter);
  }

  /**
   * The first one for whom nothing is being created.
   *
   * @param served how many of those are probably served otherwise: they are passed over, but for the last one
   */
  firstWithoutCreation(served: number): Waiter<T> | undefined {
    let found = this.withoutCreation;
    for (let next = found?.behind; served > 0 && next !== undefined; next = next.behind) {
      if (next.creation !== undefined) continue;
      found = next;
      served--;
    }
    return found;
  }

  /** All those for whom nothing is being created, from {@link firstWithoutCreation} on. */
  *allWithoutCreation(served: number): Generator<Waiter<T>> {
    for (let next = this.firstWithoutCreation(served); next !== undefined; next = next.behind) {
      if (next.creation === undefined) yield next;
    }
  }

  creationBegan(waiter: Waiter<T>, creation: CreationFor<T>): void {
    waiter.creation = creation;
    creation.waiter = waiter;
    this.creating++;
    if (this.withoutCreation === waiter) this.#seek(waiter);
  }

  /** Whether it worked or not: the waiter has no creation any more. */
  creationEnded(waiter: Waiter<T>): void {
    waiter.creation!.waiter = undefined;
    waiter.creation = undefined;
    this.creating--;
    this.#lacksCreation(waiter);
  }

  #remove(waiter: Waiter<T>): void {
    const { before, behind, creation } = waiter;
    if (this.withoutCreation === waiter) this.#seek(behind);
    if (before === undefined) this.head = behind;
    else before.behind = behind;
    if (behind === undefined) this.#tail = before;
    else behind.before = before;
    waiter.before = waiter.behind = undefined;
    if (creation !== undefined) {
      this.creating--;
      waiter.creation = undefined;
      creation.waiter = undefined;
      creation.orphaned();
    }
    if (--this.length === 0) this.#onTurn();
  }

  #lacksCreation(waiter: Waiter<T>): void {
    if (this.withoutCreation === undefined || precedes(waiter, this.withoutCreation)) this.withoutCreation = waiter;
  }

  /** From here on, as everybody before has a creation. */
  #seek(from: Waiter<T> | undefined): void {
    let next = from;
    while (next?.creation !== undefined) next = next.behind;
    this.withoutCreation = next;
  }
}

function move<T>(waiter: Waiter<T>, state: WaiterState): void {
  LEGAL.assert(waiter.state, state);
  waiter.state = state;
}
