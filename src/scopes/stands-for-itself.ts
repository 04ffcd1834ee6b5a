import { invalidOption } from "../options.js";
import { targetOf } from "../proxy/registry.js";
import type { Target } from "../proxy/target.js";

/**
 * A proxy that stands for itself, directly or by way of others, would look for its instance for ever.
 *
 * @throws ScopeError `INVALID_OPTION`
 */
export function refuseCircle(caller: string, name: string, target: Target, object: unknown): void {
  for (let next = targetOf(object); next !== undefined; next = targetOf(next.source.peek())) {
    if (next !== target) continue;
    throw invalidOption(caller, name, `the proxy ${target.name} itself`, "what the proxy is to stand for");
  }
}
