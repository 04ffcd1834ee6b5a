import { providerMethodsOf } from "./class-scope.js";
import { publicIdentifier } from "./constraint-view.js";
import type { InversifyBinding, InversifyClass, InversifyServices } from "./inversify-types.js";

/** The container in which a provider class is bound. */
interface Providers {
  readonly inversify: InversifyServices;
  /** The classes whose provider methods are bound there. */
  readonly providers: WeakSet<object>;
}

/**
 * The provider class of a binding, if its methods are not bound in the binding's own container: `scopedModule` was forgotten.
 *
 * @param made - the class that the binding makes
 */
export function forgottenProvider(
  { inversify, providers }: Providers,
  { serviceIdentifier, id, ...binding }: InversifyBinding,
  made = binding.implementationType,
): InversifyClass | undefined {
  if (made === undefined || providerMethodsOf(made).length === 0) return undefined;
  if (providers.has(made) || providers.has(Object(publicIdentifier(serviceIdentifier)) as object)) return undefined;
  const own = [...(inversify.bindingService.getNonParentBindings(serviceIdentifier) ?? [])];
  return own.some((other) => other.id === id) ? made : undefined;
}
