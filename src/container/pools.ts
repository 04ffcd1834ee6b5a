import type { Container } from "inversify";
import type { Pool } from "../pool/pool.js";
import { poolsBehind } from "../scopes/pooled/pool-of.js";
import { expectScopes } from "./container-scopes.js";

/**
 * The pools behind a container's services, in the order in which these were bound: what {@link poolOf} gives for each that is
 * pooled, and those among which a scope of your own chooses, as far as it has opened them. For metrics, and for `recycle()` of
 * all of them.
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
  return [...scopes.boundScopes()].flatMap(({ service }) => poolsBehind(service.target.source));
}
