import { isThenable } from "../base/is-thenable.js";
import type { Class } from "./class.js";
import { notProxyable, type Problem } from "./errors.js";

/** What a service's instances are: plain objects, or what needs a proxy of its own kind. */
export type Kind = "function" | "array" | "object";

export function kindOf(shape: Class | undefined): Kind {
  if (isOrInherits(shape, Function)) return "function";
  return isOrInherits(shape, Array) ? "array" : "object";
}

/**
 * Refuses an instance that is not of the kind that the binding says.
 *
 * @throws ScopeError `NOT_PROXYABLE`
 */
export function assertKind(
  service: string,
  instance: unknown,
  kind: Kind,
  what = "the factory made",
): asserts instance is object {
  if (kind === "object" && typeof instance === "object" && instance !== null && !Array.isArray(instance)) return;
  const problem = problemWith(instance, kind);
  if (problem !== undefined) throw notProxyable(service, what, instance, problem);
}

/**
 * Refuses what a proxy cannot stand for. (What a factory made needs no such look: a thenable was awaited.)
 *
 * @param what - where the instance comes from, for the message
 * @throws ScopeError `NOT_PROXYABLE`
 */
export function assertProxyable(service: string, instance: unknown, kind: Kind, what: string): void {
  if (isThenable(instance)) throw notProxyable(service, what, instance, "thenable");
  assertKind(service, instance, kind, what);
}

function problemWith(instance: unknown, kind: Kind): Problem | undefined {
  if (typeof instance === "function") return kind === "function" ? undefined : "function";
  if (typeof instance !== "object" || instance === null) return "primitive";
  if (kind === "function") return "no function";
  if (Array.isArray(instance) === (kind === "array")) return undefined;
  return Array.isArray(instance) ? "array" : "no array";
}

/** Whether a class is another one, or extends it. */
function isOrInherits(shape: Class | undefined, base: Class): boolean {
  return shape === base || shape?.prototype instanceof base;
}
