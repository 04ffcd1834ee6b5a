import type { InUse } from "./draining.js";
import { type Caller, LEASED, type Handle } from "./entry.js";
import { leaseEnded } from "./messages.js";

/** What synchronous endings return. */
export const DONE: Promise<void> = Promise.resolve();

/**
 * The right to use one instance of a {@link Pool}, until it is released.
 *
 * It is the lease that is given back, never the instance: a second or late `release()` does nothing but be reported,
 * and can't free what another now holds. `await using` gives it back at the end of the block.
 *
 * A lease that is dropped without being released is noticed when it is garbage collected: the pool reports it, destroys
 * the instance and frees the slot. Don't rely on it.
 *
 * @example
 * ```ts
 * await using lease = await pool.acquire();
 * await lease.value.query("select 1");
 * ```
 */
export class Lease<T> implements AsyncDisposable {
  /** The right itself; after the end of the lease, one to nothing. As of unknown, or a Lease<Dog> would be no Lease<Animal>. */
  #handle: Handle<unknown>;

  /** @internal */
  constructor(handle: Handle<T>) {
    this.#handle = handle as unknown as Handle<unknown>;
  }

  /**
   * The instance.
   *
   * @throws ScopeError `LEASE_ENDED` once the lease was released, discarded or taken back.
   */
  get value(): T {
    const { entry } = this.#handle;
    if (entry.state !== LEASED) throw leaseEnded(entry);
    return entry.value as T;
  }

  /**
   * Aborts when the pool takes the lease back (`maxLeaseMs`, or `close` after its grace), with the reason. Hand it to
   * what works with the instance.
   */
  get signal(): AbortSignal {
    const { entry } = this.#handle;
    if (entry.lost !== undefined) return AbortSignal.abort(entry.lost);
    if (entry.state !== LEASED) return new AbortController().signal;
    entry.noted = true;
    return (entry.controller ??= new AbortController()).signal;
  }

  /**
   * Says whose call the lease is for.
   *
   * @internal
   */
  calledBy(caller: Caller): void {
    const { entry } = this.#handle;
    entry.caller = caller;
    entry.noted = true;
  }

  /**
   * Gives the instance back.
   *
   * @returns resolves when it is back, after an asynchronous `onRelease` or check; never rejects: if these fail, the
   *   instance is destroyed.
   */
  release(): Promise<void> {
    const handle = this.#handle;
    this.#handle = handle.after;
    return handle.entry.core.giveBack(handle);
  }

  /**
   * Gives the instance back to be destroyed, for one that is known to be broken.
   *
   * @returns resolves when it is destroyed, or `destroyTimeoutMs` has passed; never rejects.
   */
  discard(): Promise<void> {
    const handle = this.#handle;
    this.#handle = handle.after;
    return handle.entry.core.returning.discard(handle);
  }

  /**
   * Ends the lease of an instance that its {@link use} has not done with: it goes back when nothing uses it any more.
   *
   * @internal
   */
  drain(): void {
    const handle = this.#handle;
    this.#handle = handle.after;
    handle.entry.core.drains.begin(handle);
  }

  /**
   * Tells the pool, while the instance drains after the lease, that it is broken: then it is not lent again.
   *
   * @internal
   */
  condemner(): () => void {
    const { entry } = this.#handle;
    return () => entry.core.returning.retire(entry, "discarded");
  }

  /**
   * What sees how the instance is used: the same in all its leases.
   *
   * @internal
   */
  use<U extends InUse>(make: () => U): U {
    return (this.#handle.entry.use ??= make()) as U;
  }

  /** Releases the lease, unless that has been done already. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#handle.empty ? DONE : this.release();
  }
}
