import type { Service } from "./scope.js";

/** Ends an instance that arrived when nobody wanted it any more; its failure concerns nobody but the operator. */
export function destroyUnused(service: Service, instance: object): void {
  Promise.resolve()
    .then(() => service.outside(() => service.destroy(instance)))
    .catch((error: unknown) => warnOf(service.name, "could not be ended after it arrived too late", error));
}

/** Tells of an error that no caller is there to receive. */
export function warnOf(service: string, what: string, error: unknown): void {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`${service} ${what}: ${reason}`, { type: "ScopesWarning", code: "UNRECEIVED_ERROR" });
}
