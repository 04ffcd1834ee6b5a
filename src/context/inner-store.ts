import type { ContextState } from "./async-context.js";
import type { Context } from "./context.js";
import { NO_SLOTS } from "./slot.js";

/**
 * The store inside a context while a factory runs there, a call on an instance that serves one at a time, or a transaction. It is
 * no object with the context as its prototype, though that would be shorter: V8 gives each prototype a shape of its own, and all
 * code that reads contexts would be slow from then on.
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

  /** Empty as long as the factory runs: so each of its touches is noted, also of an instance that is there already. */
  get slots(): unknown[] {
    return this.construction?.isDone === false ? NO_SLOTS : this.context.slots;
  }

  get state(): ContextState {
    return this.context.state;
  }
}
