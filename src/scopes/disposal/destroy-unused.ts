import type { Service } from "../scope.js";
import { warnOfEnd } from "./failures.js";

/** Ends an instance that arrived too late. A failure is a process warning. */
export function destroyUnused(service: Service, instance: object): void {
  Promise.resolve()
    .then(() => service.outside(() => service.destroy(instance)))
    .catch((error: unknown) => warnOfEnd(service.name, "after it arrived too late", error));
}

/**
 * Ends something that was replaced. A failure is a process warning, and does not fail the replacement.
 *
 * @param how - for the warning, as in `replaced`
 */
export function endReplaced(service: string, how: string, end: () => void | Promise<void> | undefined): void {
  const failed = (error: unknown): void => warnOfEnd(service, `when it was ${how}`, error);
  try {
    end()?.catch(failed);
  } catch (error) {
    failed(error);
  }
}
