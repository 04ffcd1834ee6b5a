import { invalidOption } from "../../base/options.js";
import type { Pool } from "../../pool/pool.js";
import { expectTarget } from "../../proxy/registry.js";
import type { Source } from "../../proxy/source.js";
import type { BindingPool, Pooling } from "./binding-pool.js";
import type { SelectedSource } from "../selecting.js";

/**
 * The pool of a service in the pooled scope, made now if nothing has touched the service yet: for its `stats()`, for `recycle()`
 * after a change of credentials, for `resize(n)`, for `ready()` at start-up. Don't close it: unbind the service. After that it is
 * the closed pool; after a `rebind`, the pool of the new binding. If there are several, as in a {@link keyedScope}, it is the one
 * that a touch means right now.
 *
 * @param proxy - the injected proxy
 * @throws ScopeError `INVALID_OPTION` if the service is not pooled; `UNBOUND` if it was unbound before it had a pool
 *
 * @example
 * ```ts
 * setInterval(() => metrics.gauge("db.leased", poolOf(db).stats().leased), 10_000).unref();
 * ```
 */
export function poolOf<T extends object>(proxy: T): Pool<T> {
  const { name, source } = expectTarget("poolOf", proxy);
  const bindingPool = selectedPool(source);
  if (bindingPool === undefined) throw invalidOption("poolOf", "proxy", name, "a service in the pooled scope");
  return bindingPool.pool as unknown as Pool<T>;
}

/** The pool that a touch means right now. */
function selectedPool(source: Source): BindingPool | undefined {
  const { bindingPool, select } = source as Source & Partial<Pooling & SelectedSource>;
  return bindingPool ?? (select === undefined ? undefined : selectedPool(select()));
}

/** The pool of a source; it may not be made yet. */
export function bindingPoolOf(source: Source): BindingPool | undefined {
  return (source as Source & Partial<Pooling>).bindingPool;
}

/** The pools of a source, made now if need be. */
export function poolsBehind(source: Source): Pool<object>[] {
  return bindingPoolsBehind(source).map(({ pool }) => pool);
}

/** The pools of a source: its own, or those of the sources among which it selects. They may not be made yet. */
export function bindingPoolsBehind(source: Source): BindingPool[] {
  const { bindingPool, sources } = source as Source & Partial<Pooling & SelectedSource>;
  if (bindingPool !== undefined) return [bindingPool];
  return sources === undefined ? [] : [...sources()].flatMap(bindingPoolsBehind);
}
