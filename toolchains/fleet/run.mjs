/**
 * The fleet of examples/fleet on a real PostgreSQL and a real Redis, and what PgBouncer does in transaction mode: `npm run test:fleet`,
 * of one after a build: `node toolchains/fleet/run.mjs permits`.
 * Debian's redis-server and pgbouncer are needed: without, what needs them is skipped, and that is said.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
const root = join(here, "..", "..");
const example = join(root, "examples", "fleet");
const bin = (...path) => join(root, "node_modules", ...path);

assert(existsSync(join(root, "dist", "src")), "There is no compiled package. Run `npm run build` first.");
// What is tested is this checkout.
const linked = join(example, "node_modules", "inversify-scopes");
rmSync(linked, { recursive: true, force: true });
symlinkSync(root, linked, "junction");

const run = (...args) => spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1;
rmSync(join(example, "dist"), { recursive: true, force: true });
assert.equal(run(bin("typescript", "bin", "tsc"), "-p", example), 0, "examples/fleet does not compile");

// What the page shows is what is run.
const [, shown] = /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(join(root, "docs", "fleet.md"), "utf8"));
const code = readFileSync(join(example, "database.ts"), "utf8").replaceAll(/^ {2}/gm, "");
assert(code.includes(shown), "docs/fleet.md shows something else than examples/fleet/database.ts");

const only = process.argv.slice(2).map((name) => `${name}.test.mjs`);
const tests = only.length > 0 ? only : readdirSync(here).filter((name) => name.endsWith(".test.mjs"));
process.exitCode = run(
  bin("mocha", "bin", "mocha.js"),
  "--no-config",
  "--exit",
  "--require",
  join(root, "dist", "test", "support", "no-unhandled-rejections.js"),
  "--require",
  join(here, "stop-servers.mjs"),
  "--enable-source-maps",
  "--timeout",
  "60000",
  ...tests.map((name) => join(here, name)),
);
