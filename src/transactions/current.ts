import { aFunction, invalidOption } from "../base/options.js";
import type { Injected } from "../proxy/injected.js";
import { expectTarget } from "../proxy/registry.js";
import type { IsolationLevel } from "../scopes/in-transaction/driver.js";
import { currentFrame, frameOf } from "../scopes/in-transaction/frame.js";
import { hookOutside } from "./errors.js";
import { Transaction } from "./transaction.js";
import { sourceOf } from "./transactional.js";

/** The caller's transaction, as {@link currentTransaction} shows it. */
export interface CurrentTransaction {
  /** Unique in the process, counting up; a nested one has its own. */
  readonly id: number;
  /** The service to which it belongs. */
  readonly service: string;
  /** 0 for the outermost. */
  readonly level: number;
  /** What was asked for, if anything. */
  readonly isolation: IsolationLevel | undefined;
  /** What was asked for, if anything. */
  readonly readOnly: boolean | undefined;
}

/**
 * The caller's transaction of a service. Touches nothing.
 *
 * @param proxy - the injected proxy
 * @returns what is known of the transaction; `undefined` outside any, in a body with `not-supported`, and after its end
 * @throws ScopeError `INVALID_OPTION` if the service has no option `transactions`
 *
 * @example
 * ```ts
 * log.info({ transaction: currentTransaction(ledger)?.id }, "paid");
 * ```
 */
export function currentTransaction(proxy: Injected): CurrentTransaction | undefined {
  const frame = frameOf(sourceOf("currentTransaction", expectTarget("currentTransaction", proxy)));
  if (!(frame instanceof Transaction) || !frame.isOpen) return undefined;
  const { id, service, level } = frame;
  const { isolation, readOnly } = frame.beginOptions;
  return { id, service, level, isolation, readOnly };
}

/**
 * Calls a function after the commit of the caller's transaction, outside it: to send a message, start a job, invalidate a cache, which
 * must not happen if the transaction is rolled back. In a nested transaction the function waits for the commit of the outermost, and
 * is dropped if the nested one is rolled back.
 *
 * The functions are called in the order in which they were given, each awaited before the next and before `transactional` resolves.
 * An error of theirs undoes nothing; it becomes a process warning `TRANSACTION_HOOK_FAILED`.
 *
 * @param fn - synchronous or not
 * @throws ScopeError `TRANSACTION_REQUIRED` where no transaction is open, `TRANSACTION_ENDED`, `INVALID_OPTION`
 *
 * @example
 * ```ts
 * await transactional(ledger, async () => {
 *   await ledger.query("insert into orders …");
 *   afterCommit(() => mailer.send("thank you"));
 * });
 * ```
 */
export function afterCommit(fn: () => unknown): void {
  innermost("afterCommit", fn).hooks.add("commit", fn);
}

/**
 * Calls a function after the rollback of the caller's transaction, whatever the reason: to delete a file that was written, say. If a
 * nested transaction was rolled back, the function is called after the outermost, however that ends.
 *
 * @param fn - synchronous or not
 * @throws ScopeError `TRANSACTION_REQUIRED` where no transaction is open, `TRANSACTION_ENDED`, `INVALID_OPTION`
 *
 * @example
 * ```ts
 * await transactional(ledger, async () => {
 *   afterRollback(() => log.info("nothing was booked"));
 *   await ledger.query("insert into orders …");
 * });
 * ```
 */
export function afterRollback(fn: () => unknown): void {
  innermost("afterRollback", fn).hooks.add("rollback", fn);
}

function innermost(hook: string, fn: unknown): Transaction {
  if (typeof fn !== "function") throw invalidOption(hook, "fn", fn, aFunction.text);
  const frame = currentFrame();
  if (!(frame instanceof Transaction)) throw hookOutside(hook);
  frame.assertOpen(hook);
  return frame;
}
