import type { Context } from "../../context/context.js";
import type { Dependent } from "../../context/dependents.js";
import { enterByRun } from "../../context/enter.js";
import { InnerStore } from "../../context/inner-store.js";
import { OutsideFrame } from "../../context/outside.js";
import { als, type Current } from "../../context/store.js";
import { ScopeError } from "../../base/errors.js";
import { isNativePromise } from "../../base/native-promise.js";
import type { CreateOptions, Service } from "../scope.js";

/** An instance that is being made; knows whose completion its factory awaits. */
export interface Making {
  readonly service: string;
  readonly dependent: Dependent | undefined;
  /** Few factories touch anything. */
  waitsFor: Set<Making> | undefined;
  isDone: boolean;
  /** What has to be made before this one can be, where that is not what it waits for. */
  blockers?(): Iterable<Making>;
}

function waitFor(making: Making, touched: Making): void {
  if (touched.dependent !== undefined) making.dependent?.takes(touched.dependent);
  (making.waitsFor ??= new Set()).add(touched);
}

/** It is made, or has failed: nothing waits in it any more. */
export function made(making: Making): void {
  making.isDone = true;
  making.waitsFor = undefined;
}

/** Whose instances are made. */
type Maker = Pick<Service, "name" | "dependent">;

/** One whose instance knows nothing of it. */
export class InstanceMaking implements Making {
  waitsFor: Set<Making> | undefined = undefined;
  isDone = false;
  readonly service: string;
  readonly dependent: Dependent | undefined;

  constructor({ name, dependent }: Maker) {
    this.service = name;
    this.dependent = dependent;
  }
}

/** An instance for a lease of its own: nobody else can touch it, so that a cycle is one of services, each with a new one. */
export class LeaseMaking extends InstanceMaking {
  /** In whose factory it was asked for. */
  readonly #outer = currentMaking();
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
      made(this);
    }
  }

  #run<R>(factory: () => R): R {
    const outer = makingBegan(this);
    try {
      return enterByRun(storeOf(this), callIt<R>, factory, undefined);
    } finally {
      active.making = outer;
      outer?.waitsFor?.delete(this);
    }
  }

  #assertNoCycle(): void {
    const path = [this.service];
    for (let outer = this.#outer; outer instanceof LeaseMaking; outer = outer.#outer) {
      path.unshift(outer.service);
      if (outer.#source === this.#source) throw scopeCycle(path);
    }
  }
}

/** An acquisition from a pool, which waits for what the pool makes, unless something is there that may come back. */
export class PoolMaking extends InstanceMaking {
  readonly #hasInstances: () => boolean;
  /** The instances that are being made. */
  readonly creations: Making;

  readonly #service: Service;

  constructor(service: Service, hasInstances: () => boolean) {
    super(service);
    this.#service = service;
    this.#hasInstances = hasInstances;
    this.creations = new InstanceMaking(service);
  }

  blockers(): Iterable<Making> {
    return this.#hasInstances() ? [] : [this.creations];
  }

  /** Makes an instance for the pool. */
  make(n: number, options: CreateOptions): object | Promise<object> {
    const { creations } = this;
    assertNoCycle(creations);
    const making = new InstanceMaking(this.#service);
    waitFor(creations, making);
    const done = (): void => {
      made(making);
      creations.waitsFor!.delete(making);
    };
    let result: object | Promise<object> | undefined;
    try {
      result = createInFrame(making, this.#service, n, options);
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
export const active: { making: Making | undefined } = { making: undefined };

/**
 * The synchronous part of a factory begins: what it touches is known to be touched by it.
 *
 * @returns what is to be active again when the factory has returned
 */
export function makingBegan(making: Making): Making | undefined {
  const outer = active.making;
  if (outer !== undefined) waitFor(outer, making);
  active.making = making;
  return outer;
}

/** Whether a factory is calling. */
export function isMaking(): boolean {
  return currentMaking() !== undefined;
}

/** Something is taken: if a factory does so, what it makes ends first. */
export function noteTaken(dependent: Dependent | undefined, store?: Current): void {
  if (dependent !== undefined) currentMaking(store)?.dependent?.takes(dependent);
}

/** The factory from which we are called, in its synchronous part or, where the storage knows, later. */
function currentMaking(store: Current = als.getStore()): Making | undefined {
  const making = active.making ?? (store?.making as Making | undefined);
  // What a factory has started may go on long after it; then nothing waits for it.
  return making?.isDone === true ? undefined : making;
}

/**
 * Runs the factory of a shared or pooled instance, outside every context, in a frame of its own: so that it is known what
 * the factory touches after its first `await`, and what is called back long after it.
 *
 * The frame is entered and left here, and not by `als.run`: the fewer calls, the longer may a chain of factories be, each of
 * which touches the next.
 */
export function createInFrame(
  making: Making,
  service: Service,
  n: number,
  options?: CreateOptions,
): object | Promise<object> {
  const outer = active.making;
  const before = als.getStore();
  try {
    makingBegan(making);
    als.enterWith(new OutsideFrame(making.service, making));
    return service.create(n, options);
  } finally {
    active.making = outer;
    als.enterWith(before);
    outer?.waitsFor?.delete(making);
  }
}

function callIt<R>(_: Current, factory: () => R): R {
  return factory();
}

/**
 * The store of now, that is a context's, but tells that a factory runs. Only for factories known to be asynchronous: the
 * synchronous part of the others is seen without.
 */
export function storeOfFactory(making: Making): InnerStore {
  const store = als.getStore() as Context | InnerStore;
  return new InnerStore(store.context, making, store.call, store.transaction);
}

/** The same wherever a lease may be asked for: also outside every context, and in the factory of what outlives them. */
function storeOf(making: Making): InnerStore | OutsideFrame {
  const store = als.getStore();
  if (store === undefined) return new OutsideFrame(undefined, making);
  return store.state === "outside" ? new OutsideFrame(store.service, making) : storeOfFactory(making);
}

/**
 * Called when something is touched that is being made.
 *
 * @throws ScopeError `SCOPE_CYCLE` with the path, if the one who touches is what it waits for
 */
export function assertNoCycle(touched: Making): void {
  const toucher = currentMaking();
  if (toucher === undefined) return;
  const path = pathBetween(touched, toucher);
  if (path === undefined) return;
  // A pool and the instance that it makes are one service.
  const services = path.map(({ service }) => service).filter((name, i, all) => name !== all[i - 1]);
  throw scopeCycle([...services, touched.service]);
}

function scopeCycle(path: readonly string[]): ScopeError {
  return new ScopeError(
    "SCOPE_CYCLE",
    `${path.join(" → ")}: each needs the next one to be made. Inject the proxy and touch it later, not in the factory, ` +
      `the constructor or @postConstruct.`,
    { service: path.at(-1) },
  );
}

/**
 * The factory that touches will wait for what is touched.
 *
 * @returns to be called when it does not wait any more, where the thing that it waits for goes on
 */
export function noteWaiting(touched: Making): () => void {
  const toucher = currentMaking();
  if (toucher !== undefined) waitFor(toucher, touched);
  return () => void toucher?.waitsFor?.delete(touched);
}

/** Not by recursion: a chain of factories may be longer than the stack is deep. */
function pathBetween(from: Making, to: Making): Making[] | undefined {
  const cameFrom = new Map<Making, Making | undefined>([[from, undefined]]);
  for (const [making] of cameFrom) {
    if (making === to) return pathTo(to, cameFrom);
    for (const next of making.blockers?.() ?? making.waitsFor ?? []) {
      if (!cameFrom.has(next)) cameFrom.set(next, making);
    }
  }
  return undefined;
}

function pathTo(last: Making, cameFrom: ReadonlyMap<Making, Making | undefined>): Making[] {
  const path: Making[] = [];
  for (let making: Making | undefined = last; making !== undefined; making = cameFrom.get(making)) path.push(making);
  return path.toReversed();
}
