import type { Handle, Slot } from "./slot.js";

/**
 * The idle instances, from the one that is unused longest to the one that came back last: a linked list. Either end is
 * taken from, and any one can be taken out and put back where its age places it.
 *
 * The one that came back last is kept beside the list, since mostly it is the next to go, and then no link is written. The
 * links are on the handles, and the slot knows its handle while that is in the list: only this file writes either.
 */
export class IdleList<T> {
  length = 0;
  /** The one that came back last. */
  #last: Handle<T> | undefined = undefined;
  /** The ends of the list, without that one. */
  #oldest: Handle<T> | undefined = undefined;
  #newest: Handle<T> | undefined = undefined;

  /** Takes the one to be lent next. */
  take(): Handle<T> | undefined {
    const last = this.#last;
    if (last === undefined) return this.#takeListed();
    this.#last = undefined;
    this.length--;
    return last;
  }

  /** The one to be lent next, left where it is. */
  peek(): Handle<T> | undefined {
    return this.#last ?? this.#newest;
  }

  /** The one that is unused longest, left where it is. */
  oldest(): Handle<T> | undefined {
    return this.#oldest ?? this.#last;
  }

  /** Takes the one that is unused longest. */
  takeOldest(): Handle<T> | undefined {
    const handle = this.oldest();
    return handle === undefined ? undefined : this.remove(handle.slot);
  }

  push(handle: Handle<T>): void {
    const last = this.#last;
    this.#last = handle;
    this.length++;
    if (last !== undefined) this.#link(last, this.#newest);
  }

  has(slot: Slot<T>): boolean {
    return this.#last?.slot === slot || slot.listed !== undefined;
  }

  /** Takes this one out, wherever it is. */
  remove(slot: Slot<T>): Handle<T> {
    const handle = slot.listed ?? this.#last!;
    if (slot.listed === undefined) this.#last = undefined;
    else this.#unlink(handle);
    this.length--;
    return handle;
  }

  /** Puts one that was taken out where it belongs by the time since when it is unused. */
  putBack(handle: Handle<T>): void {
    const { since } = handle.slot;
    const youngest = this.#last ?? this.#newest;
    if (youngest === undefined || youngest.slot.since <= since) return this.push(handle);
    let older = this.#newest;
    while (older !== undefined && older.slot.since > since) older = older.older;
    this.#link(handle, older);
    this.length++;
  }

  /** Those that were stamped with this tick: they are the youngest. */
  *stampedAt(tick: number): Generator<Slot<T>> {
    if (this.#last?.slot.tick === tick) yield this.#last.slot;
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
  }

  #unlink(handle: Handle<T>): void {
    const { older, newer } = handle;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    handle.older = handle.newer = handle.slot.listed = undefined;
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
