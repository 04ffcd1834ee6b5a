import type {
  BindInWhenOnFluentSyntax,
  BindToFluentSyntax,
  BindWhenOnFluentSyntax,
  ServiceIdentifier,
} from "inversify";
import type { Class } from "../proxy/members.js";
import type { OptionsFor, PerAsyncContextOptions, SharedOptions } from "../scopes/options.js";
import type { PooledOptions } from "../scopes/pooled/options.js";
import type { ScopeName, ScopeOf } from "../scopes/scope.js";
import type { ContextValueOptions } from "../scopes/context-value.js";
import type { RecipeFacts } from "./bound-scope.js";
import { classScopeOf, ensureInjectable } from "./class-scope.js";
import { withPublicIdentifiers } from "./constraint-view.js";
import { bindContextValue, type ContextValueSyntax } from "./context-value-syntax.js";
import type { ContainerScopes } from "./container-scopes.js";
import { Box } from "./hidden-bindings.js";
import type { InversifyClass } from "./inversify-types.js";
import { explainMissingMetadata } from "./missing-metadata.js";
import { type BindingSpec, BindingBuilder } from "./scopable-binding.js";

declare module "inversify" {
  interface BindToFluentSyntax<T> {
    /**
     * The object that whoever opens a context gives it, behind a lazy proxy: the request, the job, the tenant, its logger. It is never
     * made or ended by the library; children see their parent's unless they have their own. Give it with {@link contextValue} or
     * {@link setContextValue}. On a container without {@link ScopesPlugin} this method does not exist.
     *
     * @param options - see {@link ContextValueOptions}
     * @returns how the binding goes on: `.when…()`; there is no instance for `.onActivation()` and `.onDeactivation()`
     * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; nothing is bound then
     *
     * @example
     * ```ts
     * container.bind<{ name: string }>("tenant").toContextValue();
     * ```
     */
    toContextValue(options?: ContextValueOptions<T> | OptionsFor<ContextValueOptions<T>>): ContextValueSyntax<T>;
  }
  interface BindInFluentSyntax<T> {
    /**
     * One instance for the container, behind a lazy proxy. On a container without {@link ScopesPlugin} this method does
     * not exist: "inSharedScope is not a function" means that `container.register(ScopesPlugin)` is missing.
     *
     * @param options - see {@link SharedOptions}
     * @returns how the binding goes on, as in inversify: `.when…()`, `.onActivation()`, `.onDeactivation()`
     * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; nothing is bound then
     *
     * @example
     * ```ts
     * container.bind("config").toDynamicValue(loadConfig).inSharedScope();
     * ```
     */
    inSharedScope(options?: SharedOptions<T> | OptionsFor<SharedOptions<T>>): BindWhenOnFluentSyntax<T>;
    /**
     * One instance for each async context, behind a lazy proxy. On a container without {@link ScopesPlugin} this method
     * does not exist: "inPerAsyncContextScope is not a function" means that `container.register(ScopesPlugin)` is missing.
     *
     * @param options - see {@link PerAsyncContextOptions}
     * @returns how the binding goes on, as in inversify: `.when…()`, `.onActivation()`, `.onDeactivation()`
     * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; nothing is bound then
     *
     * @example
     * ```ts
     * container.bind("report").toDynamicValue(() => new Report()).inPerAsyncContextScope();
     * ```
     */
    inPerAsyncContextScope(
      options?: PerAsyncContextOptions<T> | OptionsFor<PerAsyncContextOptions<T>>,
    ): BindWhenOnFluentSyntax<T>;
    /**
     * At most `maxSize` instances, leased by async contexts, behind a lazy proxy. On a container without
     * {@link ScopesPlugin} this method does not exist: "inPooledScope is not a function" means that
     * `container.register(ScopesPlugin)` is missing.
     *
     * @param options - how many at most (1 … Infinity), or all the options
     * @returns how the binding goes on, as in inversify: `.when…()`, `.onActivation()`, `.onDeactivation()`
     * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; nothing is bound then
     *
     * @example
     * ```ts
     * container.bind("db").toDynamicValue(connect).inPooledScope({ maxSize: 8, acquireTimeoutMs: 2_000 });
     * ```
     */
    inPooledScope(options: number | PooledOptions<T> | OptionsFor<PooledOptions<T>>): BindWhenOnFluentSyntax<T>;
    /**
     * A scope of one's own, or one of the library's as a value, behind a lazy proxy.
     *
     * @param scope - a scope, or the name of one
     * @returns how the binding goes on, as in inversify: `.when…()`, `.onActivation()`, `.onDeactivation()`
     * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; nothing is bound then
     *
     * @example
     * ```ts
     * container.bind("settings").toDynamicValue(loadSettings).inScope("shared");
     * ```
     */
    inScope(scope: ScopeOf<T> | ScopeName): BindWhenOnFluentSyntax<T>;
  }
}

type To = BindToFluentSyntax<unknown>;
type In = BindInWhenOnFluentSyntax<unknown>;
type WhenOn = BindWhenOnFluentSyntax<unknown>;
type Factory = (...args: unknown[]) => unknown;

/** Adds the scopes to the object that `bind()` returns; whatever else is said of the binding stays inversify's. */
export function decorateTo(scopes: ContainerScopes, identifier: ServiceIdentifier, bindAnew: () => To): To {
  scopes.changed();
  const syntax = bindAnew();
  const to = syntax.to.bind(syntax);
  const toDynamicValue = syntax.toDynamicValue.bind(syntax);
  const toResolvedValue = syntax.toResolvedValue.bind(syntax) as (factory: Factory, dependencies?: never) => In;
  const toConstantValue = syntax.toConstantValue.bind(syntax);
  const toFactory = syntax.toFactory.bind(syntax);
  const identifierClass = typeof identifier === "function" ? (identifier as Class) : undefined;
  /** What is made for a decorated class has its scope, whatever makes it. */
  const identifierScope = identifierClass === undefined ? undefined : classScopeOf(identifierClass);
  const scopable = (stock: In, facts: RecipeFacts, recipe: Pick<BindingSpec, "recipe" | "hidden" | "builder">): In => {
    const binding = new BindingBuilder(stock, { scopes, identifier, bindAnew, facts, ...recipe });
    const { classScope } = facts;
    return classScope === undefined ? binding.syntax : binding.toScope(() => classScope);
  };
  const madeBy = (factory: object): RecipeFacts => ({ shape: identifierClass, classScope: identifierScope, factory });

  syntax.to = (type) => {
    const shape = type as unknown as InversifyClass;
    const ownScope = classScopeOf(shape);
    if (ownScope !== undefined) ensureInjectable(shape);
    const recipe: BindingSpec["recipe"] = (any) => any.to(type);
    const facts = { shape, classScope: ownScope ?? identifierScope, factory: undefined };
    return scopable(
      explainMissingMetadata(shape, () => to(type)),
      facts,
      { recipe, hidden: recipe },
    );
  };
  syntax.toDynamicValue = (builder) =>
    scopable(toDynamicValue(builder), madeBy(builder), {
      recipe: (any) => any.toDynamicValue(builder),
      hidden: (any) => any.toDynamicValue(builder),
      builder,
    });
  syntax.toResolvedValue = ((factory: Factory, dependencies?: never) =>
    scopable(toResolvedValue(factory, dependencies), madeBy(factory), {
      recipe: (any) => any.toResolvedValue(factory, dependencies!),
      hidden: (any) => any.toResolvedValue((...args: unknown[]) => new Box(factory(...args)), dependencies!),
    })) as To["toResolvedValue"];
  syntax.toContextValue = (options) => {
    const facts: RecipeFacts = { shape: identifierClass, classScope: identifierScope, factory: undefined };
    return bindContextValue({ scopes, identifier, bindAnew, facts }, options);
  };
  syntax.toConstantValue = (value) => showPublicIdentifiers(toConstantValue(value));
  syntax.toFactory = (builder) => showPublicIdentifiers(toFactory(builder));
  return syntax;
}

/** A binding that takes no scope, whose constraint may yet meet hidden identifiers. */
function showPublicIdentifiers(syntax: WhenOn): WhenOn {
  const { when, onActivation, onDeactivation } = syntax;
  syntax.when = (constraint) => {
    Reflect.apply(when, syntax, [withPublicIdentifiers(constraint)]);
    return syntax;
  };
  syntax.onActivation = (handler) => {
    Reflect.apply(onActivation, syntax, [handler]);
    return syntax;
  };
  syntax.onDeactivation = (handler) => {
    Reflect.apply(onDeactivation, syntax, [handler]);
    return syntax;
  };
  return syntax;
}
