/**
 * Runs the compiled test suite on other versions of Node.js: `npm run test:nodes -- 22 24 26`.
 *
 * They come from npm into a cache folder outside the project (some 100 MB each): `NODES_CACHE`, or else one in the
 * system's temporary folder. With `--if-available`, a version that cannot be had is left out instead of being an error.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const args = process.argv.slice(2);
const optional = args.includes("--if-available");
const asked = args.filter((arg) => !arg.startsWith("--"));
const majors = asked.length > 0 ? asked : ["20", "22", "24", "26"];
const cache = process.env.NODES_CACHE || join(tmpdir(), "inversify-scopes-nodes");
const root = fileURLToPath(new URL("..", import.meta.url));

const unknown = majors.filter((major) => !/^\d+$/.test(major));
if (unknown.length > 0) {
  console.error(`Not a major version of Node.js: ${unknown.join(", ")}. Usage: npm run test:nodes -- 22 24 26`);
  process.exit(2);
}

/** Installs that version unless it is there, and returns its executable. */
function nodeOf(major) {
  const node = join(cache, "node_modules", `node${major}`, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(node)) return node;
  mkdirSync(cache, { recursive: true });
  const manifest = join(cache, "package.json"); // newer npm runs only those install scripts that are allowed
  if (!existsSync(manifest)) writeFileSync(manifest, JSON.stringify({ private: true, allowScripts: { node: true } }));
  const install = ["install", "--prefix", cache, "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = spawnSync("npm", [...install, `node${major}@npm:node@${major}`], {
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (npm.status === 0 && existsSync(node)) return node;
  console.error(`Node ${major} could not be installed from npm:\n${npm.stderr || npm.error?.message || npm.stdout}`);
  return undefined;
}

const mocha = join(root, "node_modules", "mocha", "bin", "mocha.js");

/** Node has two ways to carry async contexts; those that can be told to take the other one run these tests that way too. */
const OTHER_WAY = new Map([
  ["22", "--experimental-async-context-frame"],
  ["24", "--no-async-context-frame"],
]);
const OF_CONTEXTS = ["context", "scenarios"].map((folder) => `dist/test/${folder}/**/*.test.js`);

/** Those of `npm run test:frameworks`, where it has compiled them. */
const FRAMEWORKS = join("toolchains", "frameworks", "dist");

/** Real clients and every tool chain: the present Node has run them, and this one does, where they are installed. */
const WITH_TOOLCHAINS = "24";
const TOOLCHAINS = ["drivers", "chains"].map((name) => join("toolchains", name));

const runTests = (node, name, args) => runProgram(node, name, [mocha, ...args]);

/** As much as a reader of a log wants: the totals and what failed; if there are none, the last tests before the process ended. */
const tellingPart = (stdout) => stdout.match(/^ *\d+ (?:passing|failing)[^]*/m)?.[0] ?? lastLines(stdout);
const lastLines = (output) => output.split("\n").slice(-60).join("\n");

/** Runs a program of tests, and prints its totals. @returns whether all passed */
async function runProgram(node, name, args) {
  // A socket that a test forgot keeps its process for ever.
  const run = spawn(node, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], timeout: 900_000 });
  const [stdout, stderr, status] = await Promise.all([
    text(run.stdout),
    text(run.stderr),
    new Promise((resolve) => run.once("error", resolve).once("close", (code, signal) => resolve(signal ?? code))),
  ]);
  const totals = stdout.match(/^ *\d+ (passing|failing|pending).*$/gm)?.map((line) => line.trim());
  const ok = status === 0 && totals !== undefined;
  console.log(`${name}: ${totals?.join(", ") ?? "no totals"}${ok ? "" : ` - FAILED, ended by ${status}`}`);
  if (!ok) console.log(`${lastLines(stderr)}\n${tellingPart(stdout)}`);
  return ok;
}

/** @returns whether everything passed on that version */
async function testOn(major) {
  const node = nodeOf(major);
  if (node === undefined) return optional;
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  const runs = [await runTests(node, `Node ${version}`, [])];
  const flag = OTHER_WAY.get(major);
  if (flag !== undefined) {
    // By mocha, which starts Node anew for flags of Node among its own arguments, and forgets those that it was started with.
    const flags = [flag.slice(2), "conditions=inversify-scopes-modules", "enable-source-maps"];
    const setUp = ["--require", "./dist/test/support/no-unhandled-rejections.js", "--timeout", "20000"];
    const alone = ["--no-config", ...flags.flatMap((each) => ["--node-option", each]), ...setUp, ...OF_CONTEXTS];
    runs.push(await runTests(node, `Node ${version} ${flag}`, alone));
  }
  if (existsSync(join(root, FRAMEWORKS))) {
    const alone = ["--no-config", "--enable-source-maps", "--timeout", "20000", join(FRAMEWORKS, "*.test.js")];
    runs.push(await runTests(node, `Node ${version} frameworks`, alone));
  }
  for (const folder of major === WITH_TOOLCHAINS ? TOOLCHAINS : []) {
    if (!existsSync(join(root, folder, "node_modules"))) continue;
    runs.push(await runProgram(node, `Node ${version} ${folder}`, [join(folder, "run.mjs")]));
  }
  return !runs.includes(false);
}

/**
 * Two versions at a time, the one with the most to do first: the tests wait more than they compute. Each has servers of its own. A
 * database that is given by `DATABASE_URL` would be shared, and each version drops what the other has made there: then one at a time.
 */
const waiting = majors.toSorted((a, b) => Number(b === WITH_TOOLCHAINS) - Number(a === WITH_TOOLCHAINS));
async function lane() {
  let ok = true;
  for (let major = waiting.shift(); major !== undefined; major = waiting.shift()) ok = (await testOn(major)) && ok;
  return ok;
}
const lanes = await Promise.all(process.env.DATABASE_URL ? [lane()] : [lane(), lane()]);
process.exitCode = lanes.includes(false) ? 1 : 0;
