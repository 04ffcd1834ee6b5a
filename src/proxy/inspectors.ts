import { inspect } from "node:util";
import type { Target } from "./target.js";

/** What a console calls to show a value. Deno's asks for its own two first, which its web classes have. */
const INSPECTORS: readonly PropertyKey[] = [
  inspect.custom,
  Symbol.for("Deno.customInspect"),
  Symbol.for("Deno.privateCustomInspect"),
];

/** Whether a console asks for it. A class's own is called with the instance, if one is there: an inspector must not make one. */
export function isInspector(key: PropertyKey): boolean {
  return typeof key === "symbol" && INSPECTORS.includes(key);
}

/** Node and Bun call it with the depth that is left; Deno with its `inspect`, and the depth in the options. */
export function inspectorOf(target: Target): (depth: unknown, options: { readonly depth?: number }) => string {
  return (depth, options) =>
    target.inspect(target.shape?.name || "Proxy", typeof depth === "number" ? depth : options.depth, options);
}

/** Consoles look behind a Proxy, at its dummy. */
export function putInspectors(dummy: object, target: Target): void {
  const inspector = { value: inspectorOf(target), configurable: true };
  for (const key of INSPECTORS) Reflect.defineProperty(dummy, key, inspector);
}
