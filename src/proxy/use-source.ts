import type { Operation, Source } from "./source.js";
import { whenThere } from "./wait.js";

/*
 * What `Target` does with the source of its proxy, for a source that stands before others.
 */

/** Does an operation with an instance of a source, and waits for the instance if need be. */
export function perform(service: string, source: Source, operation: Operation): unknown {
  if (source.intercept !== undefined) return source.intercept(operation);
  const instance = source.acquireNow(operation.member);
  if (instance !== undefined) return operation.run(instance, source);
  if (operation.deferrable) {
    const run = (late: object): unknown => operation.run(late, source);
    return whenThere(service, source, run, () => perform(service, source, operation));
  }
  if (operation.late !== undefined) return operation.late();
  throw source.unavailableError(operation.member);
}

/**
 * What `ready` does with a source.
 *
 * @param again - takes anew, if the context gave the instance back between its arrival and the reaction
 */
export async function takeFrom(
  service: string,
  source: Source,
  again = (): Promise<void> => takeFrom(service, source),
): Promise<void> {
  if (source.ready !== undefined) return source.ready();
  if (source.acquireNow() === undefined) await whenThere(service, source, () => Promise.resolve(), again);
}
