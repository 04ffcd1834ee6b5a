#!/usr/bin/env bash
# mikro-orm 7.2.5: what a transaction has created or changed and not yet flushed is lost, and nothing says so, if a nested transaction of it flushes and is then rolled back: that flush
# sends the changes of the outer one too, the savepoint takes them back, and the outer one holds them for sent. It then commits without them.
# So an order vanishes because an optional step after it failed and was caught. A nested one that fails before it flushes, or in its flush, takes nothing of the outer one with it.
# Seen on Node 24.21.0 with its SQLite; mikro-orm 6.6.16 with better-sqlite3 is the same. Call `await em.flush()` before each nested transaction that may fail.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "allowScripts": { "node": true } }' >package.json
npm install --silent --no-audit --no-fund @mikro-orm/core@7.2.5 @mikro-orm/sql@7.2.5 node24@npm:node@24.21.0
cat >program.mjs <<'PROGRAM'
import { EntitySchema, MikroORM } from "@mikro-orm/core";
import { NodeSqliteDialect, SqliteDriver } from "@mikro-orm/sql";

const Entry = new EntitySchema({ name: "Entry", properties: { id: { type: "number", primary: true }, name: { type: "string" } } });
const orm = await MikroORM.init({ driver: SqliteDriver, driverOptions: new NodeSqliteDialect(":memory:"), dbName: ":memory:", entities: [Entry] });
await orm.schema.create();

async function run(name, before, optional) {
  await orm.em.fork().nativeDelete(Entry, {});
  await orm.em.fork().insert(Entry, { id: 1, name: "customer" });
  await orm.em.fork().transactional(async (em) => {
    const customer = await em.findOneOrFail(Entry, 1);
    customer.name = "customer with an order";
    em.create(Entry, { id: 2, name: "order" });
    await before(em);
    await em.transactional(optional).catch(() => {});
  });
  const kept = await orm.em.fork().findAll(Entry, { orderBy: { id: 1 } });
  console.log(`${name}: ${kept.map((entry) => entry.name).join(", ")}`);
}
const fails = () => {
  throw new Error("no coupon");
};
const flushes = async (em) => {
  em.create(Entry, { id: 3, name: "coupon" });
  await em.flush();
  fails();
};
await run("fails", () => {}, fails);
await run("flushes, then fails", () => {}, flushes);
await run("the same after a flush", (em) => em.flush(), flushes);
await orm.close();
PROGRAM
expected='fails: customer with an order, order
flushes, then fails: customer
the same after a flush: customer with an order, order'
seen=$(node_modules/node24/bin/node --no-warnings program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
