/**
 * `npm run demo`: the example service on a real PostgreSQL, under load, and the proof that no request saw what was
 * another's. Exits with 1 if a check fails.
 *
 * @module
 */
import "reflect-metadata";
import { setImmediate } from "node:timers/promises";

import { poolOf, shutdown } from "inversify-scopes";

import { check, type Check } from "./demo/checks.js";
import { ConnectionWatch } from "./demo/connections.js";
import { drive, type LoadResult } from "./demo/load.js";
import { startPostgres } from "./postgres.js";
import { buildContainer } from "./service/container.js";
import { Db, MAX_CONNECTIONS } from "./service/database.js";
import { createSchema, dropSchema } from "./service/schema.js";
import { buildServer } from "./service/server.js";

const CLIENTS = 100;
const SECONDS = Number(process.env["DEMO_SECONDS"] ?? 6);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130)); // PostgreSQL stops at exit

setTimeout(() => {
  console.error("The demo took longer than a minute: something hangs, or this machine is very busy.");
  process.exit(1);
}, 60_000).unref();

console.log(process.env["DATABASE_URL"] ? "Using DATABASE_URL." : "Starting PostgreSQL …");
await using postgres = await startPostgres();
await using container = buildContainer(await createSchema(postgres.url));
const server = buildServer(container);
const address = await server.listen({ host: "127.0.0.1", port: 0 });

console.log(
  `${CLIENTS} clients for ${SECONDS} s, on ${MAX_CONNECTIONS} connections. Some orders cannot be met, some clients leave early.`,
);
await using watch = await ConnectionWatch.start(postgres.url);
const load = await drive(address, {
  connections: CLIENTS,
  seconds: SECONDS,
  onSecond: (answered) => console.log(`  ${answered.toLocaleString("en")} requests answered`),
});

const pool = poolOf(container.get(Db));
const closed = server.close();
const left = await warningsOf(() => shutdown(container)); // what is still under way ends first, then the connections
await closed;
const checks = await check(postgres.url, load, MAX_CONNECTIONS);
checks.push({ what: "no lease is left", violations: left });

console.log();
for (const { what, violations } of checks) {
  console.log(`${violations.length === 0 ? "✔" : "✘"} ${what}${describe(violations)}`);
}
console.log();
printTable(load, checks, await watch.rollbacks());
await dropSchema(postgres.url);
process.exitCode = checks.every(({ violations }) => violations.length === 0) ? 0 : 1;

/** What could not end by itself is told as a warning of the process. */
async function warningsOf(stop: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = [];
  process.on("warning", ({ message }) => warnings.push(message));
  await stop();
  await setImmediate();
  return warnings;
}

function describe(violations: readonly string[]): string {
  return violations.length === 0
    ? ""
    : ` - ${violations.length} violations, such as: ${violations.slice(0, 3).join("; ")}`;
}

function printTable(
  { requests, p50, p99, answers, leftEarly }: LoadResult,
  checks: readonly Check[],
  rollbacks: number,
): void {
  const answered = (status: number): string => (answers.get(status) ?? 0).toLocaleString("en");
  const rows: [string, string | number][] = [
    ["requests", requests.toLocaleString("en")],
    ["  answered with 200", answered(200)],
    ["  sold out (409)", answered(409)],
    ["  not signed in (401)", answered(401)],
    ["clients that left early", leftEarly.toLocaleString("en")],
    ["latency p50 / p99", `${p50} / ${p99} ms`],
    ["connections opened", pool.stats().created],
    ["most in use (sampled)", watch.mostInUse],
    ["longest wait for one", `${Math.round(pool.stats().waitTime.maxMs)} ms`],
    ["rollbacks", rollbacks.toLocaleString("en")],
    ["leases left", left.length],
    ["checks that failed", checks.filter(({ violations }) => violations.length > 0).length],
  ];
  for (const [what, value] of rows) console.log(`${what.padEnd(26)}${String(value).padStart(12)}`);
}
