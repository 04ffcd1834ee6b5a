import type { RunningCall } from "../context/entry.js";
import { current } from "../context/run.js";
import { isNativePromise, isPlainPromise } from "../base/native-promise.js";

/** In a context with `graceMs`, which waits at its end for calls on its instances: notes this call until its promise has settled. */
export function trackCall(service: string, member: PropertyKey, result: unknown, context = current()): unknown {
  const running = context?.running;
  if (running === undefined || !isNativePromise(result)) return result;
  const call: RunningCall = { service, member, since: Date.now() };
  running.add(call);
  const settled = (): void => {
    running.delete(call);
    if (running.size === 0) running.onSettled?.();
  };
  const watched = result.then(settled, settled);
  // We have looked at the promise: a rejection that the caller forgets must still count as unhandled.
  return isPlainPromise(result) ? watched.then(() => result) : result;
}
