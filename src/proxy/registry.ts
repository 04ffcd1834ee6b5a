import type { ScopedProxy } from "./injected.js";
import { noProxy } from "../base/options.js";
import type { Target } from "./target.js";
import { processWide } from "../base/process-wide.js";
import { newStamps } from "../base/stamps.js";

/** Shared by all copies of the package in the process, so that each knows the other's proxies. */
const targets = processWide("proxies/2", () => newStamps<Target>());

/** Every proxy answers `true` to this key, without a touch. For hot paths, where a look into the registry costs too much. */
export const PROXY_MARK: unique symbol = Symbol.for("inversify-scopes/proxy");

export function register(proxy: object, target: Target): void {
  targets.put(proxy, target);
}

/** What stands behind a proxy; `undefined` for anything else. */
export function targetOf(value: unknown): Target | undefined {
  return targets.of(value);
}

/**
 * The same for what is done with each instance, which is mostly no proxy. V8 looks for a private field that is not there in a slow
 * way, so this looks for the mark first.
 */
export function targetOfInstance(instance: object): Target | undefined {
  try {
    if ((instance as { readonly [PROXY_MARK]?: unknown })[PROXY_MARK] !== true) return undefined;
  } catch {
    // A strict fake throws for what it does not know.
  }
  return targetOf(instance);
}

/** @throws ScopeError `INVALID_OPTION` if `value` is no proxy of ours */
export function expectTarget(caller: string, value: unknown, option = "proxy"): Target {
  const target = targetOf(value);
  if (target === undefined) throw noProxy(caller, option, value);
  return target;
}

/**
 * Whether a value is a lazy proxy of this library, as `@inject` of a scoped service gives it. Touches nothing.
 *
 * @param value - anything
 * @returns true for a proxy, also for one of another installed copy of the package
 *
 * @example
 * ```ts
 * isScopedProxy(container.get(Db)); // true
 * isScopedProxy(unwrap(db)); // false
 * ```
 */
export function isScopedProxy<T>(value: T): value is T & ScopedProxy {
  return targetOf(value) !== undefined;
}
