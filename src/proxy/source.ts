import type { Current } from "../context/store.js";
import type { HolderInfo, ScopeError } from "../base/errors.js";

/**
 * The right to use one instance until it is given back; made for `await using`.
 *
 * @example
 * ```ts
 * await using own = await lease(db);
 * await own.value.query("select 1");
 * ```
 */
export interface Lease<T> {
  /** The instance. @throws ScopeError `LEASE_ENDED` after it was given or taken back */
  readonly value: T;
  /** Aborts when the pool takes the instance back (`maxLeaseMs`, or `close` after its grace). */
  readonly signal: AbortSignal;
  /** Gives the instance back, and resolves when it is back. Harmless when repeated. */
  release(): Promise<void>;
  /** Gives the instance back to be destroyed, so that it is not lent again. */
  discard(): Promise<void>;
  /** The same as `release()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Options of `lease` and `use`. */
export interface LeaseOptions {
  /** How many milliseconds to wait; `Infinity` sets no limit. Default: the pool's `acquireTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** When it aborts, waiting ends, and the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `release`. */
export interface ReleaseOptions {
  /** Destroy the instance instead of keeping it for others. Default false. */
  readonly discard?: boolean | undefined;
}

/**
 * Where a proxy finds its instances: what a {@link Scope} opens for one binding. Every method runs in the async context of the
 * touch. If there can be no instance, a typed error says why.
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
   * The number under which contexts have its instances, for the hot path. Without it, every touch calls `acquireNow`.
   *
   * @internal
   */
  readonly slot?: number;
  /**
   * The one instance for all, once it is there; the hot path looks no further.
   *
   * @internal
   */
  readonly shared?: object | undefined;
  /** `needs` and `ready` take from sources in ascending order; sources without a number come last. */
  readonly order?: number;
  /**
   * The instance, if it is there or can be made or taken synchronously. `undefined` if it takes time: then a deferrable call goes on
   * with `acquire`, and any other touch throws what `unavailableError` returns.
   */
  acquireNow(member?: PropertyKey): object | undefined;
  /** The instance, after `acquireNow` gave none; joins an acquisition that is under way. */
  acquire(): Promise<object>;
  /** Why `acquireNow` gave nothing, for a touch that cannot wait. */
  unavailableError(member?: PropertyKey): ScopeError;
  /** The instance, if one is there. Makes and takes nothing, never throws. */
  peek(): object | undefined;
  /**
   * Whether an instance is there, for sources whose instance may be `undefined` (`setInstance`). Default: what `peek` says.
   *
   * @internal
   */
  has?(): boolean;
  /** Waits as `ready` does, if that is not simply for the instance. */
  ready?(): Promise<void>;
  /** Gives back or ends the current instance, if there is one. */
  release(options: ReleaseOptions): Promise<void>;
  /** An instance for explicit use, inside a context or outside. */
  lease(options: LeaseOptions): Promise<Lease<object>>;
  /**
   * Runs each operation by itself, where it needs more than the instance: a lease for each call, or one call at a time. With this
   * method, operations do not call `acquireNow`.
   *
   * @internal
   */
  intercept?(operation: Operation): unknown;
  /**
   * With `intercept`: the instance for a call that needs nothing around it after all, and goes on as on the hot path. Its result goes
   * to `returned`.
   *
   * @internal
   */
  plainly?(member: PropertyKey, store: unknown): object | undefined;
  /**
   * Sees each object that a call on an instance has returned: the instance must not go to the next holder before that is over.
   * Default: nothing looks.
   *
   * @param store - the one in which the instance was found, if the forwarder knows it
   * @returns what the caller gets instead
   * @internal
   */
  returned?(result: object, member: PropertyKey, store?: Current): unknown;
  /** The leases that are out, for `expectNoLeases`. Default: none. */
  leases?(): readonly HolderInfo[];
  /**
   * The binding is gone, or another scope took its place: ends what can be ended now, and makes nothing new.
   *
   * @param drainMs - `shutdown` ends the program: leased instances are taken back now, draining ones after so many milliseconds, and
   * the promise waits for all of it. Without it, leased instances end when they come back, and the promise does not wait for them.
   */
  close(drainMs?: number): void | Promise<void> | undefined;
}

/** What one touch does to an instance. */
export interface Operation {
  readonly member: PropertyKey;
  /** The touch is a method call; others read, write and the like. */
  readonly isCall: boolean;
  /** The caller takes a promise, so that the call may wait for the instance. */
  readonly deferrable: boolean;
  /** The call returns an `async` generator: returns one that waits for the instance in its first `next()`. */
  readonly late?: (() => unknown) | undefined;
  /**
   * @param source - the source of the instance, if it is not the proxy's own. It sees what the call returns; and if it keeps its
   * instances in slots of contexts, a context with `graceMs` waits for the call
   */
  run(instance: object, source?: SeesCalls): unknown;
}

/** The part of a source that sees the results of calls. */
export interface SeesCalls {
  readonly slot?: number | undefined;
  returned?(result: object, member: PropertyKey): unknown;
}
