#!/usr/bin/env bash
# typeorm 1.1.1: two nested transactions of one transaction at once, as in Promise.allSettled, of which one fails: both reject, so does the outer one, and no ROLLBACK is sent, since
# they count one depth together. The connection goes on with the transaction open. With SQLite (sql.js 1.17.0), which has one, what was
# rejected stays visible, and everything that later requests "commit" is lost with it. With pg 8.23.1 and PostgreSQL 15 the connection goes back to
# the pool as "idle in transaction (aborted)", and each later request that gets it fails. Seen on Node 20.20.2. Run nested ones one after the other.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts typeorm@1.1.1 sql.js@1.17.0 reflect-metadata@0.2.2
cat >program.mjs <<'PROGRAM'
import "reflect-metadata";
import { setTimeout as sleep } from "node:timers/promises";
import { DataSource } from "typeorm";

const source = await new DataSource({ type: "sqljs" }).initialize();
await source.query("create table entries (name text)");
const insert = (manager, name) => manager.query("insert into entries values (?)", [name]);
const shown = async () => (await source.query("select name from entries")).map(({ name }) => name).join() || "nothing";

const first = await source
  .transaction(async (manager) => {
    const nested = (name, decide) =>
      manager.transaction(async (part) => {
        await insert(part, name);
        await decide();
      });
    const refused = async () => {
      await sleep(20);
      throw new Error("refused");
    };
    await Promise.allSettled([nested("refused", refused), nested("accepted", () => sleep(60))]);
  })
  .then(() => "resolves", () => "rejects");
console.log(`the first transaction ${first}, and shows: ${await shown()}`);
await source.transaction((manager) => insert(manager, "second"));
console.log(`the second resolves, and shows: ${await shown()}`);
await source.query("rollback");
console.log(`after ROLLBACK: ${await shown()}`);
PROGRAM
expected='the first transaction rejects, and shows: refused,accepted
the second resolves, and shows: refused,accepted,second
after ROLLBACK: nothing'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
