import { newFrame } from "../base/async-frame.js";
import { als, NO_SLOTS } from "./store.js";

/**
 * The place in which factories and hooks of shared and pooled instances run: outside every context, yet not nowhere. A
 * touch of a context's service from here is a captive dependency, and the frame knows the name of the culprit.
 */
export class FactoryFrame {
  readonly state = "outside";
  readonly slots = NO_SLOTS;
  /** What outlives every context is in nobody's transaction. */
  declare readonly transaction: undefined;

  constructor(
    /** The service that is made here; none where nobody outlives anything, and there is just no context. */
    readonly service: string | undefined,
    /** What is being made here, see `scopes/creation/creation-graph.ts`; nothing in hooks. */
    readonly construction?: { readonly isDone: boolean },
  ) {}
}

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

/** For what knows of no contexts, as a pool of its own; in such a place already, it is there that it belongs. */
export function clearedFor<R>(name: string, fn: () => R): R {
  return als.getStore()?.state === "outside" ? fn() : als.run(new FactoryFrame(name), fn);
}
