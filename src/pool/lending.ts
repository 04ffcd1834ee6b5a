import { call } from "./calls.js";
import type { Core } from "./core.js";
import { Task } from "./time/deadlines.js";
import { CHECKING, IDLE, NEVER, type Entry, type Handle } from "./entry.js";
import type { Holder } from "./holder.js";
import type { Lease } from "./lease.js";
import { closed, createFailed, overloaded, tookTooLong } from "./messages.js";
import type { AcquireOptions } from "./options.js";
import { wrongAcquire } from "./settings.js";
import { ASSIGNED, QUEUED, SETTLED, Waiter } from "./waiters.js";
import { isAsyncFunction } from "node:util/types";

/** So many new instances may fail in `onAcquire` until the acquisition does. */
const FRESH_TRIES = 2;
/** A check that nobody was there to profit from is good for so long. */
const VETTED_MS = 1000;
/** A check that is not answered within this part of its time is not relied upon any more. */
const HEDGE_PART = 1 / 4;
/** More doubt than this changes nothing: that many instances are checked at once. */
const MOST_DOUBT = 20;

/**
 * From wishing for an instance to having it: waiting, checking, `onAcquire`.
 *
 * An instance is checked on behalf of all who wait, who stay in the queue meanwhile; whichever is well first serves the
 * first of them. As long as checks go well there is one for each who waits. After a failover every idle instance may be
 * dead, mostly without a sign, and nobody is to pay for one after the other: each check that is refused doubles the number
 * that are made at once, each that is not answered soon does so twice, and new instances are made beside them where there
 * is room.
 */
export class Lending<T> {
  /** Those whose instance is being prepared. */
  readonly assigned = new Set<Waiter<T>>();
  /** Checks under way on behalf of those who wait. */
  checks = 0;
  /** Those of them that are relied upon. */
  #covering = 0;
  /** Grows with each bad check since the last good one. */
  #doubt = 0;
  readonly #hedgeMs: number;
  readonly #core: Core<T>;
  readonly #checks: boolean;
  /** These are known to return promises: not to be called where there is no time to wait. */
  #checkIsAsync: boolean;
  #hookIsAsync: boolean;

  constructor(core: Core<T>) {
    const { checkOn, healthCheck, onAcquire, checkTimeoutMs, acquireTimeoutMs } = core.settings;
    this.#core = core;
    this.#checks = checkOn.has("acquire");
    this.#hedgeMs = Math.min(checkTimeoutMs, acquireTimeoutMs) * HEDGE_PART;
    this.#checkIsAsync = this.#checks && isAsyncFunction(healthCheck);
    this.#hookIsAsync = isAsyncFunction(onAcquire);
  }

  acquire(options: AcquireOptions | undefined, taken: { readonly stack?: string } | undefined): Promise<Lease<T>> {
    const core = this.#core;
    let signal: AbortSignal | undefined;
    let timeoutMs: number | undefined;
    if (options !== undefined) {
      const wrong = wrongAcquire(core.label, options);
      if (wrong !== undefined) return Promise.reject(wrong);
      ({ signal, timeoutMs } = options);
      // The caller's own reason, whatever it is.
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors
      if (signal?.aborted === true) return Promise.reject(signal.reason);
    }
    if (!core.open) return Promise.reject(closed(core));
    if (core.quickTake) {
      const handle = core.idle.take();
      if (handle !== undefined) return Promise.resolve(core.lendTo(handle, undefined, taken));
    }
    let waiter!: Waiter<T>;
    const promise = new Promise<Lease<T>>((resolve, fail) => (waiter = new Waiter(core, undefined, resolve, fail)));
    this.#queueUp(waiter, timeoutMs, signal, taken);
    return promise;
  }

  /** The same for a holder that wants no promise: it has tried without waiting. */
  acquireFor(
    holder: Holder,
    taken: { readonly stack?: string } | undefined,
    resolve: (lease: Lease<T>) => void,
    fail: (error: unknown) => void,
  ): void {
    const core = this.#core;
    if (!core.open) return fail(closed(core));
    this.#queueUp(new Waiter(core, holder, resolve, fail), undefined, undefined, taken);
  }

  #queueUp(
    waiter: Waiter<T>,
    timeoutMs: number | undefined,
    signal: AbortSignal | undefined,
    taken: { readonly stack?: string } | undefined,
  ): void {
    const core = this.#core;
    waiter.since = core.stamps.now();
    const limitMs = timeoutMs ?? core.settings.acquireTimeoutMs;
    let from = 0;
    if (limitMs !== Infinity) {
      waiter.timeoutMs = limitMs;
      from = core.clock.now();
    }
    waiter.taken = taken;
    core.queue.add(waiter);
    core.creation.adopt(waiter);
    if (core.idle.length > 0 || core.entries.size < core.maxSize) core.pump();
    if (waiter.state === QUEUED && this.#overloaded()) {
      core.figures.rejectedByLimit++;
      waiter.reject(overloaded(core, waiter.since));
    } else if (waiter.state !== SETTLED) {
      waiter.wait(signal, from);
    }
  }

  /** All that can be done without waiting. */
  tryAcquire(holder: Holder | undefined, taken: { readonly stack?: string } | undefined): Lease<T> | undefined {
    const core = this.#core;
    if (!core.open || core.queue.length > 0) return undefined;
    const next = core.idle.peek();
    if (next === undefined) {
      if (core.entries.size >= core.maxSize || this.#hookIsAsync) return undefined;
    } else if (core.quickTake) {
      return core.lendTo(core.idle.take() as Handle<T>, holder, taken);
    } else if (this.#hookIsAsync || (this.#checkIsAsync && this.mustCheck(next.entry))) {
      return undefined;
    }
    const outcome: { lease?: Lease<T>; failure?: { readonly error: unknown } } = {};
    const lent = (lease: Lease<T>): void => void (outcome.lease = lease);
    const failed = (error: unknown): void => void (outcome.failure = { error });
    const waiter = new Waiter(core, holder, lent, failed, true);
    waiter.taken = taken;
    core.queue.add(waiter);
    core.pump();
    if (outcome.lease !== undefined) return outcome.lease;
    if (outcome.failure !== undefined) throw outcome.failure.error;
    core.creation.abandon(waiter);
    waiter.reject(undefined);
    return undefined;
  }

  /** For so many of those who wait nothing need be made, as instances are being checked. */
  get covering(): number {
    return this.#doubt > 1 ? 0 : this.#covering;
  }

  /** Serves those who wait with the idle ones, or has these checked. */
  serve(): void {
    const { idle, queue } = this.#core;
    while (queue.length > 0) {
      const next = idle.peek();
      if (next === undefined) return;
      if (!this.mustCheck(next.entry)) this.assign(idle.take()!, queue.shift()!);
      else if (this.#covering < queue.length * 2 ** this.#doubt) this.#check(idle.take()!);
      else return;
    }
  }

  /** An instance that is well, for somebody who is out of the queue. */
  assign(handle: Handle<T>, waiter: Waiter<T>): void {
    if (this.#core.settings.onAcquire === undefined) {
      waiter.deliver(this.#core.lendTo(handle, waiter.asked, waiter.taken));
    } else {
      waiter.state = ASSIGNED;
      this.assigned.add(waiter);
      this.#core.place(handle.entry, CHECKING);
      this.#prepare(handle, waiter);
    }
  }

  /** What a lease needs beyond the short way. */
  lent(entry: Entry<T>, taken: { readonly stack?: string } | undefined): void {
    entry.taken = taken;
    entry.vettedAt = NEVER;
    this.#core.upkeep.watch(entry);
  }

  /** Everyone has room but those already served or about to be; the rest waits for a lease to end. */
  #overloaded(): boolean {
    const { maxWaiting } = this.#core.settings;
    if (maxWaiting === Infinity) return false;
    const { maxSize, leased, draining } = this.#core;
    const room = Math.max(0, maxSize - leased - draining - this.assigned.size);
    return this.#core.queue.length - room > maxWaiting;
  }

  mustCheck(entry: Entry<T>): boolean {
    if (!this.#checks) return false;
    const { clock, settings } = this.#core;
    // Mostly there is no need to read the clock.
    if (entry.vettedAt === NEVER && settings.checkAfterIdleMs === 0) return true;
    const now = clock.now();
    return now - entry.since >= settings.checkAfterIdleMs && now - entry.vettedAt > VETTED_MS;
  }

  #check(handle: Handle<T>): void {
    const core = this.#core;
    const { entry } = handle;
    let covers = true;
    const uncover = (doubt: number): void => {
      if (covers) this.#covering--;
      covers = false;
      this.#doubt = doubt === 0 ? 0 : Math.min(this.#doubt + doubt, MOST_DOUBT);
    };
    const hedge = new Task(() => {
      uncover(2);
      core.pump();
    });
    core.place(entry, CHECKING);
    this.checks++;
    this.#covering++;
    const sync = core.upkeep.check(entry, true, (ill) => {
      core.pending.remove(hedge);
      this.checks--;
      uncover(ill ? 1 : 0);
      if (ill) {
        if (entry.uses === 0) core.creation.madeUseless(entry);
        core.destruction.destroy(entry, "unhealthy");
      } else {
        // Whoever waited may have given up.
        entry.vettedAt = core.clock.now();
        core.place(entry, IDLE);
        if (core.queue.length > 0 && this.#stillFit(entry)) this.assign(handle, core.queue.shift()!);
        else core.available(handle);
      }
      core.pump();
    });
    if (sync) return;
    this.#checkIsAsync = true;
    core.pending.add(hedge, core.clock.now(), this.#hedgeMs);
  }

  #prepare(handle: Handle<T>, waiter: Waiter<T>): void {
    const core = this.#core;
    const { entry } = handle;
    const { onAcquire } = core.settings;
    const sync = call<unknown>(core, {
      run: () => onAcquire!(entry.value as T),
      limitMs: core.settings.checkTimeoutMs,
      timedOut: () => tookTooLong(core, "CHECK_TIMEOUT", "onAcquire", "checkTimeoutMs"),
      awaited: true,
      done: (outcome) => {
        if (outcome.ok) this.#prepared(handle, waiter);
        else this.#unprepared(entry, waiter, outcome.error);
      },
    });
    if (!sync) this.#hookIsAsync = true;
  }

  /** `onAcquire` failed: this instance goes, and the acquisition gets another, unless that is of no use. */
  #unprepared(entry: Entry<T>, waiter: Waiter<T>, error: unknown): void {
    const core = this.#core;
    if (entry.uses === 0) {
      core.creation.madeUseless(entry);
      if (waiter.state === ASSIGNED && waiter.failedFresh() >= FRESH_TRIES) {
        waiter.reject(createFailed(core, "onAcquire on a new instance", error));
      }
    }
    this.#requeue(waiter);
    core.returning.hookFailed("onAcquire", error);
    core.destruction.destroy(entry, "acquireFailed");
    core.pump();
  }

  #prepared(handle: Handle<T>, waiter: Waiter<T>): void {
    const core = this.#core;
    const { entry } = handle;
    core.place(entry, IDLE);
    if (!this.#stillFit(entry)) {
      this.#requeue(waiter);
      core.destruction.destroy(entry, core.unfit(entry)!);
    } else {
      const next = waiter.state === ASSIGNED ? waiter : core.queue.shift();
      if (next === undefined) core.returning.undo(handle);
      else next.deliver(core.lendTo(handle, next.asked, next.taken));
    }
    core.pump();
  }

  /** Too old or too many since it was chosen: as good as lent already, it goes when it comes back. */
  #stillFit(entry: Entry<T>): boolean {
    const reason = this.#core.unfit(entry);
    return reason === undefined || reason === "maxAge" || reason === "resized";
  }

  /** Back to where it was in the queue, if it has not given up. */
  #requeue(waiter: Waiter<T>): void {
    if (waiter.state !== ASSIGNED) return;
    this.assigned.delete(waiter);
    this.#core.queue.add(waiter);
  }
}
