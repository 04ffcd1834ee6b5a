import knex from "knex";
import { expect } from "chai";
import { behaves } from "../harness.mjs";
import { postgres } from "../servers.mjs";

let url;
let db;
const make = () => knex({ client: "pg", connection: url, pool: { min: 0, max: 4 } });
const client = {
  before: async () => {
    url = await postgres();
    db = make();
    if (!(await db.schema.hasTable("knex"))) await db.schema.createTable("knex", (table) => table.integer("n"));
  },
  after: () => db.destroy(),
  work: async (one) => (await one.raw("select 1 as n")).rows,
  worked: [{ n: 1 }],
};

// A callable: without a shape its proxy could not be called. Its builders are synchronous, so that it is made synchronously or taken first.
behaves("knex, shared", {
  ...client,
  scope: "shared",
  isSync: true,
  make,
  end: (one) => one.destroy(),
  options: { shape: Function },
  library: async (one) => expect(await one("knex").where({ n: -1 }).select()).to.eql([]),
});
behaves("knex, by an example", {
  ...client,
  scope: "shared",
  isSync: true,
  make,
  end: (one) => one.destroy(),
  options: () => ({ shape: db }),
});
behaves("knex, a transaction per context", {
  ...client,
  scope: "per-async-context",
  isSync: true,
  make: () => db.transaction(),
  end: (trx) => (trx.isCompleted() ? undefined : trx.rollback()),
  options: { shape: Function },
  identity: async (trx) => (await trx.raw("select pg_backend_pid() as id")).rows[0].id,
  transaction: {
    begin: (trx) => trx,
    write: (trx) => trx("knex").insert({ n: 1 }),
    read: async (trx) => Number((await trx("knex").count())[0].count),
    commit: (trx) => trx.commit(),
    rollback: (trx) => trx.rollback(),
  },
  library: async (trx) => expect(await db("knex").transacting(trx).where({ n: -1 })).to.eql([]),
});
