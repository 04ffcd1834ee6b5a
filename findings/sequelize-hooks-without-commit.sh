#!/usr/bin/env bash
# sequelize 6.37.8: what was given to transaction.afterCommit is called though nothing is committed: when the server refuses COMMIT (a deferred constraint, a serialization failure), and
# when a nested transaction ends well and the outer one is rolled back afterwards. The documentation says that it is not called if the transaction is rolled back.
# So the mail of an order goes out that does not exist, before the caller hears of the error; tried again, it goes out twice.
# Seen on Node 20.20.2 with pg 8.23.1 and PGlite 0.5.14, a PostgreSQL 18 in the process. Do it after `await sequelize.transaction(…)` of the outermost one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts sequelize@6.37.8 pg@8.23.1 @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17
cat >program.mjs <<'PROGRAM'
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { Sequelize } from "sequelize";

const database = await PGlite.create();
await database.exec(`create table users (name text primary key);
  create table orders (of_user text references users deferrable initially deferred);
  insert into users values ('ann')`);
const server = new PGLiteSocketServer({ db: database, host: "127.0.0.1", port: 0 });
await server.start();
const sequelize = new Sequelize(`postgres://postgres@${server.getServerConn()}/postgres`, { logging: false, pool: { max: 1 } });

async function run(what, body) {
  const mails = [];
  const order = async (transaction, name) => {
    await sequelize.query("insert into orders values (?)", { replacements: [name], transaction });
    transaction.afterCommit(() => mails.push(name));
  };
  const [{ status }] = await Promise.allSettled([sequelize.transaction((transaction) => body(transaction, order))]);
  const [orders] = await sequelize.query("select * from orders");
  console.log(`${what}: ${status}, orders: ${orders.length}, mails: ${mails.length}`);
}
await run("the body throws", async (transaction, order) => {
  await order(transaction, "ann");
  throw new Error("refused");
});
await run("COMMIT is refused", (transaction, order) => order(transaction, "nobody"));
await run("the outer body throws", async (transaction, order) => {
  await sequelize.transaction({ transaction }, (nested) => order(nested, "ann"));
  throw new Error("refused");
});
process.exit();
PROGRAM
expected='the body throws: rejected, orders: 0, mails: 0
COMMIT is refused: rejected, orders: 0, mails: 1
the outer body throws: rejected, orders: 0, mails: 1'
seen=$(node --no-warnings program.mjs 2>/dev/null)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
