/** Other versions of Node.js, from npm, in a cache outside the project: the same one that `npm run test:nodes` uses. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const cache = process.env.NODES_CACHE || join(tmpdir(), "inversify-scopes-nodes");
const isWindows = process.platform === "win32";

/** @returns the executable of that major version, installed if need be */
export function nodeOf(major) {
  const node = join(cache, "node_modules", `node${major}`, "bin", isWindows ? "node.exe" : "node");
  if (existsSync(node)) return node;
  mkdirSync(cache, { recursive: true });
  const manifest = join(cache, "package.json");
  // Newer npm runs only those install scripts that are allowed.
  if (!existsSync(manifest)) writeFileSync(manifest, JSON.stringify({ private: true, allowScripts: { node: true } }));
  npm("install", "--prefix", cache, "--no-audit", "--no-fund", "--loglevel=error", `node${major}@npm:node@${major}`);
  if (!existsSync(node)) throw new Error(`Node ${major} could not be installed.`);
  return node;
}

export function npm(...args) {
  const { status, stdout, stderr, error } = spawnSync("npm", args, { encoding: "utf8", shell: isWindows });
  if (status !== 0) throw new Error(`npm ${args.join(" ")} failed:\n${stdout}\n${stderr}\n${error?.message ?? ""}`);
}
