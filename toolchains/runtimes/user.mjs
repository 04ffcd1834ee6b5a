/**
 * The package as a user of Bun or Deno gets it: the packed tarball in an empty folder, README's first program as it stands in TypeScript, and
 * the adapters on the servers of the runtime.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const root = join(here, "..", "..");
const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** README's first program, and what it says that it prints. */
function firstProgram() {
  const [, code, output] = /^```ts\n([\s\S]*?)^```$\n+```text\n([\s\S]*?)^```$/m.exec(
    readFileSync(join(root, "README.md"), "utf8"),
  );
  return { code, output };
}

function npm(folder, ...args) {
  const shell = process.platform === "win32";
  return execFileSync("npm", args, { cwd: folder, encoding: "utf8", shell, stdio: ["ignore", "pipe", "pipe"] });
}

/** Installs what is built. */
function install(folder) {
  const pack = ["pack", "--ignore-scripts", "--json", "--silent", "--pack-destination", folder];
  const [{ filename }] = JSON.parse(npm(root, ...pack));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  const peers = ["inversify", "reflect-metadata"].map((name) => `${name}@${own.devDependencies[name]}`);
  npm(folder, "install", "--no-audit", "--no-fund", "--loglevel=error", join(folder, filename), ...peers);
}

/** What decorators need, in the file in which each looks for it. */
function configure(folder) {
  const compilerOptions = { experimentalDecorators: true, emitDecoratorMetadata: true };
  for (const file of ["tsconfig.json", "deno.json"])
    writeFileSync(join(folder, file), JSON.stringify({ compilerOptions }));
}

/** @returns a result for each program, as of a test */
export async function tryAsUser({ command, user }) {
  const folder = mkdtempSync(join(tmpdir(), "inversify-scopes-user-"));
  const results = [];
  const run = (file) =>
    execFileSync(command, [...user, file], { cwd: folder, encoding: "utf8", stdio: "pipe", timeout: 60_000 });
  const attempt = (test, fn) => {
    try {
      fn();
      results.push({ test });
    } catch (error) {
      results.push({ test, failure: String(error.stack ?? error) });
    }
  };
  try {
    install(folder);
    configure(folder);
    const { code, output } = firstProgram();
    writeFileSync(join(folder, "readme.ts"), code);
    attempt("README's first program", () => assert.equal(run("readme.ts"), output));
    copyFileSync(join(here, "servers.mjs"), join(folder, "servers.mjs"));
    const printed = run("servers.mjs").trim().split("\n");
    for (const line of printed) results.push(JSON.parse(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
  return results;
}
