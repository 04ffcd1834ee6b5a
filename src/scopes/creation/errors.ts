/**
 * The catalogue of the errors that keep an instance from being made.
 *
 * @module
 */

import { internal, ScopeError } from "../../base/errors.js";
import { summarizeError } from "../../base/summarize-error.js";
import { isOutOfStack } from "../../context/out-of-stack.js";

/** `SCOPE_CYCLE` */
export function scopeCycle(path: readonly string[]): ScopeError {
  return new ScopeError(
    "SCOPE_CYCLE",
    `${path.join(" → ")}: each needs the next one to be made. Inject the proxy and touch it later, not in the factory, ` +
      `the constructor or @postConstruct.`,
    { service: path.at(-1) },
  );
}

/** `CREATE_TIMEOUT` */
export function createTimedOut(service: string, timeoutMs: number): ScopeError {
  return new ScopeError(
    "CREATE_TIMEOUT",
    `${service} was not made within ${timeoutMs} ms. See why its factory takes so long, or raise timeoutMs.`,
    { service },
  );
}

/** `CREATE_FAILED`; a mistake in the wiring comes out as it is, and so does a full stack. */
export function creationError(service: string, cause: unknown): unknown {
  if (isWiring(cause) || isOutOfStack(cause)) return cause;
  const message = [`${service} could not be made`, internal(`: ${summarizeError(cause)}`)];
  return new ScopeError("CREATE_FAILED", message, { service, cause });
}

/** Codes of mistakes in the wiring: no retry mends them. */
const WIRING = new Set(["CAPTIVE_DEPENDENCY", "SCOPE_CYCLE", "NOT_PROXYABLE", "INVALID_OPTION", "UNBOUND", "NOT_SET"]);

export function isWiring(error: unknown): error is ScopeError {
  return error instanceof ScopeError && WIRING.has(error.code);
}
