import type { ErrorCode, HolderInfo } from "../base/errors.js";
import { stateOf } from "./errors.js";
import type { Holders } from "./holders.js";
import type { Ledger } from "./ledger.js";

/** What the pooled scope sees of its pool, besides what everyone does. */
export class PoolView {
  readonly #ledger: Ledger<unknown>;
  readonly #holders: Holders<unknown>;

  constructor(ledger: Ledger<unknown>, holders: Holders<unknown>) {
    this.#ledger = ledger;
    this.#holders = holders;
  }

  /** Why `tryAcquire` gave nothing: closed, all lent, or something has to be waited for that is no lease. */
  whyNot(): Extract<ErrorCode, "POOL_CLOSED" | "POOL_EXHAUSTED" | "NOT_READY"> {
    const { open, leased, draining, maxSize, isShortOfTotal } = this.#ledger;
    if (!open) return "POOL_CLOSED";
    return leased + draining >= maxSize || isShortOfTotal ? "POOL_EXHAUSTED" : "NOT_READY";
  }

  /** Whether an instance is made, here or with somebody who may give it back. */
  get hasInstances(): boolean {
    return this.#ledger.size > this.#ledger.creating;
  }

  /** Whether somebody has an instance, uses one that was given back, or waits for one. */
  get isInUse(): boolean {
    const { leased, draining, waiting } = this.#ledger;
    return leased + draining + waiting > 0;
  }

  /** Who holds what since when, longest first. */
  holders(): HolderInfo[] {
    return this.#holders.all(this.#ledger.clock.now());
  }

  /** Who has to give back before this pool can lend: of several that share a limit it may be others' holders. */
  lacking(): readonly HolderInfo[] {
    return this.#holders.forErrors(this.#ledger.clock.now());
  }

  /** The state of the pool in a few words, for messages. */
  describeState(): string {
    return stateOf(this.#ledger);
  }
}
