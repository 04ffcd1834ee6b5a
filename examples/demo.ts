/**
 * `npm run demo`: the example service on a real PostgreSQL, under load, and the proof that no request saw what was
 * another's. Exits with 1 if a check fails.
 *
 *     npm run demo                   # the service as it is
 *     npm run demo -- by-hand        # the same service with pg.Pool and AsyncLocalStorage
 *     npm run demo -- shared-user    # with one user for all requests: see the violations counted
 *
 * @module
 */
import "reflect-metadata";

import { check, type Check } from "./demo/checks.js";
import { ConnectionWatch } from "./demo/connections.js";
import { drive, type LoadResult } from "./demo/load.js";
import { VARIANTS } from "./demo/variants.js";
import { startPostgres } from "./postgres.js";
import { MAX_CONNECTIONS } from "./service/database.js";
import { createSchema, dropSchema } from "./service/schema.js";

const CLIENTS = 100;
const SECONDS = Number(process.env["DEMO_SECONDS"] ?? 6);

const [variant = "as-it-is"] = process.argv.slice(2);
const start = VARIANTS[variant];
if (start === undefined) {
  console.error(`There is no ${variant}. Say nothing, or one of: ${Object.keys(VARIANTS).join(", ")}.`);
  process.exit(2);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130)); // PostgreSQL stops at exit

setTimeout(() => {
  console.error("The demo took longer than a minute: something hangs, or this machine is very busy.");
  process.exit(1);
}, 60_000).unref();

console.log(process.env["DATABASE_URL"] ? "Using DATABASE_URL." : "Starting PostgreSQL …");
await using postgres = await startPostgres();
const service = await start(await createSchema(postgres.url));

console.log(
  `${CLIENTS} clients for ${SECONDS} s, on ${MAX_CONNECTIONS} connections. Some orders cannot be met, some clients leave early.`,
);
await using watch = await ConnectionWatch.start(postgres.url);
const load = await drive(service.address, {
  connections: CLIENTS,
  seconds: SECONDS,
  onSecond: (answered) => console.log(`  ${answered.toLocaleString("en")} requests answered`),
});

const left = await service.stop();
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
  const rows: readonly (readonly [string, string | number])[] = [
    ["requests", requests.toLocaleString("en")],
    ["  answered with 200", answered(200)],
    ["  sold out (409)", answered(409)],
    ["  not signed in (401)", answered(401)],
    ["clients that left early", leftEarly.toLocaleString("en")],
    ["latency p50 / p99", `${p50} / ${p99} ms`],
    ...service.figures(),
    ["most in use (sampled)", watch.mostInUse],
    ["rollbacks", rollbacks.toLocaleString("en")],
    ["leases left", left.length],
    ["checks that failed", checks.filter(({ violations }) => violations.length > 0).length],
  ];
  for (const [what, value] of rows) console.log(`${what.padEnd(26)}${String(value).padStart(12)}`);
}
