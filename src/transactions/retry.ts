import { suppress } from "../context/end.js";
import { offAbort, onAbort } from "../base/on-abort.js";
import { timeLimit } from "../base/time-limit.js";
import type { TransactionDriver } from "../scopes/in-transaction/driver.js";
import type { RetryOptions } from "./options.js";
import { isRetryable } from "./retryable.js";

/**
 * Tries again, as often as the options allow, after failures that may not come again.
 *
 * @param attempt - a whole transaction
 * @param signalOf - gives the context's signal, which ends a delay
 * @param assertWanted - throws if the context has ended
 */
export async function withRetries<R>(
  { times, delayMs = 0, on }: RetryOptions,
  driver: TransactionDriver,
  attempt: () => Promise<R>,
  signalOf: () => AbortSignal,
  assertWanted: () => void,
): Promise<R> {
  const mayGoWell = on ?? ((error: unknown) => driver.retryable?.(error) ?? isRetryable(error));
  for (let left = times; left > 0; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (!judged(error, mayGoWell)) throw error;
    }
    if (delayMs > 0) await pause(delayMs, signalOf());
    assertWanted();
  }
  return attempt();
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      lift();
      offAbort(signal, over);
      resolve();
    };
    const lift = timeLimit(ms, over);
    onAbort(signal, over);
  });
}

/** Whether to try again. The user's function may throw. */
function judged(error: unknown, mayGoWell: (error: unknown) => boolean): boolean {
  try {
    return anyOf(error, mayGoWell);
  } catch (failure) {
    throw suppress(error, [failure]);
  }
}

/** A failure that was caught inside is the cause of the one that came out. */
function anyOf(error: unknown, mayGoWell: (error: unknown) => boolean): boolean {
  if (mayGoWell(error)) return true;
  const { code, cause } = Object(error) as { readonly code?: unknown; readonly cause?: unknown };
  return code === "TRANSACTION_ROLLED_BACK" && cause !== undefined && mayGoWell(cause);
}
