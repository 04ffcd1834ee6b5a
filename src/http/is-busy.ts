import { type ErrorCode, ScopeError } from "../base/errors.js";
import { hasCause } from "../base/has-cause.js";
import { isOfShutdown } from "../base/of-shutdown.js";

/** All instances are in use, or none can be made or reached at the moment, or the pool has been closed. */
const BUSY: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "POOL_TIMEOUT",
  "POOL_OVERLOADED",
  "POOL_EXHAUSTED",
  "POOL_DEADLOCK",
  "POOL_CLOSED",
  "CREATE_FAILED",
  "CREATE_TIMEOUT",
  "CHECK_TIMEOUT",
]);

/**
 * Whether an error means "come again later", an answer 503 with `retry-after`, and not "something is broken", a 500.
 *
 * | what has happened | codes |
 * |---|---|
 * | more load than instances | `POOL_TIMEOUT`, `POOL_OVERLOADED`, `POOL_EXHAUSTED`, `POOL_DEADLOCK` |
 * | what the pool connects to is away, or hangs | `CREATE_FAILED`, `CREATE_TIMEOUT`, `CHECK_TIMEOUT`, `POOL_TIMEOUT` |
 * | the process stops | `POOL_CLOSED`; `CONTEXT_ENDING` and `UNBOUND`, if `shutdown` or `unbindAllAsync` is the reason |
 *
 * The error may be wrapped: its causes are looked through, and the last {@link ScopeError} among them decides. So a `CREATE_FAILED` whose
 * cause is a mistake in the wiring (`CAPTIVE_DEPENDENCY`) is not busy. Errors of a driver, thrown by a query, are not known here.
 *
 * @param error - anything that was thrown; also the error of another installed copy of the package
 * @returns false for all other errors, and for what is no error
 *
 * @example
 * ```ts
 * try {
 *   await db.query("select 1");
 * } catch (error) {
 *   const status = isBusy(error) ? 503 : 500;
 *   log.error(status, error);
 * }
 * ```
 */
export function isBusy(error: unknown): boolean {
  let last: ScopeError | undefined;
  hasCause(error, (cause) => {
    if (cause instanceof ScopeError) last = cause;
    return false;
  });
  return last !== undefined && (BUSY.has(last.code) || isOfShutdown(last));
}
