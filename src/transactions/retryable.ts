/** Serialization failures, deadlocks, and locks that are taken: SQLSTATEs, MySQL's codes, SQLite's. */
const CODES = new Set<unknown>(["40001", "40P01", "ER_LOCK_DEADLOCK", "SQLITE_BUSY"]);

/** MySQL's deadlock. */
const DEADLOCK = 1213;

/** SQLite's `SQLITE_BUSY`: the lowest byte of its codes, of which node:sqlite gives the extended ones. */
const BUSY = 5;

/** Whether a known database reports that another attempt may succeed, by whichever driver. */
export function isRetryable(error: unknown): boolean {
  const given = Object(error) as Readonly<Record<string, unknown>>;
  const { code, errno, errcode } = given;
  if (CODES.has(code) || (typeof code === "string" && code.startsWith("SQLITE_BUSY_"))) return true;
  return errno === DEADLOCK || (typeof errcode === "number" && (errcode & 0xff) === BUSY);
}

/** Whether MySQL reports a deadlock: then it has ended the transaction. */
export function isDeadlockOfMySql(error: unknown): boolean {
  return (Object(error) as { readonly errno?: unknown }).errno === DEADLOCK;
}
