import { call } from "./calls.js";
import type { Core } from "./core.js";
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

/** From wishing for an instance to having it: waiting, checking, `onAcquire`. */
export class Lending<T> {
  /** Those whose instance is being checked or prepared. */
  readonly assigned = new Set<Waiter<T>>();
  readonly #core: Core<T>;
  readonly #checks: boolean;
  /** These are known to return promises: not to be called where there is no time to wait. */
  #checkIsAsync: boolean;
  #hookIsAsync: boolean;

  constructor(core: Core<T>) {
    const { checkOn, healthCheck, onAcquire } = core.settings;
    this.#core = core;
    this.#checks = checkOn.has("acquire");
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
    waiter.since = core.clock.now();
    const limitMs = timeoutMs ?? core.settings.acquireTimeoutMs;
    if (limitMs !== Infinity) waiter.timeoutMs = limitMs;
    waiter.taken = taken;
    core.queue.add(waiter);
    core.creation.adopt(waiter);
    if (core.idle.length > 0 || core.entries.size < core.maxSize) core.pump();
    if (waiter.state === QUEUED && this.#overloaded()) {
      core.figures.refusals++;
      waiter.reject(overloaded(core, waiter.since));
    } else if (waiter.state !== SETTLED) {
      waiter.wait(signal);
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
    } else if ((this.#hookIsAsync && !next.entry.prepared) || (this.#checkIsAsync && this.#mustCheck(next.entry))) {
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

  /** An instance for somebody who is out of the queue. */
  assign(handle: Handle<T>, waiter: Waiter<T>, fresh: boolean): void {
    const { entry } = handle;
    if (!fresh && this.#checks && this.#mustCheck(entry)) {
      this.#assigned(entry, waiter);
      this.#check(handle, waiter);
    } else if (this.#core.settings.onAcquire !== undefined && !entry.prepared) {
      this.#assigned(entry, waiter);
      this.#prepare(handle, waiter, fresh);
    } else {
      waiter.deliver(this.#core.lendTo(handle, waiter.asked, waiter.taken));
    }
  }

  /** What a lease needs beyond the short way. */
  lent(entry: Entry<T>, taken: { readonly stack?: string } | undefined): void {
    entry.taken = taken;
    entry.prepared = false;
    entry.vettedAt = NEVER;
    this.#core.upkeep.watch(entry);
  }

  #assigned(entry: Entry<T>, waiter: Waiter<T>): void {
    waiter.state = ASSIGNED;
    this.assigned.add(waiter);
    this.#core.place(entry, CHECKING);
  }

  /** Everyone has room but those already served or about to be; the rest waits for a lease to end. */
  #overloaded(): boolean {
    const { maxWaiting } = this.#core.settings;
    if (maxWaiting === Infinity) return false;
    const { maxSize, leased, draining } = this.#core;
    const room = Math.max(0, maxSize - leased - draining - this.assigned.size);
    return this.#core.queue.length - room > maxWaiting;
  }

  #mustCheck(entry: Entry<T>): boolean {
    const { clock, settings } = this.#core;
    // Mostly there is no need to read the clock.
    if (entry.vettedAt === NEVER && settings.checkAfterIdleMs === 0) return true;
    const now = clock.now();
    return now - entry.since >= settings.checkAfterIdleMs && now - entry.vettedAt > VETTED_MS;
  }

  #check(handle: Handle<T>, waiter: Waiter<T>): void {
    const core = this.#core;
    const { entry } = handle;
    const sync = core.upkeep.check(entry, true, (ill) => {
      if (ill) {
        if (entry.uses === 0) core.creation.madeUseless(entry);
        this.#requeue(waiter);
        core.destruction.destroy(entry, "ill");
        core.pump();
        return;
      }
      const prepares = core.settings.onAcquire !== undefined && !entry.prepared;
      // Whoever it was checked for may have given up, or give up while it is prepared.
      if (prepares || waiter.state !== ASSIGNED) entry.vettedAt = core.clock.now();
      if (prepares && waiter.state === ASSIGNED) this.#prepare(handle, waiter, false);
      else this.#finish(handle, waiter, false);
    });
    if (!sync) this.#checkIsAsync = true;
  }

  #prepare(handle: Handle<T>, waiter: Waiter<T>, fresh: boolean): void {
    const core = this.#core;
    const { entry } = handle;
    const { onAcquire } = core.settings;
    const sync = call<unknown>(core, {
      run: () => onAcquire!(entry.value as T),
      limitMs: core.settings.checkTimeoutMs,
      timedOut: () => tookTooLong(core, "CHECK_TIMEOUT", "onAcquire", "checkTimeoutMs"),
      awaited: true,
      done: (outcome) => {
        if (outcome.ok) {
          entry.prepared = true;
          this.#finish(handle, waiter, fresh);
        } else {
          this.#unprepared(entry, waiter, outcome.error);
        }
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

  #finish(handle: Handle<T>, waiter: Waiter<T>, fresh: boolean): void {
    const core = this.#core;
    const { entry } = handle;
    core.place(entry, IDLE);
    const reason = core.unfit(entry);
    // Too old or too many since it was chosen: as good as lent already, it goes when it comes back.
    const soon = reason === "aged" || reason === "surplus";
    if (reason !== undefined && !soon) {
      this.#requeue(waiter);
      core.destruction.destroy(entry, reason);
      core.pump();
    } else if (waiter.state === ASSIGNED) {
      waiter.deliver(core.lendTo(handle, waiter.asked, waiter.taken));
    } else {
      core.available(handle, fresh);
    }
  }

  /** Back to where it was in the queue, if it has not given up. */
  #requeue(waiter: Waiter<T>): void {
    if (waiter.state !== ASSIGNED) return;
    this.assigned.delete(waiter);
    this.#core.queue.add(waiter);
  }
}
