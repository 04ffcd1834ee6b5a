import type { Entry, Handle } from "./entry.js";

/**
 * The idle instances, from the one that is unused longest to the one that came back last: a linked list. Either end is
 * taken from, and any one can be taken out and put back where its age places it.
 *
 * The links are on the handles, and the slot knows its handle only while it is idle: only this file writes either.
 */
export class IdleList<T> {
  length = 0;
  #oldest: Handle<T> | undefined = undefined;
  #newest: Handle<T> | undefined = undefined;
  readonly #fifo: boolean;

  constructor(order: "lifo" | "fifo" = "lifo") {
    this.#fifo = order === "fifo";
  }

  /** Takes the one to be lent next. */
  take(): Handle<T> | undefined {
    const handle = this.#fifo ? this.#oldest : this.#newest;
    if (handle !== undefined) this.#unlink(handle);
    return handle;
  }

  /** The one to be lent next, left where it is. */
  peek(): Handle<T> | undefined {
    return this.#fifo ? this.#oldest : this.#newest;
  }

  /** The one that is unused longest, left where it is. */
  oldest(): Handle<T> | undefined {
    return this.#oldest;
  }

  /** Takes the one that is unused longest. */
  takeOldest(): Handle<T> | undefined {
    const handle = this.#oldest;
    if (handle !== undefined) this.#unlink(handle);
    return handle;
  }

  push(handle: Handle<T>): void {
    this.#link(handle, this.#newest);
  }

  has(entry: Entry<T>): boolean {
    return entry.idle !== undefined;
  }

  /** Takes this one out, wherever it is. */
  remove(entry: Entry<T>): Handle<T> {
    const handle = entry.idle!;
    this.#unlink(handle);
    return handle;
  }

  /** Puts one that was taken out where it belongs by the time since when it is unused. */
  putBack(handle: Handle<T>): void {
    let older = this.#newest;
    while (older !== undefined && older.entry.since > handle.entry.since) older = older.older;
    this.#link(handle, older);
  }

  /** Those that were stamped with this tick: they are the youngest. */
  *stampedAt(tick: number): Generator<Entry<T>> {
    for (let handle = this.#newest; handle?.entry.tick === tick; handle = handle.older) yield handle.entry;
  }

  /** Takes them all, longest unused first. */
  *drain(): Generator<Handle<T>> {
    for (let handle = this.takeOldest(); handle !== undefined; handle = this.takeOldest()) yield handle;
  }

  #link(handle: Handle<T>, older: Handle<T> | undefined): void {
    const newer = older === undefined ? this.#oldest : older.newer;
    handle.older = older;
    handle.newer = newer;
    if (older === undefined) this.#oldest = handle;
    else older.newer = handle;
    if (newer === undefined) this.#newest = handle;
    else newer.older = handle;
    handle.entry.idle = handle;
    this.length++;
  }

  #unlink(handle: Handle<T>): void {
    const { older, newer } = handle;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    handle.older = handle.newer = handle.entry.idle = undefined;
    this.length--;
  }
}
