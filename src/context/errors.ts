/**
 * The catalogue of a context's errors and of its one warning. (`INVALID_OPTION` is made where options are checked.)
 *
 * @module
 */

import { oneOrAll } from "../base/one-or-all.js";
import { ScopeError } from "../base/errors.js";
import { nameOf, oneLine } from "../base/one-line.js";
import { summarizeError } from "../base/summarize-error.js";
import type { AsyncContext } from "./async-context.js";
import type { RunningCall } from "./entry.js";

/** How work comes to run outside its context, or after its end. */
export const LIKELY_CAUSES =
  "Likely causes: work that nobody awaited (await it inside runInContext, or start it with detach(fn) to give it a " +
  "context of its own); a callback of a socket, queue or emitter that another context opened, or a task that waited in a " +
  "queue (tie it with bindToContext(fn)); a middleware that returned before the request was over (put inRequest of " +
  "inversify-scopes/http around the listener).";

/** `CONTEXT_ENDED`: a use after the end. */
export function contextEnded(context: AsyncContext, service: string, member?: PropertyKey): ScopeError {
  const { name, startedAt } = context;
  return new ScopeError(
    "CONTEXT_ENDED",
    `${nameOf(service, member)} was used after the end of ${name} (begun ${Date.now() - startedAt} ms ago). ${LIKELY_CAUSES}`,
    { service, context: name },
  );
}

/** `CONTEXT_ENDING`: a disposer, or work that goes on during the end, would acquire something new. */
export function contextEnding({ name }: AsyncContext, service: string, member?: PropertyKey): ScopeError {
  return new ScopeError(
    "CONTEXT_ENDING",
    `${nameOf(service, member)} was to be taken while ${name} is ending: nothing new can be taken any more. ` +
      `Touch ${service} inside the callback if a disposer needs it. ${LIKELY_CAUSES}`,
    { service, context: name },
  );
}

/** `CONTEXT_ENDED`: calls still waited for their services at the end. */
export function endedWhileWaiting({ name }: AsyncContext, services: readonly string[]): ScopeError {
  const service = services.join(", ");
  return new ScopeError("CONTEXT_ENDED", `${name} ended while it still waited for ${service}. ${LIKELY_CAUSES}`, {
    service,
    context: name,
  });
}

/** What `runInContext` rejects with if disposers failed and the body did not. */
export function disposersFailed({ name }: AsyncContext, errors: readonly unknown[]): unknown {
  return oneOrAll(errors, `disposers failed at the end of ${oneLine(name)}`);
}

/** The message of a `SuppressedError`. */
export function alsoFailed(bodyError: unknown, disposers: number): string {
  return `${summarizeError(bodyError)} (and ${disposers} disposer(s) failed at the end of the context)`;
}

/** `CALLS_STILL_RUNNING` (a process warning): the grace is over, and calls go on without their instance. */
export function warnOfRunningCalls({ name }: AsyncContext, running: Iterable<RunningCall>, graceMs: number): void {
  const now = Date.now();
  const calls = Array.from(running, (call) => `${nameOf(call.service, call.member)} (for ${now - call.since} ms)`);
  process.emitWarning(
    `${oneLine(name)} ends although calls on its instances still run after graceMs ${graceMs}: ${calls.join(", ")}. ` +
      `Await them inside runInContext, or start them with detach(fn).`,
    { type: "ScopesWarning", code: "CALLS_STILL_RUNNING" },
  );
}
