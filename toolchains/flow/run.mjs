/**
 * `npm run flow [path to another node …]`: measures where the callbacks of libraries run, on this Node and on others, and writes the
 * table of docs/async-context.md. Not in CI: it says what libraries do, not what we do.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { mariadb, postgres, redis, stopAll } from "../drivers/servers.mjs";

const page = new URL("../../docs/async-context.md", import.meta.url);
const measure = fileURLToPath(new URL("measure.mjs", import.meta.url));
const BEGIN = "<!-- npm run flow: begin -->\n";
const END = "<!-- npm run flow: end -->";

const starts = { redis, postgres: async () => ({ connectionString: await postgres() }), mariadb };
const servers = {};
for (const [name, start] of Object.entries(starts)) {
  try {
    servers[name] = await start();
  } catch (error) {
    console.error(`${name}: left out (${error.message.split("\n", 1)[0]})`);
  }
}
const measured = [];
try {
  for (const node of [process.execPath, ...process.argv.slice(2)]) {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    const how = { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], timeout: 300_000 };
    measured.push({ version, rows: JSON.parse(execFileSync(node, [measure, JSON.stringify(servers)], how)) });
  }
} finally {
  await stopAll();
}

const problems = [];
const lines = measured[0].rows.map(({ library, place, remedy }, i) => {
  const all = measured.map(({ version, rows }) => ({ version, ...rows[i] }));
  for (const { version, als, scoped, tied } of all) {
    if (als !== scoped) problems.push(`${version}, ${library}, ${place}: ${als}, but with runInContext ${scoped}`);
    if (tied !== undefined && tied !== "B") problems.push(`${version}, ${library}, ${place}: tied ${tied}`);
  }
  const same = new Set(all.map(({ als }) => als)).size === 1;
  const shown = same ? all[0].als : all.map(({ version, als }) => `${version.split(".")[0]}: ${als}`).join(", ");
  return `| ${library} | ${place} | ${shown === "B" ? "B" : `**${shown}**`} | ${remedy} |`;
});
const versions = measured.map(({ version }) => version.slice(1)).join(", ");
const text = [
  `Measured on Node ${versions}: ${lines.length} places, each with a plain AsyncLocalStorage and with \`runInContext\`, which`,
  `${problems.length === 0 ? "agree in all of them" : `differ in ${problems.length}`}. Every callback that was tied with \`bindToContext\` ran in B.`,
  "",
  "| library | place | runs in | what to do |",
  "| --- | --- | --- | --- |",
  ...lines,
  "",
].join("\n");
const before = readFileSync(page, "utf8");
const [head, tail] = [before.slice(0, before.indexOf(BEGIN) + BEGIN.length), before.slice(before.indexOf(END))];
writeFileSync(page, `${head}\n${text}\n${tail}`);
console.log(text);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
