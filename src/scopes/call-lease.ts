import { current } from "../context/run.js";
import { type HolderInfo, ScopeError } from "../errors.js";
import { isThenable } from "../is-thenable.js";
import { targetOf } from "../proxy/registry.js";
import type { Lease, LeaseOptions, Operation, Source } from "../proxy/source.js";
import type { BindingPool } from "./binding-pool.js";
import type { Service } from "./scope.js";

/** The source of a pooled service of which each call takes an instance: `lease: 'call'`. */
export class CallLeaseSource implements Source {
  readonly order: number;
  readonly #service: Service;
  readonly bound: BindingPool;

  constructor(service: Service, bound: BindingPool) {
    this.#service = service;
    this.bound = bound;
    this.order = bound.order;
  }

  around(operation: Operation): unknown {
    current()?.assertOpen(this.#service.name, operation.member);
    let lease: Lease<object> | undefined;
    try {
      lease = this.bound.pool.tryAcquire();
    } catch (error) {
      throw this.bound.errorOf(error);
    }
    if (lease !== undefined) return this.#run(operation, lease);
    if (!operation.deferrable) throw this.why(operation.member);
    return this.#wait().then((late) => this.#run(operation, late));
  }

  #run(operation: Operation, lease: Lease<object>): unknown {
    let result: unknown;
    try {
      result = operation.run(lease.value);
    } catch (error) {
      void lease.release();
      throw error;
    }
    if (!isThenable(result)) {
      this.#giveBack(operation, lease, result);
      return result;
    }
    return result.then(
      (value) => {
        this.#giveBack(operation, lease, value);
        return value;
      },
      (error: unknown) => {
        void lease.release();
        throw error;
      },
    );
  }

  /** Gives back, unless the result would go on using the instance. */
  #giveBack({ member }: Operation, lease: Lease<object>, result: unknown): void {
    const what = this.#escaping(result);
    if (what === undefined) {
      void lease.release();
      return;
    }
    // Somebody may go on using it through the result.
    void (what === "the instance itself" ? lease.release() : lease.discard());
    throw new ScopeError(
      "RESULT_ESCAPES",
      `${this.#service.name}.${String(member)} returned ${what}, which would outlive the lease of its call. Use ` +
        `use(proxy, fn) and drain it there, lease(proxy), or bind with lease: "context".`,
      { service: this.#service.name },
    );
  }

  #escaping(result: unknown): string | undefined {
    if (typeof result !== "object" || result === null) {
      return targetOf(result)?.source === this ? "the instance itself" : undefined;
    }
    if (targetOf(result)?.source === this) return "the instance itself";
    const { pipe, getReader, next, [Symbol.asyncIterator]: iterate } = result as Record<PropertyKey, unknown>;
    if (typeof pipe === "function" || typeof getReader === "function") return "a stream";
    return typeof next === "function" || typeof iterate === "function" ? "an iterator" : undefined;
  }

  /** An instance for a call; the end of its context ends the wait. */
  #wait(): Promise<Lease<object>> {
    const context = current();
    if (context === undefined) return this.bound.lease({});
    const abort = new AbortController();
    const pending = { service: this.#service.name, cancel: (reason: unknown): void => abort.abort(reason) };
    context.addPending(pending);
    const waiting = this.bound.lease({ signal: abort.signal });
    const over = (): void => context.removePending(pending);
    waiting.then(over, over);
    return waiting;
  }

  /** There is no instance of now: each call takes its own. */
  now(): undefined {
    return undefined;
  }

  async later(): Promise<object> {
    return (await this.lease({})).value;
  }

  async ready(): Promise<void> {
    await (await this.#wait()).release();
  }

  why(member?: PropertyKey): ScopeError {
    return this.bound.why(member, current());
  }

  peek(): undefined {
    return undefined;
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  lease(options: LeaseOptions): Promise<Lease<object>> {
    return this.bound.lease(options);
  }

  leases(): readonly HolderInfo[] {
    return this.bound.holders();
  }

  close(): Promise<void> | undefined {
    return this.bound.close();
  }
}
