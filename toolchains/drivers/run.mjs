/**
 * Runs the specifications of this folder against real servers, and the programs of docs/drivers.md: `npm run test:drivers`, after
 * `npm ci`; those of one folder with its name: `node toolchains/drivers/run.mjs transactions`. Debian's redis-server, mariadb-server and
 * chromium are needed for some of them: without, these are skipped and say so.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { buildBetterSqlite } from "./better-sqlite.mjs";

const here = import.meta.dirname;

async function run(command, args, options = {}) {
  const child = spawn(command, args, { cwd: here, stdio: ["ignore", "pipe", "pipe"], ...options });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  const [status] = await once(child, "close");
  return { status, said };
}

/** The engine that the command would fetch is for migrations, which nobody makes here. */
const noEngine = { env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, DATABASE_URL: "unused" } };
const prisma = [join("node_modules", "prisma", "build", "index.js"), "generate", "--schema", "prisma/schema.prisma"];
const generated = await run(process.execPath, prisma, noEngine);
if (generated.status !== 0) {
  console.log(generated.said);
  process.exit(1);
}

// Meanwhile those run that do without.
const built = buildBetterSqlite();

const mocha = join(here, "../../node_modules/mocha/bin/mocha.js");
const flags = [
  "--no-config",
  "--enable-source-maps",
  "--require",
  "../../dist/test/support/no-unhandled-rejections.js",
  "--timeout",
  "60000",
];
let passing = 0;
async function test(...files) {
  const { status, said } = await run(process.execPath, [mocha, ...flags, ...files]);
  console.log(said);
  passing += Number(/^ *(\d+) passing/m.exec(said)?.[1] ?? 0);
  if (status !== 0) process.exitCode = 1;
}
const [folders = "specs,transactions"] = process.argv.slice(2);
const files = folders
  .split(",")
  .flatMap((folder) => readdirSync(join(here, folder)).map((file) => join(folder, file)))
  .filter((file) => file.endsWith(".test.mjs"));
const isWithSqlite = (file) => /docs|sqlite/.test(file);
await test(...files.filter((file) => !isWithSqlite(file)));
await built;
await test(...files.filter(isWithSqlite));
console.log(`${passing} passing`);
