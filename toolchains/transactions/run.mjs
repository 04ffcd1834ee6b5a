/**
 * Transactions on databases, drivers and query builders besides pg: `npm run test:transactions`, after a build. What is missing is
 * skipped, and said; with `--all`, as in CI, it is an error.
 */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { missingMariaDb } from "./mariadb.mjs";

const here = import.meta.dirname;
const all = process.argv.includes("--all");
const missing = [];

/** Its binary is not on npm: it is compiled here, against the headers that came with Node. */
function buildBetterSqlite() {
  const load = "new (require('better-sqlite3'))(':memory:')";
  const isThere = () => spawnSync(process.execPath, ["-e", load], { cwd: here }).status === 0;
  if (isThere()) return undefined;
  const headers = dirname(dirname(process.execPath));
  const root = spawnSync("npm", ["root", "--global"], { encoding: "utf8" }).stdout.trim();
  const gyp = join(root, "npm", "node_modules", "node-gyp", "bin", "node-gyp.js");
  const { stdout, stderr } = spawnSync(process.execPath, [gyp, "rebuild", "--release", `--nodedir=${headers}`], {
    cwd: join(here, "node_modules", "better-sqlite3"),
    encoding: "utf8",
  });
  return isThere() ? undefined : `better-sqlite3 could not be compiled:\n${stdout}${stderr}`;
}

const specifications = ["builders.test.mjs", "sqlite.test.mjs"];
const noMariaDb = missingMariaDb();
if (noMariaDb === undefined) specifications.push("mysql.test.mjs");
else missing.push(noMariaDb);
const noSqlite = buildBetterSqlite();
if (noSqlite !== undefined) missing.push(noSqlite);

for (const reason of missing) console.log(`${all ? "MISSING" : "SKIPPED"}: ${reason}`);
if (all && missing.length > 0) process.exitCode = 1;

const { FORCE_COLOR: _, ...env } = { ...process.env, NO_COLOR: "1" };
const files = specifications.map((file) => join(here, file));
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  ["--test", "--test-reporter=spec", "--test-concurrency=1", ...files],
  { cwd: here, encoding: "utf8", env },
);
const passed = /^ℹ pass ([1-9]\d*)/m.exec(stdout)?.[1];
for (const line of new Set(stdout.match(/^SKIPPED .*/gm))) console.log(line);
if (status === 0 && passed !== undefined) console.log(`${passed} passing`);
else {
  console.log(stdout + stderr);
  process.exitCode = 1;
}
