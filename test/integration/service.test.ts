import "reflect-metadata";

import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";

import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { lease, openContexts, pooledScope, poolOf, runInContext, type ScopedContainer } from "inversify-scopes";
import { expectNoLeases, swapInstance, swapScope } from "inversify-scopes/testing";
import { transactional } from "inversify-scopes/transactions";
import { Client } from "pg";

import { buildContainer } from "../../examples/service/container.js";
import { CurrentUser } from "../../examples/service/current-user.js";
import { Db, MAX_CONNECTIONS } from "../../examples/service/database.js";
import { Orders } from "../../examples/service/orders.js";
import { createSchema, dropSchema, SCHEMA } from "../../examples/service/schema.js";
import { buildServer } from "../../examples/service/server.js";
import { eventually } from "../support/connection.js";
import { reasonOf } from "../support/errors.js";
import { sharedPostgres } from "../support/postgres.js";

/** What a database that only pretends says of each statement. */
const RESULT = { rows: [{ id: 7 }], command: "", rowCount: 1, oid: 0, fields: [] };

describe("The example service on a real PostgreSQL", function () {
  this.timeout(20_000);
  let url: string;
  let admin: Client;
  let container: ScopedContainer;
  let server: FastifyInstance;

  before(async () => {
    ({ url } = await sharedPostgres());
    const serviceUrl = await createSchema(url);
    admin = new Client({ connectionString: url, options: `-c search_path=${SCHEMA}` });
    admin.on("error", () => {});
    await admin.connect();
    container = buildContainer(serviceUrl);
    server = await buildServer(container);
  });

  after(async () => {
    await server?.close();
    await container?.unbindAllAsync();
    await admin?.end();
    await dropSchema(url);
  });

  beforeEach(() => admin.query("TRUNCATE orders, audit"));
  afterEach(async () => {
    // A client has its answer a moment before the request's context ends.
    await eventually("every request has ended", () => openContexts().length === 0);
    expectNoLeases(container);
  });

  const rows = async (sql: string): Promise<Record<string, any>[]> => (await admin.query(sql)).rows;
  const place = (user: string, item: string, id = `${user}:1`) =>
    server.inject({
      method: "POST",
      url: "/orders",
      headers: { "x-user": user, "x-request-id": id },
      payload: { item },
    });
  /** What the server does around each request. */
  const asRequest = <R>(user: string, body: () => Promise<R>): Promise<R> =>
    runInContext({ name: `${user}:1` }, async () => {
      container.get(CurrentUser).signIn(user);
      return transactional(container.get(Db), body);
    });

  it("commits what a request wrote when it succeeds", async () => {
    const response = await place("ann", "apple");
    expect(response.statusCode).to.equal(200);
    expect(response.json()).to.include({ buyer: "ann", item: "apple", quantity: 1 });
    expect(await rows("SELECT buyer FROM orders")).to.deep.equal([{ buyer: "ann" }]);
  });

  it("writes nothing for a request that fails after it has written", async () => {
    const response = await place("ann", "unicorn");
    expect(response.statusCode).to.equal(409);
    expect(await rows("SELECT * FROM orders")).to.be.empty;
    expect(await rows("SELECT * FROM audit")).to.be.empty;
  });

  it("lets nobody see a write before its request has ended", async () => {
    await asRequest("ann", async () => {
      await container.get(Orders).add("apple", 1);
      expect(await rows("SELECT * FROM orders")).to.be.empty;
    });
    expect(await rows("SELECT * FROM orders")).to.have.lengthOf(1);
  });

  it("rolls back when the client has left before the end", async () => {
    const client = new AbortController();
    const gone = new Error("client left");
    let failure: unknown;
    await runInContext({ name: "ann:1", signal: client.signal }, async () => {
      container.get(CurrentUser).signIn("ann");
      await transactional(container.get(Db), async () => {
        await container.get(Orders).add("apple", 1);
        client.abort(gone);
      });
    }).catch((error: unknown) => {
      failure = error;
    });
    expect(failure).to.equal(gone);
    expect(await rows("SELECT * FROM orders")).to.be.empty;
  });

  it("what is leased explicitly and not committed is rolled back, whether the body throws or not (S56)", async () => {
    const db = container.get(Db);
    const insert =
      "INSERT INTO orders (request, buyer, backend_pid, item, quantity) VALUES ('r', 'ann', 1, 'apple', 1)";
    const attempt = async (fails: boolean): Promise<void> => {
      await using own = await lease(db);
      await own.value.query("BEGIN");
      await own.value.query(insert);
      if (fails) throw new Error("body");
    };
    expect(await reasonOf(attempt(true))).to.have.property("message", "body");
    await attempt(false);
    expect(await rows("SELECT * FROM orders")).to.be.empty;
    await using own = await lease(db);
    await own.value.query("BEGIN");
    await own.value.query(insert);
    await own.value.query("COMMIT");
    expect(await rows("SELECT * FROM orders")).to.have.lengthOf(1);
  });

  it("takes no connection for a request that makes no query", async () => {
    const { uses } = poolOf(container.get(Db)).stats();
    expect((await server.inject({ url: "/orders" })).statusCode).to.equal(401);
    expect((await server.inject({ url: "/health" })).statusCode).to.equal(200);
    expect(poolOf(container.get(Db)).stats()).to.have.property("uses", uses);
  });

  it("runs queries that a request makes at once one after the other on its one connection", async () => {
    const db = container.get(Db);
    const pids = await asRequest("ann", () =>
      Promise.all(Array.from({ length: 5 }, () => db.query<{ pid: number }>("SELECT pg_backend_pid() AS pid"))),
    );
    expect(new Set(pids.flat().map(({ pid }) => pid)).size).to.equal(1);
  });

  it("leaves nothing of a request on the connection: no transaction, no setting, no temporary table", async () => {
    const db = container.get(Db);
    const pid = async (): Promise<number> =>
      (await db.query<{ pid: number }>("SELECT pg_backend_pid() AS pid"))[0]!.pid;
    const first = await runInContext(async () => {
      await db.query("SET application_name TO 'mine'");
      await db.query("CREATE TEMPORARY TABLE mine (x int)");
      await db.query("BEGIN");
      await db.query(
        "INSERT INTO orders (request, buyer, backend_pid, item, quantity) VALUES ('r', 'ann', 1, 'apple', 1)",
      );
      return pid(); // and the transaction is left open
    });
    await runInContext(async () => {
      expect(await pid(), "the same connection").to.equal(first);
      expect(await db.query("SELECT * FROM orders")).to.be.empty;
      expect(await db.query("SELECT to_regclass('mine') AS name")).to.deep.equal([{ name: null }]);
      expect(await db.query("SHOW application_name")).to.deep.equal([{ application_name: "orders" }]);
    });
  });

  it("leaves no role, lock, listener or sequence value either; and what is prepared stays prepared", async () => {
    const db = container.get(Db);
    const locks = async (): Promise<unknown> =>
      (await rows("SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory'"))[0];
    await admin.query("CREATE ROLE nobody_at_all");
    try {
      const prepared = { name: "mine", text: "SELECT $1::int AS n" };
      await runInContext(async () => {
        await db.query("SET SESSION AUTHORIZATION nobody_at_all");
        await db.query("RESET SESSION AUTHORIZATION");
        await db.query("LISTEN something");
        await db.query("SELECT pg_advisory_lock(7)");
        expect(await locks()).to.eql({ n: 1 });
        expect(await db.query(prepared, [1])).to.eql([{ n: 1 }]);
        await db.query("SELECT nextval('orders_id_seq')");
        await db.query("SET SESSION AUTHORIZATION nobody_at_all");
      });
      expect(await locks()).to.eql({ n: 0 });
      await runInContext(async () => {
        expect(await db.query("SELECT session_user::text AS who")).to.eql([{ who: "postgres" }]);
        expect(await db.query("SELECT pg_listening_channels() AS channel")).to.eql([]);
        expect(await db.query(prepared, [2]), "a named statement").to.eql([{ n: 2 }]);
        expect(await reasonOf(db.query("SELECT lastval()"))).to.have.property("code", "55000");
      });
    } finally {
      await admin.query("DROP ROLE nobody_at_all");
    }
  });

  it("a connection that the server has ended is not lent: the health check finds out", async () => {
    const db = container.get(Db);
    const pid = (): Promise<number> =>
      runInContext(async () => (await db.query<{ pid: number }>("SELECT pg_backend_pid() AS pid"))[0]!.pid);
    using _ = swapScope(
      container,
      Db,
      pooledScope<Db>({ maxSize: 1, checkOn: ["acquire"], healthCheck: (one) => one.check() }),
    );
    const first = await pid();
    await admin.query("SELECT pg_terminate_backend($1)", [first]);
    expect(await pid()).to.not.equal(first);
  });

  it("streams rows, more than one batch of them; the connection is the request's until the last one is read", async () => {
    await admin.query(`INSERT INTO orders (request, buyer, backend_pid, item, quantity)
      SELECT 'r', 'ann', 1, 'apple', n FROM generate_series(1, 350) AS n`);
    using _ = swapScope(container, Db, pooledScope({ maxSize: 1, acquireTimeoutMs: 10_000 }));
    const both = await Promise.all(
      [1, 2].map(() => server.inject({ url: "/orders/export", headers: { "x-user": "ann" } })),
    );
    for (const { statusCode, body } of both) {
      expect(statusCode).to.equal(200);
      const quantities = body
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { quantity: number }).quantity);
      expect(quantities).to.eql(Array.from({ length: 350 }, (_line, n) => n + 1));
    }
  });

  it("a client that leaves in the middle of a stream leaves no connection behind", async () => {
    await admin.query(`INSERT INTO orders (request, buyer, backend_pid, item, quantity)
      SELECT 'r', 'ann', 1, repeat('x', 1000), n FROM generate_series(1, 20000) AS n`);
    const other = await buildServer(container);
    const address = await other.listen({ host: "127.0.0.1", port: 0 });
    using _ = swapScope(container, Db, pooledScope({ maxSize: 1, acquireTimeoutMs: 10_000 }));
    const request = get(`${address}/orders/export`, { headers: { "x-user": "ann" }, agent: false });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    await once(response, "data");
    request.destroy();
    expect((await place("ann", "apple")).statusCode).to.equal(200);
    await other.close();
  });

  it(`serves 100 requests at once on ${MAX_CONNECTIONS} connections, each with one connection and its own user`, async () => {
    const responses = await Promise.all(
      Array.from({ length: 100 }, (_, n) => place(`user-${n}`, n % 5 === 0 ? "unicorn" : "apple")),
    );
    expect(responses.filter(({ statusCode }) => statusCode === 200)).to.have.lengthOf(80);
    expect(responses.filter(({ statusCode }) => statusCode === 409)).to.have.lengthOf(20);
    const orders = await rows("SELECT request, buyer, backend_pid FROM orders");
    const notes = await rows("SELECT request, username, backend_pid FROM audit");
    expect(orders).to.have.lengthOf(80);
    expect(notes).to.have.lengthOf(160);
    for (const { request, buyer } of orders) expect(request).to.equal(`${buyer}:1`);
    for (const { request, username } of notes) expect(request).to.equal(`${username}:1`);
    const [split] = await rows(`SELECT count(*)::int AS requests FROM (
      SELECT request FROM (SELECT request, backend_pid FROM orders UNION ALL SELECT request, backend_pid FROM audit) AS all_of_it
      GROUP BY request HAVING count(DISTINCT backend_pid) > 1) AS over_several`);
    expect(split).to.deep.equal({ requests: 0 });
    const [{ n } = { n: undefined }] = await rows("SELECT count(DISTINCT backend_pid)::int AS n FROM audit");
    expect(n).to.be.within(1, MAX_CONNECTIONS);
  });

  it("answers 503, and soon, when no connection is to be had in time", async () => {
    using _ = swapScope(container, Db, pooledScope({ maxSize: 1, acquireTimeoutMs: 200 }));
    const taken = await lease(container.get(Db), { timeoutMs: 10_000 }); // to connect takes its time
    const response = await place("ann", "apple");
    expect(response.statusCode).to.equal(503);
    expect(response.headers["retry-after"]).to.equal("1");
    expect(response.json().error).to.equal("Busy. Come again.");
    await taken.release();
    expect((await place("ann", "apple")).statusCode).to.equal(200);
  });

  it("answers 503 when the database is away, and keeps to itself where it is", async () => {
    const away = buildContainer("postgres://ann:hunter2@127.0.0.1:9/secrets");
    const other = await buildServer(away);
    const response = await other.inject({ url: "/orders", headers: { "x-user": "ann" } });
    expect(response.statusCode).to.equal(503);
    expect(response.json()).to.include({ error: "Busy. Come again." });
    expect(response.body).to.not.match(/ECONNREFUSED|127\.0\.0\.1|hunter2/);
    const streamed = await other.inject({ url: "/orders/export", headers: { "x-user": "ann" } });
    expect(streamed.statusCode).to.equal(503);
    await other.close();
    await away.unbindAllAsync();
  });

  it("answers 500 to what is its own fault, without details, and 400 to what is the client's, with them", async () => {
    const query = (): Promise<never> => Promise.reject(new Error("relation secrets does not exist"));
    using _ = swapInstance(container, Db, { query, tell: async () => RESULT });
    const response = await place("ann", "apple", "ann:500");
    expect(response.statusCode).to.equal(500);
    expect(response.json()).to.eql({ error: "Something went wrong.", request: "ann:500" });
    const wrong = await server.inject({ method: "POST", url: "/orders", headers: { "x-user": "ann" }, payload: {} });
    expect(wrong.statusCode).to.equal(400);
    expect(wrong.json().error).to.include("item");
  });

  it("can be tried without a database, though its singletons were made long ago", async () => {
    const statements: string[] = [];
    const tell = async (sql: string): Promise<typeof RESULT> => {
      statements.push(sql.trim().split(" ")[0] ?? "");
      return RESULT;
    };
    const fake = { tell, query: async (sql: string) => (await tell(sql)).rows };
    using _ = swapInstance(container, Db, fake as unknown as Db);
    const response = await place("ann", "apple");
    expect(response.json()).to.deep.equal({ id: 7 });
    expect(statements).to.deep.equal(["BEGIN", "INSERT", "INSERT", "UPDATE", "INSERT", "COMMIT"]);
  });
});
