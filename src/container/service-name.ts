import type { ServiceIdentifier } from "inversify";
import { classNameOf } from "../base/class-name.js";

/** How errors and diagrams call a service. */
export function serviceName(identifier: ServiceIdentifier): string {
  if (typeof identifier === "function") return classNameOf(identifier, NAMELESS);
  return (typeof identifier === "symbol" ? identifier.description : identifier) || NAMELESS;
}

const NAMELESS = "a service";
