/**
 * Transactions on the context's instance of a service: begun, committed and rolled back where people expect it.
 *
 * @module inversify-scopes/transactions
 */
export { afterCommit, afterRollback, type CurrentTransaction, currentTransaction } from "./current.js";
export type { TransactionalMethod } from "./decorator.js";
export type { Propagation, RetryOptions, TransactionOptions } from "./options.js";
export { type SqlOptions, sqlTransactions } from "./sql.js";
export { transactional } from "./transactional.js";
export type { BeginOptions, IsolationLevel, TransactionDriver } from "../scopes/in-transaction/driver.js";
