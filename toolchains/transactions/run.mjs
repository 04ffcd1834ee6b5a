/**
 * Transactions on databases, drivers and query builders besides pg: `npm run test:transactions`, after a build. What is missing is
 * skipped, and said; with `--all`, as in CI, it is an error.
 */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { isThere } from "../drivers/servers.mjs";

const here = import.meta.dirname;
const all = process.argv.includes("--all");
const missing = [];

/** Its binary is not on npm: it is compiled here, against the headers that came with Node. */
function buildBetterSqlite() {
  const load = "new (require('better-sqlite3'))(':memory:')";
  const loads = () => spawnSync(process.execPath, ["-e", load], { cwd: here }).status === 0;
  if (loads()) return undefined;
  const headers = dirname(dirname(process.execPath));
  const root = spawnSync("npm", ["root", "--global"], { encoding: "utf8" }).stdout.trim();
  const gyp = join(root, "npm", "node_modules", "node-gyp", "bin", "node-gyp.js");
  const { stdout, stderr } = spawnSync(process.execPath, [gyp, "rebuild", "--release", `--nodedir=${headers}`], {
    cwd: join(here, "node_modules", "better-sqlite3"),
    encoding: "utf8",
  });
  return loads() ? undefined : `better-sqlite3 could not be compiled:\n${stdout}${stderr}`;
}

const specifications = ["builders.test.mjs", "sqlite.test.mjs"];
if (isThere("mariadbd")) specifications.push("mysql.test.mjs");
else missing.push("MariaDB is not installed (Debian: apt-get install mariadb-server)");
const noSqlite = buildBetterSqlite();
if (noSqlite !== undefined) missing.push(noSqlite);

for (const reason of missing) console.log(`${all ? "MISSING" : "SKIPPED"}: ${reason}`);
if (all && missing.length > 0) process.exitCode = 1;

const { FORCE_COLOR: _, ...env } = { ...process.env, NO_COLOR: "1" };
const mocha = join(here, "../../node_modules/mocha/bin/mocha.js");
const files = specifications.map((file) => join(here, file));
const args = [mocha, "--no-config", "--exit", "--timeout", "60000", ...files];
const { status } = spawnSync(process.execPath, args, { cwd: here, stdio: "inherit", env });
if (status !== 0) process.exitCode = 1;
