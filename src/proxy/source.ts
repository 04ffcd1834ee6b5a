import type { AsyncContext } from "../context/async-context.js";
import type { HolderInfo, ScopeError } from "../base/errors.js";

/**
 * The right to use one instance until it is given back. Made for `await using`.
 *
 * @example
 * ```ts
 * await using own = await lease(db);
 * await own.value.query("select 1");
 * ```
 */
export interface Lease<T> {
  /** The instance. @throws ScopeError `LEASE_ENDED` once it was given or taken back */
  readonly value: T;
  /** Aborts when the pool takes the instance back (`maxLeaseMs`, or `close` after its grace). */
  readonly signal: AbortSignal;
  /** Gives the instance back; harmless when repeated. Resolves when it is back. */
  release(): Promise<void>;
  /** Gives it back to be destroyed instead of lent again. */
  discard(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Options of `lease` and `use`. */
export interface LeaseOptions {
  /** For how many milliseconds to wait, `Infinity` for no limit. Default: the pool's `acquireTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Gives up waiting when it aborts; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `release`. */
export interface ReleaseOptions {
  /** Destroy the instance instead of keeping it for others. Default false. */
  readonly discard?: boolean | undefined;
}

/**
 * Where a proxy finds its instances: what a {@link Scope} opens for one binding. Every method is called in the async
 * context of whoever touches the proxy, and says by a typed error why there is nothing to be had.
 *
 * @example
 * ```ts
 * // What another source does, and a word when the binding is gone.
 * function watched(service: Service, inner: Source): Source {
 *   const source = selectSource(service, { select: () => inner, sources: () => [inner] });
 *   return {
 *     ...source,
 *     close() {
 *       log.info(`${service.name} is unbound`);
 *       return source.close();
 *     },
 *   };
 * }
 * ```
 */
export interface Source {
  /**
   * The number under which contexts have its instances, for the hot path; without it `acquireNow` is asked each time.
   *
   * @internal
   */
  readonly slot?: number;
  /**
   * The one instance that everybody means, once it is there; the hot path looks no further.
   *
   * @internal
   */
  readonly shared?: object | undefined;
  /** `needs` and `ready` take sources by ascending order; those without come last. */
  readonly order?: number;
  /**
   * The instance for right now: the one that is there, or one that can be made or taken synchronously. `undefined` if
   * it takes time; then a deferrable call goes on with `acquire`, and any other touch throws what `unavailableError` returns.
   */
  acquireNow(member?: PropertyKey): object | undefined;
  /** The instance that `acquireNow` could not give at once; joins an acquisition that is under way. */
  acquire(): Promise<object>;
  /** Why `acquireNow` gave nothing, for a touch that cannot wait. */
  unavailableError(member?: PropertyKey): ScopeError;
  /** The instance if one is there; makes and takes nothing, and never throws. */
  peek(): object | undefined;
  /**
   * Whether one is there, where even `undefined` may be one (`setInstance`); default: what `peek` says.
   *
   * @internal
   */
  has?(): boolean;
  /** What `ready` waits for, where that is not simply the instance. */
  ready?(): Promise<void>;
  /** Gives back or ends the instance that is current, if any. */
  release(options: ReleaseOptions): Promise<void>;
  /** An instance for explicit use, whatever the context. */
  lease(options: LeaseOptions): Promise<Lease<object>>;
  /**
   * Where each operation needs more than the instance (a lease for each call, one call at a time): does `operation` with
   * the right instance. With it, `acquireNow` is not asked for operations.
   *
   * @internal
   */
  intercept?(operation: Operation): unknown;
  /**
   * With `intercept`: the instance for a call that needs nothing around it after all, so that the call goes on as if it had been
   * found where the hot path looks. What it returns is seen by `returned`.
   *
   * @internal
   */
  plainly?(member: PropertyKey, store: unknown): object | undefined;
  /**
   * Sees each object that a call on an instance has returned, where an instance must not go to the next one before that is
   * over. Default: nothing is looked at.
   *
   * @param touched - the context in which the instance was found, where the caller knows it
   * @returns what the caller gets in its place
   * @internal
   */
  returned?(result: object, member: PropertyKey, touched?: AsyncContext): unknown;
  /** Leases that are out, for `expectNoLeases`; default none. */
  leases?(): readonly HolderInfo[];
  /**
   * The binding is gone, or another scope took its place: ends what can be ended now, and nothing new is made.
   *
   * @param drainMs - the program ends, by `shutdown`: what is leased is taken back now, what is draining in so many milliseconds,
   * and the promise waits for all of it. Without it what is leased ends when it comes back, and nobody waits for that.
   */
  close(drainMs?: number): void | Promise<void> | undefined;
}

/** What is done to an instance in one touch. */
export interface Operation {
  readonly member: PropertyKey;
  /** A method call, as opposed to reading, writing and the like. */
  readonly isCall: boolean;
  /** The call may be answered with a promise, even if the instance has still to be waited for. */
  readonly deferrable: boolean;
  /** The call returns an `async` generator: answers it with one that waits for the instance in its first `next()`. */
  readonly late?: (() => unknown) | undefined;
  /**
   * @param source - whose instance it is, if not the proxy's own source's: it sees what the call returns, and a context with
   * `graceMs` waits for calls on instances that a source keeps in its slots
   */
  run(instance: object, source?: SeesCalls): unknown;
}

/** What of a source a call's result is told to. */
export interface SeesCalls {
  readonly slot?: number | undefined;
  returned?(result: object, member: PropertyKey): unknown;
}
