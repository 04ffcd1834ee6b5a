import type { Container, ServiceIdentifier } from "inversify";
import type { Source } from "../proxy/source.js";
import { fixedSource } from "../scopes/late-binding.js";
import { named } from "../scopes/named.js";
import { refuseProxyOptions } from "../scopes/proxy-options.js";
import type { Scope, ScopeName } from "../scopes/scope.js";
import type { ScopedService } from "../scopes/service.js";
import { refuseCircle } from "../scopes/stands-for-itself.js";
import { type BindingChoice, scopedServices } from "./services.js";

/**
 * Puts another scope in the place of a service's own, for a test: the proxies that are injected already follow at once.
 * The recipe stays the binding's. Disposing of what it returns puts the old scope back, with the instances it had, and
 * ends those of the other. Swaps may be nested, and undone in any order.
 *
 * @param container - one with the plugin; the service may be bound in it or in a parent
 * @param scope - a scope, or the name of one
 * @param choice - which of the service's bindings; default: all of them
 * @throws ScopeError `INVALID_OPTION` if the service has no scope of ours, or the scope is none, or says of the proxy what the
 * binding does not (`shape`, `defer`, `proxy`, `jitless`)
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
  choice: BindingChoice = {},
): Disposable {
  const rule = named("swapScope", scope);
  const services = scopedServices("swapScope", container, service, choice);
  for (const { name, proxyOptions } of services) {
    refuseProxyOptions("swapScope", rule, proxyOptions, `what the binding of ${name} says, which has made the proxy`);
  }
  return swap(services, (bound) => bound.open(rule));
}

/**
 * Puts one object in the place of a service's instances, for a test: the proxies that are injected already mean it at
 * once, in every context and in none. Disposing of what it returns puts the old scope back; the object is not ended.
 *
 * @param container - one with the plugin; the service may be bound in it or in a parent
 * @param fake - as much of the service as the test needs
 * @param choice - which of the service's bindings; default: all of them
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
  choice: BindingChoice = {},
): Disposable {
  const services = scopedServices("swapInstance", container, service, choice);
  return swap(services, (bound) => {
    refuseCircle("swapInstance", "fake", bound.target, fake);
    bound.refuseUnproxyable(fake);
    return fixedSource(bound.name, fake);
  });
}

function swap(services: readonly ScopedService[], open: (service: ScopedService) => Source): Disposable {
  // All or none: what fails, fails before anything is swapped.
  const sources = services.map((service) => ({ service, source: open(service) }));
  const undo = sources.map(({ service, source }) => service.swap(source));
  return {
    [Symbol.dispose]() {
      for (const putBack of undo.splice(0)) putBack();
    },
  };
}
