import type { BindingConstraints } from "inversify";
import type { ContainerScopes } from "./container-scopes.js";

/**
 * Shows a constraint (`when`, `whenParentIs` …) the service's own identifier where inversify is planning a hidden
 * binding: users never meet hidden identifiers.
 */
export function withPublicIdentifiers(
  scopes: ContainerScopes,
  constraint: (constraints: BindingConstraints) => boolean,
): (constraints: BindingConstraints) => boolean {
  return (constraints) => constraint(view(scopes, constraints));
}

function view(scopes: ContainerScopes, constraints: BindingConstraints): BindingConstraints {
  return {
    name: constraints.name,
    tags: constraints.tags,
    serviceIdentifier: scopes.publicIdentifier(constraints.serviceIdentifier),
    getAncestor: () => {
      const ancestor = constraints.getAncestor();
      return ancestor === undefined ? undefined : view(scopes, ancestor);
    },
  };
}
