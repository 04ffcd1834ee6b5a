import type { Context } from "../../context/context.js";
import type { Dependent } from "../../context/dependents.js";
import { enterByRun } from "../../context/enter.js";
import { InnerStore } from "../../context/inner-store.js";
import { FactoryFrame } from "../../context/factory-frame.js";
import { als, type Current } from "../../context/store.js";
import { isNativePromise } from "../../base/native-promise.js";
import type { CreateOptions, Service } from "../scope.js";
import { scopeCycle } from "./errors.js";

/** An instance that is being made; knows whose completion its factory awaits. */
export interface Construction {
  readonly service: string;
  readonly dependent: Dependent | undefined;
  /** Few factories touch anything. */
  waitsFor: Set<Construction> | undefined;
  isDone: boolean;
  /** What its factory is told, where a pool makes it. */
  readonly options?: CreateOptions;
  /** What has to be made before this one can be, where that is not what it waits for. */
  blockers?(): Iterable<Construction>;
}

function waitFor(construction: Construction, touched: Construction): void {
  if (touched.dependent !== undefined) construction.dependent?.takes(touched.dependent);
  (construction.waitsFor ??= new Set()).add(touched);
}

/** It is made, or has failed: nothing waits in it any more. */
export function finish(construction: Construction): void {
  construction.isDone = true;
  construction.waitsFor = undefined;
}

/** Whose instances are made. */
type Maker = Pick<Service, "name" | "dependent">;

/** One whose instance knows nothing of it. */
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

/** One that a pool makes. */
class PooledConstruction extends InstanceConstruction {
  readonly options: CreateOptions;

  constructor(maker: Maker, options: CreateOptions) {
    super(maker);
    this.options = options;
  }
}

/** An instance for a lease of its own: nobody else can touch it, so that a cycle is one of services, each with a new one. */
export class LeaseConstruction extends InstanceConstruction {
  /** In whose factory it was asked for. */
  readonly #outer = currentConstruction();
  readonly #source: object;

  constructor(service: Maker, source: object) {
    super(service);
    this.#source = source;
  }

  /**
   * Runs the factory in the store of now, made to tell that it does; whoever asks waits for what it makes.
   *
   * @throws ScopeError `SCOPE_CYCLE` if this is needed for another of its own service
   */
  async make<R>(factory: () => R | Promise<R>): Promise<R> {
    this.#assertNoCycle();
    try {
      const result = this.#run(factory);
      noteWaiting(this);
      return await result;
    } finally {
      finish(this);
    }
  }

  #run<R>(factory: () => R): R {
    const outer = enterConstruction(this);
    try {
      return enterByRun(storeOf(this), callIt<R>, factory, undefined);
    } finally {
      active.construction = outer;
      outer?.waitsFor?.delete(this);
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

/** An acquisition from a pool, which waits for what the pool makes, unless something is there that may come back. */
export class PoolConstruction extends InstanceConstruction {
  readonly #hasInstances: () => boolean;
  /** The instances that are being made. */
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

  /** @throws ScopeError `SCOPE_CYCLE` if the one who asks is what the pool waits for to make an instance */
  assertNoCycle(): void {
    if (this.creations.waitsFor?.size) assertNoCycle(this);
  }
}

/**
 * The factory whose synchronous part runs. To be put back without a call, since a factory may have failed for want of stack:
 * then the first call of a function fails too, as V8 has no room to compile it.
 */
export const active: { construction: Construction | undefined } = { construction: undefined };

/**
 * The synchronous part of a factory begins: what it touches is known to be touched by it.
 *
 * @returns what is to be active again when the factory has returned
 */
export function enterConstruction(construction: Construction): Construction | undefined {
  const outer = active.construction;
  if (outer !== undefined) waitFor(outer, construction);
  active.construction = construction;
  return outer;
}

/** Whether a factory is calling. */
export function isConstructing(): boolean {
  return currentConstruction() !== undefined;
}

/** Something is taken: if a factory does so, what it makes ends first. */
export function noteTaken(dependent: Dependent | undefined, store?: Current): void {
  if (dependent !== undefined) currentConstruction(store)?.dependent?.takes(dependent);
}

/** The factory from which we are called, in its synchronous part or, where the storage knows, later. */
export function currentConstruction(store: Current = als.getStore()): Construction | undefined {
  const construction = active.construction ?? (store?.construction as Construction | undefined);
  // What a factory has started may go on long after it; then nothing waits for it.
  return construction?.isDone === true ? undefined : construction;
}

/**
 * Runs the factory of a shared or pooled instance, outside every context, in a frame of its own: so that it is known what
 * the factory touches after its first `await`, and what is called back long after it.
 *
 * The frame is entered and left here, and not by `als.run`: the fewer calls, the longer may a chain of factories be, each of
 * which touches the next.
 */
export function runFactory(
  construction: Construction,
  service: Service,
  n: number,
  options?: CreateOptions,
): object | Promise<object> {
  const outer = active.construction;
  const before = als.getStore();
  try {
    enterConstruction(construction);
    als.enterWith(new FactoryFrame(construction.service, construction));
    return service.create(n, options);
  } finally {
    active.construction = outer;
    als.enterWith(before);
    outer?.waitsFor?.delete(construction);
  }
}

function callIt<R>(_: Current, factory: () => R): R {
  return factory();
}

/**
 * The store of now, that is a context's, but tells that a factory runs. Only for factories known to be asynchronous: the
 * synchronous part of the others is seen without.
 */
export function storeOfFactory(construction: Construction): InnerStore {
  const store = als.getStore() as Context | InnerStore;
  return new InnerStore(store.context, construction, store.call, store.transaction);
}

/** The same wherever a lease may be asked for: also outside every context, and in the factory of what outlives them. */
function storeOf(construction: Construction): InnerStore | FactoryFrame {
  const store = als.getStore();
  if (store === undefined) return new FactoryFrame(undefined, construction);
  return store.state === "outside" ? new FactoryFrame(store.service, construction) : storeOfFactory(construction);
}

/**
 * Called when something is touched that is being made.
 *
 * @throws ScopeError `SCOPE_CYCLE` with the path, if the one who touches is what it waits for
 */
export function assertNoCycle(touched: Construction): void {
  const toucher = currentConstruction();
  if (toucher === undefined) return;
  const path = pathBetween(touched, toucher);
  if (path === undefined) return;
  // A pool and the instance that it makes are one service.
  const services = path.map(({ service }) => service).filter((name, i, all) => name !== all[i - 1]);
  throw scopeCycle([...services, touched.service]);
}

/**
 * The factory that touches will wait for what is touched.
 *
 * @returns to be called when it does not wait any more, where the thing that it waits for goes on
 */
export function noteWaiting(touched: Construction): () => void {
  const toucher = currentConstruction();
  if (toucher !== undefined) waitFor(toucher, touched);
  return () => void toucher?.waitsFor?.delete(touched);
}

/** Not by recursion: a chain of factories may be longer than the stack is deep. */
function pathBetween(from: Construction, to: Construction): Construction[] | undefined {
  const cameFrom = new Map<Construction, Construction | undefined>([[from, undefined]]);
  for (const [construction] of cameFrom) {
    if (construction === to) return pathTo(to, cameFrom);
    for (const next of construction.blockers?.() ?? construction.waitsFor ?? []) {
      if (!cameFrom.has(next)) cameFrom.set(next, construction);
    }
  }
  return undefined;
}

function pathTo(last: Construction, cameFrom: ReadonlyMap<Construction, Construction | undefined>): Construction[] {
  const path: Construction[] = [];
  for (
    let construction: Construction | undefined = last;
    construction !== undefined;
    construction = cameFrom.get(construction)
  )
    path.push(construction);
  return path.toReversed();
}
