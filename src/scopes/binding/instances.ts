import type { Dependent } from "../../context/dependents.js";
import type { Runner } from "../../context/outside.js";
import { isObject } from "../../base/is-object.js";
import { isThenable } from "../../base/is-thenable.js";
import { assertKind, assertProxyable, type Kind, kindOf } from "../../proxy/kind.js";
import { targetOf, targetOfInstance } from "../../proxy/registry.js";
import type { Target } from "../../proxy/target.js";
import { endReplaced } from "../disposal/destroy-unused.js";
import { runAllInOrder } from "../disposal/run-all-in-order.js";
import { disposeOf, warnIfEndless } from "../disposal/ways-to-end.js";
import type { ShownBy } from "../options.js";
import type { CreateOptions, Dispose, Service } from "../scope.js";
import { refuseContradiction, refuseDead, refuseQuery } from "./first-instance.js";
import { howToWait } from "./how-to-wait.js";
import { refuseCircleOfFactories } from "./self-reference.js";

/** How a binding makes its instances, and what ends them before `destroy` does. */
export interface Factory {
  /** Its place in the order of ending, where a container tells what is injected. */
  readonly dependent?: Dependent;
  /** @param refused - is told an instance that was made, and that an activation handler then refused by failing */
  create(n: number, options: CreateOptions | undefined, refused: Refused): unknown;
  deactivate?(instance: object): void | Promise<void>;
  /** Whether {@link deactivate} does anything. */
  deactivates?(): boolean;
}

type Refused = (instance: unknown) => void;

/** Counts the services that have made an instance. */
let count = 0;

/** Makes the instances of one binding, checks them, and ends them. */
export class Instances {
  /** Higher for a binding whose first instance was made later; 0 before that. */
  madeAt = 0;
  readonly #target: Target;
  readonly #proxyOptions: ShownBy;
  readonly #factory: Factory;
  readonly #kind: Kind;
  /** The option `shape` says of what class the instances are. */
  readonly #hasShape: boolean;
  /** Instances that were refused, and have been ended. */
  #refused: WeakSet<object> | undefined;

  constructor(target: Target, proxyOptions: ShownBy, factory: Factory, hasShape: boolean) {
    this.#target = target;
    this.#proxyOptions = proxyOptions;
    this.#factory = factory;
    this.#kind = kindOf(proxyOptions.shape);
    this.#hasShape = hasShape;
  }

  /**
   * The service for which a scope is opened.
   *
   * @param byDefault - ends an instance, if the binding says no more than the scope
   * @param outside - runs factories and hooks
   */
  service(byDefault: Dispose | undefined, outside: Runner): Service {
    const defaultDispose = byDefault ?? disposeOf;
    const endsRefused =
      (dispose: Dispose): Refused =>
      (instance) =>
        this.#endRefused(instance, dispose, outside);
    const refused = endsRefused(defaultDispose);
    return {
      name: this.#target.name,
      create: (n = 0, options, dispose = defaultDispose) => {
        const refusedBy = dispose === defaultDispose ? refused : endsRefused(dispose);
        const made = this.#factory.create(n, options, refusedBy);
        if (!isThenable(made)) return this.#accept(made, refusedBy, dispose);
        refuseQuery(this.#target.name, made);
        return this.#acceptLater(made, refusedBy, dispose);
      },
      destroy: (instance, dispose = defaultDispose) => this.#destroy(instance, dispose),
      outside,
      howToWait: (member) => howToWait(this.#proxyOptions, member),
      dependent: this.#target.dependent!,
      publish: (source, instance) => this.#target.publish(source, instance),
    };
  }

  async #acceptLater(made: PromiseLike<unknown>, refused: Refused, dispose: Dispose): Promise<object> {
    return this.#accept(await made, refused, dispose);
  }

  #accept(instance: unknown, refused: Refused, dispose: Dispose): object {
    try {
      assertKind(this.#target.name, instance, this.#kind);
      this.learn(instance);
      if (this.madeAt === 0) this.#acceptFirst(instance, dispose);
      return instance;
    } catch (error) {
      refused(instance);
      throw error;
    }
  }

  /** What a binding gets wrong of one instance, it gets wrong of all. */
  #acceptFirst(instance: object, dispose: Dispose): void {
    if (targetOf(instance) === undefined) {
      const { name, proxy } = this.#target;
      refuseContradiction({ name, proxy, proxyOptions: this.#proxyOptions }, instance, this.#hasShape);
      if (dispose === disposeOf) warnIfEndless(name, instance, () => this.#factory.deactivates?.() === true);
    }
    this.madeAt = ++count;
  }

  /** @throws ScopeError `NOT_PROXYABLE` */
  refuseUnproxyable(instance: unknown, origin: string): void {
    assertProxyable(this.#target.name, instance, this.#kind, origin);
    if (targetOf(instance) === undefined) refuseDead(this.#target.name, instance as object, origin);
  }

  /** Looks at what the proxy is to stand for; not at another service's proxy, since that would touch the other service. */
  learn(instance: object): void {
    if (targetOfInstance(instance) === undefined) this.#target.learner?.learn(instance);
    else refuseCircleOfFactories(this.#target, instance);
  }

  /** Ends an instance that was made and refused; but another service's proxy stands for what that service ends. */
  #endRefused(instance: unknown, dispose: Dispose, outside: Runner): void {
    if (!isObject(instance) || targetOf(instance) !== undefined || this.#refused?.has(instance)) return;
    // A factory may give the same one again.
    (this.#refused ??= new WeakSet()).add(instance);
    endReplaced(this.#target.name, "refused", () => outside(() => this.#destroy(instance, dispose)));
  }

  #destroy(instance: object, dispose: Dispose): void | Promise<void> {
    let deactivated: void | Promise<void>;
    try {
      deactivated = this.#factory.deactivate?.(instance);
    } catch (error) {
      return endAfterFailure(error, instance, dispose);
    }
    if (deactivated !== undefined) return endAfter(deactivated, instance, dispose);
    const ended = dispose(instance);
    return isThenable(ended) ? after(ended) : undefined;
  }
}

// Functions of their own, since V8 makes room for closures at the beginning of a function, whether they are made or not.
function endAfterFailure(error: unknown, instance: object, dispose: Dispose): void | Promise<void> {
  const fail = (): void => {
    throw error;
  };
  return runAllInOrder([fail, () => dispose(instance)]);
}

function endAfter(before: Promise<void>, instance: object, dispose: Dispose): void | Promise<void> {
  return runAllInOrder([() => before, () => dispose(instance)]);
}

function after(ended: PromiseLike<unknown>): void | Promise<void> {
  return runAllInOrder([() => ended]);
}
