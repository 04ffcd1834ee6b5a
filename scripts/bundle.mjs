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
const modules = "inversify-scopes-modules";
const entries = Object.entries(exports).filter(([, entry]) => typeof entry === "object");

/** Whoever takes only this loads nothing else. */
const ALONE = "./pool";
const MAIN = exports["."][modules];

/**
 * Every other entry counts as a user of all of the main one: else esbuild makes a file for each set of modules that some entries
 * share, and these are many.
 */
const withMain = {
  name: "with the main entry",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^entry:/ }, ({ path }) => ({ path: path.slice("entry:".length), namespace: "entry" }));
    onLoad({ filter: /./, namespace: "entry" }, ({ path }) => ({
      contents: `import "${MAIN}"; export * from "${path}";`,
      resolveDir: root,
    }));
  },
};

/** What is used of Node itself. A name that is missing here fails the build. */
const BUILTINS = {
  async_hooks: "AsyncLocalStorage, AsyncResource",
  crypto: "createHash",
  diagnostics_channel: "channel, subscribe, tracingChannel, unsubscribe",
  events: "addAbortListener, errorMonitor, EventEmitter",
  path: "join, sep",
  perf_hooks: "performance",
  stream: "Stream",
  "timers/promises": "setTimeout",
  url: "fileURLToPath, pathToFileURL",
  util: "inspect, isDeepStrictEqual, types",
  "util/types": "isAsyncFunction, isPromise, isProxy",
  vm: "Script",
};

/**
 * To import a module of Node's makes a list of all that it offers, and loads it: that takes some tenths of a millisecond each, and 7
 * for `node:util`. To ask for it loads what is used.
 */
const askedFor = {
  name: "modules of Node's without what is not used",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: "builtin" }));
    onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => ({
      contents: `export const { ${BUILTINS[path.slice("node:".length)]} } = process.getBuiltinModule("${path}");`,
    }));
  },
};

/** The dashboard's page has a script, for browsers, in one text: it takes the place of an empty one. */
async function pageScript() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents: `import { start } from "./dist/src/dashboard/page/main.js"; start(window);`, resolveDir: root },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
  });
  const module = join(root, "dist", "src", "dashboard", "script.js");
  writeFileSync(module, `export const SCRIPT = ${JSON.stringify(outputFiles[0].text)};\n`);
  rmSync(`${module}.map`);
}

await pageScript();
rmSync(new URL("../dist/bundle", import.meta.url), { recursive: true, force: true });
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(
    entries.map(([name, entry]) => [
      basename(entry.default, ".js"),
      name === ALONE ? entry[modules] : `entry:${entry[modules]}`,
    ]),
  ),
  outdir: "dist/bundle",
  // By this name src/base/own-files.ts knows them.
  chunkNames: "inversify-scopes-[hash]",
  bundle: true,
  splitting: true,
  // The main entry is imported above for nothing but its files.
  ignoreAnnotations: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  sourcemap: true,
  sourcesContent: false,
  logLevel: "warning",
  plugins: [withMain, askedFor],
  write: false,
});

/** Imports of nothing, which only keep an order that we don't need: other bundlers warn that they leave them out. */
const BARE = /^import "\.\/inversify-scopes-\w+\.js";$/gm;

mkdirSync(join(root, "dist", "bundle"), { recursive: true });
for (const { path, text } of outputFiles) writeFileSync(path, path.endsWith(".js") ? text.replaceAll(BARE, "") : text);
