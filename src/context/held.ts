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
  if (isInOrder(last)) return last;
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
