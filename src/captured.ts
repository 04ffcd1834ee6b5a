import { AsyncResource } from "node:async_hooks";

/** Runs a function in the async context in which it was captured. */
export type InContext = <R, A extends unknown[]>(fn: (...args: A) => R, ...args: A) => R;

/**
 * Captures the present async context, for every AsyncLocalStorage in the process.
 *
 * By an AsyncResource: what `AsyncLocalStorage.snapshot()` gives does the same, in ten times the time.
 */
export function capture(): InContext {
  const frame = new AsyncResource("inversify-scopes", { requireManualDestroy: true });
  return (fn, ...args) => frame.runInAsyncScope(fn, undefined, ...args);
}
