/**
 * Builds and runs a program that uses the package with tools that make CommonJS of it: `npm run test:bundlers`. (esbuild is
 * tried by the project's own tests.)
 *
 * - @vercel/ncc, as it is, minified, and with source maps: one file, run by Node
 * - jest with ts-jest that compiles what is installed, too: file by file, with nothing of ES modules left
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "..", "..");
const modules = join(here, "node_modules");

function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: here,
    encoding: "utf8",
    timeout: 300_000,
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  assert.equal(status, 0, `${args.join(" ")} failed:\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`);
  return stdout;
}

/** What is built is this checkout's. */
function link(name, target) {
  const path = join(modules, name);
  rmSync(path, { recursive: true, force: true });
  symlinkSync(target, path, "junction");
}

assert(existsSync(join(root, "dist", "src")), "There is no compiled package. Run `npm run build` first.");
mkdirSync(modules, { recursive: true });
link("inversify-scopes", root);
for (const name of ["inversify", "reflect-metadata"]) link(name, join(root, "node_modules", name));

const ncc = join(modules, "@vercel", "ncc", "dist", "ncc", "cli.js");
const out = mkdtempSync(join(tmpdir(), "bundlers-"));
try {
  for (const { options, flags } of [
    { options: [], flags: [] },
    { options: ["--minify"], flags: [] },
    { options: ["--source-map"], flags: ["--enable-source-maps"] },
  ]) {
    run(ncc, "build", "run-app.ts", "--out", out, "--no-cache", ...options);
    const { rows, acquisitionStack } = JSON.parse(run(...flags, join(out, "index.js")));
    assert.equal(rows, "rows in GET /orders");
    // What is minified has other names.
    if (!options.includes("--minify")) assert.match(acquisitionStack, /listsOrders/);
    console.log(["ncc", ...options, "ok"].join(" "));
  }
} finally {
  rmSync(out, { recursive: true });
}

run(join(modules, "jest", "bin", "jest.js"), "--no-cache", "--ci");
console.log("ts-jest ok");
