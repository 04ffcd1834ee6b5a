#!/usr/bin/env bash
# Node 20.20.2, 22.23.3, 24.21.0 with postgres 3.4.9 (postgres.js): as soon as somebody subscribes to a TracingChannel, a query that goes through its tracePromise is never
# sent. Such a query is a Promise that is sent when its own `then` is called; tracePromise calls that of Promise.prototype instead, and gives back
# another promise. So what is meant to watch, such as a tracer that is switched on, loses writes. Node 26.10.0 calls the query's own.
# Seen with PGlite 0.5.14, a PostgreSQL 18 in the process. Make it a promise before: tracePromise(async () => sql`…`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "allowScripts": { "node": true } }' >package.json
npm install --silent --no-audit --no-fund postgres@3.4.9 @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17 \
  node20@npm:node@20.20.2 node26@npm:node@26.10.0
cat >program.mjs <<'PROGRAM'
import { tracingChannel } from "node:diagnostics_channel";
import { setTimeout as sleep } from "node:timers/promises";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import postgres from "postgres";

const database = await PGlite.create();
await database.query("create table entries (name text)");
const server = new PGLiteSocketServer({ db: database, host: "127.0.0.1", port: 0 });
await server.start();
const sql = postgres({ host: "127.0.0.1", port: Number(server.getServerConn().split(":")[1]), database: "postgres", user: "postgres", max: 1 });
const channel = tracingChannel("queries");
const insert = (name) => sql`insert into entries values (${name})`;

await channel.tracePromise(() => insert("nobody listens"));
channel.subscribe({ start() {}, asyncEnd() {} });
void channel.tracePromise(() => insert("somebody listens"));
await channel.tracePromise(async () => insert("an async function"));
await sleep(500);
const rows = await sql`select name from entries`;
console.log(`${process.version}: ${rows.map(({ name }) => name).join(", ")}`);
process.exit();
PROGRAM
expected='v20.20.2: nobody listens, an async function
v26.10.0: nobody listens, somebody listens, an async function'
seen=$(for node in node20 node26; do "node_modules/$node/bin/node" program.mjs; done)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
