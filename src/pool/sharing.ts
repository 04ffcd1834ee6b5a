import type { HolderInfo } from "../base/errors.js";
import type { Core } from "./core.js";
import type { Holder } from "./holder.js";
import { holdersOf } from "./messages.js";
import type { Total } from "./total.js";

/** Pools share a limit with nothing but pools. */
function poolsOf(total: Total): Core<unknown>[] {
  return [...total.sharers()] as Core<unknown>[];
}

/** Everyone who must act before there can be a slot; nothing if that needs nobody. */
export function blockersOfAll(total: Total): Iterable<Holder> | undefined {
  const all: Holder[] = [];
  for (const pool of poolsOf(total)) {
    const holders = pool.ownBlockers();
    if (holders === undefined) return undefined;
    all.push(...holders);
  }
  return all;
}

/** Who holds what of all of them, longest first. */
export function longestHolders(total: Total, now: number, most: number): readonly HolderInfo[] {
  const all = poolsOf(total).flatMap((pool) => holdersOf(pool, now));
  return all.sort((a, b) => b.heldMs - a.heldMs).slice(0, most);
}
