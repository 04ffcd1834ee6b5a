import { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "./context.js";
import type { InnerStore } from "./inner-store.js";
import type { FactoryFrame } from "./outside.js";
import { processWide } from "../base/process-wide.js";

/** What the storage holds: a context, something inside one, the frame in which shared and pooled instances are made, or nothing. */
export type Current = Context | InnerStore | FactoryFrame | undefined;

interface Shared {
  readonly als: AsyncLocalStorage<Current>;
  nextContextId: number;
  lastSlot: number;
  /** Before the oldest and after the newest of the contexts that have begun and not ended. */
  readonly open: OpenLink;
  /** Told of each context that has ended. */
  readonly watchers: Set<(ended: Context) => void>;
}

/** A link of the ring of open contexts: they come and go at the same cost, however many there are. */
export interface OpenLink {
  /** What began just before. */
  older: OpenLink;
  newer: OpenLink;
}

function newRing(): OpenLink {
  const ring = {} as OpenLink;
  ring.older = ring;
  ring.newer = ring;
  return ring;
}

/**
 * One storage for the whole process, also when two copies of the package are installed: a context begun through one
 * copy is then current for the other. The number is the version of the layout on which the copies must agree.
 */
export const shared = processWide<Shared>("context/3", () => ({
  als: new AsyncLocalStorage<Current>(),
  nextContextId: 1,
  // The number 0 is no binding's: a proxy that is bound to nothing looks for it.
  lastSlot: 0,
  open: newRing(),
  watchers: new Set(),
}));

export const als = shared.als;

/**
 * The table of a context that holds nothing yet, or nothing any more: two free cells, which are never written. See `slot.ts`.
 * No forwarder reads beyond the end of an array, since V8 would compile it for that too, at 7 ns a call.
 */
export const NO_SLOTS: unknown[] = [0, undefined, undefined, undefined, 0, undefined, undefined, undefined];
