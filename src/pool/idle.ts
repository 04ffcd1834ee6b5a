import type { Entry, Handle } from "./entry.js";

/**
 * The idle instances, longest unused first: a ring that is taken from at either end, and from which any one can be taken
 * out (leaving a hole) and put back where it was. The one that came last is kept beside it, as mostly it is the next
 * to go.
 */
export class Idle<T> {
  /** How many are in the ring. */
  #others = 0;
  #last: Handle<T> | undefined = undefined;
  #slots: (Handle<T> | undefined)[];
  #mask: number;
  #head = 0;
  #tail = 0;

  constructor() {
    this.#mask = 15;
    this.#slots = Array.from<Handle<T> | undefined>({ length: 16 }).fill(undefined);
  }

  get length(): number {
    return this.#last === undefined ? this.#others : this.#others + 1;
  }

  /** The one to be lent next. */
  take(): Handle<T> | undefined {
    const last = this.#last;
    if (last === undefined) return this.#takeOther();
    this.#last = undefined;
    return last;
  }

  /** The same, left where it is. */
  peek(): Handle<T> | undefined {
    return (this.#last ??= this.#takeOther());
  }

  /** The one unused longest. */
  takeOldest(): Handle<T> | undefined {
    const handle = this.oldest();
    if (handle === undefined) return undefined;
    if (handle === this.#last) {
      this.#last = undefined;
    } else {
      this.#slots[this.#head++ & this.#mask] = undefined;
      this.#others--;
    }
    return handle;
  }

  oldest(): Handle<T> | undefined {
    while (this.#head !== this.#tail) {
      const handle = this.#slots[this.#head & this.#mask];
      if (handle !== undefined) return handle;
      this.#head++;
    }
    return this.#last;
  }

  push(handle: Handle<T>): void {
    const last = this.#last;
    this.#last = handle;
    if (last !== undefined) this.#append(last);
  }

  has(entry: Entry<T>): boolean {
    return this.#last?.entry === entry || this.#slots[entry.position & this.#mask]?.entry === entry;
  }

  /** Takes this one out, wherever it is. */
  remove(entry: Entry<T>): Handle<T> {
    const last = this.#last;
    if (last?.entry === entry) {
      this.#last = undefined;
      return last;
    }
    const index = entry.position & this.#mask;
    const handle = this.#slots[index] as Handle<T>;
    this.#slots[index] = undefined;
    this.#others--;
    return handle;
  }

  /** To where it belongs by the time since when it is unused: mostly that is where it was. */
  putBack(handle: Handle<T>): void {
    const { since, position } = handle.entry;
    if (this.#last !== undefined && this.#last.entry.since <= since) return this.push(handle);
    if (this.#fits(since, position)) {
      this.#slots[position & this.#mask] = handle;
      this.#others++;
      return;
    }
    this.#append(handle);
    for (let at = this.#tail - 1; at > this.#head; at--) {
      const below = this.#slots[(at - 1) & this.#mask];
      if (below !== undefined && below.entry.since <= since) break;
      this.#slots[at & this.#mask] = below;
      if (below !== undefined) below.entry.position = at;
      this.#slots[(at - 1) & this.#mask] = handle;
      handle.entry.position = at - 1;
    }
  }

  /** Those that were stamped with this tick, which are the youngest, are unused since then. */
  restamp(tick: number, since: number): void {
    if (this.#last?.entry.tick === tick) this.#last.entry.since = since;
    for (let at = this.#tail - 1; at >= this.#head; at--) {
      const entry = this.#slots[at & this.#mask]?.entry;
      if (entry === undefined) continue;
      if (entry.tick !== tick) break;
      entry.since = since;
    }
  }

  /** Takes them all, longest unused first. */
  *drain(): Generator<Handle<T>> {
    for (let handle = this.takeOldest(); handle !== undefined; handle = this.takeOldest()) yield handle;
  }

  #takeOther(): Handle<T> | undefined {
    while (this.#tail !== this.#head) {
      const index = --this.#tail & this.#mask;
      const handle = this.#slots[index];
      if (handle !== undefined) {
        this.#slots[index] = undefined;
        this.#others--;
        return handle;
      }
    }
    return undefined;
  }

  #append(handle: Handle<T>): void {
    if (this.#tail - this.#head > this.#mask) this.#makeRoom();
    handle.entry.position = this.#tail;
    this.#slots[this.#tail++ & this.#mask] = handle;
    this.#others++;
  }

  /** Whether this place is free, above all that are older, and below all that are younger. */
  #fits(since: number, position: number): boolean {
    if (position < this.#head || position >= this.#tail) return false;
    if (this.#slots[position & this.#mask] !== undefined) return false;
    for (let at = position - 1; at >= this.#head; at--) {
      const below = this.#slots[at & this.#mask];
      if (below === undefined) continue;
      if (below.entry.since > since) return false;
      break;
    }
    for (let at = position + 1; at < this.#tail; at++) {
      const above = this.#slots[at & this.#mask];
      if (above !== undefined) return above.entry.since >= since;
    }
    return true;
  }

  /** The ring is full, of instances or of holes: a larger one, or the same with the holes closed. */
  #makeRoom(): void {
    const handles = this.#slots.map((_, at) => this.#slots[(this.#head + at) & this.#mask]);
    const kept = handles.filter((handle) => handle !== undefined);
    const capacity = handles.length;
    const size = kept.length > capacity / 2 ? capacity * 2 : capacity;
    this.#slots = Array.from<Handle<T> | undefined>({ length: size }).fill(undefined);
    this.#mask = size - 1;
    this.#head = 0;
    this.#tail = 0;
    this.#others = 0;
    for (const handle of kept) this.#append(handle);
  }
}

/** The same, of which the one unused longest is lent next. */
export class FifoIdle<T> extends Idle<T> {
  override take(): Handle<T> | undefined {
    return this.takeOldest();
  }

  override peek(): Handle<T> | undefined {
    return this.oldest();
  }
}
