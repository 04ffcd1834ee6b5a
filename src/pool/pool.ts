import type { ErrorCode, HolderInfo } from "../base/errors.js";
import { Core } from "./core.js";
import type { Holder } from "./holder.js";
import type { Lease } from "./lease.js";
import { holdersOf, stateOf } from "./messages.js";
import type { AcquireOptions, CloseOptions, PoolOptions } from "./options.js";
import { checkSize, settle, wrongClose, wrongFunction } from "./settings.js";
import { statsOf, type PoolStats } from "./stats.js";
import type { Total } from "./total.js";

/**
 * Makes, lends, checks and destroys instances that are expensive to make or limited in number: connections, clients, parsers.
 *
 * It needs no container. Whoever acquires first is served first; no more than `maxSize` instances exist at any time; an
 * instance is never lent twice; whatever fails, hangs, is aborted or closed, no slot and no waiter is lost.
 *
 * @example
 * ```ts
 * const pool = new Pool({
 *   create: async () => {
 *     const client = new Client(url);
 *     await client.connect();
 *     return client;
 *   },
 *   destroy: (client) => client.end(),
 *   maxSize: 8,
 *   idleTimeoutMs: 60_000,
 * });
 *
 * const rows = await pool.use((client) => client.query("select 1"));
 * await pool.close();
 * ```
 */
export class Pool<T> implements AsyncDisposable {
  /** As of unknown, or a Pool<Dog> would be no Pool<Animal>. */
  readonly #core: Core<unknown>;

  /**
   * @param options see {@link PoolOptions}; `create` and `maxSize` are required
   * @throws ScopeError `INVALID_OPTION` for a wrong value or an unknown name
   */
  constructor(options: PoolOptions<T>) {
    const core = new Core(settle(options)) as unknown as Core<unknown>;
    this.#core = core;
    if (core.settings.minSize > 0) queueMicrotask(() => core.creation.fill());
  }

  /** How the pool names itself. */
  get label(): string {
    return this.#core.label;
  }

  /**
   * Takes an instance: an idle one, else a new one if there is room, else one that comes back, first come first served.
   *
   * Never throws synchronously. To give up waiting use `signal`: after a lost `Promise.race` the lease would still come, and nobody
   * would release it.
   *
   * @param options `timeoutMs` (milliseconds; default `acquireTimeoutMs`) and `signal`
   * @returns the lease; rejects with a ScopeError `POOL_TIMEOUT`, `POOL_OVERLOADED`, `POOL_CLOSED`, `CREATE_FAILED`, `CREATE_TIMEOUT`
   *   or `INVALID_OPTION`, or with the signal's reason
   *
   * @example
   * ```ts
   * await using lease = await pool.acquire({ timeoutMs: 500, signal: request.signal });
   * await lease.value.query("select 1");
   * ```
   */
  acquire(options?: AcquireOptions): Promise<Lease<T>> {
    const core = this.#core;
    if (options === undefined && core.quickest) {
      const handle = core.idle.take();
      if (handle !== undefined) return Promise.resolve(core.lend(handle) as Lease<T>);
    }
    return this.#acquire(options);
  }

  /**
   * Takes an instance now or not at all: an idle one, or a new one if that can be made synchronously. It overtakes nobody
   * who waits.
   *
   * If `create`, or a hook, turns out to be asynchronous, there is no lease in this call, and the instance goes on into
   * the pool.
   *
   * @returns the lease, or `undefined`
   * @throws ScopeError `CREATE_FAILED` if making a new one failed synchronously
   *
   * @example
   * ```ts
   * const held = pool.tryAcquire();
   * if (held === undefined) log.info("busy: not now");
   * else await held.value.query("select 1").finally(() => held.release());
   * ```
   */
  tryAcquire(): Lease<T> | undefined {
    const core = this.#core;
    if (core.quickest) {
      const handle = core.idle.take();
      if (handle !== undefined) return core.lend(handle) as Lease<T>;
    }
    return this.#tryAcquire(undefined, this.tryAcquire);
  }

  /**
   * Takes an instance, calls the function with it, and gives it back when the function's promise has settled, also if it
   * throws.
   *
   * @param fn synchronous or not
   * @param options as for {@link acquire}
   * @returns what the function returned; rejects with its error, or as {@link acquire} does
   */
  async use<R>(fn: (instance: T) => R | PromiseLike<R>, options?: AcquireOptions): Promise<Awaited<R>> {
    if (typeof fn !== "function") throw wrongFunction(this.label, fn);
    const lease = await this.acquire(options);
    try {
      return await fn(lease.value);
    } finally {
      await lease[Symbol.asyncDispose]();
    }
  }

  /**
   * Waits until `minSize` instances exist.
   *
   * @returns rejects with the error of the next attempt to make one that fails; the pool goes on trying, and a later call
   *   may succeed. Rejects with a ScopeError `POOL_CLOSED` once the pool is closed.
   */
  ready(): Promise<void> {
    return this.#core.readiness.wait();
  }

  /**
   * Sets how many instances may exist. If there are more, idle ones go now, the one unused longest first, and leased ones when
   * they come back.
   *
   * @param maxSize 0 or more, or `Infinity`; with fewer than `minSize`, so many are kept
   * @throws ScopeError `INVALID_OPTION`
   *
   * @example
   * ```ts
   * pool.resize(16); // for the hours of the sale
   * ```
   */
  resize(maxSize: number): void {
    const core = this.#core;
    checkSize(core.label, maxSize);
    core.maxSize = maxSize;
    while (core.size > maxSize) {
      const handle = core.idle.takeOldest();
      if (handle === undefined) break;
      core.destruction.destroy(handle.entry, "surplus");
    }
    core.requicken();
    core.pump();
    core.readiness.settle();
  }

  /**
   * Replaces every instance, as after a failover or a change of credentials: idle ones go at once, leased ones when they
   * come back. None whose creation began before this call is lent after it. New ones are made up to `minSize`.
   *
   * @example
   * ```ts
   * pool.recycle(); // the password has changed
   * await pool.ready();
   * ```
   */
  recycle(): void {
    const core = this.#core;
    for (const entry of [...core.entries]) core.returning.retire(entry, "recycled");
  }

  /**
   * Ends the pool, for good: who waits is rejected with `POOL_CLOSED`, idle instances are destroyed at once, leased ones when they
   * come back.
   *
   * @param options `graceMs`: how long to wait for leases before they are taken back, in milliseconds; default 10 000. A later call may
   *   shorten it.
   * @returns the same promise each time; it resolves when the last instance is destroyed
   *
   * @example
   * ```ts
   * const pool = new Pool({ create, maxSize: 8 });
   * await pool.close({ graceMs: 5_000 });
   * ```
   */
  close(options?: CloseOptions): Promise<void> {
    const core = this.#core;
    const wrong = options === undefined ? undefined : wrongClose(core.label, options);
    if (wrong !== undefined) return Promise.reject(wrong);
    return core.closing.close(options?.graceMs ?? 10_000);
  }

  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * A snapshot of all figures, JSON-compatible.
   *
   * @example
   * ```ts
   * const { leased, waitTime } = pool.stats();
   * metrics.gauge("db.leased", leased);
   * metrics.gauge("db.longest-wait-ms", waitTime.maxMs);
   * ```
   */
  stats(): PoolStats {
    return statsOf(this.#core);
  }

  /**
   * {@link tryAcquire} on behalf of a holder.
   *
   * @internal
   */
  tryAcquireFor(holder: Holder): Lease<T> | undefined {
    const core = this.#core;
    if (core.quickest) {
      const handle = core.idle.take();
      if (handle !== undefined) return core.lendTo(handle, holder, undefined) as Lease<T>;
    }
    return this.#tryAcquire(holder, this.tryAcquireFor);
  }

  /**
   * {@link acquire} on behalf of a holder, who is told by calls instead of by a promise: at once, or later from wherever an
   * instance comes back. For whoever has tried {@link tryAcquireFor}.
   *
   * @internal
   */
  acquireFor(holder: Holder, resolve: (lease: Lease<T>) => void, fail: (error: unknown) => void): void {
    this.#core.lending.acquireFor(
      holder,
      this.#here(this.acquireFor),
      resolve as (lease: Lease<unknown>) => void,
      fail,
    );
  }

  /**
   * Shares a limit with other pools, from its beginning on.
   *
   * @internal
   */
  share(total: Total): void {
    this.#core.total = total;
    this.#core.requicken();
  }

  /**
   * Why {@link tryAcquire} gave nothing: closed, all lent, or something has to be waited for that is no lease.
   *
   * @internal
   */
  whyNot(): Extract<ErrorCode, "POOL_CLOSED" | "POOL_EXHAUSTED" | "NOT_READY"> {
    const core = this.#core;
    if (!core.open) return "POOL_CLOSED";
    return core.leased + core.draining >= core.maxSize || core.isShortOfTotal ? "POOL_EXHAUSTED" : "NOT_READY";
  }

  /**
   * Whether somebody has an instance, uses one that was given back, or waits for one.
   *
   * @internal
   */
  get isInUse(): boolean {
    const { leased, draining, waiting } = this.#core;
    return leased + draining + waiting > 0;
  }

  /**
   * Whether an instance is made, here or with somebody who may give it back.
   *
   * @internal
   */
  hasInstances(): boolean {
    return this.#core.size > this.#core.creating;
  }

  /**
   * Who holds what since when, longest first.
   *
   * @internal
   */
  holders(): HolderInfo[] {
    return holdersOf(this.#core, this.#core.clock.now());
  }

  /**
   * Who has to give back before this pool can lend: of several that share a limit it may be others' holders.
   *
   * @internal
   */
  lacking(): readonly HolderInfo[] {
    return this.#core.holdersForErrors(this.#core.clock.now());
  }

  /**
   * The state of the pool in a few words, for messages.
   *
   * @internal
   */
  describeState(): string {
    return stateOf(this.#core);
  }

  // Apart, because V8 inlines what is short.

  #acquire(options: AcquireOptions | undefined): Promise<Lease<T>> {
    return this.#core.lending.acquire(options, this.#here(this.acquire)) as Promise<Lease<T>>;
  }

  #tryAcquire(holder: Holder | undefined, below: (...args: never[]) => unknown): Lease<T> | undefined {
    return this.#core.lending.tryAcquire(holder, this.#here(below)) as Lease<T> | undefined;
  }

  /** The caller's stack, if it is to be recorded. */
  #here(below: (...args: never[]) => unknown): { readonly stack?: string } | undefined {
    if (!this.#core.settings.leaseStacks) return undefined;
    const here = {};
    Error.captureStackTrace(here, below);
    return here;
  }
}
