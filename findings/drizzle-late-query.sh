#!/usr/bin/env bash
# drizzle-orm 0.45.4 (node-postgres, over a pg.Pool): a `tx` works on after its transaction() has ended, on a connection that is back in the pool. So what a branch without
# `await` sends late becomes part of the transaction of whichever request has that connection: it is told that it succeeded, and is
# undone with the other's rollback, or committed with it. kysely 0.29.9 refuses it. Seen on Node 20.20.2 with SQLite (sql.js 1.17.0) behind a
# stand-in for pg's Client; pg 8.23.1 on PostgreSQL 15 shows the same, as does postgres.js 3.4.9. Await every branch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts drizzle-orm@0.45.4 kysely@0.29.9 pg@8.23.1 sql.js@1.17.0
cat >program.mjs <<'PROGRAM'
import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { Kysely, PostgresDialect, sql as raw } from "kysely";
import pg from "pg";
import initSqlJs from "sql.js";

const { Database } = await initSqlJs();
async function run(name, open) {
  const sqlite = new Database();
  sqlite.run("create table entries (name text)");
  class Client extends EventEmitter {
    connect(connected) {
      setImmediate(connected);
    }
    end(ended) {
      setImmediate(ended);
    }
    async query(query, values) {
      const text = (query.text ?? query).replace("start transaction", "begin");
      return { command: "", rowCount: 0, rows: sqlite.exec(text, values)[0]?.values ?? [] };
    }
    ref() {}
    unref() {}
  }
  const { transaction, insert } = open(new pg.Pool({ max: 1, Client }));
  let late;
  await transaction(async (tx) => {
    late = (async () => {
      await sleep(20); // asks another service
      await insert(tx, "late");
    })();
  });
  const other = transaction(async (tx) => {
    await insert(tx, "other");
    await sleep(100);
    throw new Error("rolled back");
  });
  const [{ status }] = await Promise.allSettled([late, other]);
  const kept = sqlite.exec("select name from entries");
  console.log(`${name}: the late insert is ${status}, ${kept.length === 0 ? "nothing is kept" : kept[0].values}`);
}
await run("drizzle", (pool) => {
  const orm = drizzle(pool);
  return {
    transaction: (body) => orm.transaction(body),
    insert: (tx, name) => tx.execute(sql`insert into entries values (${name})`),
  };
});
await run("kysely", (pool) => {
  const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  return {
    transaction: (body) => db.transaction().execute(body),
    insert: (tx, name) => raw`insert into entries values (${name})`.execute(tx),
  };
});
process.exit();
PROGRAM
expected='drizzle: the late insert is fulfilled, nothing is kept
kysely: the late insert is rejected, nothing is kept'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
