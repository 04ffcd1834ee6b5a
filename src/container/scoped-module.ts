import { ContainerModule, type ContainerModuleLoadOptions, type ServiceIdentifier } from "inversify";
import { ScopeError } from "../errors.js";
import { show } from "../show.js";
import { isAsyncFunction } from "../proxy/members.js";
import { targetOf } from "../proxy/registry.js";
import { classScopeOf, ensureInjectable, hasScopes, providerMethodsOf, type ProviderMethod } from "./class-scope.js";
import type { InversifyClass } from "./inversify-types.js";
import { tellProvider } from "./providers.js";

/**
 * A module that binds decorated classes, each to itself in its scope, and the provider methods of decorated provider
 * classes, each as the factory of its service. A provider class is bound too, as a singleton made by the container, if
 * nothing is bound for it.
 *
 * Load it into a container with the `ScopesPlugin`; loading it into another one throws `INVALID_OPTION`.
 *
 * @param classes - classes with `@shared`, `@perAsyncContext` or `@pooled` on themselves or on methods
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
  return new ContainerModule((options) => {
    if (!hasScopes(options)) throw noPlugin(classes);
    for (const decorated of classes) bindDecorated(options, decorated);
  });
}

type Provider = Record<PropertyKey, () => unknown>;

function noPlugin(classes: readonly InversifyClass[]): ScopeError {
  const names = classes.map(({ name }) => name).join(", ");
  return new ScopeError(
    "INVALID_OPTION",
    `scopedModule(${names}) was loaded into a container without scopes. Say container.register(ScopesPlugin) first, or ` +
      `make a ScopedContainer.`,
  );
}

function listedTwice({ name }: InversifyClass): ScopeError {
  return new ScopeError(
    "INVALID_OPTION",
    `scopedModule: ${name} is listed twice, and all of it would be bound twice. List it once.`,
    { service: name },
  );
}

function assertDecorated(decorated: unknown): void {
  if (typeof decorated === "function") {
    const known = decorated as InversifyClass;
    if (classScopeOf(known) !== undefined || providerMethodsOf(known).length > 0) return;
  }
  const name = typeof decorated === "function" ? decorated.name : show(decorated);
  throw new ScopeError(
    "INVALID_OPTION",
    `scopedModule: ${name} carries no scope. Put @shared(), @perAsyncContext() or @pooled(n) on the class or on its ` +
      `provider methods.`,
    { service: name },
  );
}

function bindDecorated({ bind, isBound }: ContainerModuleLoadOptions, decorated: InversifyClass): void {
  const providers = providerMethodsOf(decorated);
  const self = decorated as unknown as ServiceIdentifier<Provider>;
  if (classScopeOf(decorated) !== undefined) bind(self).to(self as never);
  else if (!isBound(self)) {
    ensureInjectable(decorated);
    const providerClass = bind(self).to(self as never);
    providerClass.inSingletonScope();
  }
  for (const provider of providers) bindProvider(bind, self, decorated, provider);
}

function bindProvider(
  bind: ContainerModuleLoadOptions["bind"],
  providers: ServiceIdentifier<Provider>,
  { prototype }: InversifyClass,
  { method, service, scope }: ProviderMethod,
): void {
  // The provider is a dependency like any other: where it is made asynchronously, inversify waits for it.
  const factory = (provider: Provider): unknown => {
    const scoped = targetOf(provider);
    return scoped === undefined ? provider[method]!() : scoped.callOrWait(method);
  };
  const isAsync = isAsyncFunction((prototype as Record<PropertyKey, unknown>)[method]);
  tellProvider(factory, { service: providers, isAsync });
  bind(service as ServiceIdentifier)
    .toResolvedValue(factory, [providers])
    .inScope(scope);
}
