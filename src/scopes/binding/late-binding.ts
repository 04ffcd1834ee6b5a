import { captureOutsideContexts } from "../../context/outside.js";
import { invalidOption } from "../../base/options.js";
import { expectTarget } from "../../proxy/registry.js";
import type { Source } from "../../proxy/source.js";
import { boundInContainer, notSet } from "./errors.js";
import { fixedSource } from "./fixed-source.js";
import { resolveScope } from "../resolve-scope.js";
import { type BindingOptions, checkBindingOptions } from "../options.js";
import { refuseProxyOptions } from "../proxy-options.js";
import { refusingSource } from "./refusing-source.js";
import type { ScopeName, ScopeOf } from "../scope.js";
import { ScopedService } from "./scoped-service.js";
import { sharedScope } from "../shared.js";
import { refuseCircle } from "./self-reference.js";
import { processWide } from "../../base/process-wide.js";

/** A service without a container: its factory and its scope come later. */
class LateService extends ScopedService {
  /** As `setFactory` was given it. */
  factory: ((n: number) => unknown) | undefined;

  constructor(name: string, options: BindingOptions) {
    const open = (): Source => refusingSource((member) => notSet(name, member));
    super(name, { name: "not set", options, open }, { create: (n) => this.factory!(n) }, undefined);
  }

  set(source: Source): void {
    this.replace(source);
  }
}

/** All copies of the package share them, as they share the proxies. */
const lateServices = processWide("late/2", () => new WeakMap<object, LateService>());

/**
 * A lazy proxy to nothing yet, without a container: for module-level objects that are set when the application starts,
 * in whatever order modules load. A touch throws `NOT_SET` until then.
 *
 * @param name - its name in errors
 * @param options - see {@link BindingOptions}; `shape` makes it fast
 * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`
 *
 * @example
 * ```ts
 * export const settings = scopedProxy<Settings>("settings", { shape: Settings });
 * // at start-up
 * setInstance(settings, await loadSettings());
 * ```
 */
export function scopedProxy<T extends object>(name: string, options: BindingOptions<T> = {}): T {
  if (typeof name !== "string" || name === "") throw invalidOption("scopedProxy", "name", name, "a non-empty string");
  checkBindingOptions(`scopedProxy("${name}")`, options);
  const service = new LateService(name, options as unknown as BindingOptions);
  lateServices.set(service.proxy, service);
  return service.proxy as T;
}

/**
 * Sets the object that a {@link scopedProxy} stands for; every holder of the proxy sees it at once. A later call
 * replaces it. Falsy values count as set.
 *
 * @param proxy - one that `scopedProxy` made
 * @param object - what the proxy stands for from now on; the library never ends it
 * @throws ScopeError `INVALID_OPTION` if `scopedProxy` did not make the proxy; `NOT_PROXYABLE` for a thenable, and for a function
 * or an array if the `shape` says otherwise
 *
 * @example
 * ```ts
 * setInstance(settings, { port: 8080 });
 * ```
 */
export function setInstance<T>(proxy: T, object: NoInfer<T>): void {
  const service = expectLate("setInstance", proxy);
  if ((typeof object === "object" && object !== null) || typeof object === "function") {
    refuseCircle("setInstance", "object", service.target, object);
    service.instances.refuseUnproxyable(object, "setInstance was given");
    service.instances.learn(object);
  }
  service.set(fixedSource(service, object as object));
}

/**
 * Sets the factory that makes what a {@link scopedProxy} stands for, and the scope of what it makes.
 *
 * @param proxy - one that `scopedProxy` made
 * @param factory - called with 0, 1, 2 … for the instances it makes; may be asynchronous
 * @param scope - a scope or its name; default `shared`
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * const db = scopedProxy<Db>("db", { shape: Db });
 * setFactory(db, () => connect(url), pooledScope(8));
 * ```
 */
export function setFactory<T extends object>(
  proxy: T,
  factory: (n: number) => NoInfer<T> | PromiseLike<NoInfer<T>>,
  scope: NoInfer<ScopeOf<T>> | ScopeName = sharedScope(),
): void {
  const service = expectLate("setFactory", proxy);
  if (typeof factory !== "function") throw invalidOption("setFactory", "factory", factory, "a function");
  const rule = resolveScope("setFactory", scope);
  refuseProxyOptions(
    "setFactory",
    rule,
    service.proxyOptions,
    `given to scopedProxy("${service.name}"), which has made it`,
  );
  if (rule.name === "shared" && service.scope.options?.transactions !== undefined)
    throw invalidOption(
      "setFactory",
      "scope",
      rule.name,
      `one that is not shared, as ${service.name} has transactions`,
    );
  const source = service.open(rule, captureOutsideContexts(service.name));
  service.factory = factory;
  service.set(source);
}

function expectLate(caller: string, proxy: unknown): LateService {
  const { name } = expectTarget(caller, proxy);
  const service = lateServices.get(proxy as object);
  if (service === undefined) throw boundInContainer(caller, name);
  return service;
}
