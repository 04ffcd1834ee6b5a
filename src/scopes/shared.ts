import { claimStack } from "../base/claim-stack.js";
import type { ScopeError } from "../base/errors.js";
import { isNativePromise } from "../base/native-promise.js";
import type { Lease, LeaseOptions, Source } from "../proxy/source.js";
import { InstanceConstruction } from "./creation/constructions.js";
import { assertNoCycle, type Construction, finish, noteAcquired, noteWaiting } from "./creation/creation-graph.js";
import { creationError } from "./creation/errors.js";
import { OrderedPromise } from "./creation/ordered-promise.js";
import { runFactory } from "./creation/run-factory.js";
import { withTimeout } from "./creation/with-timeout.js";
import { destroyUnused } from "./disposal/destroy-unused.js";
import { endingBy } from "./disposal/ending-by.js";
import { warnOf } from "./disposal/failures.js";
import { FOR_SHARED, notReady, unbound } from "./errors.js";
import { HeldLease } from "./held-lease.js";
import { checkSharedOptions, type SharedOptions } from "./options.js";
import type { Scope, Service } from "./scope.js";

/**
 * One instance for the container, made at first use and ended by unbinding. For stateless services, and for those that everyone
 * may use at once: configuration, clients with a pool of their own, caches.
 *
 * The factory runs in no async context: the instance must not remember the first requester.
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
  #construction: Construction | undefined;
  #arrival: OrderedPromise<object> | undefined;
  #isClosed = false;

  constructor(service: Service) {
    this.#service = service;
  }

  acquireNow(): object | undefined {
    if (this.#instance !== undefined) return this.#instance;
    if (this.#construction !== undefined) {
      assertNoCycle(this.#construction);
      return undefined;
    }
    return this.#begin();
  }

  #begin(): object | undefined {
    const service = this.#service;
    if (this.#isClosed) throw unbound(service);
    noteAcquired(service.dependent);
    const construction = new InstanceConstruction(service);
    this.#construction = construction;
    let result: object | Promise<object>;
    try {
      claimStack();
      result = service.outside(() => runFactory(construction, service, 0));
    } catch (error) {
      // Without a call, since the stack may be full: a construction that stayed here would block the service for ever.
      construction.isDone = true;
      if (this.#construction === construction) this.#construction = undefined;
      throw creationError(service.name, error);
    }
    if (isNativePromise(result)) {
      result.then(
        (instance) => this.#resolve(construction, instance),
        (error: unknown) => this.#failed(construction, error),
      );
    } else {
      this.#arrived(construction, result);
    }
    if (this.#isClosed) throw unbound(service); // the factory has removed its own binding
    return this.#instance;
  }

  #resolve(construction: Construction, instance: object): void {
    if (this.#construction !== construction || this.#arrival === undefined) this.#arrived(construction, instance);
    else this.#arrival.resolve(instance);
  }

  #arrived(construction: Construction, instance: object): void {
    // The binding may be gone, also since the factory's promise was resolved.
    if (this.#construction !== construction) {
      destroyUnused(this.#service, instance);
      return;
    }
    this.#forgetConstruction();
    this.#instance = instance;
    this.#service.publish(this, instance);
  }

  #failed(construction: Construction, cause: unknown): void {
    if (this.#construction !== construction) return;
    const { name } = this.#service;
    if (this.#arrival === undefined) warnOf(name, "could not be made", cause);
    else this.#arrival.reject(creationError(name, cause));
    this.#forgetConstruction();
  }

  #forgetConstruction(): void {
    if (this.#construction !== undefined) finish(this.#construction);
    this.#construction = undefined;
    this.#arrival = undefined;
  }

  acquire(): Promise<object> {
    const instance = this.acquireNow();
    if (instance !== undefined) return Promise.resolve(instance);
    const construction = this.#construction!;
    noteWaiting(construction);
    this.#arrival ??= new OrderedPromise((arrived) => this.#arrived(construction, arrived));
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
        if (this.#instance !== instance) throw unbound(this.#service);
      },
    );
  }

  close(): void | Promise<void> {
    const instance = this.#instance;
    this.#isClosed = true;
    this.#arrival?.reject(unbound(this.#service));
    this.#forgetConstruction();
    if (instance === undefined) return;
    this.#instance = undefined;
    this.#service.publish(this, undefined);
    return this.#service.outside(() => this.#service.destroy(instance));
  }
}
