#!/usr/bin/env bash
# knex 3.3.0, typeorm 1.1.1, sequelize 6.37.8, drizzle-orm 0.45.4, pg-promise 12.7.1: a transaction whose last statement failed, and whose body caught that error, resolves, though nothing of it is kept.
# PostgreSQL answers the COMMIT of a transaction with a failed statement by ROLLBACK, which is no error, and none of them looks at the answer. So "insert, and never mind if it is
# there already" as a last step undoes the whole order, and the caller is told that it succeeded; SQLite and MariaDB keep the order. kysely 0.29.9 and postgres 3.4.9 reject.
# Seen on Node 20.20.2 with pg 8.23.1 and PGlite 0.5.14, a PostgreSQL 18 in the process. Write "on conflict do nothing", or put what may fail into a nested transaction.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts knex@3.3.0 typeorm@1.1.1 sequelize@6.37.8 drizzle-orm@0.45.4 pg-promise@12.7.1 \
  kysely@0.29.9 postgres@3.4.9 pg@8.23.1 reflect-metadata@0.2.2 @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17
cat >program.mjs <<'PROGRAM'
import "reflect-metadata";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { drizzle } from "drizzle-orm/node-postgres";
import createKnex from "knex";
import { CompiledQuery, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import pgPromise from "pg-promise";
import connect from "postgres";
import { Sequelize } from "sequelize";
import { DataSource } from "typeorm";

const database = await PGlite.create();
const server = new PGLiteSocketServer({ db: database, port: 0, host: "127.0.0.1", maxConnections: 10 });
await server.start();
const url = `postgres://postgres:postgres@${server.getServerConn()}/postgres?sslmode=disable`;

const libraries = {
  async knex(body) {
    const knex = createKnex({ client: "pg", connection: url });
    await knex.transaction((transaction) => body((text) => transaction.raw(text))).finally(() => knex.destroy());
  },
  async typeorm(body) {
    const source = await new DataSource({ type: "postgres", url }).initialize();
    await source.transaction((manager) => body((text) => manager.query(text))).finally(() => source.destroy());
  },
  async sequelize(body) {
    const sequelize = new Sequelize(url, { logging: false });
    const run = (transaction) => body((text) => sequelize.query(text, { transaction }));
    await sequelize.transaction(run).finally(() => sequelize.close());
  },
  async drizzle(body) {
    const pool = new pg.Pool({ connectionString: url });
    await drizzle(pool).transaction((tx) => body((text) => tx.execute(text))).finally(() => pool.end());
  },
  async "pg-promise"(body) {
    const db = pgPromise()(url);
    await db.tx((tx) => body((text) => tx.query(text))).finally(() => db.$pool.end());
  },
  async kysely(body) {
    const kysely = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }) });
    const run = (trx) => body((text) => trx.executeQuery(CompiledQuery.raw(text)));
    await kysely.transaction().execute(run).finally(() => kysely.destroy());
  },
  async postgres(body) {
    const sql = connect(url);
    await sql.begin((tx) => body((text) => tx.unsafe(text))).finally(() => sql.end());
  },
};
const buy = async (query) => {
  await query("insert into entries values ('order')");
  await query("insert into entries values ('customer')").catch(() => {}); // is there already
};
await database.exec("create table entries (name text primary key); insert into entries values ('customer')");
for (const [name, transaction] of Object.entries(libraries)) {
  const said = await transaction(buy).then(() => "resolves", ({ name, message }) => `rejects (${name}: ${message})`);
  const { rows } = await database.query("select from entries where name = 'order'");
  console.log(`${name}: ${said}, ${rows.length} orders`);
}
process.exit();
PROGRAM
expected='knex: resolves, 0 orders
typeorm: resolves, 0 orders
sequelize: resolves, 0 orders
drizzle: resolves, 0 orders
pg-promise: resolves, 0 orders
kysely: rejects (AbortedTransactionError: Transaction was rolled back instead of committed), 0 orders
postgres: rejects (PostgresError: duplicate key value violates unique constraint "entries_pkey"), 0 orders'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
