import { offAbort, onAbort } from "../../base/on-abort.js";
import type { LeaseOptions } from "../../proxy/source.js";
import { timeLimit } from "../../base/time-limit.js";
import { createTimedOut } from "./errors.js";

/**
 * Waits for a factory's result, but no longer than the caller wants to.
 *
 * @param tooLate - gets a result that arrives after that
 * @throws ScopeError (as rejection) `CREATE_TIMEOUT`; the signal's reason
 */
export function withTimeout<T>(
  service: string,
  { timeoutMs = Infinity, signal }: LeaseOptions,
  made: Promise<T>,
  tooLate: (result: T) => void,
): Promise<T> {
  if (timeoutMs === Infinity && signal === undefined) return made;
  return new Promise<T>((resolve, reject) => {
    let isOver = false;
    const giveUp = (reason: unknown): void => {
      over();
      // The caller's own reason, whatever it is.
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors
      reject(reason);
    };
    const aborted = (): void => giveUp(signal!.reason);
    const liftLimit = timeLimit(timeoutMs, () => giveUp(createTimedOut(service, timeoutMs)));
    const over = (): void => {
      isOver = true;
      liftLimit();
      if (signal !== undefined) offAbort(signal, aborted);
    };
    if (signal !== undefined) onAbort(signal, aborted);
    made.then((result) => {
      if (isOver) return tooLate(result);
      over();
      resolve(result);
    }, giveUp);
  });
}
