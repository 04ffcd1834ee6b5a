import type { GetOptions, ServiceIdentifier } from "inversify";
import { ScopeError } from "../base/errors.js";
import type { BoundScope } from "./bound-scope.js";
import { providerMethodsOf } from "./class-scope.js";
import { publicIdentifier } from "./constraint-view.js";
import type { ContainerScopes } from "./container-scopes.js";
import type { InversifyBinding, InversifyClass } from "./inversify-types.js";
import { serviceName } from "./service-name.js";

/** One binding that a scoped module makes. */
export interface Loading {
  readonly service: ServiceIdentifier;
  readonly request: GetOptions | undefined;
  /** The class or the method that makes the instances, for messages. */
  readonly by: string;
}

/** What made the bindings of scoped modules. */
const loadedBy = new WeakMap<BoundScope, string>();

/** Tells which binding a scoped module has made. */
export function tellLoaded(scopes: ContainerScopes, { service, by }: Loading, bindingId: number): void {
  for (const bound of scopes.boundScopesOf(service)) if (bound.bindingId === bindingId) loadedBy.set(bound, by);
}

/**
 * Refuses a second binding for one service: whoever asks for it would be told by inversify, at first use, that it is ambiguous.
 *
 * @throws ScopeError `INVALID_OPTION`, naming both
 */
export function refuseTwice(scopes: ContainerScopes, loading: readonly Loading[]): void {
  for (const [i, { service, request, by }] of loading.entries()) {
    const within = loading.slice(0, i).find((other) => other.service === service && overlap(other.request, request));
    const before = [...scopes.boundScopesOf(service)].find(
      (bound) => loadedBy.has(bound) && overlap(bound.recipe.request, request),
    );
    if (within === undefined && before === undefined) continue;
    throw twice(serviceName(service), by, within?.by ?? `${loadedBy.get(before!)!}, which is loaded already`);
  }
}

/** Whether one request finds both: a binding without name and tag is found by every request. */
function overlap(one: GetOptions | undefined, other: GetOptions | undefined): boolean {
  if (one === undefined || other === undefined) return true;
  return one.name === other.name && one.tag?.key === other.tag?.key && one.tag?.value === other.tag?.value;
}

function twice(service: string, by: string, other: string): ScopeError {
  return new ScopeError(
    "INVALID_OPTION",
    `scopedModule: ${service} is made by ${by} and by ${other}: nobody could tell which one is meant. Load one of them, ` +
      `or give each provider method a \`name\` or a \`tag\` of its own.`,
    { service },
  );
}

/** The provider class of a binding, if its methods are not bound in the binding's container: `scopedModule` was forgotten. */
export function forgottenProviders(
  scopes: ContainerScopes,
  { serviceIdentifier, id, ...binding }: InversifyBinding,
  made = binding.implementationType,
): InversifyClass | undefined {
  if (made === undefined || providerMethodsOf(made).length === 0) return undefined;
  const { providers } = scopes;
  if (providers.has(made) || providers.has(Object(publicIdentifier(serviceIdentifier)) as object)) return undefined;
  const own = [...(scopes.inversify.bindingService.getNonParentBindings(serviceIdentifier) ?? [])];
  return own.some((other) => other.id === id) ? made : undefined;
}

export function forgottenText(provider: InversifyClass): string {
  const methods = providerMethodsOf(provider).map(({ method }) => String(method));
  return (
    `${provider.name} is bound, but what its methods make (${methods.join(", ")}) is not. Say ` +
    `container.load(scopedModule(${provider.name})).`
  );
}
