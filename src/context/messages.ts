/**
 * What the errors of a context that is over say.
 *
 * @module
 */

import { ScopeError } from "../base/errors.js";
import { nameOf } from "../base/one-line.js";
import type { AsyncContext } from "./async-context.js";

/** How work comes to run where its context is not, or not any more; for touches outside any context, too. */
export const LIKELY_CAUSES =
  "Likely causes: work that nobody awaited (await it inside runInContext, or start it with detach(fn) to give it a " +
  "context of its own); a callback of a socket, queue or emitter that another context opened, or a task that waited in a " +
  "queue (tie it with bindToContext(fn)); a middleware that returned before the request was over (put inRequest of " +
  "inversify-scopes/http around the listener).";

/** Something is used after the end. */
export function contextEnded(context: AsyncContext, service: string, member?: PropertyKey): ScopeError {
  const { name, startedAt } = context;
  return new ScopeError(
    "CONTEXT_ENDED",
    `${nameOf(service, member)} was used after the end of ${name} (begun ${Date.now() - startedAt} ms ago). ${LIKELY_CAUSES}`,
    { service, context: name },
  );
}

/** Something new is to be taken by a disposer, or by work that goes on during the end. */
export function contextEnding({ name }: AsyncContext, service: string, member?: PropertyKey): ScopeError {
  return new ScopeError(
    "CONTEXT_ENDING",
    `${nameOf(service, member)} was to be taken while ${name} is ending: nothing new can be taken any more. ` +
      `Touch ${service} inside the callback if a disposer needs it. ${LIKELY_CAUSES}`,
    { service, context: name },
  );
}

/** Calls still waited for their services at the end. */
export function endedWhileWaiting({ name }: AsyncContext, services: readonly string[]): ScopeError {
  const service = services.join(", ");
  return new ScopeError("CONTEXT_ENDED", `${name} ended while it still waited for ${service}. ${LIKELY_CAUSES}`, {
    service,
    context: name,
  });
}
