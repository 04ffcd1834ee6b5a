import postgresJs from "postgres";
import { expect } from "chai";
import { behaves } from "../harness.mjs";
import { postgres } from "../servers.mjs";

let url;
let sql;
const client = {
  before: async () => {
    url = await postgres();
    sql = postgresJs(url, { onnotice: () => {} });
    await sql`create table if not exists postgres_js (n int)`;
  },
  after: () => sql.end(),
  isSync: true,
  work: async (sql) => [...(await sql`select 1 as n`)],
  worked: [{ n: 1 }],
  options: { shape: Function },
};

behaves("postgres.js, shared", {
  ...client,
  scope: "shared",
  make: () => postgresJs(url),
  end: (sql) => sql.end(),
  library: async (sql) => {
    const fragment = sql`where n = ${-1}`;
    expect([...(await sql`select * from postgres_js ${fragment}`)]).to.eql([]);
    expect(await sql.begin((tx) => tx`select 2 as n`.then((rows) => rows[0].n))).to.equal(2);
  },
});
// A part of a query is sent by whoever calls its `then`: nobody here may.
behaves("postgres.js, a reserved connection, one call at a time, in a pool", {
  ...client,
  scope: "pooled",
  options: { shape: Function, concurrency: "serialize", onRelease: (own) => own`rollback` },
  make: () => sql.reserve(),
  end: (own) => own.release(),
  identity: async (own) => (await own`select pg_backend_pid() as id`)[0].id,
  library: async (own) => {
    const fragment = own`where n = ${-1}`;
    expect([...(await own`select * from postgres_js ${fragment}`)]).to.eql([]);
  },
});
behaves("postgres.js, a reserved connection per context", {
  ...client,
  scope: "per-async-context",
  make: () => sql.reserve(),
  end: (own) => own.release(),
  identity: async (own) => (await own`select pg_backend_pid() as id`)[0].id,
  transaction: {
    begin: async (own) => (await own`begin`, own),
    write: (own) => own`insert into postgres_js values (1)`,
    read: async (own) => Number((await own`select count(*) from postgres_js`)[0].count),
    commit: (own) => own`commit`,
    rollback: (own) => own`rollback`,
  },
});
