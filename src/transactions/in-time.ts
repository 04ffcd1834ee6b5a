import type { ScopeError } from "../base/errors.js";
import { timeLimit } from "../base/time-limit.js";

/** The outcome of a promise, if it comes in time. A later one is ignored. @param settled - called when it comes, early or late */
export function inTime<R>(
  pending: R | PromiseLike<R>,
  ms: number,
  tooLate: () => ScopeError,
  settled?: () => void,
): Promise<R> {
  return new Promise((resolve, reject) => {
    const lift = timeLimit(ms, () => reject(tooLate()));
    const outcome = Promise.resolve(pending);
    const over = (): void => {
      lift();
      settled?.();
    };
    outcome.then(over, over);
    outcome.then(resolve, reject);
  });
}
