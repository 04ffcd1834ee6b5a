import { Plugin, type PluginApi, type PluginContext } from "@inversifyjs/plugin";
import {
  type BindingActivation,
  type BindingDeactivation,
  Container,
  ContainerModule,
  type ContainerModuleLoadOptions,
  type ContainerOptions,
  type ServiceIdentifier,
} from "inversify";
import { decorateTo } from "./binding-syntax.js";
import type { ScopedBinding } from "./scoped-binding.js";
import { ContainerScopes, registerContainer, scopesOf } from "./container-scopes.js";
import { refuseOtherCopy } from "./copies.js";
import { defineRebinding } from "./rebinding.js";
import { tellScopes } from "./module-scopes.js";

/**
 * Gives a container the scopes: say `container.register(ScopesPlugin)` before you bind anything. It is harmless to register it again.
 * A child container needs a registration of its own to bind in scopes, but none to resolve its parent's scoped services.
 *
 * @example
 * ```ts
 * const container = new Container();
 * container.register(ScopesPlugin);
 * container.bind(Db).toDynamicValue(connect).inPooledScope(8);
 * ```
 */
export class ScopesPlugin extends Plugin<Container> {
  // inversify calls constructors by this signature.
  // oxlint-disable-next-line no-useless-constructor
  constructor(container: Container, context: PluginContext) {
    super(container, context);
  }

  /** Called by inversify. */
  override load(api: PluginApi): void {
    const container = this._container;
    if (scopesOf(container) !== undefined) return;
    refuseOtherCopy("register(ScopesPlugin)", container);
    const scopes = new ContainerScopes(container, this._context);
    registerContainer(container, scopes);
    api.onPlan((_options, result) => scopes.onPlan(result));
    defineBinding(api, scopes);
    defineRebinding(api, container, scopes);
    defineModules(api, container, scopes);
    defineHandlers(api, container, scopes);
    defineEnds(api, container, scopes);
    for (const [name, method] of Object.entries(scopes.resolutions.methodsOf(container))) api.define(name, method);
  }
}

/**
 * inversify's `Container` with the {@link ScopesPlugin}: what to start with. Everything that a container can do it can do, too; bindings
 * have `.inSharedScope()`, `.inPerAsyncContextScope()`, `.inPooledScope(n)`, `.inScope(scope)` and `.toContextValue()` besides.
 *
 * @example
 * ```ts
 * const container = new ScopedContainer({ defaultScope: "Singleton" });
 * container.bind(CurrentUser).toSelf().inPerAsyncContextScope();
 * ```
 */
export class ScopedContainer extends Container implements AsyncDisposable {
  constructor(options?: ContainerOptions) {
    super(options);
    this.register(ScopesPlugin);
    // Unlike a plugin, it knows whether there is a parent: without one, it need not look up a service's handlers for each instance.
    const scopes = scopesOf(this)!;
    const parent = options?.parent;
    scopes.handlers.mayHaveParent = parent !== undefined;
    scopes.parent = parent && scopesOf(parent);
    scopes.watchPlans();
  }

  /**
   * The same as `unbindAllAsync`, for `await using`: ends the services, each before what it holds, and waits for that. Unlike
   * {@link shutdown}, it does not wait for open contexts. Harmless when repeated.
   *
   * @example
   * ```ts
   * await using container = new ScopedContainer();
   * container.bind("db").toDynamicValue(connect).inPooledScope(8);
   * ```
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.unbindAllAsync();
  }
}

function defineBinding(api: PluginApi, scopes: ContainerScopes): void {
  api.define("bind", (identifier: ServiceIdentifier) =>
    decorateTo(scopes, identifier, () => scopes.bindStock(identifier)),
  );
}

function defineModules(api: PluginApi, container: Container, scopes: ContainerScopes): void {
  const load = container.load.bind(container);
  const loadAsync = container.loadAsync.bind(container);
  const wrap = (modules: ContainerModule[]): ContainerModule[] =>
    modules.map((module) => new ScopedModule(module, container, scopes));
  api.define("load", (...modules: ContainerModule[]) => load(...wrap(modules)));
  api.define("loadAsync", (...modules: ContainerModule[]) => loadAsync(...wrap(modules)));
}

/** A module whose `bind` knows the scopes. By its id inversify takes it for the user's own. */
class ScopedModule extends ContainerModule {
  readonly #id: number;

  constructor(module: ContainerModule, container: Container, scopes: ContainerScopes) {
    super((options) => module.load(scopedLoadOptions(options, container, scopes)));
    this.#id = module.id;
  }

  override get id(): number {
    return this.#id;
  }
}

function scopedLoadOptions(
  options: ContainerModuleLoadOptions,
  container: Container,
  scopes: ContainerScopes,
): ContainerModuleLoadOptions {
  const { handlers } = scopes;
  return {
    ...options,
    ...tellScopes(scopes),
    bind: ((identifier: ServiceIdentifier) =>
      decorateTo(scopes, identifier, () => options.bind(identifier))) as ContainerModuleLoadOptions["bind"],
    rebind: ((identifier: ServiceIdentifier) => container.rebind(identifier)) as ContainerModuleLoadOptions["rebind"],
    rebindAsync: ((identifier: ServiceIdentifier) =>
      container.rebindAsync(identifier)) as ContainerModuleLoadOptions["rebindAsync"],
    unbind: (identifier) => container.unbind(identifier),
    unbindAsync: (identifier) => container.unbindAsync(identifier),
    onActivation: (identifier, handler) =>
      handlers.change(() =>
        options.onActivation(identifier, ofInstances(scopes, identifier, handler as BindingActivation)),
      ),
    onDeactivation: (identifier, handler) =>
      handlers.change(() =>
        options.onDeactivation(identifier, ofDeactivated(scopes, identifier, handler as BindingDeactivation)),
      ),
  };
}

function defineHandlers(api: PluginApi, container: Container, scopes: ContainerScopes): void {
  const { handlers } = scopes;
  const onActivation = container.onActivation.bind(container);
  const onDeactivation = container.onDeactivation.bind(container);
  api.define("onActivation", (identifier: ServiceIdentifier, handler: BindingActivation) =>
    handlers.change(() => onActivation(identifier, ofInstances(scopes, identifier, handler) as never)),
  );
  api.define("onDeactivation", (identifier: ServiceIdentifier, handler: BindingDeactivation) =>
    handlers.change(() => onDeactivation(identifier, ofDeactivated(scopes, identifier, handler) as never)),
  );
}

/** A handler that skips our proxies: inversify would activate them as constants, while we activate the real instances. */
function ofInstances(
  scopes: ContainerScopes,
  identifier: ServiceIdentifier,
  handler: BindingActivation,
): BindingActivation {
  return (context, value: unknown) => (scopes.isProxyOf(identifier, value) ? value : handler(context, value));
}

function ofDeactivated(
  scopes: ContainerScopes,
  identifier: ServiceIdentifier,
  handler: BindingDeactivation,
): BindingDeactivation {
  return (value: unknown) => (scopes.isProxyOf(identifier, value) ? undefined : handler(value));
}

type Identifier = Parameters<Container["unbind"]>[0];

/** The methods that remove bindings. */
function defineEnds(api: PluginApi, container: Container, scopes: ContainerScopes): void {
  const stock = {
    restore: container.restore.bind(container),
    unbind: container.unbind.bind(container),
    unbindAsync: container.unbindAsync.bind(container),
    unbindAll: container.unbindAll.bind(container),
    unload: container.unload.bind(container),
    unloadAsync: container.unloadAsync.bind(container),
  };
  const all = (): Iterable<ScopedBinding> => scopes.scopedBindings();
  const of = (identifier: Identifier): Iterable<ScopedBinding> => scopes.scopedBindingsToUnbind(identifier);
  api.define("restore", () => scopes.restoring(stock.restore));
  api.define("unbind", (identifier: Identifier) => scopes.removing(of(identifier), () => stock.unbind(identifier)));
  api.define("unbindAsync", (identifier: Identifier) =>
    scopes.removingAsync(of(identifier), () => stock.unbindAsync(identifier)),
  );
  api.define("unbindAll", () => scopes.endAllNow(stock.unbindAll));
  api.define("unbindAllAsync", () => scopes.endAll());
  api.define("unload", (...modules: ContainerModule[]) => scopes.removing(all(), () => stock.unload(...modules)));
  api.define("unloadAsync", (...modules: ContainerModule[]) =>
    scopes.removingAsync(all(), () => stock.unloadAsync(...modules)),
  );
}
