import type { Handle, Slot } from "./slot.js";

/**
 * The idle instances, from the one that is unused longest to the one that came back last: a linked list. Either end is
 * taken from, and any one can be taken out and put back where its age places it.
 *
 * The one that came back last is kept beside the list, since mostly it is the next to go, and then no link is written. The
 * links are on the handles, and the slot knows its handle while that is in the list: only this file writes either.
 */
export class IdleList<T> {
  /** The one that came back last. None is idle if there is none here, and none {@link below}. */
  top: Handle<T> | undefined = undefined;
  /** How many are in the list. */
  below = 0;
  /** The ends of the list, without that one. */
  #oldest: Handle<T> | undefined = undefined;
  #newest: Handle<T> | undefined = undefined;

  get length(): number {
    return this.top === undefined ? this.below : this.below + 1;
  }

  /** Takes the one to be lent next. */
  take(): Handle<T> | undefined {
    const { top } = this;
    if (top === undefined) return this.#takeListed();
    this.top = undefined;
    return top;
  }

  /** The one to be lent next, left where it is. */
  peek(): Handle<T> | undefined {
    return this.top ?? this.#newest;
  }

  /** The one that is unused longest, left where it is. */
  oldest(): Handle<T> | undefined {
    return this.#oldest ?? this.top;
  }

  /** Takes the one that is unused longest. */
  takeOldest(): Handle<T> | undefined {
    const handle = this.oldest();
    return handle === undefined ? undefined : this.remove(handle.slot);
  }

  push(handle: Handle<T>): void {
    const { top } = this;
    this.top = handle;
    if (top !== undefined) this.#link(top, this.#newest);
  }

  has(slot: Slot<T>): boolean {
    return this.top?.slot === slot || slot.listed !== undefined;
  }

  /** Takes this one out, wherever it is. */
  remove(slot: Slot<T>): Handle<T> {
    const handle = slot.listed ?? this.top!;
    if (slot.listed === undefined) this.top = undefined;
    else this.#unlink(handle);
    return handle;
  }

  /** Puts one that was taken out where it belongs by the time since when it is unused. */
  putBack(handle: Handle<T>): void {
    const { since } = handle.slot;
    const youngest = this.top ?? this.#newest;
    if (youngest === undefined || youngest.slot.since <= since) return this.push(handle);
    let older = this.#newest;
    while (older !== undefined && older.slot.since > since) older = older.older;
    this.#link(handle, older);
  }

  /** Those that were stamped with this tick: they are the youngest. */
  *stampedAt(tick: number): Generator<Slot<T>> {
    if (this.top?.slot.tick === tick) yield this.top.slot;
    for (let handle = this.#newest; handle?.slot.tick === tick; handle = handle.older) yield handle.slot;
  }

  /** Takes them all, longest unused first. */
  *drain(): Generator<Handle<T>> {
    for (let handle = this.takeOldest(); handle !== undefined; handle = this.takeOldest()) yield handle;
  }

  #takeListed(): Handle<T> | undefined {
    const handle = this.#newest;
    return handle === undefined ? undefined : this.remove(handle.slot);
  }

  #link(handle: Handle<T>, older: Handle<T> | undefined): void {
    const newer = older === undefined ? this.#oldest : older.newer;
    handle.older = older;
    handle.newer = newer;
    if (older === undefined) this.#oldest = handle;
    else older.newer = handle;
    if (newer === undefined) this.#newest = handle;
    else newer.older = handle;
    handle.slot.listed = handle;
    this.below++;
  }

  #unlink(handle: Handle<T>): void {
    const { older, newer } = handle;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    handle.older = handle.newer = handle.slot.listed = undefined;
    this.below--;
  }
}

/** The same, but the one that is unused longest is lent next. */
export class FifoIdleList<T> extends IdleList<T> {
  override take(): Handle<T> | undefined {
    return this.takeOldest();
  }

  override peek(): Handle<T> | undefined {
    return this.oldest();
  }
}
