import fc from "fast-check";

import { Model, runs } from "../support/pool-model.js";

/** By hand: `POOL_MODEL_RUNS=1000000 npx mocha dist/test/pool/model.test.js`, with `POOL_MODEL_SEED` to repeat one. */
const numRuns = Number(process.env["POOL_MODEL_RUNS"] ?? 10_000);
const seed = process.env["POOL_MODEL_SEED"];

describe("the pool against a model", () => {
  it("law 10, S37: in any interleaving, whatever fails, hangs, is aborted, taken back, resized, recycled or closed", async function () {
    this.timeout(Math.max(120_000, numRuns * 20));
    const unhandled: unknown[] = [];
    const collect = (reason: unknown): number => unhandled.push(reason);
    process.on("unhandledRejection", collect);
    try {
      await fc.assert(
        fc.asyncProperty(runs, async (run) => {
          const model = new Model(run);
          await model.execute();
          if (unhandled.length > 0) throw new Error("unhandled rejection", { cause: unhandled[0] });
        }),
        { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }), endOnFailure: false },
      );
    } finally {
      process.off("unhandledRejection", collect);
    }
  });
});
