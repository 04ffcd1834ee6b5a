import type {
  BindingActivation,
  BindingDeactivation,
  BindInWhenOnFluentSyntax,
  BindToFluentSyntax,
  BindWhenOnFluentSyntax,
  ServiceIdentifier,
} from "inversify";
import { isObject } from "../base/is-object.js";
import type { Class } from "../proxy/class.js";
import type { OptionsFor, PerAsyncContextOptions, SharedOptions } from "../scopes/options.js";
import type { PooledOptions } from "../scopes/pooled/options.js";
import type { Scope, ScopeName, ScopeOf } from "../scopes/scope.js";
import type { ContextValueOptions } from "../scopes/context-value.js";
import type { BindingDetails } from "./scoped-binding.js";
import { classScopeOf, ensureInjectable } from "./class-scope.js";
import { type Constraint, withPublicIdentifiers } from "./constraint-view.js";
import { bindContextValue, type ContextValueSyntax } from "./context-value-syntax.js";
import type { ContainerScopes } from "./container-scopes.js";
import { DerivedSyntax } from "./derived-syntax.js";
import { Box } from "./hidden-identifiers.js";
import type { InversifyClass } from "./inversify-types.js";
import type { Line } from "./line.js";
import { explainMissingMetadata } from "./missing-metadata.js";
import { type BindingSpec, BindingBuilder } from "./binding-builder.js";

declare module "inversify" {
  interface BindToFluentSyntax<T> {
    /**
     * An object that each context is given when it is opened, behind a lazy proxy: the request, the job, the tenant, its logger. The
     * library never makes or ends it. A child context sees its parent's, unless it has its own. Give it with {@link contextValue} or
     * {@link setContextValue}. On a container without {@link ScopesPlugin} this method does not exist.
     *
     * @param options - see {@link ContextValueOptions}
     * @returns how the binding goes on: `.when…()`. There is no instance for `.onActivation()` and `.onDeactivation()`
     * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; then nothing is bound
     *
     * @example
     * ```ts
     * container.bind<{ name: string }>("tenant").toContextValue();
     * ```
     */
    toContextValue(options?: OptionsFor<ContextValueOptions<T>>): ContextValueSyntax<T>;
  }
  interface BindInFluentSyntax<T> {
    /**
     * One instance for the container, behind a lazy proxy. On a container without {@link ScopesPlugin} this method does
     * not exist: "inSharedScope is not a function" means that `container.register(ScopesPlugin)` is missing.
     *
     * @param options - see {@link SharedOptions}
     * @returns how the binding goes on, as in inversify: `.when…()`, `.onActivation()`, `.onDeactivation()`
     * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; then nothing is bound
     *
     * @example
     * ```ts
     * container.bind("config").toDynamicValue(loadConfig).inSharedScope();
     * ```
     */
    inSharedScope(options?: OptionsFor<SharedOptions<T>>): BindWhenOnFluentSyntax<T>;
    /**
     * One instance for each async context, behind a lazy proxy. On a container without {@link ScopesPlugin} this method
     * does not exist: "inPerAsyncContextScope is not a function" means that `container.register(ScopesPlugin)` is missing.
     *
     * @param options - see {@link PerAsyncContextOptions}
     * @returns how the binding goes on, as in inversify: `.when…()`, `.onActivation()`, `.onDeactivation()`
     * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; then nothing is bound
     *
     * @example
     * ```ts
     * container.bind("report").toDynamicValue(() => new Report()).inPerAsyncContextScope();
     * ```
     */
    inPerAsyncContextScope(options?: OptionsFor<PerAsyncContextOptions<T>>): BindWhenOnFluentSyntax<T>;
    /**
     * At most `maxSize` instances, leased by async contexts, behind a lazy proxy. On a container without
     * {@link ScopesPlugin} this method does not exist: "inPooledScope is not a function" means that
     * `container.register(ScopesPlugin)` is missing.
     *
     * @param options - how many at most (1 … Infinity), or all the options
     * @returns how the binding goes on, as in inversify: `.when…()`, `.onActivation()`, `.onDeactivation()`
     * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; then nothing is bound
     *
     * @example
     * ```ts
     * container.bind("db").toDynamicValue(connect).inPooledScope({ maxSize: 8, acquireTimeoutMs: 2_000 });
     * ```
     */
    inPooledScope(options: number | OptionsFor<PooledOptions<T>>): BindWhenOnFluentSyntax<T>;
    /**
     * A scope of one's own, or one of the library's as a value, behind a lazy proxy.
     *
     * @param scope - a scope, or the name of one
     * @returns how the binding goes on, as in inversify: `.when…()`, `.onActivation()`, `.onDeactivation()`
     * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; then nothing is bound
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

/** A binding that has begun: the user said `bind(S)`. */
interface Begun {
  readonly scopes: ContainerScopes;
  readonly identifier: ServiceIdentifier;
  readonly bindAnew: () => To;
  readonly line: Line | undefined;
}

/**
 * Adds the scopes to the object that `bind()` returns; everything else stays inversify's.
 *
 * @param line - the bindings in whose place the new one comes
 */
export function decorateTo(
  scopes: ContainerScopes,
  identifier: ServiceIdentifier,
  bindAnew: () => To,
  line?: Line,
): To {
  scopes.changed();
  scopes.isAllOver = false;
  const syntax = bindAnew();
  begun.put(syntax, { scopes, identifier, bindAnew, line });
  return syntax;
}

const begun = new DerivedSyntax<Begun>((stock: To) => ({
  to(this: To, type: never): In {
    const state = begun.stateOf(this);
    const implementation = type as InversifyClass;
    const ownScope = classScopeOf(implementation);
    if (ownScope !== undefined) ensureInjectable(implementation);
    const bindFactory: BindingSpec["bindFactory"] = (any) => any.to(type);
    return scopable(
      explainMissingMetadata(implementation, () => Reflect.apply(stock.to, this, [type])),
      state,
      { shape: classOf(implementation), classScope: ownScope ?? identifierScope(state), factory: undefined },
      { bindFactory, bindHidden: bindFactory, planless: { type: implementation } },
    );
  },
  toDynamicValue(this: To, builder: Parameters<To["toDynamicValue"]>[0]): In {
    const state = begun.stateOf(this);
    return scopable(Reflect.apply(stock.toDynamicValue, this, [builder]), state, madeBy(state, builder), {
      bindFactory: (any) => any.toDynamicValue(builder),
      bindHidden: (any) => any.toDynamicValue(builder),
      planless: { builder },
    });
  },
  toResolvedValue(this: To, factory: Factory, dependencies?: never): In {
    const state = begun.stateOf(this);
    const bound = Reflect.apply(stock.toResolvedValue as Factory, this, [factory, dependencies]) as In;
    return scopable(bound, state, madeBy(state, factory), {
      bindFactory: (any) => any.toResolvedValue(factory, dependencies!),
      bindHidden: (any) => any.toResolvedValue((...args: unknown[]) => new Box(factory(...args)), dependencies!),
      planless: undefined,
    });
  },
  toContextValue(this: To, options?: ContextValueOptions): ContextValueSyntax<unknown> {
    const state = begun.stateOf(this);
    const { scopes, identifier, bindAnew, line } = state;
    const details = { shape: classOf(identifier), classScope: identifierScope(state), factory: undefined };
    const syntax = bindContextValue({ scopes, identifier, bindAnew, line, details, planless: undefined }, options);
    line?.note();
    return syntax;
  },
  toConstantValue(this: To, value: unknown): WhenOn {
    return scopeless(begun.stateOf(this), Reflect.apply(stock.toConstantValue, this, [value]));
  },
  toFactory(this: To, builder: never): WhenOn {
    return scopeless(begun.stateOf(this), Reflect.apply(stock.toFactory, this, [builder]));
  },
  toService(this: To, service: never): void {
    Reflect.apply(stock.toService, this, [service]);
    begun.stateOf(this).line?.note();
  },
}));

function scopable(
  stock: In,
  { scopes, identifier, bindAnew, line }: Begun,
  details: BindingDetails,
  ways: Pick<BindingSpec, "bindFactory" | "bindHidden" | "planless">,
): In {
  line?.note();
  const binding = new BindingBuilder(stock, { scopes, identifier, bindAnew, line, details, ...ways });
  const { classScope } = details;
  return classScope === undefined ? stock : binding.toScope(() => classScope);
}

function madeBy(state: Begun, factory: object): BindingDetails {
  return { shape: classOf(state.identifier), classScope: identifierScope(state), factory };
}

/** A function without a prototype, such as a bound class, tells nothing of the instances. */
function classOf(value: unknown): Class | undefined {
  return typeof value === "function" && isObject(value.prototype) ? value : undefined;
}

/** A binding for a decorated class has the class's scope, whatever makes the instances. */
function identifierScope({ identifier }: Begun): Scope | undefined {
  return typeof identifier === "function" ? classScopeOf(identifier) : undefined;
}

/** A binding that takes no scope. Its constraint may still meet hidden identifiers. */
function scopeless({ line }: Begun, syntax: WhenOn): WhenOn {
  line?.note();
  showingPublic.put(syntax, syntax);
  return syntax;
}

const showingPublic = new DerivedSyntax((stock: WhenOn) => ({
  when(this: WhenOn, constraint: Constraint): WhenOn {
    Reflect.apply(stock.when, this, [withPublicIdentifiers(constraint)]);
    return this;
  },
  onActivation(this: WhenOn, handler: BindingActivation): WhenOn {
    Reflect.apply(stock.onActivation, this, [handler]);
    return this;
  },
  onDeactivation(this: WhenOn, handler: BindingDeactivation): WhenOn {
    Reflect.apply(stock.onDeactivation, this, [handler]);
    return this;
  },
}));
