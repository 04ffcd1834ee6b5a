import type { ScopeError } from "../base/errors.js";
import { timeLimit } from "../base/time-limit.js";

/** The outcome of a promise, if it comes in time. A later one is ignored. */
export function inTime<R>(pending: R | PromiseLike<R>, ms: number, tooLate: () => ScopeError): Promise<R> {
  return new Promise((resolve, reject) => {
    const lift = timeLimit(ms, () => reject(tooLate()));
    const settled = Promise.resolve(pending);
    settled.then(lift, lift);
    settled.then(resolve, reject);
  });
}
