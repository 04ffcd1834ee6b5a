import {
  type BindToFluentSyntax,
  type Container,
  type ResolutionContext,
  type ServiceIdentifier,
} from "inversify";
import { isThenable } from "../is-thenable.js";
import { targetOf } from "../proxy/registry.js";
import type { ScopedService } from "../scopes/service.js";
import { warnOf } from "../scopes/destroy-unused.js";
import { Box, type BindRecipe, type HiddenRecipe } from "./hidden-recipe.js";
import type { InversifyServices, PlanOptions, PlanResult } from "./inversify-types.js";

/** A proxy's service and the recipe of its binding. */
export interface BoundScope {
  readonly service: ScopedService;
  readonly recipe: HiddenRecipe;
  readonly identifier: ServiceIdentifier;
}

/** Which proxy belongs to which binding; the registry of bindings is inversify's own. */
const boundScopes = new WeakMap<object, BoundScope>();

export function registerBoundScope(bound: BoundScope): void {
  boundScopes.set(bound.service.proxy, bound);
}

/** What is behind a proxy that stands for a binding of `identifier`. */
export function boundScopeOf(value: unknown): BoundScope | undefined {
  return targetOf(value) === undefined ? undefined : boundScopes.get(value as object);
}

/** The stock methods of a container, from before the plugin shadowed them. */
export interface StockMethods {
  bind: Container["bind"];
  get: Container["get"];
  getAsync: Container["getAsync"];
  unbind: Container["unbind"];
  isCurrentBound: Container["isCurrentBound"];
}

/** What the plugin keeps for one container. */
export class ContainerScopes {
  readonly inversify: InversifyServices;
  /** Counts up whenever inversify may have lost the hidden bindings. */
  generation = 0;
  /** `unbindAsync` and its like are under way: there is somebody to wait for what takes time. */
  isAwaited = false;
  readonly stock: StockMethods;
  readonly #hidden = new Map<symbol, { readonly service: ServiceIdentifier; readonly recipe: HiddenRecipe }>();
  #resolutionContext: ResolutionContext | undefined;

  constructor(container: Container, inversify: InversifyServices) {
    this.inversify = inversify;
    this.stock = {
      bind: container.bind.bind(container) as Container["bind"],
      get: container.get.bind(container) as Container["get"],
      getAsync: container.getAsync.bind(container) as Container["getAsync"],
      unbind: container.unbind.bind(container),
      isCurrentBound: container.isCurrentBound.bind(container),
    };
  }

  bindHidden(identifier: symbol, service: ServiceIdentifier, recipe: HiddenRecipe, bind: BindRecipe): void {
    bind(this.stock.bind(identifier) as BindToFluentSyntax<unknown>).inTransientScope();
    this.#hidden.set(identifier, { service, recipe });
  }

  forgetHidden(identifier: symbol): void {
    if (this.stock.isCurrentBound(identifier)) this.stock.unbind(identifier);
    this.#hidden.delete(identifier);
  }

  /** The service that a hidden identifier stands for; any other identifier is itself. */
  publicIdentifier(identifier: ServiceIdentifier): ServiceIdentifier {
    return (typeof identifier === "symbol" ? this.#hidden.get(identifier)?.service : undefined) ?? identifier;
  }

  /** An instance by a hidden binding, or a promise of one; user code runs once, whichever it is. */
  resolve(identifier: symbol): unknown {
    const made = this.#resolveByPlan(identifier);
    return unbox(made);
  }

  #resolveByPlan(identifier: symbol): unknown {
    const planResult = this.#planOf(identifier);
    const root = planResult?.tree.root;
    if (root?.resolve === undefined) return this.#resolveByContainer(identifier);
    return root.resolve({ context: this.resolutionContext(), planResult: planResult!, requestScopeCache: undefined });
  }

  /** Before inversify 8.2 a plan cannot be resolved; `get` throws away the promise of an asynchronous service. */
  #resolveByContainer(identifier: symbol): unknown {
    return this.#mayBeAsync.has(identifier) ? this.stock.getAsync(identifier) : this.#getOrLearn(identifier);
  }

  readonly #mayBeAsync = new Set<symbol>();

  #getOrLearn(identifier: symbol): unknown {
    try {
      return this.stock.get(identifier);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("Unexpected asynchronous service")) throw error;
      this.#mayBeAsync.add(identifier);
      return this.stock.getAsync(identifier);
    }
  }

  /** inversify's plan of a hidden binding, from its cache; planned, but not resolved, if it is not there. */
  #planOf(identifier: symbol): PlanResult | undefined {
    const options: PlanOptions = { isMultiple: false, optional: false, serviceIdentifier: identifier };
    const cached = this.inversify.planResultCacheService.get(options);
    if (cached !== undefined) return cached;
    this.#planOnly = identifier;
    try {
      this.stock.get(identifier);
    } catch (error) {
      if (error !== PLANNED) throw error;
    } finally {
      this.#planOnly = undefined;
    }
    return this.inversify.planResultCacheService.get(options);
  }

  #planOnly: symbol | undefined;

  /** Sees every plan that inversify makes. */
  onPlan({ serviceIdentifier }: PlanOptions, result: PlanResult): void {
    const hidden = typeof serviceIdentifier === "symbol" ? this.#hidden.get(serviceIdentifier) : undefined;
    if (hidden === undefined) return;
    const node = result.tree.root.bindings;
    const metadata = Array.isArray(node) ? undefined : node?.classMetadata;
    if (metadata !== undefined) {
      hidden.recipe.preDestroy = metadata.lifecycle.preDestroyMethodNames;
      if (metadata.lifecycle.postConstructMethodNames.size > 0) this.#mayBeAsync.add(serviceIdentifier as symbol);
    }
    if (this.#planOnly === serviceIdentifier) throw PLANNED;
  }

  /** Runs an asynchronous teardown, whose caller waits for what our services do at their end. */
  awaited<R>(teardown: () => Promise<R>): Promise<R> {
    this.isAwaited = true;
    try {
      return teardown();
    } finally {
      this.isAwaited = false;
    }
  }

  /** What `toDynamicValue` factories and activation handlers are given. */
  resolutionContext(): ResolutionContext {
    if (this.#resolutionContext === undefined) {
      const identifier = Symbol("inversify-scopes: resolution context");
      this.stock.bind(identifier).toDynamicValue((context) => new Box(context)).inTransientScope();
      this.#resolutionContext = unbox(this.stock.get(identifier)) as ResolutionContext;
      this.stock.unbind(identifier);
    }
    return this.#resolutionContext;
  }

  /** Every scoped binding of this very container. */
  *boundScopes(): Generator<BoundScope> {
    const { bindingService } = this.inversify;
    for (const identifier of [...bindingService.getNonParentBoundServices()]) {
      for (const binding of bindingService.getNonParentBindings(identifier) ?? []) {
        const bound = boundScopeOf(binding.value);
        if (bound !== undefined && bound.identifier === identifier) yield bound;
      }
    }
  }

  /** Does what may bring back or take away bindings without a word, and tells the services concerned. */
  aroundRestore(restore: () => void): void {
    const before = new Set(this.boundScopes());
    restore();
    this.generation++;
    for (const bound of this.boundScopes()) {
      before.delete(bound);
      bound.recipe.restored();
      bound.service.reopen();
    }
    for (const { service, recipe } of before) void this.closeUnbound(service, recipe);
  }

  /**
   * A binding is gone: ends what can be ended now. Only `unbindAsync` and its like have somebody to wait for the rest;
   * otherwise it goes on by itself, as leased instances do until they come back.
   */
  closeUnbound(service: ScopedService, recipe: HiddenRecipe): void | Promise<void> {
    recipe.unbound();
    const ended = service.close();
    if (ended === undefined || this.isAwaited) return ended;
    ended.catch((error: unknown) => warnOf(service.name, "could not be ended when it was unbound", error));
    return undefined;
  }
}

/** Thrown by our plan handler to keep inversify from resolving. */
const PLANNED = new Error("planned");

function unbox(made: unknown): unknown {
  if (made instanceof Box) return made.content;
  return isThenable(made) ? made.then(unbox) : made;
}

const containers = new WeakMap<Container, ContainerScopes>();

export function scopesOf(container: Container): ContainerScopes | undefined {
  return containers.get(container);
}

export function registerContainer(container: Container, scopes: ContainerScopes): void {
  containers.set(container, scopes);
}
