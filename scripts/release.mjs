/**
 * A release: checks all that must hold, packs, and publishes only if told to.
 *
 *     node scripts/release.mjs             # checks and packs
 *     node scripts/release.mjs --publish   # and publishes; where npm trusts the job that runs it, with its provenance
 *     node scripts/release.mjs --quick     # only what takes seconds: version, changelog, clean tree, the files of the tarball
 *
 * Before: set the version by `npm version --no-git-tag-version X.Y.Z`, give its heading in CHANGELOG.md the day, and commit.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: { publish: { type: "boolean", default: false }, quick: { type: "boolean", default: false } },
});
const { name, version, exports } = json("package.json");
const problems = [
  ...(output("git", ["status", "--porcelain"]) === "" ? [] : ["the working tree has changes: commit them first"]),
  ...(json("package-lock.json").version === version ? [] : ["package-lock.json has another version: run npm install"]),
  ...changelogProblems(),
];
if (!options.quick && problems.length === 0) {
  for (const script of ["lint", "test", "lint:package", "api", "reference", "sizes"]) run("npm", ["run", script]);
  run("node", ["scripts/smoke.mjs"]);
}
problems.push(...tarballProblems());
if (problems.length > 0) {
  console.error(`${name} ${version} is not ready:\n${problems.map((problem) => `- ${problem}`).join("\n")}`);
  process.exit(1);
}
if (!options.publish) {
  console.log(`${name} ${version} is ready. Publish it by: node scripts/release.mjs --publish`);
} else {
  // Provenance is what a CI job that npm trusts says of itself; elsewhere npm refuses the flag.
  run("npm", ["publish", "--access", "public", ...(process.env["CI"] ? ["--provenance"] : [])]);
  run("git", ["tag", `v${version}`]);
}

function changelogProblems() {
  const heading = readFileSync("CHANGELOG.md", "utf8").match(/^## \[(.+?)\](.*)$/m);
  if (heading?.[1] !== version) return [`CHANGELOG.md begins with ${heading?.[1]}, and package.json says ${version}`];
  return /^ - \d{4}-\d\d-\d\d$/.test(heading[2]) ? [] : [`CHANGELOG.md gives ${version} no day`];
}

/** What the package promises must be in the tarball, and what is only for us must not. */
function tarballProblems() {
  const [{ filename, files, size, unpackedSize }] = JSON.parse(output("npm", ["pack", "--dry-run", "--json"]));
  const paths = new Set(files.map(({ path }) => path));
  const promised = Object.values(exports).flatMap((entry) =>
    typeof entry === "string" ? entry : Object.values(entry),
  );
  const missing = [...promised.map((path) => path.replace("./", "")), "README.md", "LICENSE", "CHANGELOG.md"];
  const foreign = [...paths].filter((path) => /^(dist\/)?(test|examples|benchmarks|toolchains|scripts)\//.test(path));
  console.log(`${filename}: ${paths.size} files, ${kilobytes(size)} packed, ${kilobytes(unpackedSize)} unpacked`);
  return [
    ...missing.filter((path) => !paths.has(path)).map((path) => `${path} is missing in the tarball`),
    ...foreign.map((path) => `${path} does not belong into the tarball`),
  ];
}

function kilobytes(bytes) {
  return `${Math.round(bytes / 1024)} KB`;
}

function json(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

function output(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${stderr}`);
  return stdout.trim();
}

function run(command, args) {
  console.log(`$ ${command} ${args.join(" ")}`);
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
