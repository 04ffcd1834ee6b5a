/** Whether an error or one of its causes passes a test; false if a look at it throws. */
export function hasCause(error: unknown, test: (cause: unknown) => boolean): boolean {
  const causes = new Set([error]);
  try {
    for (const cause of causes) {
      if (test(cause)) return true;
      if (cause instanceof Error) causes.add(cause.cause);
    }
  } catch {
    // A getter or a trap threw, which tells nothing of the error.
  }
  return false;
}
