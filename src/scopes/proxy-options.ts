import { isDeepStrictEqual } from "node:util";
import { invalidOption } from "../base/options.js";
import { type ShownBy, shownBy } from "./options.js";
import type { Scope } from "./scope.js";

/**
 * Refuses a scope whose options are for a proxy that has been made already, and otherwise: they would pass unheard.
 *
 * @param made - with what the proxy was made
 * @param allowed - in words, for the message
 * @throws ScopeError `INVALID_OPTION`
 */
export function refuseProxyOptions(caller: string, scope: Scope, made: ShownBy, allowed: string): void {
  for (const name of ["shape", "defer", "proxy", "jitless"] as const) {
    const given = name === "shape" ? shownBy(scope.options ?? {}) : scope.options?.[name];
    if (given !== undefined && !isDeepStrictEqual(given, made[name])) throw invalidOption(caller, name, given, allowed);
  }
}
