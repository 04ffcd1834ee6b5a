import type { ScopeError } from "../base/errors.js";
import { isNativePromise } from "../base/native-promise.js";
import type { Lease, LeaseOptions, Source } from "../proxy/source.js";
import { OrderedPromise } from "./creation/ordered-promise.js";
import {
  assertNoCycle,
  createInFrame,
  InstanceMaking,
  type Making,
  made,
  noteTaken,
  noteWaiting,
} from "./creation/creation-graph.js";
import { checkSharedOptions, endingBy, type SharedOptions } from "./options.js";
import type { Scope, Service } from "./scope.js";
import { destroyUnused, warnOf } from "./disposal/destroy-unused.js";
import { HeldLease } from "./pooled/held-lease.js";
import { creationError, FOR_SHARED, notReady, unbound } from "./binding/touch-errors.js";
import { withTimeout } from "./creation/with-timeout.js";

/**
 * One instance for the container, made at first use and ended by unbinding. For stateless services and for those that
 * may be used by everyone at once: configuration, clients with a pool of their own, caches.
 *
 * The factory runs in no async context: whoever comes first must not be remembered.
 *
 * @param options - see {@link SharedOptions}
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * container.bind(Config).toDynamicValue(loadConfig).inScope(sharedScope());
 * ```
 */
export function sharedScope<T = object>(options: SharedOptions<T> = {}): Scope<T> {
  const checked = checkSharedOptions("sharedScope", options);
  return { name: "shared", options: checked, open: (service) => new SharedSource(endingBy(service, checked)) };
}

class SharedSource implements Source {
  readonly #service: Service;
  #instance: object | undefined;
  #making: Making | undefined;
  #arrival: OrderedPromise<object> | undefined;
  #isClosed = false;

  constructor(service: Service) {
    this.#service = service;
  }

  acquireNow(): object | undefined {
    if (this.#instance !== undefined) return this.#instance;
    if (this.#making !== undefined) {
      assertNoCycle(this.#making);
      return undefined;
    }
    return this.#begin();
  }

  #begin(): object | undefined {
    const service = this.#service;
    if (this.#isClosed) throw unbound(service.name);
    noteTaken(service.dependent);
    const making = new InstanceMaking(service);
    this.#making = making;
    let result: object | Promise<object>;
    try {
      result = service.outside(() => createInFrame(making, service, 0));
    } catch (error) {
      // Without a call: the stack may be full, and what stays here as if it were being made would never be there.
      making.isDone = true;
      if (this.#making === making) this.#making = undefined;
      throw creationError(service.name, error);
    }
    if (isNativePromise(result)) {
      result.then(
        (instance) => this.#resolve(making, instance),
        (error: unknown) => this.#failed(making, error),
      );
    } else {
      this.#arrived(making, result);
    }
    if (this.#isClosed) throw unbound(service.name); // by the factory
    return this.#instance;
  }

  #resolve(making: Making, instance: object): void {
    if (this.#making !== making || this.#arrival === undefined) this.#arrived(making, instance);
    else this.#arrival.resolve(instance);
  }

  #arrived(making: Making, instance: object): void {
    // The binding may have gone meanwhile, also between the factory's promise and this reaction.
    if (this.#making !== making) {
      destroyUnused(this.#service, instance);
      return;
    }
    this.#forgetMaking();
    this.#instance = instance;
    this.#service.publish(this, instance);
  }

  #failed(making: Making, cause: unknown): void {
    if (this.#making !== making) return;
    const { name } = this.#service;
    if (this.#arrival === undefined) warnOf(name, "could not be made", cause);
    else this.#arrival.reject(creationError(name, cause));
    this.#forgetMaking();
  }

  #forgetMaking(): void {
    if (this.#making !== undefined) made(this.#making);
    this.#making = undefined;
    this.#arrival = undefined;
  }

  acquire(): Promise<object> {
    const instance = this.acquireNow();
    if (instance !== undefined) return Promise.resolve(instance);
    const making = this.#making!;
    noteWaiting(making);
    this.#arrival ??= new OrderedPromise((arrived) => this.#arrived(making, arrived));
    return this.#arrival.promise;
  }

  unavailableError(member?: PropertyKey): ScopeError {
    return notReady(this.#service, member, FOR_SHARED);
  }

  get shared(): object | undefined {
    return this.#instance;
  }

  peek(): object | undefined {
    return this.#instance;
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  async lease(options: LeaseOptions): Promise<Lease<object>> {
    const instance = this.acquireNow() ?? (await withTimeout(this.#service.name, options, this.acquire(), () => {}));
    const { name } = this.#service;
    return new HeldLease(
      name,
      instance,
      () => {},
      () => {
        if (this.#instance !== instance) throw unbound(name);
      },
    );
  }

  close(): void | Promise<void> {
    const instance = this.#instance;
    this.#isClosed = true;
    this.#arrival?.reject(unbound(this.#service.name));
    this.#forgetMaking();
    if (instance === undefined) return;
    this.#instance = undefined;
    this.#service.publish(this, undefined);
    return this.#service.outside(() => this.#service.destroy(instance));
  }
}
