import { aFunction, type Allowed, checkRecord, invalidOption, oneOf } from "../base/options.js";
import type { BeginOptions, TransactionDriver } from "../scopes/in-transaction/driver.js";
import { isDeadlockOfMySql, isRetryable } from "./retryable.js";

/** Options of {@link sqlTransactions}. */
export interface SqlOptions {
  /** The database's SQL. Default `postgres`. */
  readonly dialect?: "postgres" | "mysql" | "sqlite" | undefined;
}

type Run<T> = (instance: T, sql: string) => unknown;

const OPTIONS: Readonly<Record<keyof SqlOptions, Allowed>> = { dialect: oneOf("postgres", "mysql", "sqlite") };

/**
 * Transactions for a connection that speaks SQL: its binding option `transactions`.
 *
 * @param run - sends a statement on the instance. Returns a promise of its end, or nothing where the driver is synchronous. With
 * PostgreSQL it should return the driver's result with its `command`: that tells, without one more statement, whether the server
 * answered COMMIT by ROLLBACK. In the options of a decorator TypeScript does not know the service: `(db: Db, sql) => …`.
 * @param options - `dialect`
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * container
 *   .bind<Db>("ledger")
 *   .toDynamicValue(connect)
 *   .inPooledScope({ maxSize: 8, transactions: sqlTransactions((db, sql) => db.query(sql)) });
 * ```
 */
export function sqlTransactions<T>(run: Run<T>, options: SqlOptions = {}): TransactionDriver<T> {
  if (typeof run !== "function") throw invalidOption("sqlTransactions", "run", run, aFunction.text);
  checkRecord("sqlTransactions", options, OPTIONS);
  const { dialect = "postgres" } = options;
  return { ...savepoints(run), ...DIALECTS[dialect](run), retryable: isRetryable };
}

/** Standard SQL, which all three dialects share. */
function savepoints<T>(run: Run<T>) {
  return {
    rollback: (instance: T) => run(instance, "ROLLBACK"),
    savepoint: (instance: T, name: string) => run(instance, `SAVEPOINT ${name}`),
    async rollbackTo(instance: T, name: string) {
      await run(instance, `ROLLBACK TO SAVEPOINT ${name}`);
      await run(instance, `RELEASE SAVEPOINT ${name}`);
    },
    releaseSavepoint: (instance: T, name: string) => run(instance, `RELEASE SAVEPOINT ${name}`),
  };
}

type Ends<T> = Pick<TransactionDriver<T>, "begin" | "commit" | "isEndedBy">;

const DIALECTS = { postgres, mysql, sqlite };

/** If a statement of the transaction has failed, PostgreSQL answers COMMIT by ROLLBACK, and reports no error. */
function postgres<T>(run: Run<T>): Ends<T> {
  /** Instances whose results tell the server's answer. */
  const telling = new WeakSet<object>();
  const learn = async (instance: T, begun: unknown): Promise<void> => {
    if (commandOf(await begun) !== undefined) telling.add(instance as object);
  };
  return {
    begin(instance, { isolation, readOnly }) {
      const level = isolation === undefined ? "" : ` ISOLATION LEVEL ${isolation.toUpperCase()}`;
      const begun = run(instance, `BEGIN${level}${accessMode(readOnly)}`);
      return telling.has(instance as object) ? begun : learn(instance, begun);
    },
    async commit(instance) {
      if (telling.has(instance as object)) return commandOf(await run(instance, "COMMIT")) !== "ROLLBACK";
      // Where only rows come back, a statement that does nothing tells whether the transaction has failed.
      try {
        await run(instance, "SELECT 1");
      } catch (error) {
        if ((Object(error) as { readonly code?: unknown }).code !== "25P02") throw error;
        await run(instance, "ROLLBACK");
        return false;
      }
      return run(instance, "COMMIT");
    },
  };
}

function commandOf(result: unknown): unknown {
  return (Object(result) as { readonly command?: unknown }).command;
}

function mysql<T>(run: Run<T>): Ends<T> {
  return {
    async begin(instance, { isolation, readOnly }) {
      // This holds for the next transaction only.
      if (isolation !== undefined) await run(instance, `SET TRANSACTION ISOLATION LEVEL ${isolation.toUpperCase()}`);
      await run(instance, `START TRANSACTION${accessMode(readOnly)}`);
    },
    commit: (instance) => run(instance, "COMMIT"),
    isEndedBy: isDeadlockOfMySql,
  };
}

/**
 * All of SQLite's transactions are serializable. One that may write says so at once: two that have read, and then want to write,
 * would block each other.
 */
function sqlite<T>(run: Run<T>): Ends<T> {
  return {
    begin: (instance, { readOnly }) => run(instance, readOnly === true ? "BEGIN" : "BEGIN IMMEDIATE"),
    commit: (instance) => run(instance, "COMMIT"),
  };
}

function accessMode(readOnly: BeginOptions["readOnly"]): string {
  if (readOnly === undefined) return "";
  return readOnly ? " READ ONLY" : " READ WRITE";
}
