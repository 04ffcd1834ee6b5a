import { growSlots, NO_SLOTS, shared } from "./store.js";

/**
 * A place in every context's array for one binding: the instance, and behind it the entry that knows how it ends.
 * An array with a slot for each binding is as fast as a hand-written field; a Map takes twice the time.
 */
export class Slot {
  /** Where the instance is; its entry comes next. */
  readonly index: number;
  /** In how many open contexts it is filled. */
  #filled = 0;
  #isFree = false;
  #isGivenBack = false;

  constructor() {
    this.index = shared.freeSlots.pop() ?? newIndex();
  }

  isFilled(): void {
    this.#filled++;
  }

  isCleared(): void {
    this.#filled--;
    this.#giveBack();
  }

  /**
   * The binding is gone. An open context may hold something in its slot, which a new owner must never see: the index is
   * used again when the last such context has let go, so that contexts' arrays don't grow with bindings that come and go.
   */
  free(): void {
    this.#isFree = true;
    this.#giveBack();
  }

  /** Once: bindings may be asked to end while they do. */
  #giveBack(): void {
    if (!this.#isFree || this.#isGivenBack || this.#filled > 0) return;
    this.#isGivenBack = true;
    shared.freeSlots.push(this.index);
  }
}

function newIndex(): number {
  const index = shared.nextSlot;
  shared.nextSlot += 2;
  growSlots(NO_SLOTS);
  return index;
}
