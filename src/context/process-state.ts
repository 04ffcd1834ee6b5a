import { AsyncLocalStorage } from "node:async_hooks";
import { processWide } from "../base/process-wide.js";

/** What all copies of the package in the process share, and what each context counts or enters itself in. */
interface ProcessState {
  /** What it holds is typed in `store.ts`. */
  readonly als: AsyncLocalStorage<unknown>;
  nextContextId: number;
  lastSlot: number;
  /** Stands before the oldest and after the newest of the open contexts. */
  readonly open: OpenLink;
  /** Each is called with every context that has ended. */
  readonly watchers: Set<(ended: OpenLink) => void>;
}

/** A link of the ring of open contexts: one comes and goes at the same cost, however many there are. */
export interface OpenLink {
  /** The context that began just before. */
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
 * One state for the whole process, also when two copies of the package are installed: a context begun through one copy is then
 * current for the other. The number is the version of the layout on which the copies must agree.
 */
export const processState = processWide<ProcessState>("context/3", () => ({
  als: new AsyncLocalStorage(),
  nextContextId: 1,
  // No binding has the number 0: a proxy that is bound to nothing looks for it.
  lastSlot: 0,
  open: newRing(),
  watchers: new Set(),
}));
