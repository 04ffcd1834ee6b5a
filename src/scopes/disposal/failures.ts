/**
 * The catalogue of what goes wrong at the end of instances: errors of several ends, and warnings of what no caller is there to
 * receive.
 *
 * @module
 */

import { oneLine } from "../../base/one-line.js";
import { oneOrAll } from "../../base/one-or-all.js";
import { processWarning } from "../../base/process-warning.js";
import { summarizeError } from "../../base/summarize-error.js";

/** Steps of one instance's end failed. */
export function stepsFailed(errors: readonly unknown[]): unknown {
  return oneOrAll(errors, "steps of an instance's end failed");
}

/** Some of the sources of one service could not be closed. */
export function sourcesNotClosed(errors: readonly unknown[]): unknown {
  return oneOrAll(errors, "sources could not be closed");
}

/**
 * `UNRECEIVED_ERROR`: an error that no caller is there to receive.
 *
 * @param what - after the service's name, as in `could not be made`
 */
export function warnOf(service: string, what: string, error: unknown): void {
  processWarning("ScopesWarning", "UNRECEIVED_ERROR", `${oneLine(service)} ${what}: ${summarizeError(error)}`, error);
}

/** The same for an end. @param when - as in `when it was replaced` */
export function warnOfEnd(service: string, when: string, error: unknown): void {
  warnOf(service, `could not be ended ${when}`, error);
}

/** `NEVER_ENDED`: an instance has a method that seems to end it, but nothing calls that. */
export function warnOfEndless(service: string, end: string): void {
  processWarning("ScopesWarning", "NEVER_ENDED", endlessText(service, end), undefined);
}

/** What is wrong with a service that nothing ends, and what to do; for `verify`, too. */
export function endlessText(service: string, end: string): string {
  return (
    `${oneLine(service)} has a method ${end}, but nothing says that it ends an instance: say { destroy: (it) => it.${end}() }, or ` +
    `{ destroy: () => {} } if there is nothing to end.`
  );
}
