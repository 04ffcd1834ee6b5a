import type { ContextState } from "./async-context.js";
import type { Context } from "./context.js";
import { NO_SLOTS } from "./slot.js";

/**
 * What the storage holds instead of a context while something runs in it that must be known there: a factory, or a call on
 * an instance that serves one at a time. Not an object with the context as its prototype, however short that would be: V8
 * gives every object that becomes a prototype a shape of its own, and all that reads contexts is slow from then on.
 */
export class InnerStore {
  readonly context: Context;
  /** The instance whose factory runs, see `scopes/creation/creation-graph.ts`. */
  readonly construction: { readonly isDone: boolean } | undefined;
  /** The call that runs, see `scopes/pooled/concurrency.ts`. */
  readonly call: unknown;
  /** The innermost transaction whose body runs, see `scopes/in-transaction/frame.ts`. */
  readonly transaction: unknown;

  constructor(
    context: Context,
    construction: { readonly isDone: boolean } | undefined,
    call: unknown,
    transaction: unknown,
  ) {
    this.context = context;
    this.construction = construction;
    this.call = call;
    this.transaction = transaction;
  }

  /** As long as a factory runs, nothing is found in them: so it is seen what it touches, also of what is there already. */
  get slots(): unknown[] {
    return this.construction?.isDone === false ? NO_SLOTS : this.context.slots;
  }

  get state(): ContextState {
    return this.context.state;
  }
}
