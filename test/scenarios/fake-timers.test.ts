import "reflect-metadata";
import { expect } from "chai";
import { type SinonFakeTimers, useFakeTimers } from "sinon";
import {
  keyedScope,
  lease,
  pooledScope,
  poolOf,
  ready,
  runInContext,
  ScopedContainer,
  shutdown,
} from "inversify-scopes";
import { Pool } from "inversify-scopes/pool";
import { transactional } from "inversify-scopes/transactions";
import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { warningsOf } from "../support/warnings.js";

class Db {
  async query(until?: Promise<unknown>): Promise<string> {
    await until;
    return "rows";
  }
}

describe("fake timers of a test, here sinon's, which vitest and jest use too", () => {
  let timers: SinonFakeTimers;
  let container: ScopedContainer;

  beforeEach(() => {
    // As vitest does by default.
    timers = useFakeTimers({ toNotFake: ["nextTick", "queueMicrotask"] });
    container = new ScopedContainer();
  });
  afterEach(() => timers.restore());

  async function pooled(options: object = {}): Promise<Db> {
    container
      .bind(Db)
      .toSelf()
      .inPooledScope({ maxSize: 1, ...options });
    const db = container.get(Db);
    await ready(db).catch(() => {});
    return db;
  }

  it("an acquisition times out when they are moved", async () => {
    const db = await pooled({ acquireTimeoutMs: 30_000 });
    await using _held = await lease(db);
    const late = rejected("POOL_TIMEOUT", lease(db));
    await timers.tickAsync(29_999);
    expect(poolOf(db).stats().waiting).to.equal(1);
    await timers.tickAsync(1);
    expect((await late).message)
      .to.include("within 30000 ms")
      .and.include("for 30000 ms");
  });

  it("an instance that has been idle for long enough goes, and one that is too old", async () => {
    for (const option of ["idleTimeoutMs", "maxAgeMs"]) {
      const pool = new Pool({ create: () => ({}), maxSize: 1, [option]: 60_000, maxAgeJitter: 0 });
      await pool.use(() => {});
      await timers.tickAsync(59_000);
      expect(pool.stats().size, option).to.equal(1);
      await timers.tickAsync(61_000);
      expect(pool.stats().size, option).to.equal(0);
    }
  });

  it("a pool for a key goes when that has been idle for long enough", async () => {
    const scope = keyedScope({ key: () => "acme", scope: pooledScope(1), idleTimeoutMs: 60_000 });
    container.bind(Db).toSelf().inScope(scope);
    const db = container.get(Db);
    await runInContext(() => db.query());
    await timers.tickAsync(121_000);
    expect(await runInContext(() => poolOf(db).stats().created)).to.equal(0);
  });

  it("the grace of a context is over when they are moved", async () => {
    const db = await pooled();
    const end = gate();
    const warnings = await warningsOf(async () => {
      const ended = runInContext({ graceMs: 5_000 }, () => void db.query(end.promise));
      await timers.tickAsync(5_000);
      await ended;
      end.open();
    });
    expect(warnings.join()).to.include("5000 ms");
  });

  it("a context whose calls settle needs none", async () => {
    const db = await pooled();
    await runInContext({ graceMs: 5_000 }, () => void db.query());
  });

  it("a transaction times out when they are moved", async () => {
    const driver = { begin() {}, commit() {}, rollback() {} };
    const db = await pooled({ transactions: driver });
    const body = (): Promise<void> => new Promise(() => {});
    const late = rejected(
      "TRANSACTION_TIMEOUT",
      runInContext(() => transactional(db, { timeoutMs: 2_000 }, body)),
    );
    await timers.tickAsync(2_000);
    await late;
  });

  it("shutdown gives up on contexts when they are moved", async () => {
    const db = await pooled();
    const end = gate();
    const context = runInContext({ name: "job" }, () => db.query(end.promise));
    const down = shutdown(container, { graceMs: 10_000 });
    await timers.tickAsync(10_000);
    await timers.tickAsync(60_000);
    end.open();
    await context.catch(() => {});
    await down;
  });

  describe("a limit that their clock jumps over is late, and gives what has arrived a real turn of the event loop:", () => {
    it("that of an acquisition", async () => {
      const db = await pooled({ acquireTimeoutMs: 30_000 });
      await using _held = await lease(db);
      const late = rejected("POOL_TIMEOUT", lease(db));
      timers.jump(60_000);
      await late;
    });

    it("that of a transaction", async () => {
      const db = await pooled({ transactions: { begin() {}, commit() {}, rollback() {} } });
      const body = (): Promise<void> => new Promise(() => {});
      const late = rejected(
        "TRANSACTION_TIMEOUT",
        runInContext(() => transactional(db, { timeoutMs: 2_000 }, body)),
      );
      await turn();
      timers.jump(60_000);
      await late;
    });
  });

  it("a pool that many used while they were fake keeps time when they are real again", async () => {
    const pool = new Pool({ create: () => ({}), maxSize: 1 });
    for (let i = 0; i < 100; i++) await pool.use(() => {});
    timers.restore();
    const restored = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 60));
    await pool.use(() => {});
    expect(pool.stats().instances[0]!.idleMs).to.be.at.most(performance.now() - restored);
    await pool.close();
  });
});
