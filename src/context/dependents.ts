import { processWide } from "../base/process-wide.js";

/** What all copies of the package in this process count together. */
interface Counts {
  /** Counts up whenever a service holds something new, or holds something no longer: circles may change. */
  changes: number;
  circles: number;
  marks: number;
}

const counts = processWide<Counts>("dependents/1", () => ({ changes: 1, circles: 0, marks: 0 }));

const NONE: readonly never[] = [];

/** Tells what is injected into the instances of a service. */
export interface Injection {
  /** The owner of the service, an object of the caller's choice. */
  readonly owner: object;
  /** The owner has ended all of its services, and has none since. */
  readonly isAllOver: boolean;
  dependents(): readonly Dependent[];
}

/**
 * A service in the order of ending: its instances end before those of the services that they hold. It holds what inversify plans
 * to inject, and what its factories have acquired.
 */
export class Dependent {
  injected: readonly Dependent[] | undefined = undefined;
  acquired: Set<Dependent> | undefined = undefined;
  /** Its binding is gone. */
  isGone = false;
  /** The service that its proxies mean now, if another binding took the place of its own. */
  successor: (() => Dependent | undefined) | undefined = undefined;
  /** Valid as long as `circleOf` is the present count of changes. */
  circle: Circle | undefined = undefined;
  circleOf = 0;
  readonly #injection: Injection | undefined;

  constructor(injection?: Injection) {
    this.#injection = injection;
  }

  /** The owner of the service, if it is known. */
  get owner(): object | undefined {
    return this.#injection?.owner;
  }

  /** Not only this service is gone: its owner has ended all that it had. */
  get isAllOver(): boolean {
    return this.#injection?.isAllOver === true;
  }

  /** Whether its instances may hold others: false if what is injected is known to be nothing, and its factories acquire nothing. */
  get mayHold(): boolean {
    return this.acquired !== undefined || this.injected !== NONE;
  }

  /** Sets what inversify plans to inject. */
  isInjected(injected: readonly Dependent[]): void {
    const before = this.injected;
    if (injected.length === before?.length && injected.every((one, i) => one === before[i])) return;
    this.injected = orNone(injected);
    this.#changed();
  }

  /** Notes that one of its factories has acquired an instance of another service. */
  acquires(held: Dependent): void {
    if (held === this || this.acquired?.has(held) === true) return;
    this.acquired ??= new Set();
    if (isPowerOfTwo(this.acquired.size)) this.#forgetGone(this.acquired);
    this.acquired.add(held);
    this.#changed();
  }

  /** Its binding is back. While it was gone, nothing could be planned. */
  isBack(): void {
    this.isGone = false;
    this.injected = undefined;
    this.#changed();
  }

  /** The services that it holds. If none of its instances was ever made, it asks what would be injected. */
  *holdings(): Generator<Dependent, undefined> {
    const injected = (this.injected ??= orNone(this.#injection?.dependents() ?? NONE));
    yield* andSuccessors(injected);
    if (this.acquired !== undefined) yield* andSuccessors(this.acquired);
  }

  /** The circles of others depend on what this service holds only if its own circle is known. */
  #changed(): void {
    if (this.circleOf === counts.changes) counts.changes++;
  }

  /** A factory may acquire one service after the other while their bindings come and go. */
  #forgetGone(acquired: Set<Dependent>): void {
    for (const held of acquired) if (held.isGone && held.successor === undefined) acquired.delete(held);
  }
}

/** One empty list for all. */
function orNone<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NONE : list;
}

/** A holder of the proxy of a binding that is gone uses the binding that took its place. */
function* andSuccessors(held: Iterable<Dependent>): Generator<Dependent> {
  for (const one of held) {
    yield one;
    const next = one.successor?.();
    if (next !== undefined) yield next;
  }
}

/** A binding took the place of another. */
export function successionChanged(): void {
  counts.changes++;
}

function isPowerOfTwo(n: number): boolean {
  return (n & (n - 1)) === 0;
}

/** Services that hold each other, directly or through others; mostly a single one. */
export class Circle {
  /** Higher than the rank of every circle that this one holds. */
  readonly rank = ++counts.circles;
  holds: readonly Circle[] = NONE;
  /** Notes of the last walk that came here: its mark, and the place that it gave this circle. */
  mark = 0;
  place = 0;
}

/** A new mark, for the circles that one walk has seen. */
export function nextMark(): number {
  return ++counts.marks;
}

/** The circle of a service, by all that is known now. */
export function circleOf(dependent: Dependent): Circle {
  if (dependent.circle === undefined || dependent.circleOf !== counts.changes) findCircles(dependent);
  return dependent.circle!;
}

/** A service on the way through the graph. */
interface Visit {
  readonly dependent: Dependent;
  readonly rest: Iterator<Dependent, undefined>;
  readonly index: number;
  /** The lowest index to which a way leads from here. */
  lowest: number;
}

/** Tarjan's algorithm, without recursion: chains of services may be long. */
function findCircles(start: Dependent): void {
  const visits = new Map<Dependent, Visit>();
  /** The services that are in no circle yet. One that is above another may lead back to it. */
  const open: Visit[] = [];
  const path: Visit[] = [];
  const enter = (dependent: Dependent): void => {
    const index = open.length;
    const visit: Visit = { dependent, rest: dependent.holdings(), index, lowest: index };
    visits.set(dependent, visit);
    open.push(visit);
    path.push(visit);
  };
  enter(start);
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    const next = visit.rest.next();
    if (next.done === true) {
      path.pop();
      const from = path.at(-1);
      if (from !== undefined) from.lowest = Math.min(from.lowest, visit.lowest);
      if (visit.lowest === visit.index) close(open.splice(visit.index));
    } else if (next.value.circleOf !== counts.changes) {
      const seen = visits.get(next.value);
      if (seen === undefined) enter(next.value);
      else visit.lowest = Math.min(visit.lowest, seen.index);
    }
  }
}

function close(members: readonly Visit[]): void {
  const circle = new Circle();
  for (const { dependent } of members) {
    dependent.circle = circle;
    dependent.circleOf = counts.changes;
  }
  const holds = new Set<Circle>();
  for (const { dependent } of members) for (const held of dependent.holdings()) holds.add(held.circle!);
  holds.delete(circle);
  if (holds.size > 0) circle.holds = [...holds];
}
