import { inspect } from "node:util";
import { classNameOf } from "../base/class-name.js";
import { oneLine } from "../base/one-line.js";
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

/**
 * What a console calls: shows the instance if one is there, else what it would be. It makes none. Node and Bun call it with the
 * depth that is left; Deno with its `inspect`, and the depth in the options.
 */
export function inspectorOf(target: Target): (depth: unknown, options: { readonly depth?: number }) => string {
  return (depth, options) => {
    const instance = target.source.peek();
    if (instance === undefined) {
      const { shape, name } = target;
      return `${oneLine(classNameOf(shape ?? {}, "Proxy"))} [${oneLine(name)}: no instance here]`;
    }
    return inspect(instance, { ...options, depth: typeof depth === "number" ? depth : options.depth });
  };
}

/** Consoles look behind a Proxy, at its dummy. */
export function putInspectors(dummy: object, target: Target): void {
  const inspector = { value: inspectorOf(target), configurable: true };
  for (const key of INSPECTORS) Reflect.defineProperty(dummy, key, inspector);
}
