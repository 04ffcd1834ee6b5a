import { isDeepStrictEqual } from "node:util";
import { invalidOption } from "../base/options.js";
import { type ShownBy, shownBy } from "./options.js";
import type { Scope } from "./scope.js";

/**
 * Refuses a scope whose options ask for another proxy than the one that has been made: they would have no effect.
 *
 * @param made - the options with which the proxy was made
 * @param allowed - what is allowed, in words
 * @throws ScopeError `INVALID_OPTION`
 */
export function refuseProxyOptions(caller: string, scope: Scope, made: ShownBy, allowed: string): void {
  for (const name of ["shape", "defer", "proxy", "jitless"] as const) {
    const given = name === "shape" ? shownBy(scope.options ?? {}) : scope.options?.[name];
    if (given !== undefined && !isDeepStrictEqual(given, made[name])) throw invalidOption(caller, name, given, allowed);
  }
}
