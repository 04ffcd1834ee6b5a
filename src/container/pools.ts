import type { Container } from "inversify";
import type { Pool } from "../pool/pool.js";
import { poolsBehind } from "../scopes/pooled/pool-of.js";
import { expectScopes } from "./container-scopes.js";

/**
 * The pools behind a container's services, in the order of the bindings: for each pooled service what {@link poolOf} returns, for a
 * scope that selects among pools those that it has opened. Use it for metrics, or to `recycle()` all of them.
 *
 * @param container - one with the plugin; its own bindings count, not its parent's
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * for (const pool of pools(container)) metrics.gauge(`${pool.label}.leased`, pool.stats().leased);
 * ```
 */
export function pools(container: Container): Pool<object>[] {
  const scopes = expectScopes("pools", container);
  return [...scopes.scopedBindings()].flatMap(({ service }) => poolsBehind(service.target.source));
}
