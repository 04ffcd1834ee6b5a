import type { BindingConstraints, ServiceIdentifier } from "inversify";
import type { InversifyBinding } from "./inversify-types.js";
import { processWide } from "../base/process-wide.js";

/**
 * The service for which each hidden identifier stands; for all containers and all copies of the package, since a parent's constraint
 * may meet a child's hidden identifier.
 */
const services = processWide("hidden/1", () => new WeakMap<symbol, ServiceIdentifier>());

/** Notes for which service a hidden identifier stands from now on. */
export function standsFor(hidden: symbol, service: ServiceIdentifier): void {
  services.set(hidden, service);
}

/** The service for which a hidden identifier stands; any other identifier stands for itself. */
export function publicIdentifier(identifier: ServiceIdentifier): ServiceIdentifier {
  return (typeof identifier === "symbol" ? services.get(identifier) : undefined) ?? identifier;
}

/** Whether an identifier is a hidden one. */
export function isHidden(identifier: ServiceIdentifier): boolean {
  return typeof identifier === "symbol" && services.has(identifier);
}

export type Constraint = (constraints: BindingConstraints) => boolean;

/** The constraints that came through our binding syntax. A class that inversify has autobound has another. */
const ours = new WeakSet<Constraint>();

/**
 * While inversify plans a hidden binding, shows the service's own identifier to a constraint (`when`, `whenParentIs` …): users never
 * meet hidden identifiers.
 */
export function withPublicIdentifiers(constraint: Constraint): Constraint {
  const wrapped = showingPublic(constraint);
  ours.add(wrapped);
  return wrapped;
}

/** The same for bindings from before the plugin. They do not count as made through our syntax, and so ignore class scopes. */
export function showPublicIdentifiers(bindings: Iterable<InversifyBinding>): void {
  for (const binding of bindings) {
    (binding as { isSatisfiedBy: Constraint }).isSatisfiedBy = showingPublic(binding.isSatisfiedBy);
  }
}

function showingPublic(constraint: Constraint): Constraint {
  return (constraints) => constraint(view(constraints));
}

/** Whether a binding's constraint was given through our binding syntax. */
export function isOurs(constraint: Constraint): boolean {
  return ours.has(constraint);
}

function view(constraints: BindingConstraints): BindingConstraints {
  return {
    name: constraints.name,
    tags: constraints.tags,
    serviceIdentifier: publicIdentifier(constraints.serviceIdentifier),
    getAncestor: () => {
      const ancestor = constraints.getAncestor();
      return ancestor === undefined ? undefined : view(ancestor);
    },
  };
}
