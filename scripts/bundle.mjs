/**
 * Puts the compiled modules of each entry of the package into one file, and what entries share into files beside them: to load a
 * hundred small files takes longer than inversify itself. Part of `npm run build`.
 *
 * The tests load the modules themselves, by the condition `inversify-scopes-modules` of package.json's `exports`.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const { exports } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const entries = Object.values(exports).filter((entry) => typeof entry === "object");

rmSync(new URL("../dist/bundle", import.meta.url), { recursive: true, force: true });
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(
    entries.map((entry) => [basename(entry.default, ".js"), entry["inversify-scopes-modules"]]),
  ),
  outdir: "dist/bundle",
  // By this name src/base/own-files.ts knows them.
  chunkNames: "inversify-scopes-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  sourcemap: true,
  sourcesContent: false,
  logLevel: "warning",
  write: false,
});

/** Imports of nothing, which only keep an order that we don't need: other bundlers warn that they leave them out. */
const BARE = /^import "\.\/inversify-scopes-\w+\.js";$/gm;

mkdirSync(join(root, "dist", "bundle"), { recursive: true });
for (const { path, text } of outputFiles) writeFileSync(path, path.endsWith(".js") ? text.replaceAll(BARE, "") : text);
