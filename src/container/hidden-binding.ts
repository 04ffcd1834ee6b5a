import type { BindingActivation, BindingDeactivation, GetOptions, ServiceIdentifier } from "inversify";
import { Dependent, type Injection } from "../context/dependents.js";
import { isThenable } from "../base/is-thenable.js";
import { runAllInOrder } from "../scopes/disposal/run-all-in-order.js";
import type { Factory } from "../scopes/binding/instances.js";
import { unbound } from "../scopes/errors.js";
import { type Handlers, HandlersOf } from "./handlers.js";
import type { BindFactory, HiddenIdentifiers } from "./hidden-identifiers.js";
import type { InversifyServices, PlanServiceNode } from "./inversify-types.js";
import { bindingNodes, heldBy } from "./plan-walk.js";
import { type Builder, type Planless, preDestroyOfPlain } from "./planless.js";
import type { Planning } from "./planning.js";

/** The container, as a hidden binding sees it. */
interface Host {
  readonly inversify: InversifyServices;
  readonly hidden: HiddenIdentifiers;
  readonly planning: Planning;
  readonly handlers: Handlers;
  /** Rises whenever plans may change. */
  readonly changes: number;
  /** Rises whenever inversify may have lost the hidden bindings. */
  readonly generation: number;
  readonly isAllOver: boolean;
}

/**
 * Makes a service's instances by a hidden binding of what the user said after `bind(S)`, so that plans, constraints, injection and
 * `@postConstruct` are inversify's own. Then it applies the service's activation handlers, to the real instance only. What needs no
 * plan needs no hidden binding, either: that saves calls, and lets a chain of factories be longer.
 */
export class HiddenBinding implements Factory, Injection {
  readonly dependent = new Dependent(this);
  readonly activations: HandlersOf<BindingActivation>;
  readonly deactivations: HandlersOf<BindingDeactivation>;
  /** The name or the tag of the binding: constraints of the instance's dependencies ask for it. */
  request: GetOptions | undefined;
  /** Names of methods, told by the plan or by the class. */
  #preDestroy: ReadonlySet<PropertyKey> = NONE;
  /** A class for which `new` is all there is to do. */
  #plainClass: (new () => object) | undefined;
  /** A factory that gets nothing but the context. */
  #builder: Builder | undefined;
  /** One of these, until it is looked at. */
  #planless: Planless | undefined;
  readonly #scopes: Host;
  readonly #service: ServiceIdentifier;
  readonly #name: string;
  readonly #bindFactory: BindFactory;
  #identifier: symbol | undefined;
  /** The container's `generation` in which it was bound. */
  #boundIn = -1;
  /** The binding is gone: nothing is made any more. What is there may still be used by what holds it, which ends first. */
  #isRemoved = false;
  /** The container's `changes` when the plan was read. */
  #learntAt = -1;
  /** inversify forgets handlers with their binding, but instances that come back later need them. */
  #lastDeactivations: readonly BindingDeactivation[] | undefined;

  /** @param planless - the user's class or factory, if it may need no plan */
  constructor(
    scopes: Host,
    service: ServiceIdentifier,
    name: string,
    bindFactory: BindFactory,
    planless: Planless | undefined,
  ) {
    this.#scopes = scopes;
    this.#service = service;
    this.#bindFactory = bindFactory;
    this.#planless = planless;
    this.#name = name;
    const { handlers, inversify } = scopes;
    this.activations = new HandlersOf(handlers, inversify, "activationService", service);
    this.deactivations = new HandlersOf(handlers, inversify, "deactivationService", service);
  }

  get owner(): object {
    return this.#scopes;
  }

  get isAllOver(): boolean {
    return this.#scopes.isAllOver;
  }

  create(_n: number, _options: unknown, refused: (instance: unknown) => void): unknown {
    if (this.#isRemoved) throw unbound({ name: this.#name, dependent: this.dependent });
    if (this.#planless !== undefined) this.#lookAt(this.#planless);
    const plainClass = this.#plainClass;
    const builder = this.#builder;
    let made: unknown;
    if (plainClass !== undefined) made = new plainClass();
    else if (builder !== undefined) made = builder(this.#scopes.hidden.context());
    else made = this.#make();
    const handlers = this.activations.all();
    return handlers.length === 0 ? made : this.#activate(made, handlers, refused);
  }

  /** Looks when the first instance is made, not when the service is bound: decorators may be applied in between. */
  #lookAt(planless: Planless): void {
    this.#planless = undefined;
    if ("builder" in planless) {
      this.#builder = planless.builder;
    } else {
      const preDestroy = preDestroyOfPlain(planless.type);
      if (preDestroy === undefined) return;
      this.#preDestroy = preDestroy;
      this.#plainClass = planless.type as unknown as new () => object;
    }
    this.dependent.isInjected(NOTHING);
  }

  #make(): unknown {
    const identifier = this.ensureBound();
    // Now, since user code may take the binding away.
    if (this.#learntAt !== this.#scopes.changes)
      this.#scopes.planning.tell(identifier, this.request, (plan) => this.#learn(plan));
    return this.#scopes.hidden.make(identifier, this.request);
  }

  #learn(plan: PlanServiceNode): void {
    this.#learntAt = this.#scopes.changes;
    this.dependent.isInjected(heldBy(plan));
    const [node] = bindingNodes(plan);
    if (node?.classMetadata === undefined) return;
    this.#preDestroy = node.classMetadata.lifecycle.preDestroyMethodNames;
  }

  /** The services that are injected, even if nothing has been made. What cannot be planned cannot be made, and holds nothing. */
  dependents(): readonly Dependent[] {
    if (this.#planless !== undefined) this.#lookAt(this.#planless);
    if (this.#isRemoved || (this.#plainClass ?? this.#builder) !== undefined) return NOTHING;
    try {
      return heldBy(this.#scopes.planning.one(this.ensureBound(), this.request));
    } catch {
      return [];
    }
  }

  /** The hidden identifier. It is bound at the first use, and again after a `restore()`. */
  ensureBound(): symbol {
    const { hidden, generation } = this.#scopes;
    this.#identifier ??= hidden.take(this.#service, this.#name);
    if (this.#boundIn !== generation) {
      hidden.bind(this.#identifier, this.#bindFactory);
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

  /** The binding may be removed: keeps its handlers. */
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

/** Runs a handler, synchronous or not, and tells of its failure. */
function orFail(run: () => unknown, failed: (error: unknown) => never): unknown {
  try {
    const result = run();
    return isThenable(result) ? Promise.resolve(result).catch(failed) : result;
  } catch (error) {
    return failed(error);
  }
}
