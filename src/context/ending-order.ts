import { type Circle, circleOf, type Dependent, nextMark } from "./dependents.js";

/** Something to be ended. */
export interface Ending {
  /** Its service, if it has one in the order. */
  readonly dependent: Dependent | undefined;
}

/**
 * What ends in one turn: the instances of one service, or of several that hold each other. A turn may be empty, and link others.
 */
interface Turn<T> {
  readonly circle: Circle | undefined;
  /** How many turns that hold this one have not ended. */
  holders: number;
  readonly holds: Turn<T>[];
  /** The latest acquired; `before` leads to the others. */
  places: Place<T> | undefined;
}

/** The place of one thing in the order. */
export interface Place<T> {
  readonly ending: T;
  /** Higher for what was acquired later. */
  readonly order: number;
  readonly turn: Turn<T>;
  /** The one acquired before it, in the same turn. */
  readonly before: Place<T> | undefined;
}

/**
 * The order of ending: what holds others ends before them, whatever was acquired first. Of several that may end, the last
 * acquired ends next. Those that hold each other end one after the other in the same order.
 */
export class EndingOrder<T extends Ending> {
  /** What may end now; the last in the list is the next. */
  readonly #free: Place<T>[] = [];

  /** @param lastFirst - what is to end, the last acquired first */
  constructor(lastFirst: readonly T[]) {
    const mark = nextMark();
    const turns = turnsOf(lastFirst, mark);
    linkTurns(turns, mark);
    this.#setFree(turns.filter(({ holders }) => holders === 0));
  }

  /** What ends next; `undefined` while all that is left waits for the end of what holds it. */
  next(): Place<T> | undefined {
    return this.#free.pop();
  }

  /** Notes that it has ended: what it holds may end. */
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

/** One turn for each circle that has something to end. The circle notes the turn's place in the list. */
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

/** Follows what the turns hold, directly and through others, as far as it may lead to something else that ends. */
function linkTurns<T>(turns: Turn<T>[], mark: number): void {
  const lowest = turns.reduce((rank, { circle }) => Math.min(rank, circle?.rank ?? Infinity), Infinity);
  // The list grows while it is walked.
  for (const turn of turns) {
    for (const circle of turn.circle?.holds ?? []) {
      if (circle.mark !== mark && circle.rank < lowest) continue;
      const held = turnIn(turns, circle, mark);
      held.holders++;
      turn.holds.push(held);
    }
  }
}

/** All that is to end, in order. */
export function inEndingOrder<T extends Ending>(lastFirst: readonly T[]): T[] {
  const order = new EndingOrder(lastFirst);
  const all: T[] = [];
  for (let place = order.next(); place !== undefined; place = order.next()) {
    all.push(place.ending);
    order.ended(place);
  }
  return all;
}
