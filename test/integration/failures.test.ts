import "reflect-metadata";
import { expect } from "chai";
import { runInContext, ScopedContainer } from "inversify-scopes";
import { Pool } from "inversify-scopes/pool";
import { expectNoLeases } from "inversify-scopes/testing";
import { setTimeout as sleep } from "node:timers/promises";

import type { Postgres } from "../../examples/postgres.js";
import { Connection, connectionsNamed, eventually } from "../support/connection.js";
import { SERVER_CONNECTIONS, sharedPostgres } from "../support/postgres.js";

const MAX = 8;

/** Failures are what these tests make: nobody needs to read of them. */
const logger = { warn(): void {} };

/** Requests by many callers, until told to stop: each must end, one way or the other. */
class Load {
  served = 0;
  readonly errors: unknown[] = [];
  #running = true;
  readonly #callers: Promise<unknown>;

  constructor(callers: number, request: () => Promise<unknown>) {
    const call = async (): Promise<void> => {
      while (this.#running) {
        try {
          await request();
          this.served++;
        } catch (error) {
          this.errors.push(error);
          await sleep(10);
        }
      }
    };
    this.#callers = Promise.all(Array.from({ length: callers }, call));
  }

  /** Rejects if a request does not end. */
  async stop(): Promise<void> {
    this.#running = false;
    const late = sleep(15_000, "late", { ref: false });
    if ((await Promise.race([this.#callers, late])) === "late") throw new Error("A request did not end.");
  }

  /** More requests are served than until now: whatever was broken has healed. */
  async servesAgain(): Promise<void> {
    const before = this.served;
    await eventually("requests are served again", () => this.served > before + 50, 10_000);
  }
}

describe("A pool on a PostgreSQL that fails", function () {
  this.timeout(40_000);
  let postgres: Postgres;
  let admin: Connection;
  let pool: Pool<Connection>;
  let opened: number;

  before(async () => {
    postgres = await sharedPostgres();
  });

  beforeEach(async () => {
    admin = await Connection.open(postgres.url, "failures-admin");
    opened = 0;
    pool = new Pool<Connection>({
      create: () => {
        opened++;
        return Connection.open(postgres.url, "failures");
      },
      maxSize: MAX,
      acquireTimeoutMs: 5_000,
      createBackoffMs: { min: 20, max: 200 },
      healthCheck: (connection) => connection.alive,
      checkOn: ["acquire", "release"],
      destroy: (connection) => connection.close(),
      logger,
    });
  });

  afterEach(async () => {
    await postgres.server?.resume();
    await pool.close({ graceMs: 0 });
    const after = await Connection.open(postgres.url, "failures-after");
    await eventually("all connections are closed", async () => (await connectionsNamed(after, "failures")) === 0);
    await after.close();
    await admin.close().catch(() => {});
  });

  const query = (): Promise<unknown> => pool.use((connection) => connection.query("SELECT pg_sleep(0.002)"));

  /** The books add up, nothing is lent, nobody waits, and the server agrees on the number of connections. */
  const nothingLeaks = async (): Promise<void> => {
    await eventually("the pool is at rest", () => {
      const { leased, waiting, creating, resetting, checking, destroying } = pool.stats();
      return leased + waiting + creating + resetting + checking + destroying === 0;
    });
    const { size, idle } = pool.stats();
    expect(size).to.equal(idle);
    expect(size).to.be.at.most(MAX);
    const server = await Connection.open(postgres.url, "failures-check");
    await eventually("the server has as many", async () => (await connectionsNamed(server, "failures")) === size);
    await server.close();
  };

  it("heals when the server was stopped and started again under load", async function () {
    if (!postgres.server) this.skip();
    const load = new Load(30, query);
    await load.servesAgain();
    await postgres.server.halt();
    await sleep(300);
    const refused = load.errors.length;
    expect(refused, "errors while it was down").to.be.above(0);
    await postgres.server.resume();
    await load.servesAgain();
    await load.stop();
    const errors = load.errors.length;
    await Promise.all(Array.from({ length: 50 }, query));
    expect(load.errors).to.have.lengthOf(errors);
    await nothingLeaks();
  });

  it("does not hammer a server that is down", async function () {
    if (!postgres.server) this.skip();
    await postgres.server.halt();
    opened = 0;
    const load = new Load(30, query);
    await sleep(1_000);
    expect(opened, "attempts in a second").to.be.below(30 + 2 * 50);
    await postgres.server.resume();
    await load.servesAgain();
    await load.stop();
    await nothingLeaks();
  });

  it("replaces backends that are killed, again and again, and keeps serving", async () => {
    const load = new Load(30, query);
    await load.servesAgain();
    for (let round = 0; round < 10; round++) {
      await admin.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'failures' ORDER BY random() LIMIT 4",
      );
      await sleep(30);
    }
    await load.servesAgain();
    await load.stop();
    expect(opened, "replacements").to.be.above(MAX);
    await nothingLeaks();
  });

  it("never lends an idle connection that the server has closed", async () => {
    await Promise.all(Array.from({ length: MAX }, query));
    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'failures'");
    await sleep(100); // so that the sockets can tell
    await Promise.all(Array.from({ length: 40 }, query));
    await nothingLeaks();
  });

  it("makes do with the connections that the server has left, and takes the rest when it may", async () => {
    const open = (): Promise<Connection> => Connection.open(postgres.url, "failures-others");
    const attempts = await Promise.allSettled(Array.from({ length: SERVER_CONNECTIONS }, open));
    const others = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
    if (others.length === SERVER_CONNECTIONS) {
      await Promise.all(others.map((other) => other.close()));
      return; // DATABASE_URL names a larger server
    }
    await Promise.all(others.splice(0, 3).map((other) => other.close()));
    const load = new Load(30, query);
    await load.servesAgain();
    expect(pool.stats().size).to.be.at.most(3 + 5);
    await Promise.all(others.map((other) => other.close()));
    await eventually("the pool has grown to its limit", () => pool.stats().size === MAX);
    await load.servesAgain();
    await load.stop();
    for (const error of load.errors) expect(error).to.have.property("code", "CREATE_FAILED");
    await nothingLeaks();
  });

  it("ends every request's context, with a pooled service, while the server restarts", async function () {
    if (!postgres.server) this.skip();
    const container = new ScopedContainer();
    container
      .bind(Connection)
      .toDynamicValue(() => Connection.open(postgres.url, "failures"))
      .inPooledScope({
        maxSize: MAX,
        acquireTimeoutMs: 5_000,
        createBackoffMs: { min: 20, max: 200 },
        healthCheck: (connection) => connection.alive,
        checkOn: ["acquire", "release"],
        onRelease: (connection) => connection.query("DISCARD ALL"),
        destroy: (connection) => connection.close(),
        logger,
      });
    const db = container.get(Connection);
    const load = new Load(30, () =>
      runInContext(async () => {
        const first = await db.backend();
        const second = await db.backend();
        if (first !== second) throw new Error("two connections in one context");
      }),
    );
    await load.servesAgain();
    await postgres.server.halt();
    await sleep(200);
    await postgres.server.resume();
    await load.servesAgain();
    await load.stop();
    expect(load.errors.filter((error) => /two connections/.test(String(error)))).to.be.empty;
    expectNoLeases(container);
    await container.unbindAllAsync();
  });
});
