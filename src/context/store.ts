import type { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "./context.js";
import type { FactoryFrame } from "./factory-frame.js";
import type { InnerStore } from "./inner-store.js";
import { processState } from "./process-state.js";

/** What the storage holds: a context, something inside one, the frame in which shared and pooled instances are made, or nothing. */
export type Current = Context | InnerStore | FactoryFrame | undefined;

/** The store inside a context. */
export type StoreInContext = Context | InnerStore;

export const als = processState.als as AsyncLocalStorage<Current>;

/** Whether a store is that of a context, or inside one. */
export function isInContext(store: Current): store is StoreInContext {
  return store !== undefined && store.state !== "outside";
}

/** The context of a store, if any. */
export function contextIn(store: Current): Context | undefined {
  return isInContext(store) ? store.context : undefined;
}
