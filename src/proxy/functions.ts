import { suppress } from "../context/end.js";
import { aBoolean, aSignal, type Allowed, checkRecord, duration, invalidOption } from "../base/options.js";
import type { EachProxyByItself, Injected } from "./injected.js";
import { expectTarget } from "./registry.js";
import type { Target } from "./target.js";
import type { Lease, LeaseOptions, ReleaseOptions, Source } from "./source.js";
import { takeFrom } from "./use-source.js";

/**
 * Waits until the synchronous members of these services can be used in the current context: makes or takes what is not there yet.
 * It takes from pools in one order for the whole process, whatever the order of the arguments.
 *
 * Use it at the start of a handler that calls synchronous members of what is made asynchronously. The option `needs` of
 * `runInContext` does the same before the body runs.
 *
 * @param proxies - injected proxies
 * @returns a promise that resolves when all instances are there
 * @throws ScopeError (as rejection) what a touch would throw, and `POOL_TIMEOUT`, `POOL_DEADLOCK`, `CREATE_FAILED` …;
 * `INVALID_OPTION` for an argument that is no proxy
 *
 * @example
 * ```ts
 * await ready(db, user);
 * const name = user.name; // synchronous
 * ```
 */
export async function ready(...proxies: readonly EachProxyByItself[]): Promise<void> {
  await takeAll(proxies.map((proxy) => expectTarget("ready", proxy)));
}

/** The same for `needs`, in two steps: checks them before the context begins; what it returns takes the instances. */
export function prepareNeeds(caller: string, needs: readonly object[]): () => Promise<void> {
  const targets = needs.map((proxy, i) => expectTarget(caller, proxy, `needs[${i}]`));
  return () => takeAll(targets);
}

async function takeAll(targets: Target[]): Promise<void> {
  targets.sort((a, b) => (a.source.order ?? LAST) - (b.source.order ?? LAST));
  for (const target of targets) await take(target);
}

/** Another source may be attached while it waits. */
function take(target: Target): Promise<void> {
  return takeFrom(target.name, target.source, () => take(target));
}

const LAST = Number.MAX_SAFE_INTEGER;

/**
 * The real instance behind a proxy at this moment, made or taken if need be: for `structuredClone`, for measuring, for code that
 * checks identity or private names. Don't keep it beyond the context.
 *
 * @param proxy - an injected proxy
 * @returns the instance itself, which is `this` within its methods
 * @throws ScopeError the same error as a touch; `INVALID_OPTION` for an argument that is no proxy
 *
 * @example
 * ```ts
 * const copy = structuredClone(unwrap(settings));
 * ```
 */
export function unwrap<T extends Injected>(proxy: T): T {
  return expectTarget("unwrap", proxy).access("unwrap", (instance) => instance) as T;
}

/**
 * Whether the current context has an instance of this service already. Makes and takes nothing.
 *
 * @param proxy - an injected proxy
 * @returns true if a touch would find an instance; false outside every context
 * @throws ScopeError `INVALID_OPTION` for an argument that is no proxy
 *
 * @example
 * ```ts
 * if (hasInstance(tx)) await tx.rollback();
 * ```
 */
export function hasInstance(proxy: Injected): boolean {
  const { source } = expectTarget("hasInstance", proxy);
  return source.has?.() ?? source.peek() !== undefined;
}

/**
 * Gives the current context's instance back (pooled), or ends it (per-async-context), before the context ends. A later touch takes
 * a new one. Where there is no instance, and to a shared one, it does nothing.
 *
 * Use it after a commit, when long work follows that needs no connection.
 *
 * @param proxy - an injected proxy
 * @param options - `discard: true` destroys a pooled instance instead of pooling it
 * @returns a promise that resolves when the instance is back, or has ended
 * @throws (as rejection) what the instance's disposer throws; ScopeError `INVALID_OPTION` for an argument that is no proxy
 *
 * @example
 * ```ts
 * await db.commit();
 * await release(db);
 * await sendMails(); // holds no connection
 * ```
 */
export async function release(proxy: Injected, options: ReleaseOptions = {}): Promise<void> {
  const { source } = expectTarget("release", proxy);
  checkRecord("release", options, RELEASE_OPTIONS);
  await source.release(options);
}

const RELEASE_OPTIONS: Readonly<Record<keyof ReleaseOptions, Allowed>> = { discard: aBoolean };
const LEASE_OPTIONS: Readonly<Record<keyof LeaseOptions, Allowed>> = { timeoutMs: duration, signal: aSignal };

/**
 * An instance for explicit use, inside a context or outside. Pooled: one of your own, apart from the context's. Per-async-context: a
 * new one, which ends on release. Shared: the shared one; release ends the lease, not the instance.
 *
 * @param proxy - an injected proxy
 * @param options - `timeoutMs` (default: the pool's `acquireTimeoutMs`) and `signal`, to give up waiting
 * @returns a promise of the lease; give it back with `await using`, or with `release()`
 * @throws ScopeError (as rejection) `POOL_TIMEOUT`, `POOL_CLOSED`, `POOL_OVERLOADED`, `CREATE_FAILED`, `CREATE_TIMEOUT`;
 * `INVALID_OPTION` for an argument that is no proxy; the signal's reason
 *
 * @example
 * ```ts
 * await using own = await lease(db, { timeoutMs: 500 });
 * await own.value.query("listen jobs");
 * ```
 */
export async function lease<T extends Injected>(proxy: T, options: LeaseOptions = {}): Promise<Lease<T>> {
  return (await leasable("lease", proxy, options).lease(options)) as Lease<T>;
}

function leasable(caller: string, proxy: object, options: LeaseOptions): Source {
  const { source } = expectTarget(caller, proxy);
  checkRecord(caller, options, LEASE_OPTIONS);
  options.signal?.throwIfAborted();
  return source;
}

/**
 * Takes an instance, calls `fn` with it, and gives it back, also if `fn` throws. Works inside a context and outside.
 *
 * @param proxy - an injected proxy
 * @param fn - synchronous or not; gets the real instance, as {@link lease} takes it
 * @param options - how long to wait for the instance, as for {@link lease}
 * @returns a promise of what `fn` returns
 * @throws (as rejection) what `fn` throws, and what {@link lease} throws; `INVALID_OPTION`
 *
 * @example
 * ```ts
 * const rows = await use(db, (client) => client.query("select 1"), { timeoutMs: 500 });
 * ```
 */
export async function use<T extends Injected, R>(
  proxy: T,
  fn: (instance: T) => R | PromiseLike<R>,
  options: LeaseOptions = {},
): Promise<R> {
  if (typeof fn !== "function") throw invalidOption("use", "fn", fn, "a function");
  const held = (await leasable("use", proxy, options).lease(options)) as Lease<T>;
  let result: R;
  try {
    result = await fn(held.value);
  } catch (error) {
    // The error of `fn` comes out, as the body's does at the end of a context.
    const releaseErrors = await held.release().then(
      () => [],
      (releaseError: unknown) => [releaseError],
    );
    throw suppress(error, releaseErrors);
  }
  await held.release();
  return result;
}
