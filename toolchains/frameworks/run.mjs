/**
 * The adapters with the frameworks themselves, on real sockets: `npm run test:frameworks`, of one after a build:
 * `node toolchains/frameworks/run.mjs express`.
 *
 * Compiles `src/` with the frameworks' own types, and each program of `docs/` that is marked as ```ts framework; runs the tests, and
 * the programs, which must print the ```text block that follows. Debian's redis-server is needed for BullMQ: without, it is skipped,
 * and that is said.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isThere, postgres, redis, stopAll } from "../drivers/servers.mjs";

const here = import.meta.dirname;
const root = join(here, "..", "..");
const modules = join(here, "node_modules");
const dist = join(here, "dist");
const programs = join(dist, "programs");

function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: here,
    encoding: "utf8",
    timeout: 300_000,
  });
  assert.equal(status, 0, `${args.join(" ")} failed:\n${stdout.slice(-8000)}\n${stderr.slice(-4000)}`);
  return stdout;
}

/** What is tested is this checkout, with one inversify and one set of Node's types. */
function link(name, target) {
  const path = join(modules, name);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path, "junction");
}

/** The programs that a page shows, and what it says they print. */
function programsOf(page) {
  const text = readFileSync(join(root, "docs", page), "utf8");
  const blocks = text.matchAll(/^```ts framework[^\n]*\n([\s\S]*?)^```$(?:\n+```text\n([\s\S]*?)^```$)?/gm);
  return [...blocks].map(([, code, output], i) => ({ name: `${page.replace(".md", "")}-${i + 1}`, code, output }));
}

assert(existsSync(join(root, "dist", "src")), "There is no compiled package. Run `npm run build` first.");
link("inversify-scopes", root);
for (const name of ["inversify", "reflect-metadata", "@types/node"]) link(name, join(root, "node_modules", name));

rmSync(dist, { recursive: true, force: true });
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
run(tsc, "-p", here);

if (isThere("redis-server")) process.env.REDIS_PORT = String((await redis()).port);
else console.log("SKIPPED: BullMQ, there is no redis-server");

const only = process.argv.slice(2);
try {
  if (only.length === 0) {
    process.env.DATABASE_URL = await postgres();
    runShown();
  }
  runTests();
} finally {
  await stopAll();
}

/** Compiles and runs what the pages show. */
function runShown() {
  const shown = readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .flatMap(programsOf);
  mkdirSync(join(programs, "src"), { recursive: true });
  for (const { name, code } of shown) writeFileSync(join(programs, "src", `${name}.ts`), code);
  const compilerOptions = { rootDir: "src", outDir: "out", declaration: false, declarationMap: false };
  const config = { extends: join(root, "tsconfig.json"), compilerOptions, include: ["src"] };
  writeFileSync(join(programs, "tsconfig.json"), JSON.stringify(config));
  run(tsc, "-p", programs);
  for (const { name, code, output } of shown) {
    if (code.includes("REDIS_PORT") && process.env.REDIS_PORT === undefined) continue;
    const printed = run(join(programs, "out", `${name}.js`));
    if (output !== undefined) assert.equal(printed.trim(), output.trim(), `docs: ${name} prints something else`);
    console.log(`ran ${name}`);
  }
}

/** Runs those that are asked for, or all. */
function runTests() {
  const tests = only.length > 0 ? only.map((name) => `${name}.test.js`) : ["*.test.js"];
  const mocha = spawnSync(
    process.execPath,
    [
      join(root, "node_modules", "mocha", "bin", "mocha.js"),
      "--no-config",
      "--require",
      join(root, "dist", "test", "support", "no-unhandled-rejections.js"),
      "--enable-source-maps",
      "--timeout",
      "20000",
      ...tests.map((name) => join(dist, name)),
    ],
    { cwd: here, stdio: "inherit" },
  );
  process.exitCode = mocha.status ?? 1;
}
