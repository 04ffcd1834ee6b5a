import type { AsyncContext } from "./async-context.js";
import type { Context } from "./context.js";
import { processState } from "./process-state.js";
import { viewOf } from "./view.js";

/** The open contexts, oldest first, also those of other copies of the package. */
export function* allOpen(): Generator<Context> {
  const { open } = processState;
  for (let link = open.newer; link !== open; link = link.newer) yield link as Context;
}

/**
 * The contexts that have begun and not ended, oldest first: what a server is busy with right now. A context whose callback never
 * settles stays in the list.
 *
 * @returns views of them, as {@link currentContext} returns one
 *
 * @example
 * ```ts
 * const now = Date.now();
 * for (const { name, startedAt } of openContexts()) log.info(`${name} has been open for ${now - startedAt} ms`);
 * ```
 */
export function openContexts(): AsyncContext[] {
  return Array.from(allOpen(), viewOf);
}
