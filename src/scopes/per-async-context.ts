import type { Context } from "../context/context.js";
import { current } from "../context/run.js";
import { newSlot } from "../context/slot.js";
import { als } from "../context/store.js";
import type { ScopeError } from "../base/errors.js";
import type { Lease, LeaseOptions, Source } from "../proxy/source.js";
import { ContextInstance } from "./context-instance.js";
import { contextOfTouch } from "./context-of-touch.js";
import { LeaseConstruction } from "./creation/constructions.js";
import { noteAcquired } from "./creation/creation-graph.js";
import { creationError } from "./creation/errors.js";
import { withTimeout } from "./creation/with-timeout.js";
import { destroyUnused } from "./disposal/destroy-unused.js";
import { endingBy } from "./disposal/ending-by.js";
import { FOR_CONTEXT, notReady, unbound } from "./errors.js";
import { HeldLease } from "./held-lease.js";
import { withTransactions } from "./in-transaction/transactional-source.js";
import { checkBindingOptions, type PerAsyncContextOptions } from "./options.js";
import type { Scope, Service } from "./scope.js";

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
  /** Whether the factory was asynchronous the last time; before its first run it may be. A synchronous one needs no store. */
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
    noteAcquired(this.service.dependent, store);
    if (entry !== undefined) return entry.now();
    const ended = context.ended(this) as ContextInstance | undefined;
    if (ended !== undefined) return ended.ended;
    context.assertOpen(this.service.name, member);
    if (this.isClosed) throw unbound(this.service, member);
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
    const entry = context.entry(this.slot) as ContextInstance | undefined;
    return entry !== undefined && !entry.hasFailed ? entry : undefined;
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
    // Open contexts end their own instances.
  }
}
