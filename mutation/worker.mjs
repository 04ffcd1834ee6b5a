/** Runs tests on an instrumented build, again and again, each time with one mutant switched on; see run.mjs. */
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// Random tests find most mutants soon, and are run for many of them.
process.env.POOL_MODEL_RUNS ??= "100";

const [box, ...folders] = process.argv.slice(2);
const require = createRequire(join(box, "package.json"));
const { default: Mocha } = await import(require.resolve("mocha"));
const stryker = (globalThis.__stryker__ ??= {});

/** These start processes of their own or wait for the garbage collector: too slow, and no mutant is switched on there. */
const LEFT_OUT = /process-exit|memory|two-copies|abandoned|unhandled-rejections|await-unpooled/;

class Quiet extends Mocha.reporters.Base {}

const mocha = new Mocha({ reporter: Quiet, timeout: 4000, bail: true, allowUncaught: false });
mocha.cleanReferencesAfterRun(false);
for (const folder of folders) {
  for (const name of readdirSync(join(box, "dist", "test", folder), { recursive: true })) {
    if (name.endsWith(".test.js") && !LEFT_OUT.test(name)) mocha.addFile(join(box, "dist", "test", folder, name));
  }
}
process.chdir(box);
await mocha.loadFilesAsync();
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

function run(wanted) {
  for (const [suite, tests] of originals) {
    suite.tests = wanted === undefined ? [...tests] : tests.filter((test) => wanted.has(test.fullTitle()));
  }
  const durations = {};
  let failed;
  return new Promise((resolve) => {
    const runner = mocha.run(() => resolve({ failed, durations }));
    runner.on("fail", (test, error) => (failed ??= `${test.fullTitle()}: ${error?.message}`));
    runner.on("pass", (test) => (durations[test.fullTitle()] = test.duration));
  });
}

process.on("unhandledRejection", () => {});
process.on("message", async ({ dry, mutant, tests }) => {
  stryker.activeMutant = mutant;
  if (dry) {
    mocha.bail(false);
    const outcome = await run();
    process.send(outcome.failed ? outcome : { ...outcome, coverage: stryker.mutantCoverage });
    return;
  }
  process.send(await run(new Set(tests)));
});
process.send({ loaded: true });
