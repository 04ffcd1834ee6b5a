import { expect } from "chai";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bun has a collector of its own; it stands where Node must be told by a flag. */
const { Bun } = globalThis as { Bun?: { gc: (now: boolean) => void } };

function nodeCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

const collectGarbage = Bun === undefined ? nodeCollector() : (): void => Bun.gc(true);

const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

/**
 * Waits in real time for something that only the garbage collector can bring about.
 *
 * Each step takes a turn of its own: what a `WeakRef` was asked for lives until the end of the turn. The collector runs in a callback, with
 * little of the stack in use: JavaScriptCore's takes for a reference whatever looks like one there, also what an earlier call has left.
 */
export async function collected(done: () => boolean): Promise<void> {
  for (let round = 0; round < 50; round++) {
    await wait();
    await new Promise<void>((resolve) => setImmediate(() => resolve(collectGarbage())));
    await wait();
    if (done()) return;
  }
  expect.fail("not collected");
}
