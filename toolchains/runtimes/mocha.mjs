/**
 * Runs test files with mocha, in Bun, Deno or Node: `<runtime> mocha.mjs results.jsonl file…`. Mocha's own command starts Node, and reads its
 * flags as only Node does. A result is a line of JSON, written at once, so that those before a crash are there.
 */
import { appendFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";

// Tests that start a program of their own do so as with Node.
if ("Deno" in globalThis) process.execPath = join(import.meta.dirname, "deno-as-node.sh");

const root = join(import.meta.dirname, "..", "..");
const load = (path) => import(pathToFileURL(join(root, path)).href);
const { default: Mocha } = await load("node_modules/mocha/index.js");
const { mochaHooks } = await load("dist/test/support/no-unhandled-rejections.js");

const [results, ...files] = process.argv.slice(2);
const { EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_RUN_END } = Mocha.Runner.constants;
const write = (line) => appendFileSync(results, `${JSON.stringify(line)}\n`);

/** A hook counts like a test. */
function toFile(runner) {
  const say = (test, failure) => {
    const file = relative(join(root, "dist", "test"), test.file ?? test.parent.file).replaceAll("\\", "/");
    write({ test: `${file.replace(/\.test\.js$/, "")}: ${test.fullTitle()}`, ...failure });
  };
  runner.on(EVENT_TEST_PASS, (test) => say(test, {}));
  runner.on(EVENT_TEST_FAIL, (test, error) => say(test, { failure: String(error?.stack ?? error) }));
  runner.on(EVENT_RUN_END, () => write({ end: true }));
}

const mocha = new Mocha({ timeout: 20_000, reporter: toFile, rootHooks: mochaHooks });
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();
// A test that fails may leave a server open.
mocha.run(() => process.exit());
