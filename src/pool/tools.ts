import type { HookCalls } from "./hook-calls.js";
import type { Holders } from "./holders.js";
import type { Timers } from "./time/timers.js";
import type { Warnings } from "./warnings.js";

/** What every activity may use besides the ledger. */
export interface Tools<T> {
  readonly timers: Timers;
  readonly calls: HookCalls<T>;
  readonly holders: Holders<T>;
  readonly warnings: Warnings;
}
