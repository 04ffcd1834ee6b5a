import { invalidOption } from "../options.js";
import type { Pool } from "../pool/pool.js";
import { expectTarget } from "../proxy/registry.js";
import type { Source } from "../proxy/source.js";
import type { BindingPool } from "./binding-pool.js";

/**
 * The pool behind a service that is bound in the pooled scope, made now if nothing has touched the service yet: for its
 * `stats()`, for `recycle()` after a change of credentials, for `resize(n)`, for `ready()` at start-up. Don't close it:
 * unbind the service.
 *
 * @param proxy - the injected proxy
 * @throws ScopeError `INVALID_OPTION` if the service is not pooled
 *
 * @example
 * ```ts
 * setInterval(() => metrics.gauge("db.leased", poolOf(db).stats().leased), 10_000).unref();
 * ```
 */
export function poolOf<T extends object>(proxy: T): Pool<T> {
  const { name, source } = expectTarget("poolOf", proxy);
  const bound = bindingPoolOf(source);
  if (bound === undefined) throw invalidOption("poolOf", "proxy", name, "a service in the pooled scope");
  return bound.pool as unknown as Pool<T>;
}

/** The pool behind a source that has one; it may not be made yet. */
export function bindingPoolOf(source: Source): BindingPool | undefined {
  return (source as Source & { readonly bound?: BindingPool }).bound;
}
