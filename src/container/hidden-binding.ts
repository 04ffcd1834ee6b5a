import type {
  BindInWhenOnFluentSyntax,
  BindToFluentSyntax,
  BindingActivation,
  BindingDeactivation,
  GetOptions,
  ServiceIdentifier,
} from "inversify";
import { Dependent, type Injection } from "../context/dependents.js";
import { isThenable } from "../base/is-thenable.js";
import { runAllInOrder } from "../scopes/disposal/run-all-in-order.js";
import type { Factory } from "../scopes/binding/instances.js";
import { unbound } from "../scopes/errors.js";
import type { ContainerScopes } from "./container-scopes.js";
import { type Builder, type Direct, preDestroyOfPlain } from "./direct-recipe.js";
import { HandlersOf } from "./handlers.js";
import type { PlanServiceNode } from "./inversify-types.js";
import { heldBy } from "./plan-walk.js";

/** Binds the recipe that the user gave (`to`, `toDynamicValue`, `toResolvedValue`) under another identifier. */
export type BindRecipe = (syntax: BindToFluentSyntax<unknown>) => BindInWhenOnFluentSyntax<unknown>;

/**
 * Makes instances by a hidden binding of the user's recipe, so that plans, constraints, injection and `@postConstruct`
 * are inversify's own; then applies the service's activation handlers, to the real instance only. Where there is nothing to
 * plan, it needs none, and a chain of factories is longer by the calls that this saves.
 */
export class HiddenBinding implements Factory, Injection {
  readonly dependent = new Dependent(this);
  readonly activations: HandlersOf<BindingActivation>;
  readonly deactivations: HandlersOf<BindingDeactivation>;
  /** The name and the tag of the binding, which constraints of the instance's dependencies ask for. */
  request: GetOptions | undefined;
  /** Learnt from the plan, or from the class. */
  #preDestroy: ReadonlySet<PropertyKey> = NONE;
  /** A class of which nothing is injected and nothing called, so that `new` is all there is to do. */
  #plainClass: (new () => object) | undefined;
  /** Not looked at yet; none for what has to be planned. */
  #direct: Direct | undefined;
  /** What makes instances, and is given nothing but the context. */
  #builder: Builder | undefined;
  readonly #scopes: ContainerScopes;
  readonly #service: ServiceIdentifier;
  readonly #name: string;
  readonly #bind: BindRecipe;
  #identifier: symbol | undefined;
  #boundIn = -1;
  /** What is there may still be used, by what holds it and ends first. */
  #isRemoved = false;
  /** Of the container's bindings, when the plan was read. */
  #learntAt = -1;
  /** inversify forgets handlers with their binding; instances that come back later still need them. */
  #lastDeactivations: readonly BindingDeactivation[] | undefined;

  /** @param direct - the user's own class or builder, if there is one */
  constructor(
    scopes: ContainerScopes,
    service: ServiceIdentifier,
    name: string,
    bind: BindRecipe,
    direct: Direct | undefined,
  ) {
    this.#scopes = scopes;
    this.#service = service;
    this.#bind = bind;
    this.#direct = direct;
    this.#name = name;
    const { handlers, inversify } = scopes;
    this.activations = new HandlersOf(handlers, inversify, "activationService", service);
    this.deactivations = new HandlersOf(handlers, inversify, "deactivationService", service);
  }

  get owner(): object {
    return this.#scopes;
  }

  create(_n: number, _options: unknown, refused: (instance: unknown) => void): unknown {
    if (this.#isRemoved) throw unbound(this.#name);
    if (this.#direct !== undefined) this.#lookAt(this.#direct);
    const plainClass = this.#plainClass;
    const builder = this.#builder;
    let made: unknown;
    if (plainClass !== undefined) made = new plainClass();
    else if (builder !== undefined) made = builder(this.#scopes.hidden.context());
    else made = this.#make();
    const handlers = this.activations.all();
    return handlers.length === 0 ? made : this.#activate(made, handlers, refused);
  }

  /** Before the first instance, and not when it is bound: decorators may be applied later. */
  #lookAt(direct: Direct): void {
    this.#direct = undefined;
    if ("builder" in direct) {
      this.#builder = direct.builder;
    } else {
      const preDestroy = preDestroyOfPlain(direct.type);
      if (preDestroy === undefined) return;
      this.#preDestroy = preDestroy;
      this.#plainClass = direct.type as unknown as new () => object;
    }
    this.dependent.isInjected(NOTHING);
  }

  #make(): unknown {
    const identifier = this.bound();
    // Before user code runs, which may take the binding away.
    if (this.#learntAt !== this.#scopes.changes)
      this.#scopes.planning.tell(identifier, this.request, (plan) => this.#learn(plan));
    return this.#scopes.hidden.make(identifier, this.request);
  }

  #learn(plan: PlanServiceNode): void {
    this.#learntAt = this.#scopes.changes;
    this.dependent.isInjected(heldBy(plan));
    const { bindings } = plan;
    const [node] = [bindings].flat();
    if (node?.classMetadata === undefined) return;
    this.#preDestroy = node.classMetadata.lifecycle.preDestroyMethodNames;
  }

  /** What is injected, also if nothing has been made; what cannot be planned cannot be made either. */
  dependents(): readonly Dependent[] {
    if (this.#direct !== undefined) this.#lookAt(this.#direct);
    if (this.#isRemoved || (this.#plainClass ?? this.#builder) !== undefined) return NOTHING;
    try {
      return heldBy(this.#scopes.planning.one(this.bound(), this.request));
    } catch {
      return [];
    }
  }

  /** The identifier of the hidden binding, which is bound at first use, and again after a `restore()`. */
  bound(): symbol {
    const { hidden, generation } = this.#scopes;
    this.#identifier ??= hidden.take(this.#service, this.#name);
    if (this.#boundIn !== generation) {
      hidden.bind(this.#identifier, this.#bind);
      this.#boundIn = generation;
    }
    return this.#identifier;
  }

  #activate(instance: unknown, handlers: readonly BindingActivation[], refused: (instance: unknown) => void): unknown {
    const context = this.#scopes.hidden.context();
    return handlers.reduce<unknown>(
      (value, handler) =>
        applyTo(value, (resolved) => {
          const failed = (error: unknown): never => {
            refused(resolved);
            throw error;
          };
          return orFail(() => handler(context, resolved), failed);
        }),
      instance,
    );
  }

  deactivate(instance: object): void | Promise<void> {
    const deactivations = this.#lastDeactivations ?? this.deactivations.all();
    if (this.#preDestroy.size === 0 && deactivations.length === 0) return undefined;
    return this.#deactivateBy(deactivations, instance);
  }

  deactivates(): boolean {
    return this.#preDestroy.size > 0 || this.deactivations.all().length > 0;
  }

  #deactivateBy(deactivations: readonly BindingDeactivation[], instance: object): void | Promise<void> {
    const methods = [...this.#preDestroy].map((name) => () => {
      const method = (instance as Record<PropertyKey, unknown>)[name];
      return typeof method === "function" ? (Reflect.apply(method, instance, []) as void | Promise<void>) : undefined;
    });
    const handlers = deactivations.map((handler) => () => handler(instance));
    return runAllInOrder([...methods, ...handlers]);
  }

  /** The binding may go. */
  beforeRemoval(): void {
    this.#lastDeactivations = this.deactivations.all();
  }

  /** The binding is still there, or there again. */
  remains(): void {
    this.#lastDeactivations = undefined;
    this.#isRemoved = false;
  }

  /** The binding is gone. */
  removed(): void {
    this.#isRemoved = true;
    if (this.#identifier === undefined) return;
    this.#scopes.hidden.giveBack(this.#identifier, this.#name);
    this.#identifier = undefined;
    this.#boundIn = -1;
  }
}

const NONE: ReadonlySet<PropertyKey> = new Set();
const NOTHING: readonly Dependent[] = [];

function applyTo(value: unknown, handler: (resolved: unknown) => unknown): unknown {
  return isThenable(value) ? value.then(handler) : handler(value);
}

/** Synchronous or not. */
function orFail(run: () => unknown, failed: (error: unknown) => never): unknown {
  try {
    const result = run();
    return isThenable(result) ? Promise.resolve(result).catch(failed) : result;
  } catch (error) {
    return failed(error);
  }
}
