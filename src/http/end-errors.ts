import { isObject } from "../base/is-object.js";
import { oneLine } from "../base/one-line.js";
import { processWarning } from "../base/process-warning.js";
import { summarizeError } from "../base/summarize-error.js";

/** How a handler has failed. */
export class Failure {
  /** With how many errors of contexts that have ended inside the handler. */
  readonly #before: number;

  constructor(readonly error: unknown) {
    this.#before = suppressedBy(error).length;
  }

  /** What the end of the context has added to that, if anything. */
  ofEnd(rejection: unknown): readonly unknown[] {
    return suppressedBy(rejection).slice(rejection === this.error ? this.#before : 0);
  }
}

function suppressedBy(error: unknown): readonly unknown[] {
  try {
    const suppressed = isObject(error) ? (error as { readonly suppressed?: unknown }).suppressed : undefined;
    return Array.isArray(suppressed) ? suppressed : [];
  } catch {
    return []; // by a getter: nothing could be added to it
  }
}

/** Who is told of what fails at the end of a context: there is no caller any more. */
export type OnEndError = ((error: unknown) => void) | undefined;

/**
 * Tells of what has failed at the end of a context, but not of what has failed in the handler, of which the framework knows.
 *
 * @param rejection - with what the context's promise has rejected
 * @param failure - of the handler, if it has failed
 */
export function reportEnd(name: string, rejection: unknown, failure: Failure | undefined, onError: OnEndError): void {
  if (failure === undefined) return report(name, rejection, onError);
  const errors = failure.ofEnd(rejection);
  if (errors.length === 0) return;
  const message = `${errors.length} disposers failed at the end of ${oneLine(name)}`;
  report(name, errors.length === 1 ? errors[0] : new AggregateError(errors, message), onError);
}

/** Tells of one. */
export function report(name: string, error: unknown, onError: OnEndError): void {
  if (onError === undefined) return warn(name, error);
  try {
    onError(error);
  } catch (own) {
    warn(name, own);
  }
}

function warn(name: string, error: unknown): void {
  const message = `The end of ${oneLine(name)} failed: ${summarizeError(error)}. The option onError gets what fails there.`;
  processWarning("ScopesWarning", "CONTEXT_END_FAILED", message, error);
}
