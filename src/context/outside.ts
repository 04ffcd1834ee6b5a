import { newFrame } from "../base/async-frame.js";
import { claimStack } from "../base/claim-stack.js";
import { enter } from "./enter.js";
import { FactoryFrame } from "./factory-frame.js";
import { als } from "./store.js";

/** Runs a function in the async context of the moment in which this runner was made. */
export type Runner = <R>(fn: () => R) => R;

/**
 * Captures the present async context, for every AsyncLocalStorage in the process, but ours holds a frame of `service`: a pooled
 * socket must neither keep the first requester alive nor see its data.
 */
export function captureOutsideContexts(service: string): Runner {
  const frame = enter(new FactoryFrame(service), newFrame, undefined, undefined);
  // Bound, and not wrapped in a function: a chain of factories is as long as the stack is deep. So whoever makes something in it claims stack.
  return frame.runInAsyncScope.bind(frame) as Runner;
}

/**
 * Runs a function outside every context. In a factory or hook of a service it keeps that service's frame.
 *
 * @param name - the service or pool that a captive dependency's error names
 */
export function runOutsideContexts<R>(name: string, fn: () => R): R {
  if (als.getStore()?.state === "outside") return fn();
  claimStack();
  return als.run(new FactoryFrame(name), fn);
}
