import { endedWhileWaiting } from "../context/errors.js";
import { current } from "../context/run.js";
import type { Source } from "./source.js";

/*
 * The waiting rule, which `Target` carries out (docs/waiting.md shows it too):
 *
 * | the touch | the instance is available now | not available yet |
 * | --- | --- | --- |
 * | a call of a native `async` method of the known class | the call | a promise of it, first come first served |
 * | a call of a member named in `defer` | the call | a promise of it, first come first served |
 * | a call of an `async` generator method of the known class | the call | a generator, whose first `next()` waits |
 * | a call of any other method, also one that returns a promise, a generator or an iterator | the call | throws |
 * | a field or an accessor: read, written, deleted; `Object.keys`, spread, JSON, coercion | the instance's | throws |
 * | `ready`, `needs`, `lease`, `use` | at once | waits |
 * | `unwrap` | the instance | throws |
 * | `instanceof`, `in`, `await proxy`, `constructor`, `util.inspect`, reading a method, `hasInstance` | looks only | looks only |
 */

/**
 * Waits for an instance that the source could not give at once, and calls `run` in the very reaction to its arrival: calls are made
 * in the order in which they came. If the current context ends or is aborted before, the promise rejects.
 *
 * @param again - touches anew, if the context gave the instance back between its arrival and the reaction
 */
export function whenThere<R>(
  service: string,
  source: Source,
  run: (instance: object) => R,
  again: () => R,
): Promise<Awaited<R>> {
  const waiting = source.acquire();
  const context = current();
  // A source that keeps its instances in the slots of contexts cancels by itself what a context waits for.
  if (source.slot !== undefined) {
    return waiting.then((instance) => {
      if (source.peek() === instance) return run(instance);
      if (context!.state !== "active") throw endedWhileWaiting(context!, [service]);
      return again();
    }) as Promise<Awaited<R>>;
  }
  if (context === undefined) return waiting.then(run) as Promise<Awaited<R>>;
  let isCancelled = false;
  let cancelled!: (reason: unknown) => void;
  const cancellation = new Promise<never>((_, reject) => (cancelled = reject));
  const pending = {
    service,
    cancel(reason: unknown) {
      isCancelled = true;
      cancelled(reason);
    },
  };
  context.addPending(pending);
  const done = waiting.then(
    (instance) => {
      context.removePending(pending);
      // The caller has its rejection already.
      return isCancelled ? cancellation : run(instance);
    },
    (error: unknown) => {
      context.removePending(pending);
      throw error;
    },
  );
  return Promise.race([done, cancellation]);
}
