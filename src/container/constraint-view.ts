import type { BindingConstraints, ServiceIdentifier } from "inversify";
import type { InversifyBinding } from "./inversify-types.js";
import { processWide } from "../base/process-wide.js";

/**
 * The services that hidden identifiers stand for; of all containers and all copies of the package, since a parent's
 * constraint may meet a child's.
 */
const services = processWide("hidden/1", () => new WeakMap<symbol, ServiceIdentifier>());

/** Tells for which service a hidden identifier stands from now on. */
export function standsFor(hidden: symbol, service: ServiceIdentifier): void {
  services.set(hidden, service);
}

/** The service that a hidden identifier stands for; any other identifier is itself. */
export function publicIdentifier(identifier: ServiceIdentifier): ServiceIdentifier {
  return (typeof identifier === "symbol" ? services.get(identifier) : undefined) ?? identifier;
}

/** Whether an identifier is that of a hidden binding. */
export function isHidden(identifier: ServiceIdentifier): boolean {
  return typeof identifier === "symbol" && services.has(identifier);
}

export type Constraint = (constraints: BindingConstraints) => boolean;

/** Constraints that came through our binding syntax; inversify's own of an autobound class is not among them. */
const ours = new WeakSet<Constraint>();

/**
 * Shows a constraint (`when`, `whenParentIs` …) the service's own identifier where inversify is planning a hidden
 * binding: users never meet hidden identifiers.
 */
export function withPublicIdentifiers(constraint: Constraint): Constraint {
  const wrapped = showingPublic(constraint);
  ours.add(wrapped);
  return wrapped;
}

/** The same for bindings made before the plugin was registered; each of them stays one that does not know class scopes. */
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
