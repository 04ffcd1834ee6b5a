import type { Context } from "../context/context.js";
import { current } from "../context/run.js";
import { ScopeError } from "../base/errors.js";

/** Adds the context's name to a coded error that names none. */
export function inContext(error: unknown, context: Context | undefined = current()): unknown {
  if (error instanceof ScopeError && error.context === undefined && context !== undefined) {
    (error as { context?: string }).context = context.name;
  }
  return error;
}
