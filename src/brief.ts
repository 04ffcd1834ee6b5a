import { inspect } from "node:util";

/** An error in one line; whatever was thrown, and however it resists. */
export function brief(error: unknown): string {
  try {
    return error instanceof Error
      ? `${error.name}: ${error.message}`
      : inspect(error, { depth: 1, breakLength: Infinity });
  } catch {
    return "something that cannot be shown";
  }
}
