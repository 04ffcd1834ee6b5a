import type { Context } from "../../context/context.js";
import { current } from "../../context/run.js";
import { als, type StoreInContext } from "../../context/store.js";
import { newSlot } from "../../context/slot.js";
import type { HolderInfo, ScopeError } from "../../base/errors.js";
import type { Lease, LeaseOptions, Operation, ReleaseOptions } from "../../proxy/source.js";
import { BindingPool } from "./binding-pool.js";
import { CallLeaseSource } from "./call-lease.js";
import { ContextLease, type Lender } from "./context-lease.js";
import { noteAcquired } from "../creation/creation-graph.js";
import { oneAtATime } from "./concurrency.js";
import { endingBy } from "../disposal/ending-by.js";
import { type PooledOptions, splitPooledOptions } from "./options.js";
import { mayOutlive } from "./returned.js";
import { type LendsMore, SecondLease } from "./second-lease.js";
import { withTransactions } from "../in-transaction/transactional-source.js";
import type { Scope, Service } from "../scope.js";
import { contextOfTouch } from "../context-of-touch.js";
import { FOR_POOLED, unbound } from "../errors.js";

/**
 * At most `maxSize` instances. The current async context leases one at first use, and gives it back when it ends. For what is
 * expensive to make and serves one user at a time: connections, browsers, parsers, workers.
 *
 * Factories and hooks run in no async context: a pooled socket must not remember the first requester.
 *
 * @param options - how many instances at most (1 … Infinity), or all the options; see {@link PooledOptions}
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * container.bind(Db).toDynamicValue(connect).inScope(pooledScope({ maxSize: 8, acquireTimeoutMs: 2_000 }));
 * ```
 */
export function pooledScope<T = object>(options: number | PooledOptions<T>): Scope<T> {
  const { pool, binding, lease, concurrency } = splitPooledOptions("pooledScope", options);
  return {
    name: "pooled",
    endsWithContext: lease === "context",
    options: binding,
    open(service) {
      const bindingPool = new BindingPool(endingBy(service, binding), pool);
      const source =
        lease === "call"
          ? new CallLeaseSource(service, bindingPool)
          : new PooledSource(service, bindingPool, concurrency);
      return withTransactions(service.name, source, binding.transactions);
    },
  };
}

/** The source of a pooled service whose leases last as long as the context. */
export class PooledSource implements Lender, LendsMore {
  readonly slot = newSlot();
  readonly service: Service;
  readonly bindingPool: BindingPool;
  readonly order: number;
  #isClosed = false;
  readonly intercept?: (operation: Operation) => unknown;
  readonly concurrency: "allow" | "serialize" | "throw";

  constructor(service: Service, bindingPool: BindingPool, concurrency: "allow" | "serialize" | "throw") {
    this.service = service;
    this.bindingPool = bindingPool;
    this.order = bindingPool.order;
    this.concurrency = concurrency;
    if (concurrency !== "allow") this.intercept = oneAtATime(this, concurrency);
  }

  acquireNow(member?: PropertyKey): object | undefined {
    const store = als.getStore();
    const context = contextOfTouch("pooled", this.service.name, member, store);
    const leased = this.leasedIn(context);
    noteAcquired(this.service.dependent, store);
    if (leased !== undefined) return leased.now();
    context.assertOpen(this.service.name, member);
    if (this.#isClosed) throw unbound(this.service, member);
    return new ContextLease(this, context).tryTake();
  }

  acquire(): Promise<object> {
    const context = contextOfTouch("pooled", this.service.name, undefined);
    const leased = this.leasedIn(context);
    if (leased === undefined) {
      context.assertOpen(this.service.name);
      if (this.#isClosed) return Promise.reject(unbound(this.service));
    }
    return (leased ?? new ContextLease(this, context)).later();
  }

  unavailableError(member?: PropertyKey): ScopeError {
    return this.bindingPool.why(member, this.#isHeldAround() ? [] : FOR_POOLED);
  }

  /** Whether the contexts around the current one, which wait for it, hold all instances. */
  #isHeldAround(): boolean {
    let held = 0;
    for (let context = current()?.parent; context !== undefined; context = context.parent) {
      if (this.leasedIn(context)?.instance !== undefined) held++;
    }
    return held > 0 && held === this.bindingPool.holders().length;
  }

  /** There is a current context: outside any, no call gets an instance. */
  returned(result: object, member: PropertyKey, store = als.getStore()): unknown {
    if (!mayOutlive(result)) return result;
    const leased = this.leasedIn((store as StoreInContext).context);
    return leased === undefined ? result : leased.follow(result, member);
  }

  peek(): object | undefined {
    return this.leased()?.instance;
  }

  /** The current context's lease, if it has one. */
  leased(): ContextLease | undefined {
    const context = current();
    return context === undefined ? undefined : this.leasedIn(context);
  }

  secondLease(): SecondLease {
    return SecondLease.of(this);
  }

  /** A context's own lease, if it has one. */
  leasedIn(context: Context): ContextLease | undefined {
    return context.entry(this.slot) as ContextLease | undefined;
  }

  async release({ discard = false }: ReleaseOptions): Promise<void> {
    await this.leased()?.release(discard);
  }

  lease(options: LeaseOptions): Promise<Lease<object>> {
    return this.bindingPool.lease(options);
  }

  leases(): readonly HolderInfo[] {
    return this.bindingPool.holders();
  }

  close(drainMs?: number): Promise<void> | undefined {
    this.#isClosed = true;
    return this.bindingPool.close(drainMs);
  }
}
