import type { ServiceIdentifier } from "inversify";
import type { Source } from "../proxy/source.js";
import { endReplaced } from "../scopes/disposal/destroy-unused.js";
import { fakeSource } from "../scopes/binding/fixed-source.js";
import { resolveScope } from "../scopes/resolve-scope.js";
import { refuseProxyOptions } from "../scopes/proxy-options.js";
import type { ScopeName, ScopeOf } from "../scopes/scope.js";
import type { ScopedService } from "../scopes/binding/scoped-service.js";
import { refuseCircle } from "../scopes/binding/self-reference.js";
import { notSwappedBack } from "./errors.js";
import { rememberFunctions } from "./remember-functions.js";
import type { AnyContainer } from "../container/container-scopes.js";
import { type BindingChoice, scopedServices } from "./services.js";

/**
 * A swap that has been made. `using` and `await using` undo it at the end of the block, `undo` at once.
 *
 * @example
 * ```ts
 * const swap = swapScope(container, Db, "shared");
 * await swap.undo(); // in afterEach, say
 * ```
 */
export interface Swap extends Disposable, AsyncDisposable {
  /**
   * Puts the old scope back at once, and resolves when the instances of the other scope have ended. Harmless when repeated.
   *
   * @throws (rejects with) the error of an instance that could not be ended, or an `AggregateError` of several
   */
  undo(): Promise<void>;
}

/**
 * Puts another scope in the place of a service's own, for a test. Proxies that are already injected follow at once. The binding's
 * factory stays. To undo the swap puts the old scope back, with the instances that it had, ends the instances of the other scope, and
 * takes off the spies that were put on the proxy meanwhile. Swaps may be nested, and undone in any order.
 *
 * @param container - one with the plugin; the service may be bound in it or in a parent
 * @param scope - a scope, or the name of one
 * @param choice - which of the service's bindings to swap; default: all
 * @throws ScopeError `INVALID_OPTION` if the service has no scope of ours, if `scope` is no scope, or if it has options of the proxy
 * (`shape`, `defer`, `proxy`, `jitless`) that differ from the binding's
 *
 * @example
 * ```ts
 * using _ = swapScope(container, Db, "shared"); // this test needs no context
 * ```
 */
export function swapScope<T>(
  container: AnyContainer,
  service: ServiceIdentifier<T>,
  scope: NoInfer<ScopeOf<T>> | ScopeName,
  choice: BindingChoice = {},
): Swap {
  const rule = resolveScope("swapScope", scope);
  const services = scopedServices("swapScope", container, service, choice);
  for (const { name, proxyOptions } of services) {
    refuseProxyOptions("swapScope", rule, proxyOptions, `what the binding of ${name} says, which has made the proxy`);
  }
  return swap(services, (service) => service.open(rule));
}

/**
 * Puts one object in the place of a service's instances, for a test. Proxies that are already injected mean it at once, in every
 * context and outside. To undo the swap puts the old scope back, and takes off the spies that were put on the proxy meanwhile; it does
 * not end the object. A call of a method that the object lacks fails and names it; it rejects if the class's method is `async`.
 *
 * @param container - one with the plugin; the service may be bound in it or in a parent
 * @param fake - as much of the service as the test needs
 * @param choice - which of the service's bindings to swap; default: all
 * @throws ScopeError `INVALID_OPTION` if the service has no scope of ours; `NOT_PROXYABLE` for a primitive or a thenable
 *
 * @example
 * ```ts
 * using _ = swapInstance(container, Mailer, { send: async () => {} });
 * ```
 */
export function swapInstance<T>(
  container: AnyContainer,
  service: ServiceIdentifier<T>,
  fake: NoInfer<Partial<T>>,
  choice: BindingChoice = {},
): Swap {
  const services = scopedServices("swapInstance", container, service, choice);
  return swap(services, (service) => {
    refuseCircle("swapInstance", "fake", service.target, fake);
    service.instances.refuseUnproxyable(fake, "the fake is");
    return fakeSource(service, fake);
  });
}

function swap(services: readonly ScopedService[], open: (service: ScopedService) => Source): Swap {
  // All bindings are swapped, or none: an error comes before the first swap.
  const opened = services.map((service) => ({ service, source: open(service) }));
  const swapped = opened.map(({ service, source }) => {
    const forget = rememberFunctions(service.proxy, service.proxyOptions.shape);
    const putBack = service.swap(source);
    return { name: service.name, end: () => (forget(), putBack()) };
  });
  const undo = async (): Promise<void> => {
    const ends = swapped.splice(0).map(async ({ end }) => end());
    const failed = (await Promise.allSettled(ends)).flatMap((end) =>
      end.status === "rejected" ? [end.reason as unknown] : [],
    );
    if (failed.length > 0) throw notSwappedBack(failed);
  };
  return {
    undo,
    [Symbol.asyncDispose]: undo,
    [Symbol.dispose]() {
      for (const { name, end } of swapped.splice(0)) endReplaced(name, "swapped back", end);
    },
  };
}
