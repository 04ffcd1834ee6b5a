import fc from "fast-check";
import { Model, runs } from "../support/in-use-model.js";

/** By hand: `IN_USE_RUNS=100000 npx mocha dist/test/scopes/in-use-random.test.js`, with `IN_USE_SEED` to repeat one. */
const numRuns = Number(process.env["IN_USE_RUNS"] ?? 500);
const seed = process.env["IN_USE_SEED"];

describe("law 13 in any order of contexts, calls, streams, iterators, swaps and ends", function () {
  this.timeout(60_000 + numRuns * 50);

  it("no instance is ever used by two contexts at once, reset in use, or lost", async () => {
    await fc.assert(
      fc.asyncProperty(runs, (run) => new Model(run).run()),
      { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) },
    );
  });
});
