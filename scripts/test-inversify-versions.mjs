/**
 * Runs the container's compiled tests with other versions of inversify: `npm run test:inversify -- 8.0.0 8.1.1`.
 *
 * Each version is installed, with this package's own dependencies beside it, in a folder outside the project, to which
 * the compiled code is copied: `INVERSIFY_CACHE`, or else one in the system's temporary folder. Build first.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const asked = process.argv.slice(2);
const versions = asked.length > 0 ? asked : ["8.0.0", "latest"];
const cache = process.env.INVERSIFY_CACHE || join(tmpdir(), "inversify-scopes-inversify");
const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const folders = ["container", "decorators", "testing"];

const unknown = versions.filter((version) => !/^(\d+\.\d+\.\d+|latest)$/.test(version));
if (unknown.length > 0) {
  console.error(`Not a version: ${unknown.join(", ")}. Usage: npm run test:inversify -- 8.0.0 latest`);
  process.exit(2);
}
if (!existsSync(join(root, "dist", "test", "container"))) {
  console.error("There are no compiled tests. Run `npm run build` first.");
  process.exit(2);
}

/** A folder in which the package and its tests find that version of inversify. */
function prepare(version) {
  const folder = join(cache, version);
  mkdirSync(folder, { recursive: true });
  const { mocha, chai, pg, "reflect-metadata": metadata, "fast-check": fastCheck } = manifest.devDependencies;
  const dependencies = {
    ...manifest.dependencies,
    inversify: version,
    "reflect-metadata": metadata,
    mocha,
    chai,
    "fast-check": fastCheck,
    pg,
  };
  const wanted = JSON.stringify({ ...manifest, scripts: {}, devDependencies: {}, peerDependencies: {}, dependencies });
  const file = join(folder, "package.json");
  const isThere = existsSync(join(folder, "node_modules")) && readFileSync(file, "utf8") === wanted;
  if (!isThere) {
    writeFileSync(file, wanted);
    const npm = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"], {
      cwd: folder,
      encoding: "utf8",
      shell: process.platform === "win32",
    });
    if (npm.status !== 0) {
      rmSync(file);
      throw new Error(
        `inversify ${version} could not be installed:\n${npm.stderr || npm.error?.message || npm.stdout}`,
      );
    }
  }
  rmSync(join(folder, "dist"), { recursive: true, force: true });
  for (const part of ["src", "bundle", "decorators", "test/support", ...folders.map((name) => `test/${name}`)]) {
    cpSync(join(root, "dist", part), join(folder, "dist", part), { recursive: true });
  }
  return folder;
}

let failed = false;
for (const version of versions) {
  const folder = prepare(version);
  const installed = JSON.parse(readFileSync(join(folder, "node_modules/inversify/package.json"), "utf8")).version;
  const mocha = join(folder, "node_modules", "mocha", "bin", "mocha.js");
  const specs = folders.map((name) => `dist/test/${name}/**/*.test.js`);
  const run = spawnSync(
    process.execPath,
    [
      "--conditions=inversify-scopes-modules",
      mocha,
      "--no-config",
      "--timeout",
      "20000",
      "--reporter",
      "dot",
      ...specs,
    ],
    {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    },
  );
  const totals = run.stdout.match(/^ *\d+ (passing|failing|pending).*$/gm)?.map((line) => line.trim());
  const ok = run.status === 0 && totals !== undefined;
  console.log(`inversify ${installed}: ${totals?.join(", ") ?? "no test ran"}${ok ? "" : " - FAILED"}`);
  if (!ok) console.log(run.stdout + run.stderr);
  failed ||= !ok;
}
process.exitCode = failed ? 1 : 0;
