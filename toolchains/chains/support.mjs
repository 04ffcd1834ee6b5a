/** The packed package, the programs of `app`, and folders in which tools find both. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import swc from "@swc/core";

export const here = import.meta.dirname;
const root = join(here, "..", "..");
const modules = join(here, "node_modules");

/** The file of an installed package. */
export const bin = (...path) => join(modules, ...path);

/** What a program prints. Tools ask the environment for many things: colours, whether it is CI, options of Node. */
export function run(args, { cwd = here, fails = false, env = {}, command = process.execPath } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    timeout: 300_000,
    env: { ...process.env, NODE_OPTIONS: "", FORCE_COLOR: "0", NO_COLOR: "1", ...env },
  });
  const said = stdout + stderr;
  assert.equal(status !== 0, fails, `${[command, ...args].join(" ")} ended with ${status}:\n${said}\n${error ?? ""}`);
  return fails ? said : stdout;
}

/** Where folders are made: inside of this one installed packages are found, outside they are not. The tests run in several processes. */
const INSIDE = join(here, ".built");
const OUTSIDE = (process.env.CHAINS_FOLDER ??= mkdtempSync(join(tmpdir(), "chains-")));

export function folder({ alone = false } = {}) {
  const place = alone ? OUTSIDE : INSIDE;
  mkdirSync(place, { recursive: true });
  return mkdtempSync(join(place, "built-"));
}

/** After all tests. */
export function removeFolders() {
  for (const place of [INSIDE, OUTSIDE]) rmSync(place, { recursive: true, force: true, maxRetries: 5 });
}

let packed;
/** The tarball that would be published. */
export function tarball() {
  if (packed === undefined) {
    const into = folder({ alone: true });
    run(["pack", "--ignore-scripts", "--silent", "--pack-destination", into], { cwd: root, command: "npm" });
    packed = join(into, readdirSync(into)[0]);
  }
  return packed;
}

/** Puts the packed package where installed ones are, as a user has it: no link leads back to this checkout. Before all tests. */
export function install() {
  const place = bin("inversify-scopes");
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  run(["-xzf", tarball(), "--strip-components", "1", "-C", place], { command: "tar" });
}

/** The program as it is, or with all said that some compilers do not write down. */
export function source({ isExplicit = false } = {}) {
  const text = readFileSync(join(here, "app", "app.ts"), "utf8");
  if (!isExplicit) return text;
  const said = text
    .replaceAll(/private readonly \w+: (\w+)/g, "@inject($1) $&")
    .replace("@shared()\n  clock", "@shared({ provides: Clock })\n  clock");
  assert.equal(said.match(/@inject\(/g).length, 5);
  return said;
}

/** A folder with the program in it, and what docs/toolchains.md says of its settings. */
export function project({ isExplicit = false, type = "module", compilerOptions = {}, files = {} } = {}) {
  const made = folder();
  const tsconfig = JSON.parse(setting("tsconfig.json"));
  const options = { ...tsconfig.compilerOptions, ...compilerOptions };
  const all = {
    "package.json": JSON.stringify({ private: true, type }),
    "tsconfig.json": JSON.stringify({ compilerOptions: options, include: ["*.ts"] }),
    "app.ts": source({ isExplicit }),
    "run.ts": readFileSync(join(here, "app", "run.ts"), "utf8"),
    ...files,
  };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(made, name), text);
  return made;
}

export const docs = readFileSync(join(root, "docs", "toolchains.md"), "utf8");

/** The text of a file of settings, as the docs show it. */
export function setting(name) {
  const blocks = docs.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms);
  const text = [...blocks].find(([, file]) => file === name)?.[2];
  assert(text, `docs/toolchains.md shows no ${name}`);
  return text;
}

/** What SWC makes of a file. */
export function bySwc(cwd, { jsc = {}, type = "es6" } = {}) {
  const said = JSON.parse(setting(".swcrc"));
  for (const name of ["app", "run"]) {
    const options = { ...said, jsc: { ...said.jsc, ...jsc }, module: { type }, swcrc: false };
    writeFileSync(join(cwd, `${name}.js`), swc.transformFileSync(join(cwd, `${name}.ts`), options).code);
  }
}

/** Compiles a project, and tells where to. */
export function tsc(name, cwd, ...args) {
  const out = join(cwd, "out");
  run([bin(name, "bin", "tsc"), "-p", cwd, "--rootDir", cwd, "--outDir", out, "--skipLibCheck", "true", ...args]);
  return out;
}

/** The program compiled to ES modules, once for all who bundle it. */
export function compiled() {
  return (compiledTo ??= tsc("typescript", project()));
}
let compiledTo;

/**
 * What the program must have told.
 *
 * @param isMinified - classes have other names then, and so have functions unless `stack` says how they are found
 */
export function assertTold(stdout, { isMinified = false, stack = isMinified ? /./ : /holdsTheConnection/ } = {}) {
  const { refused, ...told } = JSON.parse(stdout.trim().split("\n").at(-1));
  const inTransaction = ["BEGIN", "insert", "SELECT 1", "COMMIT", "mail"];
  assert.deepEqual(told, {
    served: ["ann", "bob"].map((name) => [`hello ${name} at noon: done`, "insert: done"]),
    faked: ["faked", "faked"],
    pooledAlone: 7,
    sent: [
      "connect with hello",
      ...["ann", "bob"].flatMap((name) => [`hello ${name} at noon`, ...inTransaction]),
      ...["hold", "mail", "end"],
    ],
  });
  assert.equal(refused.code, "POOL_TIMEOUT");
  assert.match(refused.message, isMinified ? /^[\w$]{1,3}: no instance within/ : /^Db: no instance within/);
  assert.match(refused.message, /Held by GET \/orders/);
  assert.match(refused.stack, stack);
}
