import { turn } from "./gate.js";

/** The process warnings that arise while something is done. */
export async function warningsDuring(action: () => unknown): Promise<(Error & { code?: string })[]> {
  const warnings: (Error & { code?: string })[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  // Node's own listener prints them.
  const others = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", note);
  try {
    await action();
    // They are told in the next turn; those of a clean-up, in the one after that.
    await turn();
    await turn();
  } finally {
    process.off("warning", note);
    for (const other of others) process.on("warning", other);
  }
  return warnings;
}

/** The messages of the process warnings that arise while something is done. */
export async function warningsOf(action: () => unknown): Promise<string[]> {
  return (await warningsDuring(action)).map(({ message }) => message);
}

/** Rejections that nobody handles while something is done. */
export async function unhandledDuring(action: () => unknown): Promise<unknown[]> {
  const reasons: unknown[] = [];
  const note = (reason: unknown): void => void reasons.push(reason);
  // Ours would fail the test.
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", note);
  try {
    await action();
    await turn();
    await turn();
  } finally {
    process.off("unhandledRejection", note);
    for (const other of others) process.on("unhandledRejection", other);
  }
  return reasons;
}
