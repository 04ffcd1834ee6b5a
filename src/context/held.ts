import { circleOf } from "./dependents.js";
import { inEndingOrder } from "./ending-order.js";
import type { Entry } from "./entry.js";

/**
 * Puts what a context holds into the order of ending.
 *
 * @param last - the entry that was acquired last
 * @returns the entry that ends first
 */
export function dependentsFirst(last: Entry): Entry {
  if (holdNothing(last.below) || isInOrder(last)) return last;
  const { below } = last;
  if (below!.below === undefined && holdsItself(below!, last)) return putAbove(below!, last);
  const [first, ...rest] = inEndingOrder(entriesFrom(last)) as [Entry, ...Entry[]];
  let above = first;
  first.above = undefined;
  for (const entry of rest) {
    above.below = entry;
    entry.above = above;
    above = entry;
  }
  above.below = undefined;
  return first;
}

/** Whether one holds the other, and not only through others. */
function holdsItself(holder: Entry, held: Entry): boolean {
  return circleOf(holder.dependent!).holds.includes(circleOf(held.dependent!));
}

/** The two are all that the context holds. */
function putAbove(first: Entry, second: Entry): Entry {
  first.above = undefined;
  first.below = second;
  second.above = first;
  second.below = undefined;
  return first;
}

/** Whether none of them holds anything. Of the last acquired it does not matter, since that ends first anyway. */
function holdNothing(belowLast: Entry | undefined): boolean {
  for (let entry = belowLast; entry !== undefined; entry = entry.below) {
    if (entry.dependent?.mayHold === true) return false;
  }
  return true;
}

/** Most contexts hold one thing, or acquired what is held before what holds it. */
function isInOrder(last: Entry): boolean {
  let lowest = Infinity;
  for (let entry: Entry | undefined = last; entry !== undefined; entry = entry.below) {
    if (entry.dependent === undefined) continue;
    const { holds, rank } = circleOf(entry.dependent);
    // A service that holds nothing may end at any time.
    if (holds.length > 0 && rank > lowest) return false;
    lowest = Math.min(lowest, rank);
  }
  return true;
}

function entriesFrom(last: Entry): Entry[] {
  const entries: Entry[] = [];
  for (let entry: Entry | undefined = last; entry !== undefined; entry = entry.below) entries.push(entry);
  return entries;
}
