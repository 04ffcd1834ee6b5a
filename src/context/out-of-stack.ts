import { hasCause } from "../base/has-cause.js";
import type { Context } from "./context.js";

/*
 * Endless recursion through `runInContext` fills the stack. The code that sees the error has no room for a call, least of all for
 * the end of a context. So it only notes the innermost contexts here; the next caller that has room ends them.
 */

/** The message of V8; JavaScriptCore adds a full stop. */
const FULL = "Maximum call stack size exceeded";

/** The latest abandoned context. It is written without a call and without a new object. */
export const abandoned: { last: Context | undefined } = { last: undefined };

/** Ends the abandoned contexts. One whose end fails for lack of room stays on the list. */
export function takeAbandoned(end: (context: Context) => void): void {
  for (let context = abandoned.last; context !== undefined; context = abandoned.last) {
    end(context);
    abandoned.last = context.abandonedBefore;
  }
}

/** Whether something failed because the stack was full, also in a factory. */
export function isOutOfStack(error: unknown): boolean {
  return hasCause(
    error,
    (cause) => cause instanceof RangeError && (cause.message === FULL || cause.message === `${FULL}.`),
  );
}
