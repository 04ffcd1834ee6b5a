import pg from "pg";
import Cursor from "pg-cursor";
import QueryStream from "pg-query-stream";
import { drizzle } from "drizzle-orm/node-postgres";
import { expect } from "chai";
import { runInContext, ScopedContainer } from "../../../dist/src/index.js";
import { behaves } from "../harness.mjs";
import { postgres } from "../servers.mjs";

let url;

const RESET =
  "rollback; reset all; reset session authorization; unlisten *; select pg_advisory_unlock_all(); discard temp; discard sequences";

const client = {
  scope: "pooled",
  before: async () => {
    url = await postgres();
    const one = await client.make();
    await one.query("create table if not exists pg_client (n int)");
    await one.end();
  },
  make: async () => {
    const one = new pg.Client(url);
    await one.connect();
    return one;
  },
  end: (one) => one.end(),
  options: { shape: pg.Client, defer: ["query"], onRelease: (one) => one.query(RESET) },
  work: async (one) => (await one.query("select 1 as n")).rows,
  worked: [{ n: 1 }],
  identity: (one) => one.processID,
  transaction: {
    begin: async (one) => (await one.query("begin"), one),
    write: (one) => one.query("insert into pg_client values (1)"),
    read: async (one) => Number((await one.query("select count(*) from pg_client")).rows[0].count),
    commit: (one) => one.query("commit"),
    rollback: (one) => one.query("rollback"),
  },
  library: async (one) => {
    const cursor = one.query(new Cursor("select generate_series(1, 3) as n"));
    expect(await cursor.read(2)).to.eql([{ n: 1 }, { n: 2 }]);
    await cursor.close();
    expect((await drizzle(one).execute("select 2 as n")).rows).to.eql([{ n: 2 }]);
  },
};

behaves("pg: a query that nobody awaits", {
  ...client,
  leave: (one) => ({ over: one.query("select pg_sleep(0.1)") }),
});
behaves("pg-cursor: read in part and left", {
  ...client,
  leave: (one) => {
    const cursor = one.query(new Cursor("select generate_series(1, 1000) as n"));
    // onRelease waits in the client's own queue until the cursor is closed.
    return { over: cursor.read(2).then(() => cursor.close()) };
  },
});
behaves("pg-query-stream: read in part and left", {
  ...client,
  leave: (one) => {
    const stream = one.query(new QueryStream("select generate_series(1, 1000) as n"));
    return {
      over: (async () => {
        for await (const _ of stream);
      })(),
    };
  },
});

let pool;
behaves("pg: a client per context from the pool that you have", {
  ...client,
  scope: "per-async-context",
  before: async () => {
    await client.before();
    pool = new pg.Pool({ connectionString: url });
  },
  after: () => pool.end(),
  make: () => pool.connect(),
  end: (one) => one.release(),
  options: { shape: pg.Client, defer: ["query"] },
});
behaves("pg.Pool, shared", {
  ...client,
  scope: "shared",
  make: () => new pg.Pool({ connectionString: url }),
  options: { shape: pg.Pool, defer: ["query", "connect"] },
  identity: undefined,
  transaction: undefined,
  library: async (pool) => {
    const rows = await drizzle(pool).transaction(async (tx) => (await tx.execute("select 3 as n")).rows);
    expect(rows).to.eql([{ n: 3 }]);
  },
});

it("pg-cursor: on a client that is not there yet, a promise of the cursor", async function () {
  this.timeout(60_000);
  await client.before();
  const container = new ScopedContainer();
  container
    .bind(pg.Client)
    .toDynamicValue(async () => client.make())
    .inPooledScope({ maxSize: 1, ...client.options, destroy: client.end });
  const proxy = container.get(pg.Client);
  await runInContext(async () => {
    const cursor = await proxy.query(new Cursor("select 1 as n"));
    expect(await cursor.read(1)).to.eql([{ n: 1 }]);
    await cursor.close();
  });
  await container.unbindAllAsync();
});
