import { HookCalls } from "./hook-calls.js";
import { Holders } from "./holders.js";
import type { Ledger } from "./ledger.js";
import { Timers } from "./time/timers.js";
import { Warnings } from "./warnings.js";

/** What every activity may use besides the ledger. What few pools need is made when it is first used. */
export class Tools<T> {
  readonly timers: Timers;
  readonly calls: HookCalls<T>;
  readonly #ledger: Ledger<T>;
  #holders: Holders<T> | undefined;
  #warnings: Warnings | undefined;

  constructor(ledger: Ledger<T>) {
    this.#ledger = ledger;
    this.timers = new Timers(ledger.clock, ledger.inPool);
    this.calls = new HookCalls(ledger, this);
  }

  get holders(): Holders<T> {
    return (this.#holders ??= new Holders(this.#ledger));
  }

  get warnings(): Warnings {
    const { label, settings, inPool } = this.#ledger;
    return (this.#warnings ??= new Warnings(label, settings.logger, inPool));
  }
}
