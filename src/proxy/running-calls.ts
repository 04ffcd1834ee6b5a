import type { RunningCall } from "../context/entry.js";
import { current } from "../context/run.js";
import { isNativePromise, isPlainPromise } from "../base/native-promise.js";

/** Where the context waits at its end for calls on its instances: notes this one until its promise has settled. */
export function trackCall(service: string, member: PropertyKey, result: unknown): unknown {
  const context = current();
  const running = context?.running;
  if (running === undefined || !isNativePromise(result)) return result;
  const call: RunningCall = { service, member, since: Date.now() };
  running.add(call);
  const settled = (): void => {
    running.delete(call);
    if (running.size === 0) context!.onCallsSettled?.();
  };
  const watched = result.then(settled, settled);
  // A rejection that the caller forgets must stay unhandled, and not pass for handled because we looked.
  return isPlainPromise(result) ? watched.then(() => result) : result;
}
