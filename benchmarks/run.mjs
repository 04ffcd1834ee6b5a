/**
 * Measures the library against the same work by hand and against its peers: `npm run bench`.
 *
 *   npm run bench                              every row, on this Node
 *   npm run bench -- --quick                   rough figures in a minute or two, for development
 *   npm run bench -- request acquire           rows whose name has one of these words
 *   npm run bench -- --nodes 20,22,24,26       on other versions, which come from npm into a cache
 *   npm run bench -- --no-peers                without the other libraries
 *   npm run bench -- --processes 3             so many processes for each row, with their rounds put together
 *   node --single-threaded benchmarks/run.mjs  with flags of V8, for every process that measures (after npm run build)
 *   npm run bench -- --write                   writes the result into docs/performance.md and its plot
 */
import { fork, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { nodeOf, npm } from "./lib/nodes.mjs";
import { plot } from "./lib/plot.mjs";
import { hasTarget, isMet, line, summarise, tables } from "./lib/report.mjs";
import { allRows } from "./lib/rows.mjs";

const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    nodes: { type: "string" },
    peers: { type: "boolean", default: true },
    processes: { type: "string" },
    write: { type: "boolean", default: false },
  },
  allowNegative: true,
});
const processes = Number(options.processes ?? (options.quick ? 1 : 3));
const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** A process of its own for each row, so that what V8 has learnt from one does not help or harm another. */
function measure(row, execPath) {
  return new Promise((resolve) => {
    const args = [row.id, options.quick ? "quick" : "full"];
    const child = fork(path("measure-row.mjs"), args, {
      execPath,
      execArgv: ["--expose-gc", ...process.execArgv],
      stdio: "pipe",
    });
    let errors = "";
    child.stderr.on("data", (text) => (errors += text));
    let result;
    child.once("message", (message) => (result = message));
    child.once("exit", (code) => resolve(result ?? { error: `ended with ${code}: ${errors}` }));
  });
}

async function measureAll(rows, execPath, major) {
  const summaries = new Map();
  for (const row of rows) {
    const all = {};
    let failure;
    for (let i = 0; i < processes; i++) {
      const { times, error } = await measure(row, execPath);
      failure ??= error;
      for (const [name, list] of Object.entries(times ?? {})) (all[name] ??= []).push(...list);
    }
    if (failure !== undefined && Object.keys(all).length === 0) {
      console.log(`${row.id}: ${failure.split("\n")[0]}`);
      continue;
    }
    const summary = summarise(row, all, major);
    summaries.set(row.id, summary);
    console.log(line(row, summary));
  }
  return summaries;
}

function machine() {
  const cpus = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${cpus.length} cores of an ${process.arch} server processor (virtual machine), ${memory} GiB, ${os.type()}`;
}

function write(rows, runs) {
  const { ratios, absolute, peers } = tables(rows, runs);
  const versions = runs.map(({ version }) => version).join(", ");
  const manifest = (name) => JSON.parse(readFileSync(path(name), "utf8"));
  const installed = Object.keys(manifest("peers/package.json").dependencies)
    .map((name) => `${name} ${manifest(`peers/node_modules/${name}/package.json`).version}`)
    .join(", ");
  const inversify = manifest("../node_modules/inversify/package.json").version;
  const facts = [
    `- ${new Date().toISOString().slice(0, 10)}; Node ${versions}; ${machine()}.`,
    `- inversify ${inversify}; ${installed}.`,
    `- ${processes} ${processes === 1 ? "process" : "processes"} for each row, ${Math.max(...runs.flatMap(({ summaries }) => [...summaries.values()].map(({ rounds }) => rounds)))} rounds together.${options.quick ? " **A quick run: rough figures.**" : ""}`,
  ].join("\n");
  const file = path("../docs/performance.md");
  let text = readFileSync(file, "utf8");
  for (const [name, part] of Object.entries({ facts, ratios, absolute, peers })) {
    const [from, to] = [`<!-- ${name}: written by npm run bench -- --write -->`, `<!-- /${name} -->`];
    const [start, end] = [text.indexOf(from), text.indexOf(to)];
    if (start < 0 || end < 0) throw new Error(`docs/performance.md has no place for "${name}".`);
    text = `${text.slice(0, start + from.length)}\n${part}\n${text.slice(end)}`;
  }
  writeFileSync(file, text);
  writeFileSync(path("../docs/performance.svg"), plot(rows, runs));
}

if (options.peers && !existsSync(path("peers/node_modules"))) {
  console.log("Installing what is compared with (benchmarks/peers) …");
  npm("ci", "--prefix", path("peers"), "--no-audit", "--no-fund");
}
const rows = (await allRows()).filter(
  ({ id, peer }) =>
    (options.peers || peer === undefined) && (words.length === 0 || words.some((word) => id.includes(word))),
);
const executables = options.nodes === undefined ? [process.execPath] : options.nodes.split(",").map(nodeOf);
const runs = [];
for (const execPath of executables) {
  const version = spawnSync(execPath, ["--version"], { encoding: "utf8" }).stdout.trim();
  console.log(`\nNode ${version}`);
  console.log("what, ratio to the same by hand (median, quartiles), target, medians\n");
  const summaries = await measureAll(rows, execPath, Number(version.slice(1).split(".")[0]));
  runs.push({ version, summaries });
  const judged = rows.filter((row) => hasTarget(row) && summaries.has(row.id));
  const met = judged.filter((row) => isMet(row, summaries.get(row.id)));
  console.log(`\nNode ${version}: ${met.length} of ${judged.length} targets met`);
}
if (options.write) write(rows, runs);
