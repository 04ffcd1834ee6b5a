import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bun has a collector of its own; it stands where Node must be told by a flag. */
const { Bun } = globalThis as { Bun?: { gc: (now: boolean) => void } };

function nodeCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

/** Collects garbage, now. */
export const collectGarbage = Bun === undefined ? nodeCollector() : (): void => Bun.gc(true);
