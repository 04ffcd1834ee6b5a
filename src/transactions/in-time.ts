import type { ScopeError } from "../base/errors.js";
import { timeLimit } from "../base/time-limit.js";

/** What comes of something, if it comes in time; what comes later is not looked at. */
export function inTime<R>(pending: R | PromiseLike<R>, ms: number, tooLate: () => ScopeError): Promise<R> {
  return new Promise((resolve, reject) => {
    const lift = timeLimit(ms, () => reject(tooLate()));
    const settled = Promise.resolve(pending);
    settled.then(lift, lift);
    settled.then(resolve, reject);
  });
}
