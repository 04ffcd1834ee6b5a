import {
  type BindInWhenOnFluentSyntax,
  type BindOnFluentSyntax,
  type BindToFluentSyntax,
  type BindWhenFluentSyntax,
  type BindWhenOnFluentSyntax,
  injectable,
  type ServiceIdentifier,
} from "inversify";
import type { Class } from "../proxy/members.js";
import { named } from "../scopes/named.js";
import type { PerAsyncContextOptions, SharedOptions } from "../scopes/options.js";
import { perAsyncContextScope } from "../scopes/per-async-context.js";
import { pooledScope } from "../scopes/pooled.js";
import type { PooledOptions } from "../scopes/pooled-options.js";
import type { Scope, ScopeName } from "../scopes/scope.js";
import { ScopedService } from "../scopes/service.js";
import { sharedScope } from "../scopes/shared.js";
import { classScopeOf } from "./class-scope.js";
import { withPublicIdentifiers } from "./constraint-view.js";
import { type ContainerScopes, registerBoundScope } from "./container-scopes.js";
import { Box, type BindRecipe, HiddenRecipe } from "./hidden-recipe.js";
import type { InversifyClass } from "./inversify-types.js";

declare module "inversify" {
  interface BindInFluentSyntax<T> {
    /**
     * One instance for the container, behind a lazy proxy. On a container without {@link ScopesPlugin} this method does
     * not exist: "inSharedScope is not a function" means that `container.register(ScopesPlugin)` is missing.
     *
     * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; nothing is bound then
     */
    inSharedScope(options?: SharedOptions<T>): BindWhenOnFluentSyntax<T>;
    /**
     * One instance for each async context, behind a lazy proxy. On a container without {@link ScopesPlugin} this method
     * does not exist: "inPerAsyncContextScope is not a function" means that `container.register(ScopesPlugin)` is missing.
     *
     * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; nothing is bound then
     */
    inPerAsyncContextScope(options?: PerAsyncContextOptions<T>): BindWhenOnFluentSyntax<T>;
    /**
     * At most `maxSize` instances, leased by async contexts, behind a lazy proxy. On a container without
     * {@link ScopesPlugin} this method does not exist: "inPooledScope is not a function" means that
     * `container.register(ScopesPlugin)` is missing.
     *
     * @param options - how many at most (1 … Infinity), or all the options
     * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; nothing is bound then
     */
    inPooledScope(options: number | PooledOptions<T>): BindWhenOnFluentSyntax<T>;
    /**
     * A scope of one's own, or one of the library's as a value, behind a lazy proxy.
     *
     * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; nothing is bound then
     */
    inScope(scope: Scope | ScopeName): BindWhenOnFluentSyntax<T>;
  }
}

type To = BindToFluentSyntax<unknown>;
type In = BindInWhenOnFluentSyntax<unknown>;
type WhenOn = BindWhenOnFluentSyntax<unknown>;
type When = BindWhenFluentSyntax<unknown>;
type On = BindOnFluentSyntax<unknown>;

/** What was said after `bind(S)`: enough to bind it again, openly or hidden. */
interface Said {
  readonly scopes: ContainerScopes;
  readonly identifier: ServiceIdentifier;
  /** Begins the binding anew, in the same module. */
  readonly bindAnew: () => To;
  /** Binds the user's recipe to any identifier. */
  readonly recipe: BindRecipe;
  /** The recipe, so that a promise of it is not taken for the binding's. */
  readonly hidden: BindRecipe;
  /** The class that the recipe tells. */
  readonly shape: Class | undefined;
}

/** Adds the scopes to the object that `bind()` returns; whatever else is said of the binding stays inversify's. */
export function decorateTo(scopes: ContainerScopes, identifier: ServiceIdentifier, bindAnew: () => To): To {
  const syntax = bindAnew();
  const stock = {
    to: syntax.to.bind(syntax),
    toDynamicValue: syntax.toDynamicValue.bind(syntax),
    toResolvedValue: syntax.toResolvedValue.bind(syntax) as (factory: Factory, deps?: never) => In,
    toConstantValue: syntax.toConstantValue.bind(syntax),
    toFactory: syntax.toFactory.bind(syntax),
  };
  const said = { scopes, identifier, bindAnew };
  const identifierClass = typeof identifier === "function" ? (identifier as Class) : undefined;
  syntax.to = (type) => {
    const target = type as unknown as InversifyClass;
    const classScope = classScopeOf(target);
    if (classScope !== undefined) ensureInjectable(target);
    const recipe: BindRecipe = (any) => any.to(type);
    const result = decorateIn(stock.to(type), { ...said, recipe, hidden: recipe, shape: target });
    return classScope === undefined ? result : (result.inScope(classScope) as In);
  };
  syntax.toDynamicValue = (builder) =>
    decorateIn(stock.toDynamicValue(builder), {
      ...said,
      recipe: (any) => any.toDynamicValue(builder),
      hidden: (any) => any.toDynamicValue((context) => new Box(builder(context))),
      shape: identifierClass,
    });
  syntax.toResolvedValue = ((factory: Factory, dependencies?: never) =>
    decorateIn(stock.toResolvedValue(factory, dependencies), {
      ...said,
      recipe: (any) => any.toResolvedValue(factory, dependencies!),
      hidden: (any) => any.toResolvedValue((...args: unknown[]) => new Box(factory(...args)), dependencies!),
      shape: identifierClass,
    })) as To["toResolvedValue"];
  syntax.toConstantValue = (value) => decorateWhenOn(stock.toConstantValue(value), scopes);
  syntax.toFactory = (builder) => decorateWhenOn(stock.toFactory(builder), scopes);
  return syntax;
}

type Factory = (...args: unknown[]) => unknown;

/** A class with a scope of ours is injectable without saying so; saying so twice is an error of inversify's. */
function ensureInjectable(target: InversifyClass): void {
  const isInjectable = Reflect.getOwnMetadata("@inversifyjs/core/classIsInjectableFlagReflectKey", target) as unknown;
  if (isInjectable !== true) injectable()(target);
}

function decorateIn(syntax: In, said: Said): In {
  const { scopes } = said;
  const inScope = (make: () => Scope): WhenOn => bindScoped(syntax, said, make);
  for (const name of ["inSingletonScope", "inTransientScope", "inRequestScope"] as const) {
    const stock = syntax[name].bind(syntax);
    syntax[name] = () => decorateWhenOn(stock(), scopes);
  }
  addScopes(syntax, inScope);
  return decorateWhenOn(syntax, scopes);
}

function addScopes(syntax: object, inScope: (make: () => Scope) => WhenOn): void {
  Object.assign(syntax, {
    inSharedScope: (options?: SharedOptions) => inScope(() => sharedScope(options)),
    inPerAsyncContextScope: (options?: PerAsyncContextOptions) => inScope(() => perAsyncContextScope(options)),
    inPooledScope: (options: number | PooledOptions) => inScope(() => pooledScope(options)),
    inScope: (scope: Scope | ScopeName) => inScope(() => named("inScope", scope)),
  });
}

/** Puts the proxy in the place of what stock inversify has just bound. */
function bindScoped(stockSyntax: In, said: Said, makeScope: () => Scope): WhenOn {
  const { scopes, identifier } = said;
  // Whatever goes wrong from here on, nothing half-bound is left.
  scopes.stock.unbind(stockSyntax.getIdentifier());
  const name = nameOf(identifier);
  const recipe = new HiddenRecipe(scopes, identifier, name, said.hidden);
  const service = new ScopedService(name, makeScope(), recipe, said.shape);
  registerBoundScope({ service, recipe, identifier });
  const constant = said.bindAnew().toConstantValue(service.proxy);
  constant.onDeactivation(() => scopes.closeUnbound(service, recipe));
  const getIdentifier = constant.getIdentifier.bind(constant);
  const result = decorateWhenOn(constant, scopes);
  // The handlers of the binding concern real instances.
  result.onActivation = (handler) => {
    recipe.onActivation = handler as HiddenRecipe["onActivation"];
    return result;
  };
  result.onDeactivation = (handler) => {
    recipe.onDeactivation = handler as HiddenRecipe["onDeactivation"];
    return result;
  };
  const unbindScoped = (): In => {
    scopes.stock.unbind(getIdentifier());
    return decorateIn(said.recipe(said.bindAnew()), said);
  };
  // A class decorated with a scope may still be bound in another.
  for (const other of ["inSingletonScope", "inTransientScope", "inRequestScope"] as const) {
    (result as In)[other] = () => unbindScoped()[other]();
  }
  addScopes(result, (make) => bindScoped(unbindScoped(), said, make));
  return result;
}

function nameOf(identifier: ServiceIdentifier): string {
  if (typeof identifier === "function") return identifier.name;
  return typeof identifier === "symbol" ? (identifier.description ?? "a service") : identifier;
}

function decorateWhenOn<S extends When & On>(syntax: S, scopes: ContainerScopes): S {
  decorateOn(syntax, scopes);
  decorateWhen(syntax, scopes);
  return syntax;
}

function decorateWhen<S extends When>(syntax: S, scopes: ContainerScopes): S {
  const stock = syntax.when.bind(syntax);
  syntax.when = (constraint) => decorateOn(stock(withPublicIdentifiers(scopes, constraint)), scopes);
  return syntax;
}

function decorateOn<S extends On>(syntax: S, scopes: ContainerScopes): S {
  const onActivation = syntax.onActivation.bind(syntax);
  const onDeactivation = syntax.onDeactivation.bind(syntax);
  syntax.onActivation = (handler) => decorateWhen(onActivation(handler), scopes);
  syntax.onDeactivation = (handler) => decorateWhen(onDeactivation(handler), scopes);
  return syntax;
}
