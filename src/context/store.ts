import { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "./context.js";
import type { OutsideFrame } from "./outside.js";

/** What the storage holds: a context, the frame in which shared and pooled instances are made, or nothing. */
export type Current = Context | OutsideFrame | undefined;

interface Shared {
  readonly als: AsyncLocalStorage<Current>;
  nextContextId: number;
  /** Contexts that have begun and not ended. */
  live: number;
  nextSlot: number;
  freeSlots: number[];
}

/**
 * One storage for the whole process, also when two copies of the package are installed: a context begun through one
 * copy is then current for the other. The number is the version of the layout on which the copies must agree.
 */
const KEY = Symbol.for("inversify-scopes/context/1");

/** What all copies of the package in this process share. */
export const shared: Shared = ((globalThis as { [KEY]?: Shared })[KEY] ??= {
  als: new AsyncLocalStorage<Current>(),
  nextContextId: 1,
  live: 0,
  // Slot 0 stays empty in every context: a proxy that is bound to nothing looks there.
  nextSlot: 2,
  freeSlots: [],
});

export const als = shared.als;

/** The slots of a context that holds nothing yet, or nothing any more. Never written to. */
export const NO_SLOTS: unknown[] = [];

/**
 * A place in every context's array for one binding: the instance, and behind it the entry that knows how it ends.
 * An array with a slot for each binding is as fast as a hand-written field; a Map takes twice the time.
 */
export function allocateSlot(): number {
  // A context that is still open may hold something in a freed slot, which the new owner must never see.
  if (shared.live === 0) {
    const free = shared.freeSlots.pop();
    if (free !== undefined) return free;
  }
  const slot = shared.nextSlot;
  shared.nextSlot += 2;
  return slot;
}

export function freeSlot(slot: number): void {
  shared.freeSlots.push(slot);
}
