import pg from "pg";
import { expect } from "chai";
import { sql } from "drizzle-orm";
import { drizzle, NodePgDatabase } from "drizzle-orm/node-postgres";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { behaves } from "../harness.mjs";
import { postgres } from "../servers.mjs";

const rows = pgTable("drizzle", { n: integer() });
let pool;
const client = {
  before: async () => {
    pool = new pg.Pool({ connectionString: await postgres() });
    await pool.query("create table if not exists drizzle (n int)");
  },
  after: () => pool.end(),
  work: async (db) => (await db.execute(sql`select 1 as n`)).rows,
  worked: [{ n: 1 }],
};

behaves("drizzle, shared", {
  ...client,
  scope: "shared",
  make: () => drizzle(pool),
  end: () => {},
  options: { shape: NodePgDatabase, defer: ["execute", "transaction"] },
  library: async (db) => {
    const found = await db.transaction(async (tx) =>
      tx
        .select()
        .from(rows)
        .where(sql`n = -1`),
    );
    expect(found).to.eql([]);
  },
});
behaves("drizzle, on a client of the context's own", {
  ...client,
  scope: "per-async-context",
  make: async () => drizzle(await pool.connect()),
  end: (db) => db.$client.release(),
  options: { shape: NodePgDatabase, defer: ["execute", "transaction"] },
  identity: async (db) => (await db.execute(sql`select pg_backend_pid() as id`)).rows[0].id,
  transaction: {
    begin: async (db) => (await db.execute(sql`begin`), db),
    write: (db) => db.insert(rows).values({ n: 1 }),
    read: (db) => db.$count(rows),
    commit: (db) => db.execute(sql`commit`),
    rollback: (db) => db.execute(sql`rollback`),
  },
});
