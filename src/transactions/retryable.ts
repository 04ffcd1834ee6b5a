/** Serialization failures, deadlocks, and locks that were not to be had: SQLSTATEs, MySQL's codes, SQLite's. */
const CODES = new Set<unknown>(["40001", "40P01", "ER_LOCK_DEADLOCK", "SQLITE_BUSY"]);
const NUMBERS: readonly [field: string, number: number][] = [
  ["errno", 1213],
  ["errcode", 5],
];

/** What the databases that are known report, whichever driver brings it. */
export function isRetryable(error: unknown): boolean {
  const given = Object(error) as Readonly<Record<string, unknown>>;
  const { code } = given;
  if (CODES.has(code) || (typeof code === "string" && code.startsWith("SQLITE_BUSY_"))) return true;
  return NUMBERS.some(([field, number]) => given[field] === number);
}

/** A deadlock in MySQL: it has ended the transaction, and goes on without one. */
export function isDeadlockOfMySql(error: unknown): boolean {
  return (Object(error) as { readonly errno?: unknown }).errno === 1213;
}
