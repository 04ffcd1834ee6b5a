import type { Container, ServiceIdentifier } from "inversify";
import { boundScopeOf } from "../container/bound-scope.js";
import { type ContainerScopes, scopesOf } from "../container/container-scopes.js";
import { type HolderInfo, ScopeError } from "../errors.js";
import { invalidOption } from "../options.js";
import { fixedSource } from "../scopes/late-binding.js";
import { named } from "../scopes/named.js";
import type { Source } from "../proxy/source.js";
import type { Scope, ScopeName } from "../scopes/scope.js";
import type { ScopedService } from "../scopes/service.js";

/**
 * Puts another scope in the place of a service's own, for a test: the proxies that are injected already follow at once.
 * The recipe stays the binding's. Disposing of what it returns puts the old scope back, with the instances it had.
 *
 * @param scope - a scope, or the name of one
 * @throws ScopeError `INVALID_OPTION` if the service has no scope of ours, or the scope is none
 *
 * @example
 * ```ts
 * using _ = swapScope(container, Db, "shared"); // this test needs no context
 * ```
 */
export function swapScope<T>(
  container: Container,
  service: ServiceIdentifier<T>,
  scope: Scope | ScopeName,
): Disposable {
  const rule = named("swapScope", scope);
  return swap("swapScope", container, service, (bound) => bound.open(rule));
}

/**
 * Puts one object in the place of a service's instances, for a test: the proxies that are injected already mean it at
 * once, in every context and in none. Disposing of what it returns puts the old scope back.
 *
 * @throws ScopeError `INVALID_OPTION` if the service has no scope of ours; `NOT_PROXYABLE` for a primitive or a thenable
 *
 * @example
 * ```ts
 * using _ = swapInstance(container, Mailer, { send: async () => {} });
 * ```
 */
export function swapInstance<T>(
  container: Container,
  service: ServiceIdentifier<T>,
  fake: NoInfer<Partial<T>>,
): Disposable {
  return swap("swapInstance", container, service, (bound) => {
    bound.refuseUnproxyable(fake);
    return fixedSource(bound.name, fake as object);
  });
}

function swap(
  caller: string,
  container: Container,
  identifier: ServiceIdentifier,
  open: (service: ScopedService) => Source,
): Disposable {
  const services = scopedServices(caller, container, identifier);
  const undo = services.map((service) => service.swap(open(service)));
  return {
    [Symbol.dispose]() {
      // Last swapped, first put back.
      for (const putBack of undo.splice(0).reverse()) putBack();
    },
  };
}

function scopedServices(caller: string, container: Container, identifier: ServiceIdentifier): ScopedService[] {
  const found: ScopedService[] = [];
  for (const { value } of pluginOf(caller, container).inversify.bindingService.get(identifier) ?? []) {
    const bound = boundScopeOf(value);
    if (bound !== undefined) found.push(bound.service);
  }
  if (found.length === 0) {
    throw invalidOption(
      caller,
      "service",
      String(identifier),
      "bound in one of the library's scopes in this container",
    );
  }
  return found;
}

function pluginOf(caller: string, container: Container): ContainerScopes {
  const scopes = scopesOf(container);
  if (scopes === undefined) throw invalidOption(caller, "container", container, "a Container with the ScopesPlugin");
  return scopes;
}

/**
 * Throws if an instance of a pooled service of this container is still leased: for `afterEach`, so that the test that
 * forgot one is the test that fails.
 *
 * @throws ScopeError `LEASES_LEFT`, naming the holders, and where they took it if the pool records that (`leaseWarnMs`
 * or `leaseStacks`)
 *
 * @example
 * ```ts
 * afterEach(() => expectNoLeases(container));
 * ```
 */
export function expectNoLeases(container: Container): void {
  const left: { readonly service: string; readonly holder: HolderInfo }[] = [];
  for (const { service } of pluginOf("expectNoLeases", container).boundScopes()) {
    for (const holder of service.leases()) left.push({ service: service.name, holder });
  }
  if (left.length === 0) return;
  const lines = left.map(({ service, holder }) => {
    const where = holder.takenAt === undefined ? "" : `, taken ${holder.takenAt.trim()}`;
    return `  ${service} held by ${holder.holder} for ${Math.round(holder.heldMs)} ms${where}`;
  });
  throw new ScopeError(
    "LEASES_LEFT",
    `${left.length} lease(s) were not given back:\n${lines.join("\n")}\nAwait runInContext, and release explicit leases.`,
    { service: left[0]!.service, holders: left.map(({ holder }) => holder) },
  );
}
