/** Runs tests on an instrumented build, again and again, each time with one mutant switched on; see run.mjs. */
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, sep } from "node:path";

// Random tests find most mutants soon, and are run for many of them. The same ones each time.
process.env.POOL_MODEL_RUNS ??= "100";
process.env.POOL_MODEL_SEED ??= "1";

const [box, ...folders] = process.argv.slice(2);
const require = createRequire(join(box, "package.json"));
const { default: Mocha } = await import(require.resolve("mocha"));
const stryker = (globalThis.__stryker__ ??= {});

/** These start processes of their own, wait for the garbage collector, or take seconds: too slow to be run for each mutant. */
const LEFT_OUT =
  /process-exit|hot-paths|out-of-stack|memory|two-copies|unhandled-rejections|await-unpooled|deadlock-random/;

class Quiet extends Mocha.reporters.Base {}

const mocha = new Mocha({ reporter: Quiet, bail: true, allowUncaught: false });
mocha.cleanReferencesAfterRun(false);
for (const folder of folders) {
  for (const name of readdirSync(join(box, "dist", "test", folder), { recursive: true })) {
    if (name.endsWith(".test.js") && !LEFT_OUT.test(name)) mocha.addFile(join(box, "dist", "test", folder, name));
  }
}
process.chdir(box);
await mocha.loadFilesAsync();
const whileLoading = { ...stryker.mutantCoverage?.static };
const originals = new Map();
mocha.suite.eachTest((test) => {
  const tests = originals.get(test.parent) ?? [];
  tests.push(test);
  originals.set(test.parent, tests);
});
mocha.suite.beforeEach(function () {
  stryker.currentTestId = this.currentTest.fullTitle();
});
mocha.suite.afterEach(() => {
  stryker.currentTestId = undefined;
});

function run(wanted, timeoutMs) {
  for (const [suite, tests] of originals) {
    suite.tests = wanted === undefined ? [...tests] : tests.filter((test) => wanted.has(test.fullTitle()));
  }
  for (const test of [...originals.values()].flat()) test.timeout(timeoutMs);
  const durations = {};
  const folderOf = {};
  let failed;
  return new Promise((resolve) => {
    const runner = mocha.run(() => resolve({ failed, durations, folders: folderOf }));
    runner.on("fail", (test, error) => (failed ??= `${test.fullTitle()}: ${error?.message}`));
    runner.on("pass", (test) => {
      durations[test.fullTitle()] = test.duration;
      folderOf[test.fullTitle()] = relative(join(box, "dist", "test"), test.file).split(sep)[0];
    });
  });
}

process.on("unhandledRejection", () => {});
process.on("message", async ({ dry, mutant, tests, timeoutMs, hits }) => {
  stryker.activeMutant = mutant;
  // A mutant that makes a loop endless throws when it has been met so often.
  stryker.hitCount = hits === undefined ? undefined : 0;
  stryker.hitLimit = hits;
  if (dry) {
    mocha.bail(false);
    const outcome = await run(undefined, 60_000);
    process.send(outcome.failed ? outcome : { ...outcome, coverage: stryker.mutantCoverage, whileLoading });
    return;
  }
  process.send(await run(new Set(tests), timeoutMs));
});
process.on("disconnect", () => process.exit());
process.send({ loaded: true });
