import { AsyncResource, executionAsyncId } from "node:async_hooks";
import { claimStack } from "./claim-stack.js";
import { upwardHooks } from "./upward-hooks.js";

/** Runs a function in the async context in which it was captured. */
export type InContext = <R, A extends unknown[]>(fn: (...args: A) => R, ...args: A) => R;

/**
 * Captures the present async context, for every AsyncLocalStorage in the process, with ours cleared.
 *
 * It uses an AsyncResource: `AsyncLocalStorage.snapshot()` does the same in ten times the time.
 *
 * @param name - the service or pool whose factories and hooks are to run in it
 */
export function capture(name: string): InContext {
  const { runOutsideContexts } = upwardHooks;
  const frame = runOutsideContexts === undefined ? newFrame() : runOutsideContexts(name, newFrame);
  return (fn, ...args) => {
    claimStack();
    return frame.runInAsyncScope(fn, undefined, ...args);
  };
}

/**
 * The frame itself, which {@link capture} wraps: a caller that passes no arguments saves a call.
 *
 * Node tells hooks of its end when it is garbage. What triggers it is said as a number: without that, Node looks for options in an
 * object of its own, in a way that V8 does not make fast.
 */
export function newFrame(): AsyncResource {
  return new AsyncResource("inversify-scopes", executionAsyncId());
}
