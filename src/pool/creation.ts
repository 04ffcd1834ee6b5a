import { summarizeError } from "../base/summarize-error.js";
import type { ScopeError } from "../base/errors.js";
import { Backoff } from "./backoff.js";
import { call, type Outcome } from "./calls.js";
import type { Core } from "./core.js";
import { Task } from "./deadlines.js";
import { createChannel } from "./diagnostics.js";
import { CREATING, Entry, GONE, IDLE } from "./entry.js";
import { brokenBy, guard, unguard } from "./guard.js";
import { createFailed, createUnusable, tookTooLong } from "./messages.js";
import type { CreateContext } from "./options.js";
import type { Waiter } from "./waiters.js";

/**
 * For so long a creation that nobody in particular waits for counts for the next in the queue. After that it may hang,
 * and the next in the queue gets one of its own.
 */
const HEDGE_MS = 1000;

/** All instances of all pools, so that none is lent by two. */
const pooled = new WeakSet<object>();

/** Makes instances: for those who wait, and ahead. */
export class Creation<T> {
  /** Why the last creation failed, if none has succeeded since. */
  lastError: unknown = undefined;
  /** Making ahead has begun. */
  filling = false;
  readonly #core: Core<T>;
  readonly #backoff: Backoff;
  /** Creations for nobody in particular that count for whoever waits. */
  covering = 0;
  /** Those of them that `tryAcquire` began. */
  readonly #abandoned = new Set<Entry<T>>();
  /** Those under way, and how they are told that they are not wanted any more. */
  readonly #contexts = new Map<Entry<T>, Context>();
  readonly #registry: FinalizationRegistry<Entry<T>>;

  constructor(core: Core<T>) {
    this.#core = core;
    const { clock, settings } = core;
    this.#backoff = new Backoff(settings.createBackoffMs, clock, core.background, () => core.pump());
    this.#registry = new FinalizationRegistry((entry) => core.returning.abandoned(entry));
  }

  isBackingOff(now: number): boolean {
    return this.#backoff.callersWaitUntil > now;
  }

  /** Starts making instances ahead. */
  fill(): void {
    this.filling = true;
    this.#core.pump();
  }

  /**
   * Starts as many creations as are wanted and allowed. What is made ahead is made on behalf of somebody who waits, if there is one:
   * so that it is told if nothing can be made.
   */
  grow(): void {
    const { entries, queue, settings, lending } = this.#core;
    while (this.#core.open) {
      if (entries.size >= this.#core.maxSize || this.#core.creating >= settings.createConcurrency) return;
      const { covering } = lending;
      const waiter = queue.length - queue.creating > this.covering + covering ? queue.bare(covering) : undefined;
      if (waiter !== undefined && (waiter.sync || this.#backoff.callersMay())) {
        if (!this.#hasSlot(waiter)) return;
        this.#start(waiter);
      } else if (this.filling && this.#core.size < settings.minSize && this.#backoff.fillMay()) {
        const next = queue.bare(lending.covering);
        if (!this.#hasSlot(next)) return;
        this.#start(next);
      } else return;
    }
  }

  #hasSlot(waiter: Waiter<T> | undefined): boolean {
    const { total } = this.#core;
    return total === undefined || total.take(this.#core, waiter?.order);
  }

  /** See {@link Sharer.demands}. */
  *demands(): Generator<number> {
    const { open, entries, queue, settings, lending, maxSize, creating, clock } = this.#core;
    if (!open || queue.length === 0 || this.isBackingOff(clock.now())) return;
    const { covering } = lending;
    const wanted = queue.length - queue.creating - this.covering - covering;
    let left = Math.min(wanted, maxSize - entries.size, settings.createConcurrency - creating);
    for (let next = queue.bare(covering); left > 0 && next !== undefined; next = next.behind) {
      if (next.creation !== undefined) continue;
      left--;
      yield next.order;
    }
  }

  /** The one that this was created for has gone, or was served otherwise. */
  orphaned(entry: Entry<T>): void {
    if (entry.covers) this.covering++;
  }

  /** `tryAcquire` cannot wait for what it began. */
  abandon({ creation }: Waiter<T>): void {
    if (creation !== undefined) this.#abandoned.add(creation);
  }

  /** What `tryAcquire` began and could not wait for is the next one's that waits, and so is its failure. */
  adopt(waiter: Waiter<T>): void {
    for (const entry of this.#abandoned) {
      this.#abandoned.delete(entry);
      if (!entry.covers) continue;
      this.covering--;
      this.#core.queue.creationBegan(waiter, entry);
      return;
    }
  }

  /**
   * This one could not be lent even once. To make the next ahead at once would go round and round, if what is made is
   * never of use.
   */
  madeUseless(entry: Entry<T>): void {
    this.#backoff.failed(entry.n, this.#core.figures.createAttempts, this.#core.clock.now());
  }

  /** Tells all creations under way that they are not wanted any more. */
  abortAll(reason: ScopeError): void {
    for (const context of this.#contexts.values()) context.abort(reason);
  }

  /** The slot and the instance are free. */
  forget(entry: Entry<T>): void {
    unguard(entry.value);
    pooled.delete(entry.value as object);
    entry.value = undefined;
  }

  #start(waiter: Waiter<T> | undefined): void {
    const core = this.#core;
    const { create, createTimeoutMs } = core.settings;
    const now = core.clock.now();
    const entry = new Entry(core, core.figures.createAttempts++, now);
    core.entries.add(entry);
    core.creating++;
    if (waiter === undefined) this.covering++;
    else core.queue.creationBegan(waiter, entry);
    const context = new Context();
    this.#contexts.set(entry, context);
    call<T>(core, {
      run: () => create(entry.n, context),
      limitMs: createTimeoutMs,
      timedOut: () => {
        const error = tookTooLong(core, "CREATE_TIMEOUT", "create", "createTimeoutMs");
        context.abort(error);
        return error;
      },
      awaited: false,
      done: (outcome) => this.#made(entry, outcome),
      late: (outcome) => {
        // If it is in a pool it is not ours to end.
        if (outcome.ok && unusable(outcome.value) === undefined) this.#late(entry.n, outcome.value);
      },
    });
    if (entry.state === CREATING) this.#hedge(entry);
  }

  /** `create` has ended. */
  #made(entry: Entry<T>, outcome: Outcome<T>): void {
    const core = this.#core;
    const { onCreate, createTimeoutMs } = core.settings;
    this.#contexts.delete(entry);
    if (!outcome.ok) return this.#failed(entry, outcome.error, outcome.timedOut ? undefined : "create");
    const { value } = outcome;
    const wrong = unusable(value);
    if (wrong !== undefined) return this.#failed(entry, createUnusable(core, wrong), undefined);
    pooled.add(value as object);
    entry.value = value;
    try {
      if (core.settings.watchErrors) guard(value, entry);
    } catch (error) {
      return this.#failed(entry, error, "listening for errors of what create made");
    }
    if (onCreate === undefined || !core.open) return this.#born(entry, value);
    call<unknown>(core, {
      run: () => onCreate(value),
      limitMs: Math.max(0, createTimeoutMs - (core.clock.now() - entry.startedAt)),
      timedOut: () => tookTooLong(core, "CREATE_TIMEOUT", "create with onCreate", "createTimeoutMs"),
      awaited: false,
      done: (ended) => {
        if (ended.ok) this.#born(entry, value);
        else this.#failed(entry, ended.error, ended.timedOut ? undefined : "onCreate");
      },
    });
  }

  /** An instance that nobody wants any more. */
  #late(n: number, value: T): void {
    const core = this.#core;
    try {
      if (core.settings.watchErrors) guard(value);
    } catch (error) {
      core.reporter.warn("POOL_INSTANCE_BROKEN", `instance ${n} cannot be listened to: ${summarizeError(error)}`, {
        n,
        error,
      });
    }
    core.destruction.destroyLate(n, value);
  }

  /** An instance more. */
  #born(entry: Entry<T>, value: T): void {
    const core = this.#core;
    const broken = brokenBy(value);
    if (broken !== undefined) {
      return this.#failed(entry, broken.error, "the new instance emitted an error, so creation");
    }
    const now = core.clock.now();
    const durationMs = now - entry.startedAt;
    core.figures.created++;
    core.figures.creations.add(durationMs);
    this.lastError = undefined;
    this.#backoff.succeeded();
    entry.createdAt = now;
    core.stamps.stamp(entry);
    this.#ended(entry);
    const handle = core.returning.handleOf(entry);
    this.#registry.register(handle, entry);
    core.upkeep.born(entry, now);
    if (createChannel.hasSubscribers) createChannel.publish({ pool: core.label, n: entry.n, durationMs });
    // Neither idle nor leased yet: no state of the books, for no longer than this line.
    core.creating--;
    entry.state = IDLE;
    core.available(handle, true);
    core.readiness.settle();
    core.pump();
  }

  /** @param what whose error it is; none for one of our own, which needs no other around it */
  #failed(entry: Entry<T>, error: unknown, what: string | undefined): void {
    const core = this.#core;
    const now = core.clock.now();
    core.figures.createFailures++;
    const { waiter } = entry;
    const failure = what === undefined ? error : createFailed(core, what, error);
    this.#ended(entry);
    this.lastError = error;
    this.#backoff.failed(entry.n, core.figures.createAttempts, now);
    if (createChannel.hasSubscribers) {
      createChannel.publish({ pool: core.label, n: entry.n, durationMs: now - entry.startedAt, error });
    }
    // Before the slot is free, or it would be used for the one that is told here that it failed.
    if (waiter !== undefined) {
      waiter.reject(failure);
    } else {
      if (core.open)
        core.reporter.warn("POOL_FILL_FAILED", `an instance could not be made: ${summarizeError(error)}`, { error });
      core.readiness.settle(failure);
    }
    if (entry.value === undefined) {
      core.place(entry, GONE);
      core.entries.delete(entry);
      core.total?.gone(core, false);
    } else {
      core.destruction.destroy(entry, "createFailed");
    }
    core.pump();
  }

  /** Whichever way: nobody waits for this creation any more. */
  #ended(entry: Entry<T>): void {
    const core = this.#core;
    if (entry.hedge !== undefined) core.background.remove(entry.hedge);
    entry.hedge = undefined;
    this.#abandoned.delete(entry);
    if (entry.waiter !== undefined) core.queue.creationEnded(entry.waiter);
    else if (entry.covers) this.covering--;
    entry.covers = false;
  }

  #hedge(entry: Entry<T>): void {
    const core = this.#core;
    entry.hedge = new Task(() => {
      if (entry.waiter === undefined) this.covering--;
      entry.covers = false;
      core.pump();
    });
    core.background.add(entry.hedge, entry.startedAt, HEDGE_MS);
  }
}

/** What `create` is told. */
class Context implements CreateContext {
  /** Made only when looked at: most factories don't. */
  #controller: AbortController | undefined;
  #reason: ScopeError | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: ScopeError): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/** Why it cannot be pooled, if so. */
function unusable(value: unknown): string | undefined {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") {
    return `it made ${value === null ? "null" : typeof value === "undefined" ? "undefined" : `a ${typeof value}`}`;
  }
  return pooled.has(value) ? "it made one that is in a pool already" : undefined;
}
