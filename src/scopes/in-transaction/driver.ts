import { isObject } from "../../base/is-object.js";
import type { Allowed } from "../../base/options.js";

/** How much of what others do at the same time a transaction may see. */
export type IsolationLevel = "read uncommitted" | "read committed" | "repeatable read" | "serializable";

/** What a transaction is to be; what is left out is as the database has it by default. */
export interface BeginOptions {
  readonly isolation?: IsolationLevel | undefined;
  readonly readOnly?: boolean | undefined;
}

/**
 * How to begin and end transactions on an instance: the binding option `transactions`. Synchronous functions do as well as those
 * that return promises. `sqlTransactions` makes one for whatever speaks SQL.
 *
 * @example
 * ```ts
 * const driver: TransactionDriver<Db> = {
 *   begin: (db) => db.query("begin"),
 *   commit: (db) => db.query("commit"),
 *   rollback: (db) => db.query("rollback"),
 * };
 * container.bind<Db>("orders").toDynamicValue(connect).inPooledScope({ maxSize: 8, transactions: driver });
 * ```
 */
export interface TransactionDriver<T = object> {
  begin(instance: T, options: BeginOptions): unknown;
  /** `false`, or a promise of it, says that the server has rolled back instead. */
  commit(instance: T): unknown;
  /** If it fails, or does not come through, the instance is destroyed. */
  rollback(instance: T): unknown;
  /** For `nested`, with the two others; the name is an identifier of letters, digits and `_`. */
  savepoint?(instance: T, name: string): unknown;
  /** Undoes what was done since the savepoint, which is not used any more. */
  rollbackTo?(instance: T, name: string): unknown;
  /** Keeps what was done since the savepoint. */
  releaseSavepoint?(instance: T, name: string): unknown;
  /** Whether it may go well in a new transaction. Default: what PostgreSQL, MySQL and SQLite report so. */
  retryable?(error: unknown): boolean;
  /**
   * Whether a call that failed so has ended the whole transaction, where the server goes on without one (MySQL's deadlock): then
   * nothing more is let through. Default: never.
   */
  isEndedBy?(error: unknown): boolean;
}

const NEEDED = ["begin", "commit", "rollback"] as const;
const FOR_NESTED = ["savepoint", "rollbackTo", "releaseSavepoint"] as const;
const OPTIONAL = ["retryable", "isEndedBy"] as const;

function isDriver(value: unknown): boolean {
  if (!isObject(value)) return false;
  const driver = value as Readonly<Record<string, unknown>>;
  const has = (name: string): boolean => typeof driver[name] === "function";
  const nested = FOR_NESTED.filter((name) => driver[name] !== undefined);
  return (
    NEEDED.every(has) &&
    (nested.length === 0 || FOR_NESTED.every(has)) &&
    OPTIONAL.every((name) => driver[name] === undefined || has(name))
  );
}

export const aDriver: Allowed = {
  test: isDriver,
  text:
    "a TransactionDriver: an object with the functions begin, commit and rollback, with all or none of savepoint, rollbackTo and " +
    "releaseSavepoint, and perhaps with retryable and isEndedBy; see sqlTransactions of inversify-scopes/transactions",
};
