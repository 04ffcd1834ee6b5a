import { isObject } from "../../base/is-object.js";
import type { Allowed } from "../../base/options.js";

/** How much a transaction may see of what others do at the same time. */
export type IsolationLevel = "read uncommitted" | "read committed" | "repeatable read" | "serializable";

/** The kind of a transaction; the database has a default for what is left out. */
export interface BeginOptions {
  /** How much it may see of others. */
  readonly isolation?: IsolationLevel | undefined;
  /** Whether it writes nothing; databases may then take fewer locks. */
  readonly readOnly?: boolean | undefined;
}

/**
 * How to begin and end transactions on an instance: the binding option `transactions`. Its functions may be synchronous or return
 * promises. `sqlTransactions` makes a driver for any client that speaks SQL.
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
  /** Begins a transaction of this kind. */
  begin(instance: T, options: BeginOptions): unknown;
  /** Commits it. Returns `false`, or a promise of it, if the server has rolled back instead. */
  commit(instance: T): unknown;
  /** Rolls it back. If that fails or hangs, the instance is destroyed. */
  rollback(instance: T): unknown;
  /** For `nested`, with the two others; the name is an identifier of letters, digits and `_`. */
  savepoint?(instance: T, name: string): unknown;
  /** Undoes what was done since the savepoint, which is then not used any more. */
  rollbackTo?(instance: T, name: string): unknown;
  /** Keeps what was done since the savepoint. */
  releaseSavepoint?(instance: T, name: string): unknown;
  /**
   * Whether a new transaction may succeed after this error. Default: the errors by which PostgreSQL, MySQL and SQLite say so.
   */
  retryable?(error: unknown): boolean;
  /**
   * Whether the call that failed with this error has ended the whole transaction, while the server goes on without one (MySQL's
   * deadlock). Then no more calls are let through. Default: never.
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
