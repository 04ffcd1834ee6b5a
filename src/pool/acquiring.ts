import type { PoolTimeoutStage, ScopeError } from "../base/errors.js";
import { offAbort, onAbort } from "../base/on-abort.js";
import { leaseAudience, timeoutChannel } from "./diagnostics.js";
import { acquireTimedOut, closed, overloaded } from "./errors.js";
import type { Holder, Named } from "./holder.js";
import type { Lease } from "./lease.js";
import type { Ledger } from "./ledger.js";
import type { AcquireOptions } from "./options.js";
import type { PoolEvent } from "./pool-event.js";
import { wrongAcquire } from "./settings.js";
import type { CallSite, Handle, Slot } from "./slot.js";
import { tellAcquired } from "./telling.js";
import type { Tools } from "./tools.js";
import { ASSIGNED, QUEUED, SETTLED, Waiter, type WaiterHost, type Waits } from "./wait-queue.js";

/** What goes on for those who wait, in no particular order. */
export interface Progress {
  /** How many idle instances are being checked for them. */
  readonly checks: number;
  /** How many instances are being created that count for the first of them. */
  readonly creations: number;
  /** Creation has failed, and is to be tried again later. */
  readonly backingOff: boolean;
  /** Why the last creation failed, if none has succeeded since. */
  readonly lastError: unknown;
}

/** What acquiring asks of the pool. */
export interface AcquiringPort<T> {
  lend(handle: Handle<T>, holder: Holder | undefined, site: CallSite | undefined): Lease<T>;
  /** A waiter was added to the queue: serve it, or make something for it. */
  queued(waiter: Waiter<T>): void;
  /** A waiter has left the queue: the next one may be served. */
  pump(): void;
  /** The first waiter begins to wait, or the last one has stopped. */
  waitingChanged(): void;
  progress(now: number): Progress;
}

/** From the wish for an instance to its end: a lease, a refusal, a time-out, an abort. It owns the waiters' times and signals. */
export class Acquiring<T> implements WaiterHost<T>, Waits<T> {
  readonly label: string;
  readonly event: PoolEvent;
  /** How many waiters were not served in the call that asked, and are not settled yet. */
  waiting = 0;
  readonly #ledger: Ledger<T>;
  readonly #tools: Tools<T>;
  readonly #port: AcquiringPort<T>;

  constructor(ledger: Ledger<T>, tools: Tools<T>, port: AcquiringPort<T>) {
    this.label = ledger.label;
    this.event = ledger.event;
    this.#ledger = ledger;
    this.#tools = tools;
    this.#port = port;
  }

  acquire(options: AcquireOptions | undefined, site: CallSite | undefined): Promise<Lease<T>> {
    const ledger = this.#ledger;
    let signal: AbortSignal | undefined;
    let timeoutMs: number | undefined;
    let priority: number | undefined;
    if (options !== undefined) {
      const wrong = wrongAcquire(this.label, options);
      if (wrong !== undefined) return Promise.reject(wrong);
      ({ signal, timeoutMs, priority } = options);
      // The caller's own reason, whatever it is.
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors
      if (signal?.aborted === true) return Promise.reject(signal.reason);
    }
    if (!ledger.accepts) return Promise.reject(closed(this.label));
    const { idle } = ledger;
    if (ledger.canLend && (idle.top !== undefined || idle.below > 0)) {
      return Promise.resolve(this.#port.lend(idle.take()!, undefined, site));
    }
    let waiter!: Waiter<T>;
    const promise = new Promise<Lease<T>>((resolve, fail) => (waiter = new Waiter(this, undefined, resolve, fail)));
    if (priority !== undefined) waiter.priority = priority;
    this.#queueUp(waiter, timeoutMs, signal, site);
    return promise;
  }

  /** The same for a holder that wants no promise: it has tried without waiting. */
  acquireFor(
    holder: Holder,
    site: CallSite | undefined,
    resolve: (lease: Lease<T>) => void,
    fail: (error: unknown) => void,
  ): void {
    if (!this.#ledger.accepts) return fail(closed(this.label));
    this.#queueUp(new Waiter(this, holder, resolve, fail), undefined, undefined, site);
  }

  /** Lends an instance to the first in the queue, where nothing has to be recorded on the lease. */
  serveNext(handle: Handle<T>): void {
    const waiter = this.#ledger.queue.serveFirst();
    this.deliver(waiter, this.#ledger.lendTo(handle, waiter.asked), handle.slot);
  }

  /** A waiter that is settled in the queue's books is told. */
  deliver(waiter: Waiter<T>, lease: Lease<T>, slot: Slot<T>): void {
    const waitedMs = waiter.waited ? this.#served(waiter) : 0;
    if (leaseAudience.isThere) tellAcquired(this.#ledger, slot, waitedMs);
    waiter.resolve(lease);
  }

  /** A waiter gets nothing. */
  reject(waiter: Waiter<T>, error: unknown): void {
    if (waiter.state === SETTLED) return;
    const queued = waiter.state === QUEUED;
    this.#ledger.queue.settle(waiter);
    if (waiter.waited) this.#stopWaiting(waiter);
    waiter.fail(error);
    if (queued) this.#port.pump();
  }

  rejectAll(error: unknown): void {
    const { queue } = this.#ledger;
    for (let waiter = queue.head; waiter !== undefined; waiter = queue.head) this.reject(waiter, error);
    for (const waiter of [...queue.assigned]) this.reject(waiter, error);
  }

  timedOut(waiter: Waiter<T>, now: number): void {
    const progress = this.#port.progress(now);
    const stage = this.#stageOf(waiter, progress);
    const holders = this.#tools.holders.forErrors(now);
    const timeoutMs = waiter.timeoutMs!;
    const error = acquireTimedOut(this.#ledger, waiter.asked, timeoutMs, stage, progress.lastError, holders);
    // `describe`, which was asked for the error, may have ended a lease.
    if (waiter.state === SETTLED) return;
    this.#ledger.figures.timeouts++;
    this.#note("timeout", waiter.asked, error);
    if (timeoutChannel.hasSubscribers) timeoutChannel.publish({ ...this.#ledger.event, timeoutMs, error });
    this.reject(waiter, error);
  }

  blockers(): Iterable<Named> | undefined {
    return this.#ledger.blockers();
  }

  deadlocked(waiting: Named, error: ScopeError): void {
    this.#note("deadlock", waiting, error);
  }

  #note(kind: "timeout" | "deadlock", waiting: Named | undefined, { code, publicMessage: message }: ScopeError): void {
    this.#ledger.incidents.add({ kind, code, message, ...(waiting === undefined ? {} : { holder: waiting.name }) });
  }

  #queueUp(
    waiter: Waiter<T>,
    timeoutMs: number | undefined,
    signal: AbortSignal | undefined,
    site: CallSite | undefined,
  ): void {
    const { clock, coarseClock, figures, queue, settings } = this.#ledger;
    const limitMs = timeoutMs ?? settings.acquireTimeoutMs;
    // Since when, exactly: a limit must not be shortened by what the program did before.
    let from: number | undefined;
    if (limitMs !== Infinity) {
      waiter.timeoutMs = limitMs;
      from = clock.now();
    }
    waiter.since = leaseAudience.isThere ? clock.now() : coarseClock.now(from);
    if (site !== undefined) waiter.ensureExtra().site = site;
    queue.add(waiter);
    this.#port.queued(waiter);
    if (waiter.state === QUEUED && this.#isOverloaded()) {
      figures.rejectedByLimit++;
      const holders = this.#tools.holders.forErrors(waiter.since);
      this.reject(waiter, overloaded(this.#ledger, waiter.asked, queue.length - 1, settings.maxWaiting, holders));
    } else if (waiter.state !== SETTLED) {
      this.#wait(waiter, signal, from);
    }
  }

  /** It has to wait: its time runs, it can be aborted, and its holder is told. */
  #wait(waiter: Waiter<T>, signal: AbortSignal | undefined, from: number | undefined): void {
    waiter.waited = true;
    if (from !== undefined) this.#tools.timers.pending.add(waiter, from, waiter.timeoutMs!);
    if (signal !== undefined) {
      const extra = waiter.ensureExtra();
      extra.signal = signal;
      extra.aborted = () => {
        this.#ledger.figures.aborts++;
        this.reject(waiter, signal.reason);
      };
      onAbort(signal, extra.aborted);
    }
    if (++this.waiting === 1) this.#port.waitingChanged();
    waiter.asked?.waitBegan(waiter);
  }

  /** @returns how many milliseconds it has waited */
  #served(waiter: Waiter<T>): number {
    const { clock, coarseClock, figures } = this.#ledger;
    this.#stopWaiting(waiter);
    const now = leaseAudience.isThere ? clock.now() : coarseClock.now();
    const waitedMs = Math.max(0, now - waiter.since);
    figures.waits.add(waitedMs);
    return waitedMs;
  }

  #stopWaiting(waiter: Waiter<T>): void {
    this.#tools.timers.pending.remove(waiter);
    const { extra } = waiter;
    if (extra?.signal !== undefined) offAbort(extra.signal, extra.aborted!);
    if (--this.waiting === 0) this.#port.waitingChanged();
    waiter.asked?.waitEnded(waiter);
  }

  /** Everyone has room but those already served or about to be; the rest waits for a lease to end. */
  #isOverloaded(): boolean {
    const { maxWaiting } = this.#ledger.settings;
    if (maxWaiting === Infinity) return false;
    const { maxSize, leased, draining, queue } = this.#ledger;
    const room = Math.max(0, maxSize - leased - draining - queue.assigned.size);
    return queue.length - room > maxWaiting;
  }

  #stageOf(waiter: Waiter<T>, { checks, creations, backingOff }: Progress): PoolTimeoutStage {
    if (waiter.state === ASSIGNED) return "preparing";
    if (waiter.creation !== undefined) return "creating";
    // Checks, and creations without a waiter of their own, count for the first ones in the queue.
    let next = this.#ledger.queue.head;
    for (let i = 0; i < checks + creations && next !== undefined; next = next.behind) {
      if (next === waiter) return i < checks ? "checking" : "creating";
      if (next.creation === undefined) i++;
    }
    return backingOff ? "backing-off" : "queued";
  }
}
