import { type Circle, circleOf, type Dependent, nextMark } from "./dependents.js";

/** Something to be ended. */
export interface Ending {
  /** Its service; nothing where that tells no more than itself. */
  readonly dependent: Dependent | undefined;
}

/** What ends together: the instances of one service, or of several that hold each other; or nothing, between others. */
interface Turn<T> {
  readonly circle: Circle | undefined;
  /** How many of those that hold it, directly or through others, have something that has not ended. */
  holders: number;
  readonly holds: Turn<T>[];
  /** What was taken first, and under it, by `next`, what was taken before. */
  places: Place<T> | undefined;
}

/** Where something has its place in the order. */
export interface Place<T> {
  readonly ending: T;
  /** Higher for what was taken later. */
  readonly order: number;
  readonly turn: Turn<T>;
  /** In the same turn. */
  readonly before: Place<T> | undefined;
}

/**
 * The order of ending: what holds others ends before them, whatever was taken first. Of those that may end, the last taken is
 * the next; so do those end that hold each other, one after the other.
 */
export class EndingOrder<T extends Ending> {
  /** What may end now; the next one is the last in it. */
  readonly #free: Place<T>[] = [];

  /** @param lastFirst - what is to end, what was taken last first */
  constructor(lastFirst: readonly T[]) {
    const mark = nextMark();
    const turns = turnsOf(lastFirst, mark);
    linkTurns(turns, mark);
    this.#setFree(turns.filter(({ holders }) => holders === 0));
  }

  /** What is to end next; nothing as long as all that is left waits for the end of what holds it. */
  next(): Place<T> | undefined {
    return this.#free.pop();
  }

  /** It has ended, and what it holds may. */
  ended({ turn }: Place<T>): void {
    this.#setFree([turn]);
  }

  #setFree(turns: Turn<T>[]): void {
    for (const turn of turns) {
      const place = turn.places;
      if (place === undefined) {
        for (const held of turn.holds) if (--held.holders === 0) turns.push(held);
      } else {
        turn.places = place.before;
        this.#insert(place);
      }
    }
  }

  #insert(place: Place<T>): void {
    const free = this.#free;
    let i = free.length;
    for (; i > 0 && free[i - 1]!.order > place.order; i--) free[i] = free[i - 1]!;
    free[i] = place;
  }
}

/** A turn for each circle of which something is to end; each circle knows its turn by its place among them. */
function turnsOf<T extends Ending>(lastFirst: readonly T[], mark: number): Turn<T>[] {
  const turns: Turn<T>[] = [];
  for (let i = lastFirst.length - 1; i >= 0; i--) {
    const ending = lastFirst[i]!;
    const circle = ending.dependent === undefined ? undefined : circleOf(ending.dependent);
    const turn = circle === undefined ? newTurn(turns, circle) : turnIn(turns, circle, mark);
    turn.places = { ending, order: lastFirst.length - i, turn, before: turn.places };
  }
  return turns;
}

function turnIn<T>(turns: Turn<T>[], circle: Circle, mark: number): Turn<T> {
  if (circle.mark === mark) return turns[circle.place]!;
  circle.mark = mark;
  circle.place = turns.length;
  return newTurn(turns, circle);
}

function newTurn<T>(turns: Turn<T>[], circle: Circle | undefined): Turn<T> {
  const turn: Turn<T> = { circle, holders: 0, holds: [], places: undefined };
  turns.push(turn);
  return turn;
}

/** Finds what is held by what ends, and by that; all of it that may lead to something else that ends. */
function linkTurns<T>(turns: Turn<T>[], mark: number): void {
  const lowest = turns.reduce((rank, { circle }) => Math.min(rank, circle?.rank ?? Infinity), Infinity);
  // Grows while it is walked.
  for (const turn of turns) {
    for (const circle of turn.circle?.holds ?? []) {
      if (circle.mark !== mark && circle.rank < lowest) continue;
      const held = turnIn(turns, circle, mark);
      held.holders++;
      turn.holds.push(held);
    }
  }
}

/** What is to end, in order. */
export function inEndingOrder<T extends Ending>(lastFirst: readonly T[]): T[] {
  const order = new EndingOrder(lastFirst);
  const all: T[] = [];
  for (let place = order.next(); place !== undefined; place = order.next()) {
    all.push(place.ending);
    order.ended(place);
  }
  return all;
}
