import { invalidOption } from "../base/options.js";
import { perAsyncContextScope } from "./per-async-context.js";
import type { Scope, ScopeName } from "./scope.js";
import { sharedScope } from "./shared.js";

/**
 * A scope, or the scope of a name.
 *
 * @throws ScopeError `INVALID_OPTION`
 */
export function resolveScope(where: string, scope: Scope | ScopeName): Scope {
  if (scope === "shared") return sharedScope();
  if (scope === "per-async-context") return perAsyncContextScope();
  if (typeof scope === "object" && scope !== null && typeof scope.open === "function") {
    if (typeof scope.name === "string") return scope;
    throw invalidOption(where, "scope.name", scope.name, "a string: messages call the scope by it");
  }
  throw invalidOption(where, "scope", scope, 'a Scope, "shared" or "per-async-context" (for pools: pooledScope(n))');
}
