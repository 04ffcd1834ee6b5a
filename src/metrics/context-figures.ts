import type { Context } from "../context/context.js";
import { allOpen } from "../context/open.js";
import { processState } from "../context/process-state.js";

/** How many contexts of the process are open. */
export function countOpen(): number {
  let open = 0;
  for (const _ of allOpen()) open++;
  return open;
}

/** How many have begun, ever. */
export function countBegun(): number {
  return processState.nextContextId - 1;
}

/** Tells `told` of each context that ends. @returns stops that */
export function onContextEnd(told: (outcome: string, seconds: number) => void): () => void {
  const watch = (ended: unknown): void => {
    const { outcome, startedAt } = ended as Context;
    // The system's clock may have been put back.
    told(outcome!.status, Math.max(0, Date.now() - startedAt) / 1000);
  };
  processState.watchers.add(watch);
  return () => void processState.watchers.delete(watch);
}
