import { processState } from "../../src/context/process-state.js";

/**
 * Puts aside the contexts that are open, so that a test sees those that it begins: others may have left some that never end, which
 * `shutdown` would wait for. They stay linked with each other, and may end.
 */
export function putOpenContextsAside(): void {
  const { open } = processState;
  const aside = { older: open.older, newer: open.newer };
  aside.older.newer = aside;
  aside.newer.older = aside;
  open.older = open;
  open.newer = open;
}
