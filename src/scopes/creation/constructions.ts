import type { Dependent } from "../../context/dependents.js";
import { isNativePromise } from "../../base/native-promise.js";
import type { CreateOptions, Service } from "../scope.js";
import {
  assertNoCycle,
  type Construction,
  currentConstruction,
  finish,
  noteWaiting,
  waitFor,
} from "./creation-graph.js";
import { scopeCycle } from "./errors.js";
import { runFactory, runFactoryHere } from "./run-factory.js";

/** The service whose instance is made. */
type Maker = Pick<Service, "name" | "dependent">;

/** The construction of an instance that has no object of its own to note it. */
export class InstanceConstruction implements Construction {
  waitsFor: Set<Construction> | undefined = undefined;
  isDone = false;
  readonly service: string;
  readonly dependent: Dependent | undefined;

  constructor({ name, dependent }: Maker) {
    this.service = name;
    this.dependent = dependent;
  }
}

/** The construction of an instance for a pool. */
class PooledConstruction extends InstanceConstruction {
  readonly options: CreateOptions;

  constructor(maker: Maker, options: CreateOptions) {
    super(maker);
    this.options = options;
  }
}

/**
 * The construction of an instance for an explicit lease. No other touch can find it, so that a cycle is one of services, each with
 * a new instance.
 */
export class LeaseConstruction extends InstanceConstruction {
  /** The construction in whose factory the lease was asked for. */
  readonly #outer = currentConstruction();
  readonly #source: object;

  constructor(service: Maker, source: object) {
    super(service);
    this.#source = source;
  }

  /**
   * Runs the factory in the current store, with the note that it runs; a factory that asks for the lease waits for it.
   *
   * @throws ScopeError `SCOPE_CYCLE` if the factory of another lease of the same service needs this one
   */
  async make<R>(factory: () => R | Promise<R>): Promise<R> {
    this.#assertNoCycle();
    try {
      const result = runFactoryHere(this, factory);
      noteWaiting(this);
      return await result;
    } finally {
      finish(this);
    }
  }

  #assertNoCycle(): void {
    const path = [this.service];
    for (let outer = this.#outer; outer instanceof LeaseConstruction; outer = outer.#outer) {
      path.unshift(outer.service);
      if (outer.#source === this.#source) throw scopeCycle(path);
    }
  }
}

/** Stands for acquisitions from a pool: they wait for what the pool makes, unless it has an instance that may come back. */
export class PoolConstruction extends InstanceConstruction {
  readonly #hasInstances: () => boolean;
  /** Waits for all instances that the pool is making. */
  readonly creations: Construction;

  readonly #service: Service;

  constructor(service: Service, hasInstances: () => boolean) {
    super(service);
    this.#service = service;
    this.#hasInstances = hasInstances;
    this.creations = new InstanceConstruction(service);
  }

  blockers(): Iterable<Construction> {
    return this.#hasInstances() ? [] : [this.creations];
  }

  /** Makes an instance for the pool. */
  make(n: number, options: CreateOptions): object | Promise<object> {
    const { creations } = this;
    assertNoCycle(creations);
    const construction = new PooledConstruction(this.#service, options);
    waitFor(creations, construction);
    const done = (): void => {
      finish(construction);
      creations.waitsFor!.delete(construction);
    };
    let result: object | Promise<object> | undefined;
    try {
      result = runFactory(construction, this.#service, n, options);
      return result;
    } finally {
      if (isNativePromise(result)) result.then(done, done);
      else done();
    }
  }

  /** @throws ScopeError `SCOPE_CYCLE` if the pool, to make an instance, waits for the factory that calls */
  assertNoCycle(): void {
    if (this.creations.waitsFor?.size) assertNoCycle(this);
  }
}
