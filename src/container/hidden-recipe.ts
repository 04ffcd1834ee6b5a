import type {
  BindInWhenOnFluentSyntax,
  BindToFluentSyntax,
  BindingActivation,
  BindingDeactivation,
  GetOptions,
  ServiceIdentifier,
} from "inversify";
import { isThenable } from "../is-thenable.js";
import { inTurn } from "../scopes/in-turn.js";
import type { Recipe } from "../scopes/service.js";
import { hiddenIdentifier } from "./constraint-view.js";
import type { ContainerScopes } from "./container-scopes.js";

/** Binds the recipe that the user gave (`to`, `toDynamicValue`, `toResolvedValue`) under another identifier. */
export type BindRecipe = (syntax: BindToFluentSyntax<unknown>) => BindInWhenOnFluentSyntax<unknown>;

/**
 * Makes instances by a hidden binding of the user's recipe, so that plans, constraints, injection and `@postConstruct`
 * are inversify's own; then applies the service's activation handlers, to the real instance only.
 */
export class HiddenRecipe implements Recipe {
  readonly identifier: symbol;
  onActivation: BindingActivation | undefined;
  onDeactivation: BindingDeactivation | undefined;
  /** The name and the tag of the binding, which constraints of the instance's dependencies ask for. */
  request: GetOptions | undefined;
  /** Learnt from the plan. */
  preDestroy: ReadonlySet<PropertyKey> = new Set();
  /** Learnt from the plan: a class of which nothing is injected and nothing called, so that `new` is all there is to do. */
  plainClass: (new () => object) | undefined;
  readonly #scopes: ContainerScopes;
  readonly #service: ServiceIdentifier;
  readonly #bind: BindRecipe;
  #boundIn = -1;
  /** inversify forgets handlers with their binding; instances that come back later still need them. */
  #lastDeactivations: readonly BindingDeactivation[] | undefined;

  constructor(scopes: ContainerScopes, service: ServiceIdentifier, name: string, bind: BindRecipe) {
    this.#scopes = scopes;
    this.#service = service;
    this.#bind = bind;
    this.identifier = hiddenIdentifier(service, name);
  }

  create(): unknown {
    this.ensureBound();
    const { plainClass } = this;
    const made = plainClass === undefined ? this.#scopes.hidden.make(this.identifier, this.request) : new plainClass();
    return isThenable(made) ? made.then((late) => this.#activate(late)) : this.#activate(made);
  }

  /** Binds the hidden binding at first use, and again after a `restore()`, whose snapshot has none or an old one. */
  ensureBound(): void {
    const scopes = this.#scopes;
    if (this.#boundIn === scopes.generation) return;
    this.plainClass = undefined;
    scopes.bindHidden(this, this.#bind);
    this.#boundIn = scopes.generation;
  }

  #activate(instance: unknown): unknown {
    const ofService = this.#scopes.inversify.activationService.get(this.#service);
    // As mostly: every instance comes along here.
    if (ofService === undefined && this.onActivation === undefined) return instance;
    const handlers = [...(ofService ?? [])];
    if (this.onActivation !== undefined) handlers.unshift(this.onActivation);
    const context = this.#scopes.hidden.context();
    return handlers.reduce<unknown>(
      (value, handler) => applyTo(value, (resolved) => handler(context, resolved)),
      instance,
    );
  }

  deactivate(instance: object): void | Promise<void> {
    const lastHandlers = this.#lastDeactivations ?? this.#deactivations();
    if (this.preDestroy.size === 0 && lastHandlers.length === 0) return undefined;
    const methods = [...this.preDestroy].map((name) => () => {
      const method = (instance as Record<PropertyKey, unknown>)[name];
      return typeof method === "function" ? (Reflect.apply(method, instance, []) as void | Promise<void>) : undefined;
    });
    const handlers = lastHandlers.map((handler) => () => handler(instance));
    return inTurn([...methods, ...handlers]);
  }

  #deactivations(): readonly BindingDeactivation[] {
    const ofService = this.#scopes.inversify.deactivationService.get(this.#service);
    if (ofService === undefined && this.onDeactivation === undefined) return NO_HANDLERS;
    const handlers = [...(ofService ?? [])];
    if (this.onDeactivation !== undefined) handlers.unshift(this.onDeactivation);
    return handlers;
  }

  /** The binding may go. */
  beforeRemoval(): void {
    this.#lastDeactivations = this.#deactivations();
  }

  /** The binding is still there, or there again. */
  remains(): void {
    this.#lastDeactivations = undefined;
  }

  /** The binding is gone. */
  removed(): void {
    this.#scopes.forgetHidden(this);
    this.#boundIn = -1;
  }
}

const NO_HANDLERS: readonly BindingDeactivation[] = [];

function applyTo(value: unknown, handler: (resolved: unknown) => unknown): unknown {
  return isThenable(value) ? value.then(handler) : handler(value);
}
