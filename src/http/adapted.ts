import type { Context } from "../context/context.js";

/** The contexts that adapters have begun, for all copies of the package: another adapter in one of them joins it. */
const KEY = Symbol.for("inversify-scopes/adapted/1");
const adapted = ((globalThis as { [KEY]?: WeakSet<Context> })[KEY] ??= new WeakSet());

export function markAdapted(context: Context): void {
  adapted.add(context);
}

/** Whether an adapter has begun a context, and it has not ended. */
export function isAdapted(context: Context | undefined): boolean {
  return context !== undefined && context.state === "active" && adapted.has(context);
}
