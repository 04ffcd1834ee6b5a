import fc from "fast-check";

import { turn } from "../support/gate.js";
import { Model, type Run, runs } from "../support/pool-model.js";

/**
 * By hand: `POOL_MODEL_RUNS=1000000 npx mocha dist/test/pool/model.test.js`. A failure prints a seed and a path: with
 * `POOL_MODEL_SEED` alone the same runs come again, with `POOL_MODEL_PATH` too the one that failed, as short as it was made.
 */
const numRuns = Number(process.env["POOL_MODEL_RUNS"] ?? 10_000);
const { POOL_MODEL_SEED: seed, POOL_MODEL_PATH: path } = process.env;
const limitMs = Math.max(600_000, numRuns * 20);

describe("the pool against a model", () => {
  it("in any interleaving, whatever fails, hangs, is aborted, taken back, resized, recycled or closed (law 10, S37)", async function () {
    // The time of mocha would tell neither seed nor path.
    this.timeout(limitMs + 10_000);
    const unhandled: unknown[] = [];
    const collect = (reason: unknown): number => unhandled.push(reason);
    process.on("unhandledRejection", collect);
    try {
      await fc.assert(
        fc.asyncProperty(runs, async (run) => {
          // What a run that failed has left behind says nothing about a shorter one.
          unhandled.length = 0;
          await new Model(run).execute();
          await turn();
          if (unhandled.length > 0) throw new Error("unhandled rejection", { cause: unhandled[0] });
        }),
        {
          numRuns,
          plugins: [fc.interruptAfterTimeLimit(limitMs, { failOnInterrupt: true })],
          ...(seed === undefined ? {} : { seed: Number(seed) }),
          ...(path === undefined ? {} : { path }),
        },
      );
    } finally {
      process.off("unhandledRejection", collect);
    }
  });

  it("a creation that its own timer ends, after the pool gave it up in the same late moment, has no slot", async () => {
    await new Model(lateTwice).execute();
  });
});

/** Found at random. Instance 0 would be there at 20 ms, and is given up at 25: but the clock stands still until 30. */
const lateTwice: Run = {
  maxSize: 2,
  minSize: 2,
  hooks: { onCreate: false, onAcquire: false, onRelease: false, destroy: true, healthCheck: false },
  checkOn: [],
  limits: {
    createTimeoutMs: 25,
    checkTimeoutMs: 10,
    destroyTimeoutMs: 50,
    drainTimeoutMs: 15,
    createConcurrency: 2,
    createBackoffMs: { min: 5, max: 40 },
  },
  // create 0, create 1, what is made in their place, the end of 0.
  behaviours: ["slow", "throw", "now", "now", "slow", "now"],
  steps: [
    { do: "turn" },
    { do: "stand still", ms: 30 },
    { do: "advance", ms: 1 },
    { do: "acquire", timeoutMs: 0, aborts: false, held: false },
    { do: "acquire", timeoutMs: 0, aborts: false, held: false },
  ],
};
