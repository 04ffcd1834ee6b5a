/**
 * Mutation testing with Stryker's mutants: `npm run test:mutation -- pool`, or `context`, `proxy`, `scopes`, `container`, `testing`, or `base`.
 *
 * Stryker's command runner starts a process for each mutant and runs all tests, which takes hours here. So its instrumenter puts all
 * mutants into one build, and a worker that has loaded the tests once runs, mutant by mutant, those tests that reach it.
 * After a mutant was killed some tests run without it: a worker that it left in disorder is replaced. A mutant in what
 * runs while modules load gets a worker of its own.
 *
 * The tests of the folder itself come first, the quick ones before the slow ones, then those of other folders that use it.
 *
 * Options: `--only <part of a file name>,<of another>`, `--every <n>` for a sample, `--workers <n>` (default: one for each processor),
 * `--again <report>` for those only that this report names, whatever line they are on by now.
 */
import { execFileSync, fork } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { Instrumenter } from "@stryker-mutator/instrumenter";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "" },
    every: { type: "string", default: "1" },
    again: { type: "string" },
    workers: { type: "string", default: String(availableParallelism()) },
  },
});
const area = positionals[0] ?? "pool";
/** Which tests are to find the mutants of a folder. */
const TESTS = {
  pool: ["pool"],
  context: ["context", "scopes"],
  proxy: ["proxy", "scopes", "performance", "context", "container"],
  scopes: ["scopes", "proxy", "container", "context", "testing"],
  container: ["container", "decorators", "testing", "scopes", "context"],
  testing: ["testing"],
  base: ["pool", "scopes", "context"],
}[area];
if (TESTS === undefined) throw new Error(`pool, context, proxy, scopes, container, testing or base, not ${area}`);

const box = mkdtempSync(join(tmpdir(), "inversify-scopes-mutation-"));
process.on("exit", () => rmSync(box, { recursive: true, force: true }));

for (const name of ["src", "decorators", "test", "examples", "docs", "package.json", "tsconfig.json"]) {
  cpSync(join(root, name), join(box, name), { recursive: true });
}
symlinkSync(join(root, "node_modules"), join(box, "node_modules"));

const silent = { debug() {}, info() {}, isDebugEnabled: () => false };
const files = readdirSync(join(root, "src", area), { recursive: true })
  .filter(
    (name) => name.endsWith(".ts") && name !== "index.ts" && values.only.split(",").some((part) => name.includes(part)),
  )
  .map((name) => join(box, "src", area, name))
  .map((name) => ({ name, mutate: true, content: readFileSync(name, "utf8") }));
const sources = new Map(files.map(({ name, content }) => [name, content]));
const { files: instrumented, mutants } = await new Instrumenter(silent).instrument(files, {
  plugins: null,
  excludedMutations: [],
  ignorers: [],
});
for (const { name, content } of instrumented) writeFileSync(name, `// @ts-nocheck\n${content}`);
try {
  execFileSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", box], {
    stdio: "pipe",
  });
} catch {
  // Types of instrumented code are not checked; what matters is that it was emitted.
}
console.log(`${mutants.length} mutants in ${files.length} files of src/${area}`);

const again =
  values.again === undefined
    ? undefined
    : new Set(
        readFileSync(values.again, "utf8")
          .split(/\n(?=\S)/)
          .map((entry) => entry.trimEnd().replace(/:\d+ \([a-z ]+\)/, "")),
      );
const report = join("reports", `mutation-${[area, values.only, again && "again"].filter(Boolean).join("-")}.txt`);
mkdirSync(join(root, "reports"), { recursive: true });
writeFileSync(join(root, report), "");
const results = new Map();
/** Survivors are told at once: the next test can be written while the others are tried. */
function note(id, outcome) {
  results.set(id, outcome);
  if (results.size % 100 === 0) console.log(`  ${results.size} of ${chosen.length}`);
  if (outcome === "killed") return;
  const mutant = mutants.find((each) => each.id === id);
  const { file, what } = described(mutant);
  appendFileSync(join(root, report), `${file}:${mutant.location.start.line + 1} (${outcome}) ${what}\n`);
}
function described({ fileName, location, mutatorName, replacement }) {
  const text = sources.get(fileName).split("\n")[location.start.line].trim();
  return { file: relative(box, fileName), what: `${mutatorName}\n    ${text}\n    → ${replacement.split("\n")[0]}` };
}
const every = Number(values.every);
const chosen = mutants.filter((mutant, i) => {
  if (again === undefined) return i % every === 0;
  const { file, what } = described(mutant);
  return again.has(`${file} ${what}`);
});
const queue = chosen.map(({ id }) => id);
/** A process that has loaded the tests. */
class Worker {
  /** @param mutant one that is switched on already while the tests are loaded */
  constructor(mutant = "") {
    this.child = fork(join(root, "mutation", "worker.mjs"), [box, ...TESTS], {
      execArgv: ["--no-warnings"],
      stdio: ["ignore", "ignore", mutant === "" ? "inherit" : "ignore", "ipc"],
      env: { ...process.env, __STRYKER_ACTIVE_MUTANT__: mutant },
    });
    this.ready = this.answer(60_000);
  }

  answer(timeoutMs) {
    return new Promise((resolve) => {
      const settle = (message) => {
        clearTimeout(timer);
        this.child.off("message", settle).off("exit", gone);
        resolve(message);
      };
      const gone = () => settle({ gone: true });
      const timer = setTimeout(() => settle({ timedOut: true }), timeoutMs);
      this.child.on("message", settle).on("exit", gone);
    });
  }

  ask(question, timeoutMs) {
    if (!this.child.connected) return Promise.resolve({ gone: true });
    const answer = this.answer(timeoutMs);
    this.child.send(question);
    return answer;
  }

  kill() {
    this.child.kill("SIGKILL");
  }
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

/** Whether one of these tests fails with the mutant, or does not end. */
async function kills(worker, mutant, tests, patienceMs = 1000) {
  for (const batch of tests) {
    const hits = 1000 + 20 * sum(batch.map((test) => dry.coverage.perTest[test]?.[mutant] ?? 0));
    const durations = batch.map((test) => dry.durations[test]);
    // A mutant that makes a test wait for ever is found out after so long.
    const timeoutMs = patienceMs + 5 * Math.max(...durations);
    const { failed, timedOut, gone } = await worker.ask(
      { mutant, tests: batch, timeoutMs, hits },
      5 * patienceMs + 5 * sum(durations),
    );
    if (failed || timedOut || gone) return failed ? "tidily" : timedOut ? "stuck" : "gone";
  }
  return undefined;
}

async function replaced(worker) {
  worker.kill();
  const next = new Worker();
  await next.ready;
  return next;
}

async function work() {
  let worker = new Worker();
  await worker.ready;
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    const loading = dry.whileLoading[id] > 0;
    const tests = loading ? all : all.filter((test) => dry.coverage.perTest[test]?.[id] > 0);
    if (tests.length === 0) {
      note(id, "not reached");
    } else if (loading) {
      const own = new Worker(id);
      const { loaded } = await own.ready;
      note(id, !loaded || (await kills(own, id, batches(tests), 10_000)) ? "killed" : "survived");
      own.kill();
    } else {
      let killed = await kills(worker, id, batches(tests));
      if (killed === "gone") {
        // Perhaps because of the mutant before it.
        worker = await replaced(worker);
        killed = await kills(worker, id, batches(tests));
      }
      note(id, killed ? "killed" : "survived");
      if (
        killed === "stuck" ||
        killed === "gone" ||
        (killed && (await kills(worker, undefined, [tests.slice(0, 30)])))
      ) {
        worker = await replaced(worker);
      }
    }
  }
  worker.kill();
}

// Which tests reach which mutants, and how long they take.
const first = new Worker();
await first.ready;
const dry = await first.ask({ dry: true }, 300_000);
first.kill();
if (!dry.coverage) throw new Error(`without a mutant: ${dry.failed ?? "no answer"}`);
const all = Object.keys(dry.durations).sort((a, b) => dry.durations[a] - dry.durations[b]);
const SLOW_MS = 50;
function batches(tests) {
  const own = (test) => dry.folders[test] === TESTS[0];
  const slow = (test) => dry.durations[test] > SLOW_MS;
  return [
    tests.filter((test) => own(test) && !slow(test)),
    tests.filter((test) => own(test) && slow(test)),
    tests.filter((test) => !own(test)),
  ].filter((batch) => batch.length > 0);
}
await Promise.all(Array.from({ length: Number(values.workers) }, work));

const rows = new Map();
for (const mutant of chosen) {
  const file = relative(box, mutant.fileName);
  const row = rows.get(file) ?? { killed: 0, survived: 0, "not reached": 0 };
  row[results.get(mutant.id)]++;
  rows.set(file, row);
}
const score = ({ killed, survived, "not reached": missed }) =>
  ((100 * killed) / (killed + survived + missed)).toFixed(1);
const total = { killed: 0, survived: 0, "not reached": 0 };
for (const [file, row] of rows) {
  for (const key of Object.keys(total)) total[key] += row[key];
  console.log(`${score(row).padStart(5)} %  ${file}  ${JSON.stringify(row)}`);
}
console.log(`${score(total)} % of ${chosen.length} mutants of src/${area} were killed; survivors in ${report}`);
process.exit(0);
