import type { ScopeError } from "../base/errors.js";
import { offAbort, onAbort } from "../base/on-abort.js";
import type { Core } from "./core.js";
import { Deadline } from "./time/deadlines.js";
import { acquireChannel, timeoutChannel } from "./diagnostics.js";
import type { Entry } from "./entry.js";
import type { Holder, Wait } from "./holder.js";
import type { Lease } from "./lease.js";
import { acquireTimedOut } from "./messages.js";

/** A waiter is in the queue, then has an instance that is prepared for it, then is settled, once. */
export const QUEUED = 0;
export const ASSIGNED = 1;
export const SETTLED = 2;

let count = 0;

/** What few waiters have; thousands of them may wait at once, and each is to be small. */
class Extra {
  /** Where it was asked for. */
  taken: { readonly stack?: string } | undefined = undefined;
  /** New instances that failed to be lent to it. */
  freshFailures = 0;
  signal: AbortSignal | undefined = undefined;
  aborted: (() => void) | undefined = undefined;
}

/** One acquisition that could not be served at once, or, for `tryAcquire`, one that is to be served in this very call. */
export class Waiter<T> extends Deadline implements Wait {
  readonly order = ++count;
  state: 0 | 1 | 2 = QUEUED;
  /** Neighbours in the queue. */
  before: Waiter<T> | undefined = undefined;
  behind: Waiter<T> | undefined = undefined;
  /** What is being created for it. */
  creation: Entry<T> | undefined = undefined;
  since = 0;
  /** Nothing for ever: `Infinity` would make V8 keep this number, mostly a small one, in a box of its own. */
  timeoutMs: number | undefined = undefined;
  #extra: Extra | undefined = undefined;
  #waited = false;

  constructor(
    readonly core: Core<T>,
    readonly asked: Holder | undefined,
    readonly resolve: (lease: Lease<T>) => void,
    readonly fail: (error: unknown) => void,
    /** To be served in this call or not at all. */
    readonly sync = false,
  ) {
    super();
  }

  get taken(): { readonly stack?: string } | undefined {
    return this.#extra?.taken;
  }

  set taken(taken: { readonly stack?: string } | undefined) {
    if (taken !== undefined) this.#rare.taken = taken;
  }

  /** @returns how many new instances have failed to be lent to it */
  failedFresh(): number {
    return ++this.#rare.freshFailures;
  }

  get #rare(): Extra {
    return (this.#extra ??= new Extra());
  }

  /** Its instance is being prepared. */
  get assigned(): boolean {
    return this.state === ASSIGNED;
  }

  get holder(): Holder {
    return this.asked as Holder;
  }

  get pool(): Wait["pool"] {
    return this.core;
  }

  /**
   * It has to wait: its time runs, it can be aborted, and its holder is told.
   *
   * @param from since when, exactly: a limit must not be shortened by what the program did before
   */
  wait(signal: AbortSignal | undefined, from: number): void {
    if (this.timeoutMs !== undefined) this.core.pending.add(this, from, this.timeoutMs);
    if (signal !== undefined) this.#listenTo(signal);
    this.#waited = true;
    this.asked?.waitBegan(this);
  }

  #listenTo(signal: AbortSignal): void {
    const extra = this.#rare;
    extra.signal = signal;
    extra.aborted = () => {
      this.core.figures.aborts++;
      this.reject(signal.reason);
    };
    onAbort(signal, extra.aborted);
  }

  deliver(lease: Lease<T>): void {
    this.#settle();
    if (this.#waited) {
      const { core } = this;
      const waitedMs = core.stamps.now() - this.since;
      core.figures.waits.add(waitedMs);
      if (acquireChannel.hasSubscribers) acquireChannel.publish({ pool: core.label, waitedMs });
    }
    this.resolve(lease);
  }

  reject(error: unknown): void {
    if (this.state === SETTLED) return;
    const queued = this.state === QUEUED;
    if (queued) this.core.queue.remove(this);
    this.#settle();
    this.fail(error);
    if (queued) this.core.pump();
  }

  override expire(now: number): void {
    const error: ScopeError = acquireTimedOut(this, now);
    // `describe`, which was asked for the error, may have ended a lease.
    if (this.state === SETTLED) return;
    this.core.figures.timeouts++;
    if (timeoutChannel.hasSubscribers) {
      timeoutChannel.publish({ pool: this.core.label, timeoutMs: this.timeoutMs!, error });
    }
    this.reject(error);
  }

  #settle(): void {
    if (this.state === ASSIGNED) this.core.lending.assigned.delete(this);
    this.state = SETTLED;
    this.core.pending.remove(this);
    if (this.#extra?.signal !== undefined) offAbort(this.#extra.signal, this.#extra.aborted!);
    if (this.#waited) this.asked?.waitEnded(this);
  }
}

/** Those who wait, first come first served. */
export class Queue<T> {
  length = 0;
  head: Waiter<T> | undefined = undefined;
  #tail: Waiter<T> | undefined = undefined;
  /** How many of them have an instance being created for them. */
  creating = 0;
  /** Nobody before this one is without a creation of its own. */
  #bare: Waiter<T> | undefined = undefined;
  /** Told when the queue begins and ceases to be empty. */
  readonly #onWaiting: (waiting: boolean) => void;
  /** Told when a creation has lost the one it was for. */
  readonly #onOrphan: (creation: Entry<T>) => void;

  constructor(onWaiting: (waiting: boolean) => void, onOrphan: (creation: Entry<T>) => void) {
    this.#onWaiting = onWaiting;
    this.#onOrphan = onOrphan;
  }

  /** At the end; one that was out already, where its age places it. */
  add(waiter: Waiter<T>): void {
    waiter.state = QUEUED;
    let before = this.#tail;
    if (before !== undefined && before.order > waiter.order) {
      before = undefined;
      let next = this.head;
      while (next!.order < waiter.order) {
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
    this.#bared(waiter);
    if (++this.length === 1) this.#onWaiting(true);
  }

  shift(): Waiter<T> | undefined {
    const { head } = this;
    if (head !== undefined) this.remove(head);
    return head;
  }

  remove(waiter: Waiter<T>): void {
    const { before, behind, creation } = waiter;
    if (this.#bare === waiter) this.#bare = behind;
    if (before === undefined) this.head = behind;
    else before.behind = behind;
    if (behind === undefined) this.#tail = before;
    else behind.before = before;
    waiter.before = waiter.behind = undefined;
    if (creation !== undefined) {
      this.creating--;
      waiter.creation = undefined;
      creation.waiter = undefined;
      this.#onOrphan(creation);
    }
    if (--this.length === 0) this.#onWaiting(false);
  }

  /**
   * The first one for whom nothing is being created.
   *
   * @param served so many of those are served otherwise, as it seems: the one behind them, if there is one
   */
  bare(served: number): Waiter<T> | undefined {
    while (this.#bare?.creation !== undefined) this.#bare = this.#bare.behind;
    let found = this.#bare;
    for (let next = found?.behind; served > 0 && next !== undefined; next = next.behind) {
      if (next.creation !== undefined) continue;
      found = next;
      served--;
    }
    return found;
  }

  creationBegan(waiter: Waiter<T>, creation: Entry<T>): void {
    waiter.creation = creation;
    creation.waiter = waiter;
    this.creating++;
  }

  /** Whether it worked or not, this waiter has none any more. */
  creationEnded(waiter: Waiter<T>): void {
    if (waiter.creation !== undefined) waiter.creation.waiter = undefined;
    waiter.creation = undefined;
    this.creating--;
    this.#bared(waiter);
  }

  #bared(waiter: Waiter<T>): void {
    if (this.#bare === undefined || waiter.order < this.#bare.order) this.#bare = waiter;
  }
}
