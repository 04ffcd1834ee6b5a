import { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "./context.js";
import type { InnerStore } from "./inner-store.js";
import type { OutsideFrame } from "./outside.js";

/** What the storage holds: a context, something inside one, the frame in which shared and pooled instances are made, or nothing. */
export type Current = Context | InnerStore | OutsideFrame | undefined;

interface Shared {
  readonly als: AsyncLocalStorage<Current>;
  nextContextId: number;
  nextSlot: number;
  /** Slots without a binding that no context fills. */
  readonly freeSlots: number[];
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
  // Slot 0 stays empty in every context: a proxy that is bound to nothing looks there.
  nextSlot: 2,
  freeSlots: [],
});

export const als = shared.als;

/**
 * The slots of a context that holds nothing yet, or nothing any more; nothing but `undefined` is ever in it. As long as
 * any context's array: one read beyond the end of an array makes V8 compile a forwarder for that too, at 7 ns a call.
 */
export const NO_SLOTS: unknown[] = emptySlots();

/** The array of a context that begins to hold something. */
function emptySlots(): unknown[] {
  const slots: unknown[] = [];
  growSlots(slots);
  return slots;
}

/** Makes room for every binding that there is; without holes, which would make it an array of another kind for V8. */
export function growSlots(slots: unknown[]): void {
  while (slots.length < shared.nextSlot) slots.push(undefined);
}
