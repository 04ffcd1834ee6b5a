import type {
  BindingActivation,
  BindingDeactivation,
  BindInWhenOnFluentSyntax,
  BindToFluentSyntax,
  BindingIdentifier,
  BindWhenOnFluentSyntax,
  GetOptions,
  ServiceIdentifier,
} from "inversify";
import { ScopeError } from "../base/errors.js";
import { resolveScope } from "../scopes/resolve-scope.js";
import type { PerAsyncContextOptions, SharedOptions } from "../scopes/options.js";
import { perAsyncContextScope } from "../scopes/per-async-context.js";
import { pooledScope } from "../scopes/pooled/scope.js";
import type { PooledOptions } from "../scopes/pooled/options.js";
import type { Scope, ScopeName } from "../scopes/scope.js";
import { ScopedService } from "../scopes/binding/scoped-service.js";
import { sharedScope } from "../scopes/shared.js";
import { type BoundScope, type RecipeFacts, registerBoundScope } from "./bound-scope.js";
import { type Constraint, withPublicIdentifiers } from "./constraint-view.js";
import type { ContainerScopes } from "./container-scopes.js";
import { type BindRecipe, type Builder, HiddenBinding } from "./hidden-recipe.js";
import { serviceName } from "./service-name.js";

type To = BindToFluentSyntax<unknown>;
type In = BindInWhenOnFluentSyntax<unknown>;
type WhenOn = BindWhenOnFluentSyntax<unknown>;

const STOCK_SCOPES = ["inSingletonScope", "inTransientScope", "inRequestScope"] as const;

/** What was said after `bind(S)`: enough to bind it again, openly or hidden. */
export interface BindingSpec {
  readonly scopes: ContainerScopes;
  readonly identifier: ServiceIdentifier;
  /** Begins the binding anew, in the same module. */
  readonly bindAnew: () => To;
  /** Binds the user's recipe to any identifier. */
  readonly recipe: BindRecipe;
  /** The recipe, so that a promise of it is not taken for the binding's. */
  readonly hidden: BindRecipe;
  /** Where the recipe is `toDynamicValue`. */
  readonly builder?: Builder | undefined;
  readonly facts: RecipeFacts;
}

/**
 * One binding whose scope can be said: at first inversify's own, then, once a scope of ours is said, the proxy as a
 * constant. As with stock inversify, one object of syntax always means the binding as it is, whatever was said before.
 */
export class BindingBuilder {
  readonly syntax: In;
  readonly #spec: BindingSpec;
  /** What inversify has bound: the user's recipe, or the proxy. */
  #bound: WhenOn;
  #scoped: BoundScope | undefined;
  #constraint: Constraint | undefined;
  #onActivation: BindingActivation | undefined;
  #onDeactivation: BindingDeactivation | undefined;
  #request: GetOptions | undefined;

  /** @param stock - the syntax that inversify gave for the recipe; it becomes this binding's */
  constructor(stock: In, said: BindingSpec) {
    this.#spec = said;
    this.#bound = ownMethods(stock);
    this.syntax = stock;
    const { whenNamed, whenTagged } = stock;
    for (const scope of STOCK_SCOPES) stock[scope] = () => this.#toStockScope(scope);
    Object.assign(stock, {
      inSharedScope: (options?: SharedOptions) => this.toScope(() => sharedScope(options)),
      inPerAsyncContextScope: (options?: PerAsyncContextOptions) => this.toScope(() => perAsyncContextScope(options)),
      inPooledScope: (options: number | PooledOptions) => this.toScope(() => pooledScope(options)),
      inScope: (scope: Scope | ScopeName) => this.toScope(() => resolveScope("inScope", scope)),
    });
    stock.getIdentifier = () => this.#identifier();
    stock.when = (constraint) => this.#when(constraint);
    stock.whenNamed = (name) => this.#requested({ name }, () => Reflect.apply(whenNamed, stock, [name]));
    stock.whenTagged = (key, value) =>
      this.#requested({ tag: { key, value } }, () => Reflect.apply(whenTagged, stock, [key, value]));
    stock.onActivation = (handler) => this.#activated(handler);
    stock.onDeactivation = (handler) => this.#deactivated(handler);
  }

  /**
   * Puts a proxy in the place of what is bound.
   *
   * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; then nothing is bound
   */
  toScope(makeScope: () => Scope): In {
    const { scopes, identifier, facts, hidden, builder, bindAnew } = this.#spec;
    this.#unbind();
    const name = serviceName(identifier);
    const recipe = new HiddenBinding(scopes, identifier, name, hidden, builder);
    recipe.activations.own = this.#onActivation;
    recipe.deactivations.own = this.#onDeactivation;
    recipe.request = this.#request;
    const service = new ScopedService(name, ofService(name, makeScope), recipe, facts.shape);
    this.#bound = bindAnew().toConstantValue(service.proxy);
    this.#scoped = { service, recipe, identifier, bindingId: this.#bound.getIdentifier().id, facts };
    registerBoundScope(this.#scoped);
    if (this.#constraint !== undefined) this.#bound.when(this.#constraint);
    return this.syntax;
  }

  /** Whoever took it before the scope was said unbinds by it what is bound now: inversify reads its id when it is used. */
  #identifier(): BindingIdentifier {
    const get = (): number => this.#bound.getIdentifier().id;
    return Object.defineProperty(this.#bound.getIdentifier(), "id", { get, enumerable: true });
  }

  #unbind(): void {
    const { scopes } = this.#spec;
    scopes.changed();
    const unbind = (): void => scopes.unbindStock(this.#bound.getIdentifier());
    if (this.#scoped === undefined) unbind();
    else scopes.removing([this.#scoped], unbind);
    this.#scoped = undefined;
  }

  /** A scope of inversify's, also in the place of one of ours: a class decorated with a scope may still be bound in another. */
  #toStockScope(scope: (typeof STOCK_SCOPES)[number]): In {
    if (this.#scoped === undefined) {
      (this.#bound as In)[scope]();
      return this.syntax;
    }
    const { recipe, bindAnew } = this.#spec;
    this.#unbind();
    const stock = recipe(bindAnew());
    stock[scope]();
    // Even where there is no constraint: our mark tells that the class's own scope was not overlooked.
    stock.when(this.#constraint ?? withPublicIdentifiers(() => true));
    if (this.#onActivation !== undefined) stock.onActivation(this.#onActivation);
    if (this.#onDeactivation !== undefined) stock.onDeactivation(this.#onDeactivation);
    this.#bound = stock;
    return this.syntax;
  }

  #when(constraint: Constraint): In {
    this.#spec.scopes.changed();
    this.#constraint = withPublicIdentifiers(constraint);
    this.#bound.when(this.#constraint);
    this.#request = undefined;
    if (this.#scoped !== undefined) this.#scoped.recipe.request = undefined;
    return this.syntax;
  }

  /** A name or a tag: the instance's dependencies may ask for it with `whenParentNamed`, `whenParentTagged`. */
  #requested(request: GetOptions, when: () => unknown): In {
    when();
    this.#request = request;
    if (this.#scoped !== undefined) this.#scoped.recipe.request = request;
    return this.syntax;
  }

  // The handlers of a scoped binding concern real instances, which its recipe makes.

  #activated(handler: BindingActivation): In {
    this.#onActivation = handler;
    if (this.#scoped === undefined) this.#bound.onActivation(handler);
    else this.#scoped.recipe.activations.own = handler;
    return this.syntax;
  }

  #deactivated(handler: BindingDeactivation): In {
    this.#onDeactivation = handler;
    if (this.#scoped === undefined) this.#bound.onDeactivation(handler);
    else this.#scoped.recipe.deactivations.own = handler;
    return this.syntax;
  }
}

/** The methods of a syntax as inversify made them, from before ours take their places. */
function ownMethods(syntax: In): In {
  return {
    getIdentifier: syntax.getIdentifier.bind(syntax),
    inSingletonScope: syntax.inSingletonScope.bind(syntax),
    inTransientScope: syntax.inTransientScope.bind(syntax),
    inRequestScope: syntax.inRequestScope.bind(syntax),
    when: syntax.when.bind(syntax),
    onActivation: syntax.onActivation.bind(syntax),
    onDeactivation: syntax.onDeactivation.bind(syntax),
  } as In;
}

/** Wrong options are told by the service whose binding they are for. */
function ofService(service: string, makeScope: () => Scope): Scope {
  try {
    return makeScope();
  } catch (error) {
    if (!(error instanceof ScopeError)) throw error;
    throw new ScopeError(error.code, `${service}: ${error.message}`, { service, cause: error });
  }
}
