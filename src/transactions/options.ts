import { aBoolean, aFunction, type Allowed, checkRecord, invalidOption, milliseconds, oneOf } from "../base/options.js";
import type { BeginOptions, IsolationLevel } from "../scopes/in-transaction/driver.js";

/**
 * What to do where a transaction is open already, and where none is.
 *
 * | | one is open | none is open |
 * |---|---|---|
 * | `required` | joins it | begins one |
 * | `requires-new` | begins one on a second instance | begins one |
 * | `nested` | begins a savepoint in it | begins one |
 * | `supports` | joins it | runs without |
 * | `mandatory` | joins it | `TRANSACTION_REQUIRED` |
 * | `not-supported` | runs without, on a second instance | runs without |
 * | `never` | `TRANSACTION_FORBIDDEN` | runs without |
 */
export type Propagation = "required" | "requires-new" | "nested" | "supports" | "mandatory" | "not-supported" | "never";

/** How often a transaction is tried again, and after which failures. */
export interface RetryOptions {
  /** How often to try again, 1 or more. */
  readonly times: number;
  /** How many milliseconds to wait before each new attempt. Default 0. */
  readonly delayMs?: number | undefined;
  /** Whether to try again after this error. Default: what the driver calls retryable. */
  readonly on?: ((error: unknown) => boolean) | undefined;
}

/**
 * Options of {@link transactional}.
 *
 * @example
 * ```ts
 * const options: TransactionOptions = { isolation: "serializable", timeoutMs: 5_000, retry: 3 };
 * await transactional(ledger, options, () => ledger.query("insert into orders …"));
 * ```
 */
export interface TransactionOptions {
  /** See {@link Propagation}. Default `required`. */
  readonly propagation?: Propagation | undefined;
  /** What joins a transaction may not ask for another level than the transaction has. Default: the database's. */
  readonly isolation?: IsolationLevel | undefined;
  /** It only reads. What joins such a transaction may not ask for `false`. Default: the database's, mostly false. */
  readonly readOnly?: boolean | undefined;
  /**
   * How many milliseconds it may run, from its begin to the end of the callback. After that the caller gets `TRANSACTION_TIMEOUT` at
   * once, and the transaction is rolled back. Default: no limit.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * How often it is tried again, each time as a new transaction: a number, or {@link RetryOptions}. Ignored where a transaction is
   * joined, since only the call that began it can begin anew. Default: not at all.
   */
  readonly retry?: number | RetryOptions | undefined;
}

const LEVELS = ["read uncommitted", "read committed", "repeatable read", "serializable"] as const;
const PROPAGATIONS = ["required", "requires-new", "nested", "supports", "mandatory", "not-supported", "never"] as const;

const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;

const OPTIONS: Readonly<Record<keyof TransactionOptions, Allowed>> = {
  propagation: oneOf(...PROPAGATIONS),
  isolation: oneOf(...LEVELS),
  readOnly: aBoolean,
  timeoutMs: milliseconds,
  retry: {
    test: (value) => isCount(value) || (typeof value === "object" && value !== null),
    text: "how often, 0 or more, or { times, delayMs, on }",
  },
};

const RETRY: Readonly<Record<keyof RetryOptions, Allowed>> = {
  times: { test: isCount, text: "a whole number, 0 or more" },
  delayMs: milliseconds,
  on: aFunction,
};

/** @throws ScopeError `INVALID_OPTION` */
export function checkTransactionOptions(where: string, options: unknown): TransactionOptions {
  checkRecord(where, options, OPTIONS);
  const { retry } = options as TransactionOptions;
  if (typeof retry === "object") {
    checkRecord(where, retry, RETRY, "retry.");
    if (retry.times === undefined) throw invalidOption(where, "retry.times", undefined, RETRY.times.text);
  }
  return options as TransactionOptions;
}

/** The options for the driver. */
export function beginOptionsOf({ isolation, readOnly }: TransactionOptions): BeginOptions {
  return { isolation, readOnly };
}
