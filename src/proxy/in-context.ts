import { current } from "../context/run.js";
import { ScopeError } from "../errors.js";

/** Writes down in a coded error in which context it arose, unless it says so itself. */
export function inContext(error: unknown): unknown {
  if (error instanceof ScopeError && error.context === undefined) {
    const context = current();
    if (context !== undefined) (error as { context?: string }).context = context.name;
  }
  return error;
}
