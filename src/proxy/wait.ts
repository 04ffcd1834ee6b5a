import { endedWhileWaiting } from "../context/errors.js";
import { current } from "../context/run.js";
import type { Source } from "./source.js";

/*
 * The waiting rule, which `Target` carries out (docs/guide.md shows it too):
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
 * Waits for the instance that a source could not give at once, and does something with it in the very reaction to its
 * arrival, so that what came first is done first. If the current context ends or is aborted before, the promise rejects.
 *
 * @param again - touches anew, where the context ended or gave the instance back between its arrival and the reaction
 */
export function whenThere<R>(
  service: string,
  source: Source,
  run: (instance: object) => R,
  again: () => R,
): Promise<Awaited<R>> {
  const waiting = source.acquire();
  const context = current();
  // Sources that keep their instances in contexts' slots cancel what their context waits for themselves.
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
      // Whoever waited has been told that it is over.
      return isCancelled ? cancellation : run(instance);
    },
    (error: unknown) => {
      context.removePending(pending);
      throw error;
    },
  );
  return Promise.race([done, cancellation]);
}
