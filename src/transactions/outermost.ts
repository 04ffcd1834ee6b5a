import type { ScopeError } from "../base/errors.js";
import type { Dependent } from "../context/dependents.js";
import type { Entry } from "../context/entry.js";
import { als, type StoreInContext } from "../context/store.js";
import type { OpenTransaction } from "../scopes/in-transaction/frame.js";
import type { Occupancy, TransactionalSource } from "../scopes/in-transaction/transactional-source.js";
import { CallsInside } from "./calls-inside.js";
import { endedUnder, usedBeside } from "./errors.js";
import type { Hold } from "./hold.js";
import type { Hooks, Outcome } from "./hooks.js";
import { beginOptionsOf, type TransactionOptions } from "./options.js";
import { Transaction } from "./transaction.js";

/** A transaction that is nested in none. It occupies the instance, and the end of its context ends it. */
export class Outermost extends Transaction implements OpenTransaction, Entry {
  readonly parent = undefined;
  readonly #occupancy: Occupancy;
  /** The context holds it, and would end it. */
  #isHeld = true;
  above: Entry | undefined;
  below: Entry | undefined;

  constructor(
    source: TransactionalSource,
    hold: Hold,
    around: StoreInContext,
    options: TransactionOptions,
    occupancy: Occupancy,
  ) {
    super(source, hold, around, callsOn(occupancy), options, beginOptionsOf(options), 0);
    this.#occupancy = occupancy;
    occupancy.transaction = this;
    around.context.hold(this);
  }

  get dependent(): Dependent | undefined {
    return undefined;
  }

  protected override ended(outcome: Outcome, hooks: Hooks | undefined): Promise<void> | undefined {
    this.#occupancy.transaction = undefined;
    if (this.#isHeld) this.around.context.drop(this);
    this.#isHeld = false;
    const back = this.hold.giveBack();
    if (back === undefined && hooks === undefined) return undefined;
    return als.run(this.around, () => this.#afterwards(back, outcome, hooks));
  }

  async #afterwards(back: Promise<void> | undefined, outcome: Outcome, hooks: Hooks | undefined): Promise<void> {
    await back;
    await hooks?.run(this.service, outcome);
  }

  /** The end of the connection does it. */
  protected override giveUp(): Promise<void> {
    return this.hold.discard();
  }

  useError(member: PropertyKey | undefined): ScopeError {
    return usedBeside(this.service, member, "transaction");
  }

  /** The context ends. */
  end(): Promise<void> | undefined {
    this.#isHeld = false;
    const isSeenTo = this.hold.useUntil(this.over);
    this.interrupt(endedUnder(this.service, this.around.context.name));
    return isSeenTo ? undefined : this.over;
  }
}

/** Transactions on an instance follow one another, so that they share the notes of calls, unless some call has outlived its own. */
function callsOn(occupancy: Occupancy): CallsInside {
  const last = occupancy.calls as CallsInside | undefined;
  return last?.isSettled === true ? last : (occupancy.calls = new CallsInside());
}
