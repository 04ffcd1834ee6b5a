import type { Context } from "../context/context.js";
import type { Dependent } from "../context/dependents.js";
import type { Entry, Pending } from "../context/entry.js";
import { current } from "../context/run.js";
import { newSlot } from "../context/slot.js";
import { als } from "../context/store.js";
import { ScopeError } from "../base/errors.js";
import { hasCause } from "../base/has-cause.js";
import { isNativePromise } from "../base/native-promise.js";
import { oneLine } from "../base/one-line.js";
import type { Lease, LeaseOptions, Source } from "../proxy/source.js";
import { OrderedPromise } from "./creation/ordered-promise.js";
import { endingBy } from "./disposal/ending-by.js";
import { destroyUnused } from "./disposal/destroy-unused.js";
import { warnOf } from "./disposal/failures.js";
import { HeldLease } from "./held-lease.js";
import { hasListeners, lastEvents } from "./disposal/last-events.js";
import {
  active,
  assertNoCycle,
  LeaseConstruction,
  type Construction,
  finish,
  enterConstruction,
  noteTaken,
  noteWaiting,
  storeOfFactory,
} from "./creation/creation-graph.js";
import { checkBindingOptions, type PerAsyncContextOptions } from "./options.js";
import type { Scope, Service } from "./scope.js";
import { contextOfTouch } from "./context-of-touch.js";
import { creationError } from "./creation/errors.js";
import { FOR_CONTEXT, notReady, unbound } from "./errors.js";
import { withTransactions } from "./in-transaction/transactional-source.js";
import { withTimeout } from "./creation/with-timeout.js";

/**
 * One instance for each async context, made at first use in it and ended with it. For what belongs to one request, job
 * or message: the current user, a unit of work, a data loader.
 *
 * The factory runs in the context; it may touch other services of it.
 *
 * @param options - see {@link PerAsyncContextOptions}
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * container.bind(CurrentUser).toSelf().inScope(perAsyncContextScope());
 * ```
 */
export function perAsyncContextScope<T = object>(options: PerAsyncContextOptions<T> = {}): Scope<T> {
  const checked = checkBindingOptions("perAsyncContextScope", options);
  return {
    name: "per-async-context",
    endsWithContext: true,
    options: checked,
    open: (service) =>
      withTransactions(service.name, new PerContextSource(endingBy(service, checked)), checked.transactions),
  };
}

class PerContextSource implements Source {
  readonly slot = newSlot();
  readonly service: Service;
  /**
   * The factory may be asynchronous: then its store says who it is, for cycles after its first `await`. One that has just
   * been synchronous need not pay for that.
   */
  isAsync = true;
  #made = 0;
  /** The binding is gone. */
  isClosed = false;

  constructor(service: Service) {
    this.service = service;
  }

  acquireNow(member?: PropertyKey): object | undefined {
    const store = als.getStore();
    const context = contextOfTouch("per-async-context", this.service.name, member, store);
    const entry = this.#entryIn(context);
    noteTaken(this.service.dependent, store);
    if (entry !== undefined) return entry.now();
    const ended = context.ended(this) as ContextInstance | undefined;
    if (ended !== undefined) return ended.ended;
    context.assertOpen(this.service.name, member);
    if (this.isClosed) throw unbound(this.service.name, member);
    return new ContextInstance(this, context).make(this.#made++);
  }

  acquire(): Promise<object> {
    const context = contextOfTouch("per-async-context", this.service.name, undefined);
    const instance = this.acquireNow();
    if (instance !== undefined) return Promise.resolve(instance);
    return this.#entryIn(context)!.later();
  }

  unavailableError(member?: PropertyKey): ScopeError {
    return notReady(this.service, member, FOR_CONTEXT);
  }

  peek(): object | undefined {
    return this.#entry()?.instance;
  }

  async release(): Promise<void> {
    await this.#entry()?.release();
  }

  #entry(): ContextInstance | undefined {
    const context = current();
    return context === undefined ? undefined : this.#entryIn(context);
  }

  #entryIn(context: Context): ContextInstance | undefined {
    return (context.entry(this.slot) as ContextInstance | undefined)?.unlessFailed;
  }

  async lease(options: LeaseOptions): Promise<Lease<object>> {
    const { service } = this;
    const instance = await withTimeout(service.name, options, this.#make(), (late) => destroyUnused(service, late));
    return new HeldLease(service.name, instance, (held) => service.destroy(held));
  }

  async #make(): Promise<object> {
    const { service } = this;
    const construction = new LeaseConstruction(service, this);
    try {
      return await construction.make(() => service.create(this.#made++));
    } catch (error) {
      throw creationError(service.name, error);
    }
  }

  close(): void {
    this.isClosed = true;
    // What open contexts hold is ended by them.
  }
}

/** One context's instance, from the start of its factory to its end. */
class ContextInstance implements Construction, Entry, Pending {
  readonly service: string;
  instance: object | undefined = undefined;
  /** The instance, once it is being ended at the end of the context, if events of others may still call it. */
  ended: object | undefined = undefined;
  above: Entry | undefined = undefined;
  below: Entry | undefined = undefined;
  waitsFor: Set<Construction> | undefined = undefined;
  isDone = false;
  /** Itself. One whose factory failed for want of stack may still stand in the context's table. */
  unlessFailed: this | undefined = this;
  readonly source: PerContextSource;
  readonly #context: Context;
  #arrival: OrderedPromise<object> | undefined = undefined;
  /** The context does not want it any more. */
  #isCancelled = false;
  /** Why. */
  #reason: unknown = undefined;

  constructor(source: PerContextSource, context: Context) {
    this.service = source.service.name;
    this.source = source;
    this.#context = context;
  }

  get dependent(): Dependent | undefined {
    return this.source.service.dependent;
  }

  /** Runs the factory. @returns the instance, or nothing if it takes time */
  make(n: number): object | undefined {
    const source = this.source;
    const context = this.#context;
    const { isAsync } = source;
    const outer = enterConstruction(this);
    const before = als.getStore();
    let result: object | Promise<object>;
    try {
      context.fill(source.slot, undefined, this);
      if (isAsync) als.enterWith(storeOfFactory(this));
      result = source.service.create(n);
    } catch (error) {
      this.isDone = true;
      this.unlessFailed = undefined;
      context.clear(source.slot);
      throw creationError(this.service, error);
    } finally {
      active.construction = outer;
      if (isAsync) als.enterWith(before);
      outer?.waitsFor?.delete(this);
    }
    source.isAsync = isNativePromise(result);
    if (source.isAsync) {
      context.addPending(this);
      this.#follow(result as Promise<object>);
    } else {
      this.#arrived(result);
    }
    // By the factory; what it has made ends with the context.
    if (source.isClosed) throw unbound(this.service);
    return this.instance;
  }

  #follow(pending: Promise<object>): void {
    pending.then(
      (instance: object) => this.#resolve(instance),
      (error: unknown) => this.#failed(error),
    );
  }

  now(): object | undefined {
    if (this.instance === undefined) assertNoCycle(this);
    return this.instance;
  }

  later(): Promise<object> {
    noteWaiting(this);
    this.#arrival ??= new OrderedPromise((instance) => this.#arrived(instance));
    return this.#arrival.promise;
  }

  #resolve(instance: object): void {
    const arrival = this.#arrival;
    if (arrival !== undefined && !this.#isCancelled && !this.source.isClosed) {
      arrival.resolve(instance);
      return;
    }
    this.#arrived(instance);
    arrival?.reject(unbound(this.service));
  }

  #arrived(instance: object): void {
    // Between the factory's promise and this reaction the context may have ended.
    if (this.#isCancelled) {
      destroyUnused(this.source.service, instance);
      return;
    }
    const context = this.#context;
    finish(this);
    this.#arrival = undefined;
    this.instance = instance;
    context.removePending(this);
    if (context.running === undefined) context.fill(this.source.slot, instance, this);
    context.hold(this);
  }

  #failed(cause: unknown): void {
    finish(this);
    const error = creationError(this.service, cause);
    this.#context.removePending(this);
    this.#context.clear(this.source.slot);
    if (this.#arrival !== undefined) this.#arrival.reject(error);
    else if (!this.#isCancelled || !hasCause(cause, (one) => isRefused(one, this.#reason)))
      warnOf(this.service, `could not be made in ${oneLine(this.#context.name)}`, cause);
  }

  cancel(reason: unknown): void {
    this.#isCancelled = true;
    this.#reason = reason;
    this.#context.clear(this.source.slot);
    this.#arrival?.reject(reason);
  }

  end(): void | Promise<void> {
    const context = this.#context;
    const instance = this.instance!;
    context.clear(this.source.slot);
    this.instance = undefined;
    if (context.state === "ending" && hasListeners(instance)) {
      this.ended = instance;
      context.noteEnded(this);
    }
    return this.source.service.destroy(instance) ?? lastEvents(instance);
  }

  async release(): Promise<void> {
    if (this.instance === undefined) return;
    this.#context.drop(this);
    await this.#context.waitFor(this.end());
  }
}

/** Whether a factory failed because its context has ended: what it waited for was refused. */
function isRefused(error: unknown, reason: unknown): boolean {
  return error === reason || (error instanceof ScopeError && REFUSALS.has(error.code));
}
const REFUSALS = new Set(["CONTEXT_ENDED", "CONTEXT_ENDING"]);
