import { ContainerModule, type ContainerModuleLoadOptions, type ServiceIdentifier } from "inversify";
import { classNameOf } from "../base/class-name.js";
import { show } from "../base/show.js";
import { isAsyncInSource } from "../proxy/async-function.js";
import { targetOf } from "../proxy/registry.js";
import { classScopeOf, ensureInjectable, providerMethodsOf, type ProviderMethod } from "./class-scope.js";
import type { ContainerScopes } from "./container-scopes.js";
import { listedTwice, moduleWithoutPlugin, notDecorated } from "./errors.js";
import type { InversifyClass } from "./inversify-types.js";
import { type Loading, refuseTwice, tellLoaded } from "./loaded.js";
import { scopesOfLoad } from "./module-scopes.js";
import { tellProvider } from "./providers.js";

/**
 * A module that binds decorated classes, each to itself in its scope, and the provider methods of provider classes, each as the
 * factory of its service. It also binds a provider class for which nothing is bound, as a singleton that the container makes.
 *
 * Load it into a container with the `ScopesPlugin`; any other container throws `INVALID_OPTION`.
 *
 * @param classes - classes that have `@shared`, `@perAsyncContext` or `@pooled` on themselves or on methods
 * @throws ScopeError `INVALID_OPTION` if a class has none of these, or is listed twice
 *
 * @example
 * ```ts
 * container.load(scopedModule(CurrentUser, Providers));
 * ```
 */
export function scopedModule(...classes: readonly InversifyClass[]): ContainerModule {
  for (const [i, decorated] of classes.entries()) {
    assertDecorated(decorated);
    if (classes.indexOf(decorated) < i) throw listedTwice(decorated);
  }
  return new ContainerModule(({ bind, ...options }) => {
    const scopes = scopesOfLoad(options as ContainerModuleLoadOptions);
    if (scopes === undefined) throw moduleWithoutPlugin(classes);
    refuseTwice(scopes, classes.flatMap(loadingOf));
    for (const decorated of classes) bindDecorated(bind, scopes, decorated);
  });
}

type Bind = ContainerModuleLoadOptions["bind"];
type Provider = Record<PropertyKey, (...args: unknown[]) => unknown>;

/** What the module binds for a class. (A provider class itself may be bound already, and is not listed.) */
function loadingOf(decorated: InversifyClass): Loading[] {
  const by = `the class ${classNameOf(decorated, "without a name")}`;
  const itself = { service: decorated as ServiceIdentifier, request: undefined, by };
  const made = providerMethodsOf(decorated).map(({ method, service, request }) => ({
    service: service as ServiceIdentifier,
    request,
    by: `${classNameOf(decorated)}.${String(method)}`,
  }));
  return made.length > 0 ? made : [itself];
}

function assertDecorated(decorated: unknown): void {
  if (typeof decorated === "function") {
    const known = decorated as InversifyClass;
    if (classScopeOf(known) !== undefined || providerMethodsOf(known).length > 0) return;
  }
  const name = typeof decorated === "function" ? classNameOf(decorated) : show(decorated);
  throw notDecorated(name);
}

function bindDecorated(bind: Bind, scopes: ContainerScopes, decorated: InversifyClass): void {
  const providers = providerMethodsOf(decorated);
  const self = decorated as unknown as ServiceIdentifier<Provider>;
  if (providers.length === 0) {
    const syntax = bind(self).to(self as never);
    tellLoaded(scopes, loadingOf(decorated)[0]!, syntax.getIdentifier().id);
    return;
  }
  bindProviderClass(bind, scopes, self);
  scopes.providers.add(decorated);
  for (const [i, provider] of providers.entries()) {
    tellLoaded(scopes, loadingOf(decorated)[i]!, bindProvider(bind, self, decorated, provider));
  }
}

/** Each container has a provider of its own, which gets what is bound in that container. */
function bindProviderClass(bind: Bind, { inversify }: ContainerScopes, self: ServiceIdentifier<Provider>): void {
  const [own] = inversify.bindingService.getNonParentBindings(self) ?? [];
  if (own !== undefined) return;
  ensureInjectable(self as unknown as InversifyClass);
  const syntax = bind(self).to(self as never);
  if (classScopeOf(self as unknown as InversifyClass) === undefined) syntax.inSingletonScope();
}

/** @returns the identifier of the binding */
function bindProvider(
  bind: Bind,
  providers: ServiceIdentifier<Provider>,
  { prototype }: InversifyClass,
  { method, service, scope, request, dependencies }: ProviderMethod,
): number {
  // The provider is a dependency of the factory: if it is made asynchronously, inversify waits for it.
  const factory = (provider: Provider, ...args: unknown[]): unknown => {
    const scoped = targetOf(provider);
    return scoped === undefined ? provider[method]!(...args) : scoped.callOrWait(method, args);
  };
  const isAsync = isAsyncInSource((prototype as Record<PropertyKey, unknown>)[method]);
  tellProvider(factory, { service: providers, isAsync });
  const syntax = bind(service as ServiceIdentifier)
    .toResolvedValue(factory, [providers, ...dependencies] as never)
    .inScope(scope);
  if (request?.name !== undefined) syntax.whenNamed(request.name);
  if (request?.tag !== undefined) syntax.whenTagged(request.tag.key, request.tag.value);
  return syntax.getIdentifier().id;
}
