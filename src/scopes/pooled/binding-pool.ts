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

/** What the source of a pooled service has besides. */
export interface Pooling {
  readonly bindingPool: BindingPool;
}

/** The pool of a binding, made at first use and outside every context. */
export class BindingPool {
  readonly order = nextOrder();
  readonly #service: Service;
  readonly #options: Omit<PoolOptions<object>, "create" | "destroy">;
  readonly #ending = new Set<PromiseLike<unknown>>();
  /** Who makes an instance, and who waits for one to be made, for cycles. */
  readonly construction: PoolConstruction;
  #pool: Pool<object> | undefined;
  #isClosed = false;

  constructor(service: Service, options: Omit<PoolOptions<object>, "create" | "destroy">) {
    this.#service = service;
    this.#options = options;
    this.construction = new PoolConstruction(service, () => this.pool.view.hasInstances);
  }

  /** How many instances there may be at most, as the binding says. */
  get maxSize(): number {
    return this.#options.maxSize;
  }

  /** How many are made ahead. */
  get minSize(): number {
    return this.#options.minSize ?? 0;
  }

  /** The pool, if something has touched the service yet. */
  get opened(): Pool<object> | undefined {
    return this.#pool;
  }

  /** How the pool names itself. */
  get label(): string {
    const { name, key } = this.#service as Service & Partial<Keyed>;
    const { label } = this.#options;
    // The service's name tells its key already.
    return label === undefined || key === undefined ? (label ?? name) : ofKey(label, key);
  }

  /** @throws ScopeError `UNBOUND` if there never was one, and the binding is gone */
  get pool(): Pool<object> {
    return this.#pool ?? this.#open();
  }

  /** Of its own, since V8 makes room for closures at the beginning of a function, whether they are made or not. */
  #open(): Pool<object> {
    return (this.#pool = this.#service.outside(() => this.#make()));
  }

  #make(): Pool<object> {
    const service = this.#service;
    if (this.#isClosed) throw unbound(service.name);
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
      this.#ending.add(ending);
      const done = (): void => void this.#ending.delete(ending);
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

  /** An acquisition's error as callers see it: mistakes in wiring come out of the pool's wrapping. */
  errorOf(error: unknown): unknown {
    if (!(error instanceof ScopeError) || this.#pool === undefined || error.service !== this.#pool.label) return error;
    const { name } = this.#service;
    // Nobody closed the pool but the one who unbound the service.
    if (error.code === "POOL_CLOSED" && this.#isClosed) return unbound(name);
    if (error.code === "CREATE_FAILED" && (isWiring(error.cause) || isOutOfStack(error.cause))) return error.cause;
    // One binding has one name, whatever its pool is labelled.
    (error as { service?: string }).service = name;
    return error;
  }

  /**
   * Why nothing could be had without waiting.
   *
   * @param ways - to have it first
   */
  why(member: PropertyKey | undefined, ways: readonly Way[]): ScopeError {
    const { name } = this.#service;
    if (this.#isClosed) return unbound(name, member);
    const { view } = this.pool;
    if (view.whyNot() === "POOL_EXHAUSTED") return exhausted(this.#service, member, ways, view.lacking());
    return notReady(this.#service, member, ways, `none of ${name} is to be had at once (${view.describeState()})`);
  }

  /** Who holds what, for errors and for tests that expect nobody to. */
  holders(): readonly HolderInfo[] {
    return this.#pool?.view.holders() ?? [];
  }

  /** Somebody has an instance of it, uses one that was given back, or waits for one. */
  get isInUse(): boolean {
    return this.#pool?.view.isInUse === true;
  }

  /**
   * Idle instances go now, leased ones when they return.
   *
   * @param drainMs - see {@link Source.close}
   * @returns when the idle ones are gone; with `drainMs`, when all are
   */
  close(drainMs?: number): Promise<void> | undefined {
    this.#isClosed = true;
    if (this.#pool === undefined) return undefined;
    if (drainMs !== undefined) return this.#pool.close({ graceMs: this.#pool.stats().leased > 0 ? 0 : drainMs });
    // Never rejects: what fails at the end of an instance is reported by the pool.
    const closed = this.#pool.close({ graceMs: Infinity });
    // A `destroy` that hangs is given up by the pool, in its time.
    return this.#ending.size === 0
      ? undefined
      : Promise.race([closed, Promise.allSettled(this.#ending).then(() => {})]);
  }
}

/** An explicit lease that was taken in a context, which need not last as long. */
class LeaseIn implements Caller {
  constructor(readonly context: Context) {}

  get name(): string {
    return `explicit lease in ${this.context.name}`;
  }
}
