/** Serialization failures, deadlocks, and locks that are taken: SQLSTATEs, MySQL's codes, SQLite's. */
const CODES = new Set<unknown>(["40001", "40P01", "ER_LOCK_DEADLOCK", "SQLITE_BUSY"]);
const NUMBERS: readonly [field: string, number: number][] = [
  ["errno", 1213],
  ["errcode", 5],
];

/** Whether a known database reports that another attempt may succeed, by whichever driver. */
export function isRetryable(error: unknown): boolean {
  const given = Object(error) as Readonly<Record<string, unknown>>;
  const { code } = given;
  if (CODES.has(code) || (typeof code === "string" && code.startsWith("SQLITE_BUSY_"))) return true;
  return NUMBERS.some(([field, number]) => given[field] === number);
}

/** Whether MySQL reports a deadlock: then it has ended the transaction. */
export function isDeadlockOfMySql(error: unknown): boolean {
  return (Object(error) as { readonly errno?: unknown }).errno === 1213;
}
