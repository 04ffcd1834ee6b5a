import type { ScopeError } from "../base/errors.js";
import { isHeard, Trace } from "../base/trace.js";
import { Creation } from "./creation.js";
import { createTracing, type CreateTraceEvent } from "./diagnostics.js";
import { createFailed, createUnusable } from "./errors.js";
import { guard, unguard, type Guarded, type Guarding } from "./guard.js";
import type { Outcome } from "./hook-calls.js";
import type { Ledger } from "./ledger.js";
import { CREATING, Handle, Slot, type DestroyReason, type LeaseHome } from "./slot.js";
import { tellCreated } from "./telling.js";
import { Backoff } from "./time/backoff.js";
import { Task } from "./time/deadlines.js";
import type { Tools } from "./tools.js";
import type { Waiter } from "./wait-queue.js";

/**
 * How long a creation without a waiter of its own counts for the next one in the queue. After that it may hang, and the
 * next one in the queue gets a creation of its own.
 */
const HEDGE_MS = 1000;

/** All instances of all pools, so that none is lent by two. */
const pooled = new WeakSet<object>();

/** What creating asks of the pool. */
export interface CreatingPort<T> extends Guarding<T> {
  /** An instance more: neither idle nor leased yet. */
  born(handle: Handle<T>, now: number): void;
  /** A creation failed: that of this waiter, or one without a waiter. Its slot is not free yet. */
  notMade(waiter: Waiter<T> | undefined, failure: unknown, error: unknown): void;
  destroy(slot: Slot<T>, reason: DestroyReason): void;
  destroyLate(n: number, value: T): void;
  /** Something has changed for those who wait. */
  pump(): void;
}

/** Makes instances: for those who wait, and ahead. */
export class Creating<T> {
  /** Why the last creation failed, if none has succeeded since. */
  lastError: unknown = undefined;
  /** Making ahead has begun. */
  filling = false;
  /** How many creations without a waiter count for the queue. */
  covering = 0;
  /** Those of them that `tryAcquire` began, if it ever did. */
  #abandoned: Set<Creation<T>> | undefined;
  /** Made at the first failure. */
  #backoff: Backoff | undefined;
  readonly #ledger: Ledger<T>;
  readonly #tools: Tools<T>;
  readonly #home: LeaseHome<T>;
  readonly #port: CreatingPort<T>;

  constructor(ledger: Ledger<T>, tools: Tools<T>, home: LeaseHome<T>, port: CreatingPort<T>) {
    this.#ledger = ledger;
    this.#tools = tools;
    this.#home = home;
    this.#port = port;
  }

  isBackingOff(now: number): boolean {
    return this.#backoff !== undefined && this.#backoff.callersWaitUntil > now;
  }

  /** `tryAcquire` has begun it, and cannot wait for it. */
  abandon(creation: Creation<T>): void {
    (this.#abandoned ??= new Set()).add(creation);
  }

  /**
   * Starts as many creations as are wanted and allowed. What is made ahead is made on behalf of somebody who waits, if there is
   * one: so that it is told if nothing can be made.
   *
   * @param checked how many waiters an instance is being checked for
   */
  grow(checked: number): void {
    const ledger = this.#ledger;
    const { slots, queue } = ledger;
    const { createConcurrency } = ledger.settings;
    while (ledger.open && slots.size < ledger.maxSize && ledger.creating < createConcurrency) {
      const lacking = queue.length - queue.creating > this.covering + checked;
      const waiter = checked === 0 ? queue.withoutCreation : queue.firstWithoutCreation(checked);
      const failing = this.#backoff !== undefined && this.#backoff.failures > 0 ? this.#backoff : undefined;
      const wanted = lacking && (failing === undefined || waiter!.sync || failing.callersMay());
      const lacksSome = this.filling && ledger.accepts && ledger.size < ledger.wanted;
      if (!wanted && !(lacksSome && failing?.fillMay() !== false)) return;
      if (ledger.share?.take(waiter?.order) === false) return;
      this.#start(waiter);
    }
  }

  /** See {@link Sharer.demands}. @param checked - how many waiters an instance is being checked for */
  *demands(checked: number): Generator<number> {
    const { open, slots, queue, settings, maxSize, creating, clock } = this.#ledger;
    if (!open || queue.length === 0 || this.isBackingOff(clock.now())) return;
    const lacking = queue.length - queue.creating - this.covering - checked;
    let left = Math.min(lacking, maxSize - slots.size, settings.createConcurrency - creating);
    for (const { order } of queue.allWithoutCreation(checked)) {
      if (left-- <= 0) return;
      yield order;
    }
  }

  /** What `tryAcquire` began and could not wait for belongs to the next one that waits, and so does its failure. */
  adopt(waiter: Waiter<T>): void {
    if (this.#abandoned === undefined) return;
    for (const creation of this.#abandoned) {
      this.#abandoned.delete(creation);
      if (!creation.covers) continue;
      this.covering--;
      this.#ledger.queue.creationBegan(waiter, creation);
      return;
    }
  }

  /**
   * This instance could not be lent even once. To make the next one at once would go round and round, if what is made is
   * never of use.
   */
  madeUseless({ n }: Slot<T>): void {
    this.#backOff(n, this.#ledger.clock.now());
  }

  #backOff(n: number, now: number): void {
    const { clock, figures, settings } = this.#ledger;
    const { background } = this.#tools.timers;
    this.#backoff ??= new Backoff(settings.createBackoffMs, clock, background, () => this.#port.pump());
    this.#backoff.failed(n, figures.createAttempts, now);
  }

  /** Tells all creations under way that they are not wanted any more. */
  abortAll(reason: ScopeError): void {
    for (const { creation } of this.#ledger.slots) creation?.abort(reason);
  }

  /** The instance has ended. */
  forget(slot: Slot<T>): void {
    unguard(slot.value);
    pooled.delete(slot.value as object);
    slot.value = undefined;
  }

  #start(waiter: Waiter<T> | undefined): void {
    const { clock, figures, queue, settings } = this.#ledger;
    const creation = new Creation(this);
    const now = clock.now();
    const slot = new Slot(this.#home, figures.createAttempts++, now);
    creation.startedAt = now;
    creation.handle = new Handle(slot);
    slot.creation = creation.context;
    this.#ledger.add(slot);
    if (waiter === undefined) this.covering++;
    else queue.creationBegan(waiter, creation);
    this.#tools.calls.call<T>({
      run: () => this.#create(creation, slot.n),
      limitMs: settings.createTimeoutMs,
      name: "create",
      awaited: false,
      expired: (error) => creation.context.abort(error),
      done: (outcome) => this.#made(creation, outcome),
      late: (outcome) => {
        // If it is in a pool it is not ours to end.
        if (outcome.ok && unusable(outcome.value) === undefined) this.#late(slot.n, outcome.value);
      },
    });
    if (slot.state === CREATING) this.#hedge(creation);
  }

  /** In the pool's async context. */
  #create(creation: Creation<T>, n: number): T | PromiseLike<T> {
    const { create } = this.#ledger.settings;
    if (!isHeard(createTracing)) return create(n, creation.context);
    const { event, service } = this.#ledger;
    const named = service === undefined ? undefined : { service: service.name };
    creation.trace = new Trace<CreateTraceEvent>(createTracing, { ...event, ...named, instance: n });
    return creation.trace.begin(() => create(n, creation.context));
  }

  /** `create` has ended. */
  #made(creation: Creation<T>, outcome: Outcome<T>): void {
    const { clock, label, open, settings } = this.#ledger;
    const { onCreate, createTimeoutMs } = settings;
    const { slot } = creation.handle;
    slot.creation = undefined;
    if (!outcome.ok) return this.#failed(creation, outcome.error, outcome.timedOut ? undefined : "create");
    const { value } = outcome;
    const wrong = unusable(value);
    if (wrong !== undefined) return this.#failed(creation, createUnusable(label, wrong), undefined);
    pooled.add(value as object);
    slot.value = value;
    let guarded: Guarded | undefined;
    try {
      guarded = guard(value, slot, this.#port);
    } catch (error) {
      return this.#failed(creation, error, "listening for errors of what create made");
    }
    if (onCreate === undefined || !open) return this.#born(creation, guarded);
    this.#tools.calls.call<unknown>({
      run: () => onCreate(value),
      limitMs: Math.max(0, createTimeoutMs - (clock.now() - creation.startedAt)),
      name: "onCreate",
      awaited: false,
      done: (ended) => {
        if (ended.ok) this.#born(creation, guarded);
        else this.#failed(creation, ended.error, ended.timedOut ? undefined : "onCreate");
      },
    });
  }

  /** An instance that came after its time-out. */
  #late(n: number, value: T): void {
    try {
      guard(value);
    } catch (error) {
      this.#tools.warnings.cannotListen(n, "", error);
    }
    this.#port.destroyLate(n, value);
  }

  /** An instance more. */
  #born(creation: Creation<T>, guarded: Guarded | undefined): void {
    const { clock, coarseClock, figures } = this.#ledger;
    const { handle, startedAt, trace } = creation;
    const { slot } = handle;
    if (guarded?.broken !== undefined) {
      return this.#failed(creation, guarded.broken.error, "the new instance emitted an error, so creation");
    }
    this.#ended(creation);
    const now = clock.now();
    const durationMs = now - startedAt;
    figures.created++;
    figures.creations.add(durationMs);
    this.lastError = undefined;
    this.#backoff?.succeeded();
    slot.createdAt = now;
    coarseClock.stamp(slot);
    tellCreated(this.#ledger, trace, { instance: slot.n, durationMs });
    this.#port.born(handle, now);
  }

  /** @param what whose error it is; nothing for one of our own, which needs no other around it */
  #failed(creation: Creation<T>, error: unknown, what: string | undefined): void {
    const { clock, figures, label } = this.#ledger;
    const { handle, startedAt, waiter, trace } = creation;
    const { slot } = handle;
    const now = clock.now();
    figures.createFailures++;
    const failure = what === undefined ? (error as ScopeError) : createFailed(label, what, error);
    this.#ledger.incidents.add({ kind: "creation", code: failure.code, message: failure.publicMessage });
    this.#ended(creation);
    this.lastError = error;
    this.#backOff(slot.n, now);
    tellCreated(this.#ledger, trace, { instance: slot.n, durationMs: now - startedAt }, { error });
    // Before the slot is free, or it would be used for the one that is told here that it failed.
    this.#port.notMade(waiter, failure, error);
    if (slot.value === undefined) this.#ledger.free(slot);
    else this.#port.destroy(slot, "createFailed");
    this.#port.pump();
  }

  /** A creation has ended, well or not: it counts for no waiter any more. */
  #ended(creation: Creation<T>): void {
    if (creation.hedge !== undefined) this.#tools.timers.background.remove(creation.hedge);
    this.#abandoned?.delete(creation);
    if (creation.waiter !== undefined) this.#ledger.queue.creationEnded(creation.waiter);
    else if (creation.covers) this.covering--;
    creation.covers = false;
  }

  #hedge(creation: Creation<T>): void {
    creation.hedge = new Task(() => {
      if (creation.waiter === undefined) this.covering--;
      creation.covers = false;
      this.#port.pump();
    });
    this.#tools.timers.background.add(creation.hedge, creation.startedAt, HEDGE_MS);
  }
}

/** Why it cannot be pooled, if so. */
function unusable(value: unknown): string | undefined {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") {
    return `it made ${value === null ? "null" : typeof value === "undefined" ? "undefined" : `a ${typeof value}`}`;
  }
  return pooled.has(value) ? "it made one that is in a pool already" : undefined;
}
