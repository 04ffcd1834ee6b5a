/** Whether an error, or what has caused it, passes a test; not if it resists being looked at. */
export function hasCause(error: unknown, test: (cause: unknown) => boolean): boolean {
  const causes = new Set([error]);
  try {
    for (const cause of causes) {
      if (test(cause)) return true;
      if (cause instanceof Error) causes.add(cause.cause);
    }
  } catch {
    // Getters and traps may throw anything, which tells nothing of the error.
  }
  return false;
}
