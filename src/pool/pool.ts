import { claimStack } from "../base/claim-stack.js";
import { isHeard } from "../base/trace.js";
import { traceAcquire, traceAcquireFor, traceTry } from "./acquire-trace.js";
import { acquireTracing, leaseAudience } from "./diagnostics.js";
import type { Holder, PooledService } from "./holder.js";
import type { Lease } from "./lease.js";
import type { Ledger } from "./ledger.js";
import type { AcquireOptions, CloseOptions, PoolOptions } from "./options.js";
import { Scheduler } from "./scheduler.js";
import { checkSize, resolveOptions, wrongClose, wrongFunction } from "./settings.js";
import { Sharing } from "./sharing.js";
import type { CallSite } from "./slot.js";
import { statsOf, type PoolStats } from "./stats.js";
import type { Total } from "./total.js";
import { PoolView } from "./view.js";

/**
 * Makes, lends, checks and destroys instances that are expensive to make or limited in number: connections, clients, parsers.
 *
 * It needs no container. Acquisitions are served in their order; no more than `maxSize` instances exist at any time; an
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
  /** Both are of unknown, or a Pool<Dog> would be no Pool<Animal>. */
  readonly #ledger: Ledger<unknown>;
  readonly #scheduler: Scheduler<unknown>;
  #view: PoolView | undefined;

  /**
   * @param options see {@link PoolOptions}; `create` and `maxSize` are required
   * @throws ScopeError `INVALID_OPTION` for a wrong value or an unknown name
   */
  constructor(options: PoolOptions<T>) {
    const scheduler = new Scheduler(resolveOptions(options), this) as unknown as Scheduler<unknown>;
    this.#scheduler = scheduler;
    this.#ledger = scheduler.ledger;
    if (this.#ledger.wanted > 0) queueMicrotask(() => scheduler.fill());
  }

  /**
   * For the pooled scope: how the pool is.
   *
   * @internal
   */
  get view(): PoolView {
    return (this.#view ??= new PoolView(this.#scheduler));
  }

  /** How the pool names itself. */
  get label(): string {
    return this.#ledger.label;
  }

  /**
   * Takes an instance: an idle one, else a new one if there is room, else one that comes back, first come first served within a priority.
   *
   * Never throws synchronously. To give up waiting use `signal`: after a lost `Promise.race` the lease would still come, and nobody
   * would release it.
   *
   * @param options `timeoutMs` (milliseconds; default `acquireTimeoutMs`), `signal`, and `priority` (higher first; default 0)
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
    claimStack();
    const ledger = this.#ledger;
    const { idle } = ledger;
    const isShort = options === undefined && ledger.canLendUntracked && !leaseAudience.isThere;
    if (isShort && (idle.top !== undefined || idle.below > 0)) {
      return Promise.resolve(ledger.lend(idle.take()!) as Lease<T>);
    }
    return this.#acquire(options, this.#here(this.acquire));
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
    claimStack();
    const ledger = this.#ledger;
    if (ledger.canLendUntracked && !leaseAudience.isThere) {
      const handle = ledger.idle.take();
      if (handle !== undefined) return ledger.lend(handle) as Lease<T>;
    }
    return this.#tryAcquire(undefined, this.#here(this.tryAcquire));
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
   * Waits until as many instances exist as are made ahead: `minSize`, and `minIdle` beside those in use.
   *
   * @returns rejects with the error of the next attempt to make one that fails; the pool goes on trying, and a later call
   *   may succeed. Rejects with a ScopeError `POOL_CLOSED` once the pool is closed.
   */
  ready(): Promise<void> {
    return this.#scheduler.readiness.wait();
  }

  /**
   * Sets how many instances may exist. If there are more, idle ones go now, the one unused longest first, and leased ones when
   * they come back.
   *
   * @param maxSize 0 or more, or `Infinity`; with fewer than `minSize` or `minIdle`, so many are kept
   * @throws ScopeError `INVALID_OPTION`
   *
   * @example
   * ```ts
   * pool.resize(16); // for the hours of the sale
   * ```
   */
  resize(maxSize: number): void {
    checkSize(this.label, maxSize);
    this.#scheduler.resize(maxSize);
  }

  /**
   * Replaces every instance, as after a failover or a change of credentials: idle ones go at once, leased ones when they
   * come back. None whose creation began before this call is lent after it. New ones are made up to `minSize` and `minIdle`.
   *
   * @example
   * ```ts
   * pool.recycle(); // the password has changed
   * await pool.ready();
   * ```
   */
  recycle(): void {
    this.#scheduler.recycle();
  }

  /**
   * Ends the pool, for good: who waits is rejected with `POOL_CLOSED`, idle instances are destroyed at once, leased ones when they
   * come back.
   *
   * @param options `graceMs`: how long to wait for leases before they are taken back, in milliseconds; default 10 000. A later call may
   *   shorten it. `drain`: whether those who wait are served first; default false.
   * @returns the same promise each time; it resolves when the last instance is destroyed
   *
   * @example
   * ```ts
   * const pool = new Pool({ create, maxSize: 8 });
   * await pool.close({ graceMs: 5_000 });
   * ```
   */
  close(options?: CloseOptions): Promise<void> {
    const wrong = options === undefined ? undefined : wrongClose(this.label, options);
    if (wrong !== undefined) return Promise.reject(wrong);
    return this.#scheduler.closing.close(options?.graceMs ?? 10_000, options?.drain === true);
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
    return statsOf(this.#scheduler);
  }

  /**
   * {@link tryAcquire} on behalf of a holder.
   *
   * @internal
   */
  tryAcquireFor(holder: Holder): Lease<T> | undefined {
    claimStack();
    const ledger = this.#ledger;
    if (ledger.canLendUntracked && !leaseAudience.isThere) {
      const handle = ledger.idle.take();
      if (handle !== undefined) return ledger.lendTo(handle, holder) as Lease<T>;
    }
    return this.#tryAcquire(holder, this.#here(this.tryAcquireFor));
  }

  /**
   * {@link acquire} on behalf of a holder, who is told by calls instead of by a promise: at once, or later from wherever an
   * instance comes back. For whoever has tried {@link tryAcquireFor}.
   *
   * @internal
   */
  acquireFor(holder: Holder, resolve: (lease: Lease<T>) => void, fail: (error: unknown) => void): void {
    const site = this.#here(this.acquireFor);
    claimStack();
    const { acquiring } = this.#scheduler;
    const resolved = resolve as (lease: Lease<unknown>) => void;
    if (leaseAudience.isThere && isHeard(acquireTracing))
      traceAcquireFor(this.#ledger, acquiring, holder, site, resolved, fail);
    else acquiring.acquireFor(holder, site, resolved, fail);
  }

  /**
   * Tells behind whose proxy it is.
   *
   * @internal
   */
  serve(service: PooledService): void {
    this.#ledger.service = service;
  }

  /**
   * Shares a limit with other pools, from its beginning on.
   *
   * @internal
   */
  share(total: Total): void {
    this.#ledger.share = new Sharing(total, this.#ledger, this.#scheduler.holders, this.#scheduler);
    this.#ledger.updateFastPaths();
  }

  // Apart, because V8 inlines what is short.

  #acquire(options: AcquireOptions | undefined, site: CallSite | undefined): Promise<Lease<T>> {
    const { acquiring } = this.#scheduler;
    const acquisition =
      leaseAudience.isThere && isHeard(acquireTracing)
        ? traceAcquire(this.#ledger, acquiring, options, site)
        : acquiring.acquire(options, site);
    return acquisition as Promise<Lease<T>>;
  }

  #tryAcquire(holder: Holder | undefined, site: CallSite | undefined): Lease<T> | undefined {
    const { trying } = this.#scheduler;
    const lease =
      leaseAudience.isThere && isHeard(acquireTracing)
        ? traceTry(this.#ledger, trying, holder, site)
        : trying.tryAcquire(holder, site);
    return lease as Lease<T> | undefined;
  }

  /** The caller's stack, if it is to be recorded. `below` itself must ask: in JavaScriptCore a call that a function ends with takes its frame. */
  #here(below: (...args: never[]) => unknown): CallSite | undefined {
    if (!this.#ledger.settings.leaseStacks) return undefined;
    const here = {};
    Error.captureStackTrace(here, below);
    return here;
  }
}
