import type { ScopeError } from "./errors.js";

/** For all copies of the package in the process. */
const MARK = Symbol.for("inversify-scopes.ofShutdown");

/** Marks an error: only the end of the container is the reason. @returns the error */
export function ofShutdown(error: ScopeError): ScopeError {
  return Object.defineProperty(error, MARK, { value: true });
}

/** Whether only the end of the container is the reason. */
export function isOfShutdown(error: ScopeError): boolean {
  return (error as { readonly [MARK]?: unknown })[MARK] === true;
}
