/**
 * Puts the compiled modules of each entry of the package into one file, and what entries share into files beside them: to load a
 * hundred small files takes longer than inversify itself. Part of `npm run build`.
 *
 * The tests load the modules themselves, by the condition `inversify-scopes-modules` of package.json's `exports`.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

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
  async_hooks: "AsyncLocalStorage, AsyncResource, executionAsyncId",
  crypto: "createHash",
  diagnostics_channel: "channel, subscribe, tracingChannel, unsubscribe",
  events: "addAbortListener, errorMonitor, EventEmitter",
  path: "join, sep",
  timers: "clearImmediate, clearInterval, setImmediate, setInterval",
  "timers/promises": "setTimeout",
  url: "fileURLToPath, pathToFileURL",
  util: "inspect, isDeepStrictEqual, types",
  "util/types": "isAsyncFunction, isPromise, isProxy",
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
  rmSync(`${module}.map`, { force: true });
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
  sourcemap: "inline",
  sourcesContent: false,
  logLevel: "warning",
  plugins: [withMain, askedFor],
  write: false,
});

/** Imports of nothing, which only keep an order that we don't need: other bundlers warn that they leave them out. */
const BARE = /^import "\.\/inversify-scopes-\w+\.js";$/gm;

/** Renaming spares all that such a call can see. */
const SEES_ALL = "eval(0);";

/**
 * V8 reads half as much, so that our part of an import takes a tenth less. What stacks and heap snapshots show keeps its name: classes,
 * their public members, and functions at the top.
 */
async function minified(path, text) {
  const { code, map } = await inLines(path, `${text.replaceAll(BARE, "")}\n${SEES_ALL}`);
  const name = `${basename(path)}.map`;
  writeFileSync(path, `${code.replace(SEES_ALL, "")}//# sourceMappingURL=${name}\n`);
  writeFileSync(join(dirname(path), name), map);
}

/** TypeScript, which is what ts-jest compiles installed packages with, misses the name here, and makes no program of it: `Symbol.⏎asyncIterator in it`. */
const MISREAD = /\.\n[\w$#]+ +[\w$]/;

/** With short lines: Node prints the whole line that has thrown. */
async function inLines(path, text, lineLimit = 120) {
  const made = await transform(text, {
    format: "esm",
    target: "node20",
    minify: true,
    lineLimit,
    sourcemap: "external",
    sourcesContent: false,
    sourcefile: basename(path),
  });
  return MISREAD.test(made.code) ? inLines(path, text, lineLimit + 1) : made;
}

mkdirSync(join(root, "dist", "bundle"), { recursive: true });
await Promise.all(outputFiles.map(({ path, text }) => minified(path, text)));
