import pg from "pg";
import { expect } from "chai";
import { Kysely, PostgresDialect, sql } from "kysely";
import { behaves } from "../harness.mjs";
import { postgres } from "../servers.mjs";

let url;
const make = () => new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }) });
let db;
const client = {
  before: async () => {
    url = await postgres();
    db = make();
    await sql`create table if not exists kysely (n int)`.execute(db);
  },
  after: () => db.destroy(),
  work: async (one) => (await one.executeQuery(sql`select 1 as n`.compile(db))).rows,
  worked: [{ n: 1 }],
  library: async (one) => {
    expect((await sql`select 2 as n`.execute(one)).rows).to.eql([{ n: 2 }]);
    const { count } = await one.selectFrom("kysely").select(one.fn.countAll().as("count")).executeTakeFirst();
    expect(Number(count)).to.be.at.least(0);
    expect(one.fn.count).to.be.a("function");
  },
};

behaves("kysely, shared", {
  ...client,
  scope: "shared",
  make,
  end: (one) => one.destroy(),
  options: { shape: Kysely },
});

/** A transaction for each context: open when it is made, rolled back unless the context has committed it. */
behaves("kysely, a transaction per context", {
  ...client,
  scope: "per-async-context",
  make: () => db.startTransaction().execute(),
  end: (trx) => (trx.isCommitted || trx.isRolledBack ? undefined : trx.rollback().execute()),
  options: () => ({ shape: Kysely }),
  identity: async (trx) => (await sql`select pg_backend_pid() as id`.execute(trx)).rows[0].id,
  transaction: {
    begin: (trx) => trx,
    write: (trx) => trx.insertInto("kysely").values({ n: 1 }).execute(),
    read: async (trx) => Number((await sql`select count(*) from kysely`.execute(trx)).rows[0].count),
    commit: (trx) => trx.commit().execute(),
    rollback: (trx) => trx.rollback().execute(),
  },
});

/** Its dialect is given the proxy of a pool. */
let pooled;
behaves("kysely over the proxy of a pg.Pool", {
  ...client,
  scope: "shared",
  make: () => new pg.Pool({ connectionString: url }),
  end: (pool) => pool.end(),
  options: { shape: pg.Pool, defer: ["query", "connect"] },
  work: async (pool) => (await pool.query("select 1 as n")).rows,
  library: async (pool) => {
    pooled = new Kysely({ dialect: new PostgresDialect({ pool }) });
    expect((await sql`select 3 as n`.execute(pooled)).rows).to.eql([{ n: 3 }]);
  },
});
