#!/usr/bin/env bash
# drizzle-orm 0.45.4: nested transactions that run at once in one transaction, as branches of Promise.all do, all name their savepoint `sp1`, and ROLLBACK TO goes
# back to the last one of that name. So the branch that fails undoes what another has written, and keeps its own: what was refused
# is committed, what was accepted is lost, and no error says so. Seen on Node 20.20.2 with SQLite (sql.js 1.17.0, through drizzle-orm/sqlite-proxy);
# node-postgres is sent the same names. One after the other they are right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts drizzle-orm@0.45.4 sql.js@1.17.0
cat >program.mjs <<'PROGRAM'
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import initSqlJs from "sql.js";

async function kept(atOnce) {
  const sqlite = new (await initSqlJs()).Database();
  const orm = drizzle(async (text, values) => ({ rows: sqlite.exec(text, values)[0]?.values ?? [] }));
  await orm.run(sql`create table entries (name text)`);
  await orm.transaction(async (tx) => {
    const add = (name, decide) =>
      tx.transaction(async (part) => {
        await part.run(sql`insert into entries values (${name})`);
        await decide();
      });
    const refused = async () => {
      await sleep(50);
      throw new Error("refused");
    };
    const first = Promise.allSettled([add("refused", refused)]);
    await (atOnce ? sleep(10) : first);
    await Promise.all([first, add("accepted", () => sleep(100))]);
  });
  return sqlite.exec("select name from entries").flatMap(({ values }) => values.flat());
}
console.log("one after the other:", (await kept(false)).join());
console.log("at once:", (await kept(true)).join());
PROGRAM
expected='one after the other: accepted
at once: refused'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
