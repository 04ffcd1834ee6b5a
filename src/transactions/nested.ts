import type { StoreInContext } from "../context/store.js";
import { CallsInside } from "./calls-inside.js";
import type { Hooks, Outcome } from "./hooks.js";
import type { TransactionOptions } from "./options.js";
import { Transaction } from "./transaction.js";

/** A transaction that is a savepoint in another. Meanwhile nothing else may use their instance. */
export class Nested extends Transaction {
  readonly parent: Transaction;

  constructor(parent: Transaction, around: StoreInContext, options: TransactionOptions) {
    super(parent.source, parent.hold, around, new CallsInside(), options, parent.beginOptions, parent.level + 1);
    this.parent = parent;
    parent.nestedBegan(this);
  }

  protected override ended(outcome: Outcome, hooks: Hooks | undefined): undefined {
    this.parent.nestedEnded(outcome, hooks);
  }

  /** The rollback of the other one does it. */
  protected override giveUp(cause: unknown): void {
    this.parent.doom(cause, "what was nested in it could not be rolled back");
  }
}
