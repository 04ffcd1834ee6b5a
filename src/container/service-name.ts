import type { ServiceIdentifier } from "inversify";

/** As errors and diagrams call a service. */
export function serviceName(identifier: ServiceIdentifier): string {
  if (typeof identifier === "symbol") return identifier.description ?? "a service";
  return (typeof identifier === "string" ? identifier : identifier.name) || "a service";
}
