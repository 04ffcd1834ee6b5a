import type { HolderInfo } from "../base/errors.js";
import type { Named } from "./holder.js";

/** What takes slots of a {@link Total}: a pool, or an instance by itself. */
export interface Sharer {
  /** When those began to wait for whom it could make an instance now, oldest first: the numbers of their acquisitions. */
  demands(): Iterable<number>;
  /** Destroys the instance that it has not used for longest. @returns whether there was an idle one */
  giveUpIdle(): boolean;
  /** There may be room. */
  pump(): void;
  /** Everyone who must act before one of its own slots can be free; nothing if that needs nobody. */
  ownBlockers(): Iterable<Named> | undefined;
  /** Who holds what it has made. */
  ownHolders(now: number): readonly HolderInfo[];
}

/** What a pool that shares a {@link Total} has of it. `sharing.ts` */
export interface Share {
  /** See {@link Total}. */
  readonly used: number;
  readonly max: number;
  readonly isFull: boolean;
  take(order: number | undefined): boolean;
  leaving(): void;
  gone(wasLeaving: boolean): void;
  claims(order: number | undefined): boolean;
  idles(): void;
  settle(): void;
  left(): void;
  /** Everyone who must act before there can be a slot, of whichever pool; nothing if that needs nobody. */
  blockers(): Iterable<Named> | undefined;
  /** Who holds what of all of them, longest first. */
  holders(now: number, most: number): readonly HolderInfo[];
}

/**
 * A limit on the slots of several pools together.
 *
 * ```text
 * a pool wants to make one --- there is room ----------------------------------> the slot is its own until it is gone
 *                          `-- there is none --> it starves; an idle instance goes, of whichever pool used none for longest
 *                                                 |
 *   a slot is free: for the oldest demand <-------'  what comes back goes too, if an older demand of another pool has no slot
 * ```
 *
 * So those who wait are served first come first served over all pools, as far as they need room. Nothing is counted as long as
 * there is room for all; after that the work grows with the number of pools for whose room somebody waits.
 */
export class Total {
  /** Slots that are taken, in any state. */
  used = 0;
  /** Those of them that will be free when `destroy` has ended. */
  #leaving = 0;
  readonly max: number;
  /** Every pool that has slots, and how many. */
  readonly #slots = new Map<Sharer, number>();
  /** Those that were refused a slot for somebody who waits. */
  readonly #starving = new Set<Sharer>();
  /** Those that were refused one for an instance made ahead. */
  readonly #filling = new Set<Sharer>();
  /** Those to which an instance came back that may be idle still; the one to which that happened last is last. */
  readonly #idling = new Set<Sharer>();
  #settling = false;
  #isOver = false;

  constructor(max: number) {
    this.max = max;
  }

  /** Every slot is taken, and none is about to be free. */
  get isFull(): boolean {
    return this.used >= this.max && this.#leaving === 0;
  }

  /**
   * Takes a slot.
   *
   * @param order - the number of the acquisition; nothing for an instance made ahead, for which no other pool gives up an instance
   */
  take(sharer: Sharer, order: number | undefined): boolean {
    if (order === undefined) {
      if (this.used < this.max && this.#starving.size === 0) return this.#taken(sharer);
      this.#filling.add(sharer);
      return false;
    }
    if (this.#roomFor(sharer, order)) return this.#taken(sharer);
    this.#starving.add(sharer);
    this.#makeRoom();
    return this.#roomFor(sharer, order) && this.#taken(sharer);
  }

  #taken(sharer: Sharer): true {
    this.used++;
    this.#slots.set(sharer, (this.#slots.get(sharer) ?? 0) + 1);
    return true;
  }

  /** A slot will be free. */
  leaving(): void {
    this.#leaving++;
  }

  /** It is. To be followed by a pump of its pool. */
  gone(sharer: Sharer, wasLeaving: boolean): void {
    if (wasLeaving) this.#leaving--;
    this.used--;
    const left = this.#slots.get(sharer)! - 1;
    if (left === 0) this.#slots.delete(sharer);
    else this.#slots.set(sharer, left);
  }

  /** Whether an instance that is to be had must go instead, as others wait longer for a slot than its pool's own, if any. */
  claims(sharer: Sharer, order = Infinity): boolean {
    return this.#starving.size > 0 && this.#isBehind(sharer, order, this.max - this.used + this.#leaving);
  }

  /** An instance lies idle. */
  idles(sharer: Sharer): void {
    this.#idling.delete(sharer);
    this.#idling.add(sharer);
  }

  /** Gives free slots to those who wait longest. To be called whenever something has changed. */
  settle(): void {
    if (this.#settling || this.#isOver || this.used >= this.max) return;
    this.#settling = true;
    try {
      while (this.used < this.max) {
        const before = this.used;
        const oldest = this.#oldest();
        const next = oldest ?? this.#nextToFill();
        if (next === undefined) return;
        const demand = firstDemand(next);
        next.pump();
        // It is at it already, and goes on by itself. (If it has failed at once, the next one's turn has come.)
        if (oldest !== undefined && this.used === before && firstDemand(next) === demand) return;
      }
    } finally {
      this.#settling = false;
    }
  }

  /** All pools are going to be closed: a slot that becomes free is given to none. */
  end(): void {
    this.#isOver = true;
  }

  /** A pool closes: it wants nothing more. */
  left(sharer: Sharer): void {
    this.#starving.delete(sharer);
    this.#filling.delete(sharer);
    this.#idling.delete(sharer);
  }

  /** See {@link Share}. */
  blockers(): Iterable<Named> | undefined {
    const all: Named[] = [];
    for (const sharer of this.#slots.keys()) {
      const holders = sharer.ownBlockers();
      if (holders === undefined) return undefined;
      all.push(...holders);
    }
    return all;
  }

  holders(now: number, most: number): readonly HolderInfo[] {
    const all = [...this.#slots.keys()].flatMap((sharer) => sharer.ownHolders(now));
    return all.sort((a, b) => b.heldMs - a.heldMs).slice(0, most);
  }

  #roomFor(sharer: Sharer, order: number): boolean {
    const free = this.max - this.used;
    return free > 0 && !this.#isBehind(sharer, order, free - 1);
  }

  /** Whether more than `spare` others wait for a slot, and have done so for longer. */
  #isBehind(sharer: Sharer, order: number, spare: number): boolean {
    let left = spare;
    for (const other of this.#starving) {
      if (other === sharer) continue;
      for (const demand of other.demands()) {
        if (demand > order) break;
        if (--left < 0) return true;
      }
    }
    return false;
  }

  /** So many idle ones go as are waited for, and not on their way. */
  #makeRoom(): void {
    let missing = this.used - this.max - this.#leaving;
    for (const sharer of this.#starving) for (const _ of sharer.demands()) missing++;
    for (const sharer of this.#idling) {
      while (missing > 0 && sharer.giveUpIdle()) missing--;
      if (missing <= 0) return;
      this.#idling.delete(sharer);
    }
  }

  #oldest(): Sharer | undefined {
    let oldest: Sharer | undefined;
    let least = Infinity;
    for (const sharer of this.#starving) {
      const first = firstDemand(sharer);
      if (first === undefined) this.#starving.delete(sharer);
      else if (first < least) [oldest, least] = [sharer, first];
    }
    return oldest;
  }

  #nextToFill(): Sharer | undefined {
    const [next] = this.#filling;
    if (next !== undefined) this.#filling.delete(next);
    return next;
  }
}

function firstDemand(sharer: Sharer): number | undefined {
  const [first] = sharer.demands();
  return first;
}
