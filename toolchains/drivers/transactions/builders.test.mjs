/** The recipes of docs/transactions.md for knex, Kysely and Drizzle, on the PostgreSQL that comes with npm. */
import { drizzle } from "drizzle-orm/node-postgres";
import { sql as drizzleSql } from "drizzle-orm";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { Kysely, PostgresDialect, sql as kyselySql } from "kysely";
import knex from "knex";
import pg from "pg";
import { poolOf, ScopedContainer } from "../../../dist/src/index.js";
import { sqlTransactions } from "../../../dist/src/transactions/index.js";
import { postgres } from "../servers.mjs";
import { keepsBooks, SETUP } from "./books.mjs";

/** A server, with the books in it. */
async function startBooks() {
  const url = await postgres();
  const admin = new pg.Client(url);
  await admin.connect();
  await admin.query("DROP TABLE IF EXISTS accounts");
  for (const sql of SETUP) await admin.query(sql);
  return {
    url,
    async balances() {
      const { rows } = await admin.query("SELECT balance FROM accounts ORDER BY id");
      return rows.map(({ balance }) => balance);
    },
    close: () => admin.end(),
  };
}

/** A pool of `pg.Client`. */
function bindClients(url) {
  const container = new ScopedContainer();
  container
    .bind(pg.Client)
    .toDynamicValue(async () => {
      const client = new pg.Client(url);
      await client.connect();
      return client;
    })
    .inPooledScope({
      maxSize: 4,
      destroy: (client) => client.end(),
      transactions: sqlTransactions((client, sql) => client.query(sql)),
    });
  return container.get(pg.Client);
}

async function withClients(use) {
  const books = await startBooks();
  const db = bindClients(books.url);
  return {
    ...books,
    db,
    ...use(db),
    async close() {
      await poolOf(db).close();
      await books.close();
    },
  };
}

const accounts = pgTable("accounts", { id: integer().primaryKey(), balance: integer().notNull() });

keepsBooks("Drizzle over a pool of pg.Client", () =>
  withClients((client) => {
    const orm = drizzle(client);
    return {
      add: (id, amount) =>
        orm
          .update(accounts)
          .set({ balance: drizzleSql`${accounts.balance} + ${amount}` })
          .where(drizzleSql`${accounts.id} = ${id}`),
      fail: () => orm.execute(drizzleSql`SELECT nonsense`),
    };
  }),
);

keepsBooks("Kysely over a pool of pg.Client", () =>
  withClients((client) => {
    // Kysely's pool is ours: what it connects to is the connection of the context, or of the transaction.
    const connection = { query: (sql, values) => client.query(sql, values), release() {} };
    const orm = new Kysely({
      dialect: new PostgresDialect({ pool: { connect: async () => connection, async end() {} } }),
    });
    return {
      add: (id, amount) =>
        orm
          .updateTable("accounts")
          .set((row) => ({ balance: row("balance", "+", amount) }))
          .where("id", "=", id)
          .execute(),
      fail: () => kyselySql`SELECT nonsense`.execute(orm),
    };
  }),
);

keepsBooks("a pool of knex, each with one connection", async () => {
  const books = await startBooks();
  const container = new ScopedContainer();
  container
    .bind("knex")
    .toDynamicValue(() => knex({ client: "pg", connection: books.url, pool: { min: 0, max: 1 } }))
    .inPooledScope({
      maxSize: 4,
      shape: Function,
      destroy: (k) => k.destroy(),
      transactions: sqlTransactions((k, sql) => k.raw(sql)),
    });
  const k = container.get("knex");
  return {
    ...books,
    db: k,
    add: async (id, amount) => void (await k("accounts").where({ id }).increment("balance", amount)),
    fail: async () => void (await k.raw("SELECT nonsense")),
    async close() {
      await poolOf(k).close();
      await books.close();
    },
  };
});
