import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { sqliteFailure } from "./servers.mjs";

/**
 * Compiles better-sqlite3, which takes a minute or two: its binary is not on npm. Node's headers, which are needed for that, come
 * with Node itself, but not with those that npm installs.
 */
export async function buildBetterSqlite() {
  if ((await sqliteFailure()) === undefined) return;
  const headers = dirname(dirname(process.execPath));
  if (!existsSync(join(headers, "include", "node", "node.h"))) {
    console.log(`SKIPPED better-sqlite3: there are no headers of Node ${process.versions.node} to compile it with`);
    return;
  }
  const root = spawnSync("npm", ["root", "--global"], { encoding: "utf8" }).stdout.trim();
  const gyp = join(root, "npm", "node_modules", "node-gyp", "bin", "node-gyp.js");
  const child = spawn(process.execPath, [gyp, "rebuild", "--release", `--nodedir=${headers}`], {
    cwd: join(import.meta.dirname, "node_modules", "better-sqlite3"),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const [status] = await once(child, "close");
  if (status !== 0) console.log(`SKIPPED better-sqlite3: it could not be compiled:\n${said}`);
}
