import { newFrame } from "../base/async-frame.js";
import { claimStack } from "../base/claim-stack.js";
import { invalidOption } from "../base/options.js";

/**
 * Ties a function to the async context that is current now, wherever it is called from later: for listeners on emitters,
 * callbacks of drivers, queues. It restores every AsyncLocalStorage, as Node's own `AsyncResource.bind` does, and
 * hands on `this` and the arguments. A touch through it after the context's end is `CONTEXT_ENDED`.
 *
 * @param fn - the listener or callback
 * @returns a function that calls it in the current context
 *
 * @example
 * ```ts
 * socket.on("message", bindToContext((data) => handler.onMessage(data)));
 * ```
 *
 * @throws ScopeError `INVALID_OPTION` if `fn` is no function
 */
export function bindToContext<This, Args extends unknown[], R>(
  fn: (this: This, ...args: Args) => R,
): (this: This, ...args: Args) => R {
  if (typeof fn !== "function") throw invalidOption("bindToContext", "fn", fn, "a function");
  const frame = newFrame();
  const bound = function (this: This, ...args: Args): R {
    claimStack();
    return frame.runInAsyncScope(fn, this, ...args);
  };
  // Some callers look how many arguments a callback takes.
  return Object.defineProperty(bound, "length", { value: fn.length, configurable: true });
}
