import { newFrame } from "../base/async-frame.js";
import { FactoryFrame } from "./factory-frame.js";
import { als } from "./store.js";

/** Runs a function in the async context of the moment in which this runner was made. */
export type Runner = <R>(fn: () => R) => R;

/**
 * Captures the present async context, for every AsyncLocalStorage in the process, with ours cleared to a frame of
 * `service`: a pooled socket must neither keep the first requester alive nor see its data.
 */
export function captureOutsideContexts(service: string): Runner {
  const frame = als.run(new FactoryFrame(service), newFrame);
  // Bound, and not called by a function of ours: a chain of factories is as long as the stack is deep.
  return frame.runInAsyncScope.bind(frame) as Runner;
}

/**
 * Runs a function outside every context. A pool that is made in the factory of a service keeps that service's frame.
 *
 * @param name - what a captive dependency is told to be captive of
 */
export function runOutsideContexts<R>(name: string, fn: () => R): R {
  return als.getStore()?.state === "outside" ? fn() : als.run(new FactoryFrame(name), fn);
}
