import type {
  BindInWhenOnFluentSyntax,
  BindToFluentSyntax,
  BindingActivation,
  BindingDeactivation,
  ResolutionContext,
  ServiceIdentifier,
} from "inversify";
import { isThenable } from "../is-thenable.js";
import type { Recipe } from "../scopes/service.js";
import type { ContainerScopes } from "./container-scopes.js";
import type { PlanResult } from "./inversify-types.js";

/** Binds the recipe that the user gave (`to`, `toDynamicValue`, `toResolvedValue`) under another identifier. */
export type BindRecipe = (syntax: BindToFluentSyntax<unknown>) => BindInWhenOnFluentSyntax<unknown>;

/**
 * Makes instances by a hidden, transient binding of the user's recipe, so that plans, constraints, injection and
 * `@postConstruct` are inversify's own; then applies the service's activation handlers, to the real instance only.
 */
export class HiddenRecipe implements Recipe {
  onActivation: BindingActivation | undefined;
  onDeactivation: BindingDeactivation | undefined;
  readonly #scopes: ContainerScopes;
  readonly #service: ServiceIdentifier;
  readonly #bind: BindRecipe;
  readonly #identifier: symbol;
  #boundIn = -1;
  /** Learnt from the plan. */
  preDestroy: ReadonlySet<PropertyKey> = new Set();
  /** Handlers of the time of unbinding, for instances that come back later. */
  #lastDeactivations: readonly BindingDeactivation[] | undefined;

  constructor(scopes: ContainerScopes, service: ServiceIdentifier, name: string, bind: BindRecipe) {
    this.#scopes = scopes;
    this.#service = service;
    this.#bind = bind;
    this.#identifier = Symbol(name);
  }

  create(): unknown {
    this.#ensureBound();
    const made = this.#scopes.resolve(this.#identifier);
    return isThenable(made) ? made.then((late) => this.#activate(late)) : this.#activate(made);
  }

  #ensureBound(): void {
    const scopes = this.#scopes;
    if (this.#boundIn === scopes.generation) return;
    // A snapshot taken after the first use brings the hidden binding back.
    scopes.forgetHidden(this.#identifier);
    scopes.bindHidden(this.#identifier, this.#service, this, this.#bind);
    this.#boundIn = scopes.generation;
  }

  #activate(instance: unknown): unknown {
    const handlers = this.#activations();
    if (handlers.length === 0) return instance;
    const context = this.#scopes.resolutionContext();
    return handlers.reduce<unknown>((value, handler) => applyTo(value, (resolved) => handler(context, resolved)), instance);
  }

  #activations(): BindingActivation[] {
    const handlers = [...(this.#scopes.inversify.activationService.get(this.#service) ?? [])];
    if (this.onActivation !== undefined) handlers.unshift(this.onActivation);
    return handlers;
  }

  deactivate(instance: object): void | Promise<void> {
    const handlers = this.#lastDeactivations ?? this.#deactivations();
    let done: void | Promise<void> = undefined;
    for (const name of this.preDestroy) {
      done = afterwards(done, () => {
        const method = (instance as Record<PropertyKey, unknown>)[name];
        return typeof method === "function" ? (Reflect.apply(method, instance, []) as void | Promise<void>) : undefined;
      });
    }
    for (const handler of handlers) done = afterwards(done, () => handler(instance));
    return done;
  }

  #deactivations(): BindingDeactivation[] {
    const handlers = [...(this.#scopes.inversify.deactivationService.get(this.#service) ?? [])];
    if (this.onDeactivation !== undefined) handlers.unshift(this.onDeactivation);
    return handlers;
  }

  /** The binding goes: inversify forgets its handlers, which leased instances still need when they come back. */
  unbound(): void {
    this.#lastDeactivations = this.#deactivations();
    this.#scopes.forgetHidden(this.#identifier);
    this.#boundIn = -1;
  }

  /** The binding is back. */
  restored(): void {
    this.#lastDeactivations = undefined;
  }
}

function applyTo(value: unknown, handler: (resolved: unknown) => unknown): unknown {
  return isThenable(value) ? value.then(handler) : handler(value);
}

function afterwards(before: void | Promise<void>, next: () => void | Promise<void>): void | Promise<void> {
  return before === undefined ? next() : before.then(next);
}

/** What a factory made, wrapped so that inversify does not take its promise for its own. */
export class Box {
  constructor(readonly content: unknown) {}
}

export type { PlanResult, ResolutionContext };
