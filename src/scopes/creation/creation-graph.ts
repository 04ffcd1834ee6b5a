import type { Dependent } from "../../context/dependents.js";
import { als, type Current } from "../../context/store.js";
import type { CreateOptions } from "../scope.js";
import { scopeCycle } from "./errors.js";

/*
 * Who waits for whom while instances are made. An edge leads from an instance that is being made to one that its factory waits
 * for. The instances of a circle would never be made, so the touch that closes a circle is refused. `constructions.ts` has the
 * kinds of nodes, `run-factory.ts` runs a factory so that it is known what the factory touches.
 */

/** An instance that is being made. */
export interface Construction {
  readonly service: string;
  readonly dependent: Dependent | undefined;
  /** The edges. Few factories touch anything. */
  waitsFor: Set<Construction> | undefined;
  /** It is made, or has failed. */
  isDone: boolean;
  /** What its factory is told, where a pool makes it. */
  readonly options?: CreateOptions;
  /** The edges, where these are not simply what it waits for. */
  blockers?(): Iterable<Construction>;
}

/** Adds an edge. */
export function waitFor(construction: Construction, touched: Construction): void {
  if (touched.dependent !== undefined) construction.dependent?.acquires(touched.dependent);
  (construction.waitsFor ??= new Set()).add(touched);
}

/** The instance is made, or has failed: it waits for nothing any more. */
export function finish(construction: Construction): void {
  construction.isDone = true;
  construction.waitsFor = undefined;
}

/**
 * The construction whose factory is in its synchronous part. It is put back without a call: a factory may have failed because the
 * stack was full, and then the first call of a function fails too, since V8 has no room to compile it.
 */
export const active: { construction: Construction | undefined } = { construction: undefined };

/**
 * Begins the synchronous part of a factory: what is touched from now on, the factory touches.
 *
 * @returns the construction to make active again when the factory has returned
 */
export function enterConstruction(construction: Construction): Construction | undefined {
  const outer = active.construction;
  if (outer !== undefined) waitFor(outer, construction);
  active.construction = construction;
  return outer;
}

/** Whether the caller is a factory. */
export function isConstructing(): boolean {
  return currentConstruction() !== undefined;
}

/** Notes that an instance is acquired. If a factory acquires it, what the factory makes ends first. */
export function noteAcquired(dependent: Dependent | undefined, store?: Current): void {
  if (dependent !== undefined) currentConstruction(store)?.dependent?.acquires(dependent);
}

/** The construction whose factory calls: in its synchronous part or, where the storage knows it, later. */
export function currentConstruction(store: Current = als.getStore()): Construction | undefined {
  const construction = active.construction ?? (store?.construction as Construction | undefined);
  // What a factory has started may go on long after the factory; nothing waits for it then.
  return construction?.isDone === true ? undefined : construction;
}

/**
 * Refuses the touch of something that is being made, if what is being made waits for the factory that touches.
 *
 * @throws ScopeError `SCOPE_CYCLE` with the path
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
 * Notes that the factory that calls waits for what it touches.
 *
 * @returns takes the note back: for a wait that may end before what is waited for is made
 */
export function noteWaiting(touched: Construction): () => void {
  const toucher = currentConstruction();
  if (toucher !== undefined) waitFor(toucher, touched);
  return () => void toucher?.waitsFor?.delete(touched);
}

/** Without recursion: a chain of factories may be longer than the stack is deep. */
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
  for (let one: Construction | undefined = last; one !== undefined; one = cameFrom.get(one)) path.push(one);
  return path.toReversed();
}
