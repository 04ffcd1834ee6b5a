import { type TracingChannel, tracingChannel } from "node:diagnostics_channel";

import { audienceOf } from "../base/audience.js";
import { channelsOf, Trace, type TraceEvent } from "../base/trace.js";
import type { ContextOutcome } from "./async-context.js";
import type { Context } from "./context.js";
import type { Enter } from "./enter.js";

/** The message on the `TracingChannel` `inversify-scopes:context`: a context, from its begin to its end. */
export interface ContextTraceEvent extends TraceEvent {
  /** Its name. */
  readonly context: string;
  /** Its id. */
  readonly contextId: number;
  /** The id of the context in which it was begun, if it is a child. */
  readonly parentId?: number;
  /** How its callback has settled; set at its end. */
  outcome?: ContextOutcome["status"];
  /** How long the context was open, in milliseconds; set at its end. */
  durationMs?: number;
}

const tracing: TracingChannel = tracingChannel("inversify-scopes:context");

/** The listeners to contexts. */
export const contextAudience = audienceOf("contexts", channelsOf(tracing));

/** Enters a context as {@link Enter} does, for `work` that resolves or rejects after the context's end. */
export function traceContext<A, B, R>(
  enter: Enter,
  context: Context,
  work: (context: Context, a: A, b: B) => Promise<R>,
  a: A,
  b: B,
): Promise<R> {
  const { id, name, parent } = context;
  const inside = parent === undefined ? undefined : { parentId: parent.id };
  const trace = new Trace<ContextTraceEvent>(tracing, { context: name, contextId: id, ...inside });
  const { event } = trace;
  const since = performance.now();
  const ended = (): void => {
    event.durationMs = performance.now() - since;
    event.outcome = context.outcome!.status;
  };
  return trace
    .begin(() => enter(context, work, a, b))
    .then(
      (result) => {
        ended();
        trace.over();
        return result;
      },
      (error: unknown) => {
        ended();
        trace.failed(error);
        throw error;
      },
    );
}
