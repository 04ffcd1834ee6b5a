import { hasCause } from "../base/has-cause.js";
import type { Context } from "./context.js";

/*
 * Endless recursion through `runInContext` fills the stack. Whoever sees that has no room to call anything, least of all what
 * ends a context: the innermost contexts are only noted here, and ended by whoever comes next and has room.
 */

/** What V8 says then; JavaScriptCore sets a full stop. */
const FULL = "Maximum call stack size exceeded";

/** The latest of the contexts that nobody could end. To be written to without a call, and without a new object. */
export const abandoned: { last: Context | undefined } = { last: undefined };

/** Takes them off the list; what fails for want of room stays on it. */
export function takeAbandoned(end: (context: Context) => void): void {
  for (let context = abandoned.last; context !== undefined; context = abandoned.last) {
    end(context);
    abandoned.last = context.abandonedBefore;
  }
}

/** Whether something failed because the stack was full, be it in a factory. */
export function isOutOfStack(error: unknown): boolean {
  return hasCause(
    error,
    (cause) => cause instanceof RangeError && (cause.message === FULL || cause.message === `${FULL}.`),
  );
}
