import { invalidOption } from "../../base/options.js";
import { targetOf } from "../../proxy/registry.js";
import type { Target } from "../../proxy/target.js";
import { ownProxy } from "./errors.js";
import { successorOf } from "./following-source.js";

/*
 * A proxy that stands for itself, directly or through others, would look for its instance for ever.
 */

/** @throws ScopeError `INVALID_OPTION` if an object that a proxy is to stand for leads back to the proxy */
export function refuseCircle(caller: string, name: string, target: Target, object: unknown): void {
  if (pathTo(target, object) === undefined) return;
  throw invalidOption(caller, name, `the proxy ${target.name} itself`, "what the proxy is to stand for");
}

/** @throws ScopeError `NOT_PROXYABLE` if what a factory made leads back to its own proxy */
export function refuseCircleOfFactories(target: Target, made: object): void {
  const path = pathTo(target, made);
  if (path !== undefined) throw ownProxy(target.name, path);
}

/** The services whose proxies stand for each other right now, from the object to the target. */
function pathTo(target: Target, object: unknown): string[] | undefined {
  const path: string[] = [];
  for (
    let next = targetOf(object);
    next !== undefined;
    next = targetOf(successorOf(next.source) ?? next.source.peek())
  ) {
    path.push(next.name);
    if (next === target) return path;
  }
  return undefined;
}
