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
import { DerivedSyntax } from "./derived-syntax.js";
import type { Direct } from "./direct-recipe.js";
import { type BindRecipe, HiddenBinding } from "./hidden-binding.js";
import type { Line } from "./line.js";
import { serviceName } from "./service-name.js";

type To = BindToFluentSyntax<unknown>;
type In = BindInWhenOnFluentSyntax<unknown>;
type WhenOn = BindWhenOnFluentSyntax<unknown>;

type StockScope = "inSingletonScope" | "inTransientScope" | "inRequestScope";

/** What was said after `bind(S)`: enough to bind it again, openly or hidden. */
export interface BindingSpec {
  readonly scopes: ContainerScopes;
  readonly identifier: ServiceIdentifier;
  /** Begins the binding anew, in the same module. */
  readonly bindAnew: () => To;
  /** Of the bindings in whose place it comes. */
  readonly line: Line | undefined;
  /** Binds the user's recipe to any identifier. */
  readonly recipe: BindRecipe;
  /** The recipe, so that a promise of it is not taken for the binding's. */
  readonly hidden: BindRecipe;
  /** What need not be bound hidden. */
  readonly direct: Direct | undefined;
  readonly facts: RecipeFacts;
}

/**
 * One binding whose scope can be said: at first inversify's own, then, once a scope of ours is said, the proxy as a
 * constant. As with stock inversify, one object of syntax always means the binding as it is, whatever was said before.
 */
export class BindingBuilder {
  readonly syntax: In;
  readonly #spec: BindingSpec;
  readonly #prototype: In;
  /** What inversify has bound: the user's recipe, or the proxy. */
  #bound: WhenOn;
  #scoped: BoundScope | undefined;
  #constraint: Constraint | undefined;
  #onActivation: BindingActivation | undefined;
  #onDeactivation: BindingDeactivation | undefined;
  #request: GetOptions | undefined;

  /** @param stock - the syntax that inversify gave for the recipe; it becomes this binding's */
  constructor(stock: In, spec: BindingSpec) {
    this.#spec = spec;
    this.#bound = stock;
    this.syntax = stock;
    this.#prototype = Reflect.getPrototypeOf(stock) as In;
    syntaxOfBuilder.put(stock, this);
  }

  /**
   * Puts a proxy in the place of what is bound.
   *
   * @throws ScopeError `INVALID_OPTION`, `NOT_PROXYABLE`; then nothing is bound
   */
  toScope(makeScope: () => Scope): In {
    const { scopes, identifier, facts, hidden, direct, bindAnew, line } = this.#spec;
    this.#unbind();
    const name = serviceName(identifier);
    const recipe = new HiddenBinding(scopes, identifier, name, hidden, direct);
    recipe.activations.own = this.#onActivation;
    recipe.deactivations.own = this.#onDeactivation;
    recipe.request = this.#request;
    const service = new ScopedService(name, ofService(name, makeScope), recipe, facts.shape);
    this.#bound = bindAnew().toConstantValue(service.proxy);
    line?.note();
    this.#scoped = { service, recipe, identifier, bindingId: this.#bound.getIdentifier().id, facts };
    registerBoundScope(this.#scoped);
    if (this.#constraint !== undefined) this.#bound.when(this.#constraint);
    return this.syntax;
  }

  /** Whoever took it before the scope was said unbinds by it what is bound now: inversify reads its id when it is used. */
  identifier(): BindingIdentifier {
    const get = (): number => this.#idNow().id;
    return Object.defineProperty(this.#idNow(), "id", { get, enumerable: true });
  }

  #idNow(): BindingIdentifier {
    return this.#stock("getIdentifier") as BindingIdentifier;
  }

  /** Calls a method of inversify's own, for what is bound now. */
  #stock(method: keyof In, ...args: unknown[]): unknown {
    const own = this.#bound === this.syntax ? this.#prototype : (this.#bound as In);
    return Reflect.apply(own[method] as (...given: unknown[]) => unknown, this.#bound, args);
  }

  #unbind(): void {
    const { scopes } = this.#spec;
    scopes.changed();
    const unbind = (): void => scopes.unbindStock(this.#idNow());
    if (this.#scoped === undefined) unbind();
    else scopes.removing([this.#scoped], unbind);
    this.#scoped = undefined;
  }

  /** A scope of inversify's, also in the place of one of ours: a class decorated with a scope may still be bound in another. */
  toStockScope(scope: StockScope): In {
    if (this.#scoped === undefined) {
      this.#stock(scope);
      return this.syntax;
    }
    const { recipe, bindAnew, line } = this.#spec;
    this.#unbind();
    const stock = recipe(bindAnew());
    line?.note();
    stock[scope]();
    // Even where there is no constraint: our mark tells that the class's own scope was not overlooked.
    stock.when(this.#constraint ?? withPublicIdentifiers(() => true));
    if (this.#onActivation !== undefined) stock.onActivation(this.#onActivation);
    if (this.#onDeactivation !== undefined) stock.onDeactivation(this.#onDeactivation);
    this.#bound = stock;
    return this.syntax;
  }

  when(constraint: Constraint): In {
    this.#spec.scopes.changed();
    this.#constraint = withPublicIdentifiers(constraint);
    this.#stock("when", this.#constraint);
    this.#request = undefined;
    if (this.#scoped !== undefined) this.#scoped.recipe.request = undefined;
    return this.syntax;
  }

  /** A name or a tag: the instance's dependencies may ask for it with `whenParentNamed`, `whenParentTagged`. */
  requested(request: GetOptions): In {
    this.#request = request;
    if (this.#scoped !== undefined) this.#scoped.recipe.request = request;
    return this.syntax;
  }

  // The handlers of a scoped binding concern real instances, which its recipe makes.

  activated(handler: BindingActivation): In {
    this.#onActivation = handler;
    if (this.#scoped === undefined) this.#stock("onActivation", handler);
    else this.#scoped.recipe.activations.own = handler;
    return this.syntax;
  }

  deactivated(handler: BindingDeactivation): In {
    this.#onDeactivation = handler;
    if (this.#scoped === undefined) this.#stock("onDeactivation", handler);
    else this.#scoped.recipe.deactivations.own = handler;
    return this.syntax;
  }
}

const syntaxOfBuilder = new DerivedSyntax<BindingBuilder>((stock: In) => {
  const of = (syntax: In): BindingBuilder => syntaxOfBuilder.stateOf(syntax);
  return {
    inSingletonScope(this: In): In {
      return of(this).toStockScope("inSingletonScope");
    },
    inTransientScope(this: In): In {
      return of(this).toStockScope("inTransientScope");
    },
    inRequestScope(this: In): In {
      return of(this).toStockScope("inRequestScope");
    },
    inSharedScope(this: In, options?: SharedOptions): In {
      return of(this).toScope(() => sharedScope(options));
    },
    inPerAsyncContextScope(this: In, options?: PerAsyncContextOptions): In {
      return of(this).toScope(() => perAsyncContextScope(options));
    },
    inPooledScope(this: In, options: number | PooledOptions): In {
      return of(this).toScope(() => pooledScope(options));
    },
    inScope(this: In, scope: Scope | ScopeName): In {
      return of(this).toScope(() => resolveScope("inScope", scope));
    },
    getIdentifier(this: In): BindingIdentifier {
      return of(this).identifier();
    },
    when(this: In, constraint: Constraint): In {
      return of(this).when(constraint);
    },
    // inversify's own call `when`.
    whenNamed(this: In, name: string): In {
      Reflect.apply(stock.whenNamed, this, [name]);
      return of(this).requested({ name });
    },
    whenTagged(this: In, key: string, value: unknown): In {
      Reflect.apply(stock.whenTagged, this, [key, value]);
      return of(this).requested({ tag: { key, value } });
    },
    onActivation(this: In, handler: BindingActivation): In {
      return of(this).activated(handler);
    },
    onDeactivation(this: In, handler: BindingDeactivation): In {
      return of(this).deactivated(handler);
    },
  };
});

/** Wrong options are told by the service whose binding they are for. */
function ofService(service: string, makeScope: () => Scope): Scope {
  try {
    return makeScope();
  } catch (error) {
    if (!(error instanceof ScopeError)) throw error;
    throw new ScopeError(error.code, `${service}: ${error.message}`, { service, cause: error });
  }
}
