import "reflect-metadata";
import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { hasInstance, lease, pooledScope, runInContext, type ScopedContainer } from "inversify-scopes";
import { expectNoLeases, swapInstance, swapScope } from "inversify-scopes/testing";
import { Client } from "pg";

import { buildContainer } from "../../examples/service/container.js";
import { CurrentUser } from "../../examples/service/current-user.js";
import { Db, MAX_CONNECTIONS } from "../../examples/service/database.js";
import { Orders } from "../../examples/service/orders.js";
import { createSchema, dropSchema, SCHEMA } from "../../examples/service/schema.js";
import { buildServer } from "../../examples/service/server.js";
import { Transaction } from "../../examples/service/transaction.js";
import { reasonOf } from "../support/errors.js";
import { sharedPostgres } from "../support/postgres.js";

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
    server = buildServer(container);
  });

  after(async () => {
    await server?.close();
    await container?.unbindAllAsync();
    await admin?.end();
    await dropSchema(url);
  });

  beforeEach(() => admin.query("TRUNCATE orders, audit"));
  afterEach(() => expectNoLeases(container));

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
      return container.get(Transaction).around(body);
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
      await container.get(Transaction).around(async () => {
        await container.get(Orders).add("apple", 1);
        client.abort(gone);
      });
    }).catch((error: unknown) => {
      failure = error;
    });
    expect(failure).to.equal(gone);
    expect(await rows("SELECT * FROM orders")).to.be.empty;
  });

  it("S56: what is leased explicitly and not committed is rolled back, whether the body throws or not", async () => {
    const db = container.get(Db);
    const insert =
      "INSERT INTO orders (request, buyer, backend_pid, item, quantity) VALUES ('r', 'ann', 1, 'apple', 1)";
    const attempt = async (fails: boolean): Promise<void> => {
      await using own = await lease(db);
      await own.value.query(insert);
      if (fails) throw new Error("body");
    };
    expect(await reasonOf(attempt(true))).to.have.property("message", "body");
    await attempt(false);
    expect(await rows("SELECT * FROM orders")).to.be.empty;
    await using own = await lease(db);
    await own.value.query(insert);
    await own.value.commit();
    expect(await rows("SELECT * FROM orders")).to.have.lengthOf(1);
  });

  it("takes no connection for a request that makes no query", async () => {
    await asRequest("ann", async () => {
      expect(hasInstance(container.get(Db))).to.be.false;
    });
    const response = await server.inject({ url: "/orders" });
    expect(response.statusCode).to.equal(401);
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
      await db.commit();
      await db.query("CREATE TEMPORARY TABLE mine (x int)");
      await db.commit();
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
    expect(response.json().error).to.match(/Db/);
    await taken.release();
    expect((await place("ann", "apple")).statusCode).to.equal(200);
  });

  it("can be tried without a database, though its singletons were made long ago", async () => {
    const statements: string[] = [];
    const fake = {
      async query(sql: string): Promise<unknown[]> {
        statements.push(sql.trim().split(" ")[0] ?? "");
        return [{ id: 7 }];
      },
      async commit() {
        statements.push("COMMIT");
      },
    };
    using _ = swapInstance(container, Db, fake as unknown as Db);
    const response = await place("ann", "apple");
    expect(response.json()).to.deep.equal({ id: 7 });
    expect(statements).to.deep.equal(["INSERT", "INSERT", "UPDATE", "INSERT", "COMMIT"]);
  });
});
