import { isObject } from "../base/is-object.js";
import { oneLine } from "../base/one-line.js";
import { processWarning } from "../base/process-warning.js";
import { summarizeError } from "../base/summarize-error.js";

/** The failure of a handler. */
export class Failure {
  /** How many errors contexts inside the handler had added to it. */
  readonly #before: number;

  constructor(readonly error: unknown) {
    this.#before = suppressedBy(error).length;
  }

  /** The errors that the end of the context has added. */
  ofEnd(rejection: unknown): readonly unknown[] {
    return suppressedBy(rejection).slice(rejection === this.error ? this.#before : 0);
  }
}

function suppressedBy(error: unknown): readonly unknown[] {
  try {
    const suppressed = isObject(error) ? (error as { readonly suppressed?: unknown }).suppressed : undefined;
    return Array.isArray(suppressed) ? suppressed : [];
  } catch {
    return []; // a getter has thrown: nothing could be added
  }
}

/** Gets what fails at the end of a context, when there is no caller any more. */
export type OnEndError = ((error: unknown) => void) | undefined;

/**
 * Tells what has failed at the end of a context. The framework knows of the handler's own failure.
 *
 * @param rejection - the reason with which the context's promise has rejected
 * @param failure - the handler's, if it has failed
 */
export function reportEnd(name: string, rejection: unknown, failure: Failure | undefined, onError: OnEndError): void {
  if (failure === undefined) return report("CONTEXT_END_FAILED", name, rejection, onError);
  const errors = failure.ofEnd(rejection);
  if (errors.length === 0) return;
  const message = `${errors.length} disposers failed at the end of ${oneLine(name)}`;
  const error = errors.length === 1 ? errors[0] : new AggregateError(errors, message);
  report("CONTEXT_END_FAILED", name, error, onError);
}

/** Tells why a context did not begin, where there is no framework to be told. */
export function reportRefused(name: string, reason: unknown, onError: OnEndError): void {
  report("CONTEXT_NOT_BEGUN", name, reason, onError);
}

const TEXTS = {
  CONTEXT_END_FAILED: (name: string, error: string) => `The end of ${name} failed: ${error}.`,
  CONTEXT_NOT_BEGUN: (name: string, error: string) => `${name} did not begin, and was answered 503: ${error}.`,
};

function report(code: keyof typeof TEXTS, name: string, error: unknown, onError: OnEndError): void {
  if (onError === undefined) warn(code, name, error);
  else void tell(code, name, error, onError);
}

/** It may be asynchronous. Its rejection must not end the process. */
async function tell(
  code: keyof typeof TEXTS,
  name: string,
  error: unknown,
  onError: (error: unknown) => unknown,
): Promise<void> {
  try {
    await onError(error);
  } catch (own) {
    warn(code, name, own);
  }
}

function warn(code: keyof typeof TEXTS, name: string, error: unknown): void {
  const text = TEXTS[code](oneLine(name), summarizeError(error));
  processWarning("ScopesWarning", code, `${text} The option onError gets what fails there.`, error);
}
