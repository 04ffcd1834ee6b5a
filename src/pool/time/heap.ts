/** What a {@link Heap} holds: a moment, and where the heap put it. */
export interface HeapItem {
  readonly at: number;
  heapIndex: number;
}

/** A binary heap, earliest first, from which any item can be taken out. */
export class Heap<T extends HeapItem> {
  readonly #items: T[] = [];

  top(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    this.#up(item, this.#items.length - 1);
  }

  remove(item: T): void {
    const at = item.heapIndex;
    item.heapIndex = -1;
    const last = this.#items.pop() as T;
    if (last === item) return;
    this.#up(last, at);
    this.#down(last, last.heapIndex);
  }

  #up(item: T, index: number): void {
    const items = this.#items;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = items[parentIndex] as T;
      if (parent.at <= item.at) break;
      this.#put(parent, index);
      index = parentIndex;
    }
    this.#put(item, index);
  }

  #down(item: T, index: number): void {
    const items = this.#items;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= items.length) break;
      const right = left + 1;
      const childIndex = right < items.length && (items[right] as T).at < (items[left] as T).at ? right : left;
      const child = items[childIndex] as T;
      if (child.at >= item.at) break;
      this.#put(child, index);
      index = childIndex;
    }
    this.#put(item, index);
  }

  #put(item: T, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }
}
