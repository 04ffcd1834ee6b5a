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
import { becomeConstant } from "./become-constant.js";
import { type BindingDetails, type ScopedBinding, registerScopedBinding } from "./scoped-binding.js";
import { type Constraint, withPublicIdentifiers } from "./constraint-view.js";
import type { ContainerScopes } from "./container-scopes.js";
import { DerivedSyntax } from "./derived-syntax.js";
import { ofService } from "./errors.js";
import { HiddenBinding } from "./hidden-binding.js";
import type { BindFactory } from "./hidden-identifiers.js";
import type { InversifyBinding } from "./inversify-types.js";
import type { Line } from "./line.js";
import type { Planless } from "./planless.js";
import { serviceName } from "./service-name.js";

type To = BindToFluentSyntax<unknown>;
type In = BindInWhenOnFluentSyntax<unknown>;
type WhenOn = BindWhenOnFluentSyntax<unknown>;

type StockScope = "inSingletonScope" | "inTransientScope" | "inRequestScope";

/** What the user said after `bind(S)`: enough to bind it again, openly or hidden. */
export interface BindingSpec {
  readonly scopes: ContainerScopes;
  readonly identifier: ServiceIdentifier;
  /** Begins the binding anew, in the same module. */
  readonly bindAnew: () => To;
  /** The bindings in whose place it comes. */
  readonly line: Line | undefined;
  /** Binds the same openly. */
  readonly bindFactory: BindFactory;
  /** Binds the same hidden, so that inversify does not await a promise of the factory. */
  readonly bindHidden: BindFactory;
  /** A class or a factory that may need no hidden binding. */
  readonly planless: Planless | undefined;
  readonly details: BindingDetails;
}

/**
 * One binding whose scope can be said. At first it is inversify's own; when a scope of ours is said, the proxy takes its place as a
 * constant. As in stock inversify, one object of syntax always means the binding as it is now.
 */
export class BindingBuilder {
  readonly syntax: In;
  readonly #spec: BindingSpec;
  readonly #prototype: In;
  /** What inversify has bound: what the user said, or the proxy. */
  #current: WhenOn;
  #scoped: ScopedBinding | undefined;
  #constraint: Constraint | undefined;
  #onActivation: BindingActivation | undefined;
  #onDeactivation: BindingDeactivation | undefined;
  #request: GetOptions | undefined;

  /** @param stock - inversify's syntax, which becomes this binding's */
  constructor(stock: In, spec: BindingSpec) {
    this.#spec = spec;
    this.#current = stock;
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
    const { scopes, identifier, details, bindHidden, planless, line } = this.#spec;
    const binding = this.#unplanned();
    if (binding === undefined) this.#unbind();
    const name = serviceName(identifier);
    const hiddenBinding = new HiddenBinding(scopes, identifier, name, bindHidden, planless);
    hiddenBinding.activations.own = this.#onActivation;
    hiddenBinding.deactivations.own = this.#onDeactivation;
    hiddenBinding.request = this.#request;
    let service: ScopedService;
    try {
      service = new ScopedService(name, scopeOf(name, makeScope), hiddenBinding, details.shape);
    } catch (error) {
      if (binding !== undefined) this.#unbind();
      throw error;
    }
    this.#scoped = this.#bindConstant(binding, { service, hiddenBinding, identifier, details });
    line?.note();
    registerScopedBinding(this.#scoped);
    return this.syntax;
  }

  /** The binding, if inversify's own is still there and no plan contains it. */
  #unplanned(): InversifyBinding | undefined {
    const { inversify, isUnplanned } = this.#spec.scopes;
    if (!isUnplanned || this.#scoped !== undefined) return undefined;
    return [...(inversify.bindingService.getById(this.#idNow().id) ?? [])][0];
  }

  /** @param binding - becomes a constant; if there is none, the constant is bound anew */
  #bindConstant(binding: InversifyBinding | undefined, behind: Omit<ScopedBinding, "bindingId">): ScopedBinding {
    const { bindAnew, scopes } = this.#spec;
    // The scope is code of the user's, and may have asked the container for something.
    if (binding !== undefined && scopes.isUnplanned) {
      const scoped = { ...behind, bindingId: binding.id };
      scopes.changed();
      becomeConstant(binding, scoped);
      return scoped;
    }
    if (binding !== undefined) this.#unbind();
    this.#current = bindAnew().toConstantValue(behind.service.proxy);
    if (this.#constraint !== undefined) this.#current.when(this.#constraint);
    return { ...behind, bindingId: this.#current.getIdentifier().id };
  }

  /** Taken before a scope is said, it still unbinds what is bound later: inversify reads its id when it is used. */
  identifier(): BindingIdentifier {
    const get = (): number => this.#idNow().id;
    return Object.defineProperty(this.#idNow(), "id", { get, enumerable: true });
  }

  #idNow(): BindingIdentifier {
    return this.#stock("getIdentifier") as BindingIdentifier;
  }

  /** Calls a method of inversify's own, for what is bound now. */
  #stock(method: keyof In, ...args: unknown[]): unknown {
    const own = this.#current === this.syntax ? this.#prototype : (this.#current as In);
    return Reflect.apply(own[method] as (...given: unknown[]) => unknown, this.#current, args);
  }

  #unbind(): void {
    const { scopes } = this.#spec;
    scopes.changed();
    const unbind = (): void => scopes.unbindStock(this.#idNow());
    if (this.#scoped === undefined) unbind();
    else scopes.removing([this.#scoped], unbind);
    this.#scoped = undefined;
  }

  /** Puts a scope of inversify's in the place of ours, if there is one: a decorated class may still be bound in another scope. */
  toStockScope(scope: StockScope): In {
    if (this.#scoped === undefined) {
      this.#stock(scope);
      return this.syntax;
    }
    const { bindFactory, bindAnew, line } = this.#spec;
    this.#unbind();
    const stock = bindFactory(bindAnew());
    line?.note();
    stock[scope]();
    // A constraint of ours, even if it constrains nothing, marks that the class's own scope was not overlooked.
    stock.when(this.#constraint ?? withPublicIdentifiers(() => true));
    if (this.#onActivation !== undefined) stock.onActivation(this.#onActivation);
    if (this.#onDeactivation !== undefined) stock.onDeactivation(this.#onDeactivation);
    this.#current = stock;
    return this.syntax;
  }

  when(constraint: Constraint): In {
    this.#spec.scopes.changed();
    this.#constraint = withPublicIdentifiers(constraint);
    this.#stock("when", this.#constraint);
    this.#request = undefined;
    if (this.#scoped !== undefined) this.#scoped.hiddenBinding.request = undefined;
    return this.syntax;
  }

  /** A name or a tag: the instance's dependencies may ask for it with `whenParentNamed`, `whenParentTagged`. */
  requested(request: GetOptions): In {
    this.#request = request;
    if (this.#scoped !== undefined) this.#scoped.hiddenBinding.request = request;
    return this.syntax;
  }

  // A scoped binding's handlers are for real instances, which the hidden binding makes.

  activated(handler: BindingActivation): In {
    this.#onActivation = handler;
    if (this.#scoped === undefined) this.#stock("onActivation", handler);
    else this.#scoped.hiddenBinding.activations.own = handler;
    return this.syntax;
  }

  deactivated(handler: BindingDeactivation): In {
    this.#onDeactivation = handler;
    if (this.#scoped === undefined) this.#stock("onDeactivation", handler);
    else this.#scoped.hiddenBinding.deactivations.own = handler;
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
    // inversify's own methods call `when`.
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

/** Makes a scope. An error in its options names the service that is bound. */
function scopeOf(service: string, makeScope: () => Scope): Scope {
  try {
    return makeScope();
  } catch (error) {
    throw error instanceof ScopeError ? ofService(service, error) : error;
  }
}
