/**
 * The package and its tests on Bun or Deno: `npm run test:bun`, `npm run test:deno`; of some folders after a build:
 * `node toolchains/runtimes/run.mjs bun pool scopes`.
 *
 * A test that fails and is not in `known-bun.json` or `known-deno.json` fails the job, and so does one of these that passes now. The values
 * there say why; where that begins with "unsteady", both are allowed. `docs/runtimes.md` shows the totals.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runtimes } from "./runtimes.mjs";
import { tryAsUser } from "./user.mjs";

/** Those on Node's own APIs, on servers, on files of this package and on what is compiled are Node's. */
const FOLDERS = ["context", "pool", "scopes", "proxy", "container", "decorators", "testing", "scenarios", "http"];
/** Files of one process, and processes at a time. */
const FILES = 16;
const PROCESSES = 2;
/** A process that hangs; on an idle machine each takes some seconds. */
const LIMIT_MS = 600_000;

const here = import.meta.dirname;
const root = join(here, "..", "..");
const tests = join(root, "dist", "test");

const [name, ...only] = process.argv.slice(2);
const runtime = runtimes[name];
assert(runtime, "node toolchains/runtimes/run.mjs bun|deno [folder…]");
assert(existsSync(tests), "There is no compiled package. Run `npm run build` first.");

/**
 * One process. Its results are there even if it does not come to its end.
 *
 * @param mayVanish - after a full stack Bun 1.4.5 ends once in a while, by 0, in the midst of a test
 */
async function run(files, results, mayVanish = name === "bun") {
  // The runs at random are shorter than on Node.
  const env = { ...process.env, ...runtime.env, POOL_MODEL_RUNS: "1000", IN_USE_RUNS: "100" };
  const args = [...runtime.args, join(here, "mocha.mjs"), results, ...files];
  const child = spawn(runtime.command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], timeout: LIMIT_MS });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const [code, signal] = await new Promise((resolve) => child.once("close", (...how) => resolve(how)));
  const lines = existsSync(results) ? readFileSync(results, "utf8").trim().split("\n") : [];
  const all = lines.map((line) => JSON.parse(line));
  if (code === 0 && all.at(-1)?.end === true) return all.slice(0, -1);
  if (code === 0 && mayVanish) {
    console.log(`Ended in silence after "${all.at(-1)?.test}", run again.`);
    return run(files, `${results}.again`, false);
  }
  const failure = `ended by ${signal ?? code}, its files were\n${files.join("\n")}\n${output.slice(-4000)}`;
  return [...all.filter(({ end }) => end === undefined), { test: `the process of ${files[0]}`, failure }];
}

async function runTests(folders) {
  const files = folders.flatMap((folder) =>
    readdirSync(join(tests, folder), { recursive: true })
      .filter((file) => file.endsWith(".test.js"))
      .toSorted((a, b) => a.localeCompare(b))
      .map((file) => join(tests, folder, file)),
  );
  const temporary = mkdtempSync(join(tmpdir(), "inversify-scopes-runtimes-"));
  const chunks = Array.from({ length: Math.ceil(files.length / FILES) }, (_, i) =>
    files.slice(i * FILES, (i + 1) * FILES),
  );
  const found = [];
  const next = chunks.entries();
  const work = async () => {
    for (const [i, chunk] of next) found.push(...(await run(chunk, join(temporary, `${i}.jsonl`))));
  };
  await Promise.all(Array.from({ length: PROCESSES }, work));
  rmSync(temporary, { recursive: true });
  return found;
}

function report(found, known) {
  const failed = found.filter(({ failure }) => failure !== undefined);
  const unexpected = failed.filter(({ test }) => !(test in known));
  for (const { test, failure } of unexpected) console.log(`FAILED ${test}\n${failure}\n`);
  const failing = new Set(failed.map(({ test }) => test));
  const mended = Object.keys(known).filter((test) => !failing.has(test) && !known[test].startsWith("unsteady"));
  for (const test of mended) console.log(`PASSES now, or is not there: ${test}\nTake it out of known-${name}.json`);
  console.log(`  ${found.length - failed.length} passing on ${runtime.version}`);
  console.log(`  ${failed.length - unexpected.length} known to fail`);
  if (unexpected.length > 0) console.log(`  ${unexpected.length} failing`);
  if (unexpected.length > 0 || mended.length > 0) process.exitCode = 1;
}

const folders = only.length > 0 ? only : FOLDERS;
const known = Object.entries(JSON.parse(readFileSync(join(here, `known-${name}.json`), "utf8")));
const found = await runTests(folders);
if (only.length === 0) found.push(...(await tryAsUser(runtime)));
report(found, Object.fromEntries(known.filter(([test]) => folders.some((folder) => test.startsWith(`${folder}/`)))));
