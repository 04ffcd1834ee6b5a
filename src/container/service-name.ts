import type { ServiceIdentifier } from "inversify";

/** How errors and diagrams call a service. */
export function serviceName(identifier: ServiceIdentifier): string {
  if (typeof identifier === "string") return identifier || NAMELESS;
  // A class may have a static member `name` of any type.
  const name: unknown = typeof identifier === "symbol" ? identifier.description : identifier.name;
  return typeof name === "string" && name !== "" ? name : NAMELESS;
}

const NAMELESS = "a service";
