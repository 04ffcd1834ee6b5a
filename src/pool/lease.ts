import { leaseEnded } from "./errors.js";
import type { Caller, InUse } from "./holder.js";
import { LEASED, type Handle } from "./slot.js";

/** What a synchronous end returns. */
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
  /** The right itself; after the end of the lease, a right to nothing. Its type says unknown, or a Lease<Dog> would be no Lease<Animal>. */
  #handle: Handle<unknown>;

  /**
   * V8 learns from a class's first few objects how many fields to put into the objects themselves. If the garbage collector takes all
   * leases before that is settled, V8 learns that there are none: each later lease would have its field outside, and twice the size. So
   * one stays.
   *
   * @internal
   */
  static readonly kept = new this<unknown>(undefined as never);

  /** @internal */
  constructor(handle: Handle<T>) {
    this.#handle = handle;
  }

  /**
   * The instance.
   *
   * @throws ScopeError `LEASE_ENDED` once the lease was released, discarded or taken back.
   */
  get value(): T {
    const { slot } = this.#handle;
    if (slot.state !== LEASED) throw slot.lease?.lost ?? leaseEnded(slot.home.label);
    return slot.value as T;
  }

  /**
   * Aborts when the pool takes the lease back (`maxLeaseMs`, or `close` after its grace), with the reason. Hand it to
   * what works with the instance.
   */
  get signal(): AbortSignal {
    const { slot } = this.#handle;
    if (slot.lease?.lost !== undefined) return AbortSignal.abort(slot.lease.lost);
    if (slot.state !== LEASED) return new AbortController().signal;
    return (slot.recordLease().controller ??= new AbortController()).signal;
  }

  /**
   * Says whose call the lease is for.
   *
   * @internal
   */
  calledBy(caller: Caller): void {
    this.#handle.slot.recordLease().caller = caller;
  }

  /**
   * Gives the instance back.
   *
   * @returns resolves when it is back, after an asynchronous `onRelease` or check; never rejects: if these fail, the
   *   instance is destroyed.
   */
  release(): Promise<void> {
    const handle = this.#handle;
    const { home } = handle.slot;
    this.#handle = home.after(handle);
    return home.giveBack(handle);
  }

  /**
   * Gives the instance back to be destroyed, for one that is known to be broken.
   *
   * @returns resolves when it is destroyed, or `destroyTimeoutMs` has passed; never rejects.
   */
  discard(): Promise<void> {
    const handle = this.#handle;
    const { home } = handle.slot;
    this.#handle = home.after(handle);
    return home.discard(handle);
  }

  /**
   * Ends the lease of an instance that is still in {@link use}: it goes back when nothing uses it any more.
   *
   * @internal
   */
  drain(): void {
    const handle = this.#handle;
    const { home } = handle.slot;
    this.#handle = home.after(handle);
    home.drain(handle);
  }

  /**
   * Tells the pool, while the instance drains after the lease, that it is broken: then it is not lent again.
   *
   * @internal
   */
  condemner(): () => void {
    const { slot } = this.#handle;
    return () => slot.home.condemn(slot);
  }

  /**
   * What sees how the instance is used: the same in all its leases.
   *
   * @internal
   */
  use<U extends InUse>(make: () => U): U {
    return (this.#handle.slot.use ??= make()) as U;
  }

  /** Releases the lease, unless that has been done already. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#handle.empty ? DONE : this.release();
  }
}
