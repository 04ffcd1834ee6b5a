import { summarizeError } from "../../base/summarize-error.js";
import { oneLine } from "../../base/one-line.js";
import { processWarning } from "../../base/process-warning.js";
import type { Service } from "../scope.js";

/** Ends an instance that arrived when nobody wanted it any more; its failure concerns nobody but the operator. */
export function destroyUnused(service: Service, instance: object): void {
  Promise.resolve()
    .then(() => service.outside(() => service.destroy(instance)))
    .catch((error: unknown) => warnOf(service.name, "could not be ended after it arrived too late", error));
}

/** Tells of an error that no caller is there to receive. */
export function warnOf(service: string, what: string, error: unknown): void {
  processWarning("ScopesWarning", "UNRECEIVED_ERROR", `${oneLine(service)} ${what}: ${summarizeError(error)}`, error);
}

/** Ends something that was replaced: whoever replaces it is not to fail because of it. */
export function endReplaced(service: string, when: string, end: () => void | Promise<void> | undefined): void {
  const failed = (error: unknown): void => warnOf(service, `could not be ended when it was ${when}`, error);
  try {
    end()?.catch(failed);
  } catch (error) {
    failed(error);
  }
}
