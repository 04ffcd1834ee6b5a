import { claimStack } from "../../base/claim-stack.js";
import { type HolderInfo, ScopeError } from "../../base/errors.js";
import { isThenable } from "../../base/is-thenable.js";
import type { Lease } from "../../pool/lease.js";
import type { PoolOptions } from "../../pool/options.js";
import { Pool } from "../../pool/pool.js";
import type { LeaseOptions } from "../../proxy/source.js";
import type { Context } from "../../context/context.js";
import { isOutOfStack } from "../../context/out-of-stack.js";
import { current } from "../../context/run.js";
import type { Caller } from "../../pool/holder.js";
import { PoolConstruction } from "../creation/constructions.js";
import { noteWaiting } from "../creation/creation-graph.js";
import { upwardHooks } from "../../base/upward-hooks.js";
import { nextOrder } from "../binding/binding-order.js";
import { type Keyed, ofKey } from "../keyed/key.js";
import type { Service } from "../scope.js";
import { isWiring } from "../creation/errors.js";
import { exhausted, notReady, unbound, type Way } from "../errors.js";

/** What a source with a pool has besides. */
export interface Pooling {
  readonly bindingPool: BindingPool;
}

/** The pool of a binding, made at first use and outside every context. */
export class BindingPool {
  readonly order = nextOrder();
  readonly #service: Service;
  readonly #options: Omit<PoolOptions<object>, "create" | "destroy">;
  #ending: Set<PromiseLike<unknown>> | undefined;
  /** Which instances are being made, and who waits for them: for cycles. */
  readonly construction: PoolConstruction;
  #pool: Pool<object> | undefined;
  #isClosed = false;

  constructor(service: Service, options: Omit<PoolOptions<object>, "create" | "destroy">) {
    this.#service = service;
    this.#options = options;
    this.construction = new PoolConstruction(service, () => this.pool.view.hasInstances);
  }

  /** The `maxSize` of the binding. */
  get maxSize(): number {
    return this.#options.maxSize;
  }

  /** The `minSize` of the binding. */
  get minSize(): number {
    return this.#options.minSize ?? 0;
  }

  /** The `minIdle` of the binding. */
  get minIdle(): number {
    return this.#options.minIdle ?? 0;
  }

  /** The pool, if something has touched the service yet. */
  get opened(): Pool<object> | undefined {
    return this.#pool;
  }

  /** The name of the pool in errors and events. */
  get label(): string {
    const { name, key } = this.#service as Service & Partial<Keyed>;
    const { label } = this.#options;
    // The service's name tells its key already.
    return label === undefined || key === undefined ? (label ?? name) : ofKey(label, key);
  }

  /** @throws ScopeError `UNBOUND` if the binding is gone, and never had a pool */
  get pool(): Pool<object> {
    return this.#pool ?? this.#open();
  }

  /** A function of its own, since V8 makes room for closures at the beginning of a function, whether they are made or not. */
  #open(): Pool<object> {
    claimStack();
    return (this.#pool = this.#service.outside(() => this.#make()));
  }

  #make(): Pool<object> {
    const service = this.#service;
    if (this.#isClosed) throw unbound(service);
    const { total } = service as Service & Partial<Keyed>;
    const pool = new Pool<object>({
      ...this.#options,
      label: this.label,
      leaseStacks: this.#options.leaseStacks ?? upwardHooks.leaseStacks,
      create: (n, options) => this.construction.make(n, options),
      destroy: (instance) => this.#noteEnding(service.destroy(instance)),
    });
    pool.serve({ name: service.name, owner: service.dependent?.owner });
    if (total !== undefined) pool.share(total);
    return pool;
  }

  #noteEnding<R>(ending: R): R {
    if (isThenable(ending)) {
      const under = (this.#ending ??= new Set());
      under.add(ending);
      const done = (): void => void under.delete(ending);
      ending.then(done, done);
    }
    return ending;
  }

  async lease(options: LeaseOptions): Promise<Lease<object>> {
    this.construction.assertNoCycle();
    const waited = noteWaiting(this.construction);
    const acquisition = this.pool.acquire(options);
    acquisition.then(waited, waited);
    try {
      const lease = await acquisition;
      const context = current();
      if (context !== undefined) lease.calledBy(new LeaseIn(context));
      return lease;
    } catch (error) {
      throw this.errorOf(error);
    }
  }

  /** The error of an acquisition as callers see it: mistakes in the wiring are unwrapped from the pool's error. */
  errorOf(error: unknown): unknown {
    if (!(error instanceof ScopeError) || this.#pool === undefined || error.service !== this.#pool.label) return error;
    const { name } = this.#service;
    // The pool was closed because the service was unbound.
    if (error.code === "POOL_CLOSED" && this.#isClosed) return unbound(this.#service);
    if (error.code === "CREATE_FAILED" && (isWiring(error.cause) || isOutOfStack(error.cause))) return error.cause;
    // Errors name the service, not the pool's label.
    (error as { service?: string }).service = name;
    return error;
  }

  /**
   * Why no instance is available without waiting.
   *
   * @param ways - the ways to acquire an instance first
   */
  why(member: PropertyKey | undefined, ways: readonly Way[]): ScopeError {
    const { name } = this.#service;
    if (this.#isClosed) return unbound(this.#service, member);
    const { view } = this.pool;
    if (view.whyNot() === "POOL_EXHAUSTED") return exhausted(this.#service, member, ways, view.lacking());
    return notReady(this.#service, member, ways, `none of ${name} is to be had at once (${view.describeState()})`);
  }

  /** The holders of its instances, for errors and for `expectNoLeases`. */
  holders(): readonly HolderInfo[] {
    return this.#pool?.view.holders() ?? [];
  }

  /** An instance is leased or draining, or a caller waits for one. */
  get isInUse(): boolean {
    return this.#pool?.view.isInUse === true;
  }

  /**
   * Destroys idle instances now, and leased ones when they return.
   *
   * @param drainMs - see {@link Source.close}
   * @returns resolves when the idle ones are gone; with `drainMs`, when all are
   */
  close(drainMs?: number): Promise<void> | undefined {
    this.#isClosed = true;
    if (this.#pool === undefined) return undefined;
    if (drainMs !== undefined) return this.#pool.view.shutDown(drainMs);
    // It never rejects: the pool reports what fails at the end of an instance.
    const closed = this.#pool.close({ graceMs: Infinity });
    // If a `destroy` hangs, the pool gives it up after `destroyTimeoutMs`.
    return this.#ending === undefined || this.#ending.size === 0
      ? undefined
      : Promise.race([closed, Promise.allSettled(this.#ending).then(() => {})]);
  }

  /** If it is closing: what is draining may go on for so long only. */
  hurry(drainMs: number): void {
    if (this.#isClosed) void this.close(drainMs);
  }
}

/** Names an explicit lease after the context in which it was acquired. */
class LeaseIn implements Caller {
  constructor(readonly context: Context) {}

  get name(): string {
    return `explicit lease in ${this.context.name}`;
  }
}
