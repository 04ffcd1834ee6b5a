import type { Context } from "../../context/context.js";
import { current } from "../../context/run.js";
import type { HolderInfo, ScopeError } from "../../base/errors.js";
import { isNativePromise } from "../../base/native-promise.js";
import type { Caller } from "../../pool/holder.js";
import type { Lease } from "../../pool/lease.js";
import { inContext } from "../../proxy/in-context.js";
import { targetOf } from "../../proxy/registry.js";
import type { LeaseOptions, Operation } from "../../proxy/source.js";
import type { BindingPool } from "./binding-pool.js";
import type { Lender } from "./context-lease.js";
import { follow } from "./returned.js";
import { type LendsMore, SecondLease } from "./second-lease.js";
import { noteAcquired } from "../creation/creation-graph.js";
import type { Service } from "../scope.js";
import { FOR_CALLS } from "../errors.js";
import { resultEscapes } from "./errors.js";

/** The source of a pooled service with `lease: 'call'`: each call acquires an instance. */
export class CallLeaseSource implements Lender, LendsMore {
  readonly order: number;
  readonly service: Service;
  readonly bindingPool: BindingPool;

  constructor(service: Service, bindingPool: BindingPool) {
    this.service = service;
    this.bindingPool = bindingPool;
    this.order = bindingPool.order;
  }

  intercept(operation: Operation): unknown {
    current()?.assertOpen(this.service.name, operation.member);
    this.bindingPool.construction.assertNoCycle();
    noteAcquired(this.service.dependent);
    let lease: Lease<object> | undefined;
    try {
      lease = this.bindingPool.pool.tryAcquire();
    } catch (error) {
      throw this.bindingPool.errorOf(error);
    }
    if (lease !== undefined) return this.#run(operation, lease);
    if (!operation.deferrable) throw this.unavailableError(operation.member);
    return this.#wait((late) => this.#run(operation, late));
  }

  /** Does the operation, and releases the instance when it is over, also if it fails. */
  #run(operation: Operation, lease: Lease<object>): unknown {
    const instance = lease.value;
    lease.calledBy(new Call(this.service.name, operation, current()));
    let isPending = false;
    try {
      const result = operation.run(instance);
      if (!isNativePromise(result)) return this.#checked(operation, lease, instance, result);
      // In the same reaction, so that the next waiter is served as soon as the caller has the result.
      const settled = result.then(
        (value) => this.#over(operation, lease, instance, value),
        (error: unknown) => {
          void lease.release();
          throw error;
        },
      );
      isPending = true;
      return settled;
    } finally {
      if (!isPending) void lease[Symbol.asyncDispose]();
    }
  }

  #over(operation: Operation, lease: Lease<object>, instance: object, value: unknown): unknown {
    try {
      return this.#checked(operation, lease, instance, value);
    } finally {
      void lease[Symbol.asyncDispose]();
    }
  }

  /** The result. @throws ScopeError `RESULT_ESCAPES` if it would go on using the instance */
  #checked({ member, isCall }: Operation, lease: Lease<object>, instance: object, result: unknown): unknown {
    const what = this.#escaping(result, instance);
    if (what === undefined) return result;
    // To convert an object to a primitive, the language calls `valueOf`, gets the object (here its proxy), and goes on to
    // `toString`.
    if (member === "valueOf" && what === ITSELF) return result;
    const error = resultEscapes(this.service.name, member, what);
    if (what !== ITSELF) {
      // The caller never gets it, so that only we can end it, and hear of its errors.
      if (isCall) follow(result as object, ignore)?.cut(error);
      // Somebody may go on using the instance through the result.
      void lease.discard();
    }
    throw error;
  }

  #escaping(result: unknown, instance: object): string | undefined {
    const target = targetOf(result);
    if (result === instance || target?.source === this) return ITSELF;
    // A look at another service's proxy would touch that service.
    if (target !== undefined || typeof result !== "object" || result === null) return undefined;
    if (hasMethod(result, "pipe") || hasMethod(result, "getReader") || hasMethod(result, "getWriter"))
      return "a stream";
    // A closer look could send an unfinished query.
    if (hasMethod(result, "then")) return "a thenable that is no native promise";
    return hasMethod(result, "next") || hasMethod(result, Symbol.asyncIterator) ? "an iterator" : undefined;
  }

  /** Waits for an instance for a call; the end of the context ends the wait. */
  #wait<R>(run: (lease: Lease<object>) => R): Promise<Awaited<R>> {
    const context = current();
    if (context === undefined) return this.bindingPool.lease({}).then(run) as Promise<Awaited<R>>;
    const abort = new AbortController();
    const { signal } = abort;
    const pending = { service: this.service.name, cancel: (reason: unknown): void => abort.abort(reason) };
    context.addPending(pending);
    return this.bindingPool.lease({ signal }).then(
      (lease) => {
        context.removePending(pending);
        if (!signal.aborted) return run(lease) as Awaited<R>;
        // The instance was granted, but then the context ended.
        void lease.release();
        throw signal.reason;
      },
      (error: unknown) => {
        context.removePending(pending);
        throw inContext(error);
      },
    );
  }

  /** There is no current instance: each call acquires its own. */
  acquireNow(): undefined {
    return undefined;
  }

  acquire(): Promise<never> {
    return Promise.reject(this.unavailableError());
  }

  ready(): Promise<void> {
    return this.#wait((lease) => lease.release());
  }

  unavailableError(member?: PropertyKey): ScopeError {
    return this.bindingPool.why(member, FOR_CALLS);
  }

  peek(): undefined {
    return undefined;
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  secondLease(): SecondLease {
    return SecondLease.of(this);
  }

  lease(options: LeaseOptions): Promise<Lease<object>> {
    return this.bindingPool.lease(options);
  }

  leases(): readonly HolderInfo[] {
    return this.bindingPool.holders();
  }

  close(drainMs?: number): Promise<void> | undefined {
    return this.bindingPool.close(drainMs);
  }
}

/** Names the lease of a call, for errors. Most calls are over before the name is read. */
class Call implements Caller {
  constructor(
    readonly service: string,
    readonly operation: Operation,
    readonly context: Context | undefined,
  ) {}

  get name(): string {
    const { service, operation, context } = this;
    const call = `${service}.${String(operation.member)}`;
    return context === undefined ? call : `${call} in ${context.name}`;
  }
}

const ITSELF = "the instance itself";

function hasMethod(value: object, key: PropertyKey): boolean {
  return typeof (value as Record<PropertyKey, unknown>)[key] === "function";
}

function ignore(): void {}
