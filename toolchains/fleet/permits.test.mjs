/** One process's part: what a pool does that waits for permits, and loses them. Two containers stand for two processes. */
import "reflect-metadata";
import { expect } from "chai";
import { Redis } from "ioredis";
import { Client } from "pg";
import { poolOf, runInContext, shutdown } from "inversify-scopes";
import { Pool } from "inversify-scopes/pool";
import { buildContainer } from "../../examples/fleet/dist/container.js";
import { Db } from "../../examples/fleet/dist/database.js";
import { Permits } from "../../examples/fleet/dist/permits.js";
import { isThere, postgres, redis } from "../drivers/servers.mjs";

const KEY = "semaphore:orders-db";
const fleet = { key: "orders-db", limit: 1, lockTimeoutMs: 2000 };

(isThere("redis-server") ? describe : describe.skip)("a permit of the fleet", () => {
  let url, address, admin, client, permits;
  const containers = [];

  before(async () => {
    [url, address] = await Promise.all([postgres(), redis()]);
    admin = new Client(url);
    await admin.connect();
    client = new Redis({ ...address, maxRetriesPerRequest: null });
    permits = new Permits(client, fleet);
  });
  afterEach(async () => {
    await Promise.all(containers.splice(0).map((container) => shutdown(container)));
    expect(await holders()).to.eql([]);
    expect(await connections()).to.equal(0);
  });
  after(async () => {
    client.disconnect();
    await admin.end();
  });

  const holders = () => client.zrange(KEY, 0, -1);
  /** Another process has all of them, and has just given a sign of life. */
  const takeAll = async () => {
    await client.del(KEY);
    await client.zadd(KEY, Date.now() + 60_000, "another");
  };
  const giveBack = () => client.zrem(KEY, "another");
  const dbOfProcess = () => {
    const container = buildContainer(url, `redis://${address.host}:${address.port}`, fleet);
    containers.push(container);
    return container.get(Db);
  };
  const backend = async (db) => {
    const [{ pid }] = await db.query("select pg_backend_pid() as pid");
    return pid;
  };
  const connections = async () => {
    const { rows } = await admin.query(
      "select count(*)::int as n from pg_stat_activity where application_name = 'fleet'",
    );
    return rows[0].n;
  };
  const until = async (isSo) => {
    while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it("is taken by a process once another one has been idle for long enough", async () => {
    const [one, other] = [dbOfProcess(), dbOfProcess()];
    const first = await runInContext(() => backend(one));
    expect(await holders()).to.have.length(1);
    const second = await runInContext(() => backend(other));
    expect(second).not.to.equal(first);
    expect(poolOf(one).stats().destroyed).to.include({ idle: 1 });
  });

  it("that is waited for in vain leaves nothing behind: the caller has CREATE_TIMEOUT, the pool its slot", async () => {
    await takeAll();
    const pool = new Pool({
      create: async (_n, { signal }) => permits.take(signal),
      destroy: (permit) => permit.release(),
      maxSize: 1,
      createTimeoutMs: 50,
    });
    const reason = await pool.acquire().catch((error) => error);
    expect(reason.code).to.equal("CREATE_TIMEOUT");
    await until(() => pool.stats().timedOutStillRunning === 0);
    expect(pool.stats()).to.include({ size: 0, creating: 0 });
    await giveBack();
    await pool.use((permit) => expect(permit.isHeld).to.equal(true));
    expect(await holders()).to.have.length(1);
    await pool.close();
  });

  it("that comes after its caller has given up serves the next one", async () => {
    await takeAll();
    const db = dbOfProcess();
    const pool = poolOf(db);
    const reason = await pool.acquire({ timeoutMs: 50 }).catch((error) => error);
    expect(reason).to.include({ code: "POOL_TIMEOUT", stage: "creating" });
    const next = runInContext(() => backend(db));
    await giveBack();
    await next;
    expect(pool.stats()).to.include({ createAttempts: 1, created: 1 });
  });

  it("that comes too late goes back at once", async () => {
    const controller = new AbortController();
    await client.call("client", "pause", "200");
    const taking = permits.take(controller.signal).catch((error) => error);
    controller.abort(new Error("too late"));
    expect(await taking).to.have.property("message", "too late");
    const between = new AbortController();
    const late = new Permits(
      new Proxy(client, {
        get: (target, name) =>
          name === "evalsha"
            ? (...args) => target.evalsha(...args).finally(() => between.abort(new Error("too late")))
            : Reflect.get(target, name),
      }),
      fleet,
    );
    expect(await late.take(between.signal).catch((error) => error)).to.have.property("message", "too late");
  });

  it("that Redis has forgotten is claimed again, and its connection goes on", async () => {
    const db = dbOfProcess();
    await runInContext(async () => {
      const before = await backend(db);
      const [permit] = await holders();
      await client.del(KEY);
      await until(async () => (await holders()).length > 0);
      expect(await holders()).to.eql([permit]);
      expect(await backend(db)).to.equal(before);
    });
    expect(poolOf(db).stats().destroyed).to.include({ unhealthy: 0 });
  });

  it("that another process has taken meanwhile retires its connection, when that comes back", async () => {
    const db = dbOfProcess();
    const pool = poolOf(db);
    const lost = await runInContext(async () => {
      const pid = await backend(db);
      await takeAll();
      await new Promise((resolve) => setTimeout(resolve, fleet.lockTimeoutMs));
      return (await backend(db)) === pid ? pid : undefined;
    });
    expect(lost, "undisturbed while it was in use").to.be.a("number");
    await until(() => pool.stats().size === 0);
    expect(pool.stats().destroyed).to.include({ unhealthy: 1 });
    const next = runInContext(() => backend(db));
    await giveBack();
    expect(await next).not.to.equal(lost);
  });

  it("goes back if the connection cannot be made", async () => {
    const container = buildContainer("postgres://127.0.0.1:1/none", `redis://${address.host}:${address.port}`, fleet);
    containers.push(container);
    const reason = await runInContext(() => container.get(Db).query("select 1")).catch((error) => error);
    expect(reason.code).to.equal("CREATE_FAILED");
    expect(await holders()).to.eql([]);
  });

  it("is kept by nothing when the process ends while it waits", async () => {
    await takeAll();
    const db = dbOfProcess();
    const waiting = runInContext(() => db.query("select 1")).catch((error) => error);
    await until(() => poolOf(db).stats().creating === 1);
    await shutdown(containers.pop(), { graceMs: 0 });
    expect((await waiting).code).to.be.oneOf(["UNBOUND", "CONTEXT_ENDING", "POOL_CLOSED"]);
    await giveBack();
  });

  it("goes back after its connection has ended, or there would be one too many for a moment", async () => {
    const db = dbOfProcess();
    await runInContext(() => backend(db));
    await client.call("client", "pause", "1500");
    let isPaused = true;
    const going = client.ping().then(() => (isPaused = false));
    poolOf(db).recycle();
    await until(async () => (await connections()) === 0);
    expect(isPaused).to.equal(true);
    await going;
  });
});
