import { expect } from "chai";
import { ScopedContainer, runInContext, unwrap } from "inversify-scopes";

import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { acquireFor, expectBooks, giveBack, poolOf, take, Thing, watch } from "../support/pool.js";

describe("minIdle", () => {
  it("so many lie idle soon, without any acquire; none is made inside the constructor", async () => {
    const { pool, calls } = poolOf({ maxSize: 5, minIdle: 2 });
    expect(calls).to.eql([]);
    await pool.ready();
    expect(pool.stats()).to.include({ minIdle: 2, idle: 2, size: 2 });
  });

  const holder = { name: "a", leaseLost() {}, waitBegan() {}, waitEnded() {} };
  const ways: Record<string, (pool: ReturnType<typeof poolOf>["pool"]) => unknown> = {
    acquire: (pool) => pool.acquire(),
    tryAcquire: (pool) => pool.tryAcquire(),
    "acquire for a holder": (pool) => acquireFor(pool, holder),
    "tryAcquire for a holder": (pool) => pool.tryAcquireFor(holder),
  };
  for (const [name, takeOne] of Object.entries(ways)) {
    it(`each one that is lent is replaced, as long as there is room: ${name}`, async () => {
      const { pool, calls } = poolOf({ maxSize: 4, minIdle: 2 });
      await pool.ready();
      const seen: number[] = [];
      for (let n = 0; n < 4; n++) {
        await takeOne(pool);
        expectBooks(pool.stats());
        seen.push(pool.stats().idle);
      }
      expect(seen).to.eql([2, 2, 1, 0]);
      expect(calls).to.eql([0, 1, 2, 3]);
    });
  }

  it("whoever comes in a burst gets what is ready while more is made", async () => {
    const made: ReturnType<typeof gate<Thing>>[] = [];
    const { pool } = poolOf({ maxSize: 4, minIdle: 2, create: (n) => (made[n] = gate<Thing>()).promise });
    await turn();
    made[0]!.open(new Thing(0));
    made[1]!.open(new Thing(1));
    await turn();
    const [a, b, c] = [watch(pool.acquire()), watch(pool.acquire()), watch(pool.acquire())];
    await turn();
    expect([a, b, c].map(({ now }) => now.state)).to.eql(["fulfilled", "fulfilled", "pending"]);
    expect(pool.stats()).to.include({ leased: 2, creating: 2, waiting: 1 });
    made[2]!.open(new Thing(2));
    await turn();
    expect(c.now.state).to.equal("fulfilled");
    expect(pool.stats()).to.include({ leased: 3, creating: 1 });
  });

  it("what comes back is no reason to make more, and what is too many goes after idleTimeoutMs", async () => {
    const { pool, clock, calls } = poolOf({ maxSize: 6, minIdle: 2, idleTimeoutMs: 1000 });
    await pool.ready();
    const leases = await take(pool, 3);
    expect(pool.stats()).to.include({ leased: 3, idle: 2 });
    await giveBack(leases);
    expect(pool.stats()).to.include({ leased: 0, idle: 5 });
    await clock.advance(10_000);
    expect(pool.stats()).to.include({ size: 2, idle: 2 });
    expect(calls.length).to.equal(5);
    expect(clock.timers).to.equal(0);
  });

  it("with one in use, the idle ones that are kept are beside it", async () => {
    const { pool, clock } = poolOf({ maxSize: 6, minIdle: 1, idleTimeoutMs: 1000 });
    const [kept, ...rest] = await take(pool, 3);
    await giveBack(rest);
    await clock.advance(10_000);
    expect(pool.stats()).to.include({ leased: 1, idle: 1 });
    await kept!.release();
    await clock.advance(10_000);
    expect(pool.stats()).to.include({ size: 1, idle: 1 });
  });

  it("the greater one of minSize and minIdle holds", async () => {
    const { pool } = poolOf({ maxSize: 6, minSize: 3, minIdle: 1 });
    await pool.ready();
    expect(pool.stats().idle).to.equal(3);
    await take(pool, 2);
    expect(pool.stats()).to.include({ size: 3, idle: 1 });
    await take(pool, 1);
    expect(pool.stats()).to.include({ size: 4, idle: 1 });
  });

  it("one that breaks or grows old is replaced", async () => {
    const { pool, clock, ended } = poolOf({ maxSize: 3, minIdle: 1, maxAgeMs: 1000, maxAgeJitter: 0 });
    const [lease] = await take(pool, 1);
    await lease!.discard();
    expect(pool.stats()).to.include({ size: 1, idle: 1 });
    await clock.advance(1000);
    expect(pool.stats()).to.include({ size: 1, idle: 1 });
    expect(ended.map(({ n }) => n)).to.eql([0, 1]);
  });

  it("ready waits until they lie idle beside those in use, or there is no room for more", async () => {
    const made = gate<Thing>();
    const { pool } = poolOf({ maxSize: 2, minIdle: 1, create: (n) => (n === 1 ? made.promise : new Thing(n)) });
    const [first] = await take(pool, 1);
    const ready = watch(pool.ready());
    await turn();
    expect(ready.now.state).to.equal("pending");
    made.open(new Thing(1));
    await turn();
    expect(ready.now.state).to.equal("fulfilled");
    await take(pool, 1);
    await pool.ready();
    expect(pool.stats()).to.include({ leased: 2, idle: 0 });
    await first!.release();
  });

  it("hooks and checks run as ever, and a check is not mistaken for an instance in use", async () => {
    const { pool, calls } = poolOf({
      maxSize: 4,
      minIdle: 1,
      healthCheck: () => Promise.resolve(true),
      checkOn: ["acquire", "release"],
      onAcquire: () => Promise.resolve(),
      onRelease: () => Promise.resolve(),
    });
    await pool.ready();
    for (let n = 0; n < 3; n++) await giveBack(await take(pool, 1));
    await turn();
    expect(pool.stats()).to.include({ size: 2, idle: 2 });
    expect(calls.length).to.equal(2);
  });

  it("resize and recycle keep to it", async () => {
    const { pool } = poolOf({ maxSize: 2, minIdle: 2 });
    await pool.ready();
    pool.resize(1);
    expect(pool.stats()).to.include({ idle: 1 });
    pool.resize(4);
    expect(pool.stats()).to.include({ idle: 2 });
    pool.recycle();
    await pool.ready();
    expect(pool.stats()).to.include({ idle: 2, created: 5 });
  });

  it("if it cannot be made, whoever gets an instance is not told: the pool warns, and tries again", async () => {
    const { pool, clock, warnings } = poolOf({
      maxSize: 3,
      minIdle: 1,
      create: (n) => (n === 1 ? Promise.reject(new Error("down")) : new Thing(n)),
    });
    await pool.ready();
    expect((await pool.acquire()).value.n).to.equal(0);
    await turn();
    expect(warnings.map(({ kind }) => kind)).to.eql(["POOL_FILL_FAILED"]);
    await clock.advance(1000);
    expect(pool.stats()).to.include({ leased: 1, idle: 1 });
  });

  it("a pool that closes makes no more", async () => {
    const { pool, calls } = poolOf({ maxSize: 3, minIdle: 1 });
    const [lease] = await take(pool, 1);
    const made = calls.length;
    void pool.close();
    await rejected("POOL_CLOSED", pool.acquire());
    await lease!.release();
    expect(calls.length).to.equal(made);
    expect(pool.stats().size).to.equal(0);
  });

  it("one that closes and serves those who wait makes no more than they need", async () => {
    const made: ReturnType<typeof gate<Thing>>[] = [];
    const create = (n: number): Promise<Thing> => (made[n] = gate<Thing>()).promise;
    const { pool, calls } = poolOf({ maxSize: 3, minIdle: 1, createConcurrency: 2, create });
    const both = take(pool, 2);
    await turn();
    const closing = pool.close({ drain: true });
    made[0]!.open(new Thing(0));
    await turn();
    expect(calls).to.eql([0, 1]);
    made[1]!.open(new Thing(1));
    await giveBack(await both);
    await closing;
  });

  it("of a binding: the next context's instance is made while the first one works", async () => {
    class Db {
      query(): number {
        return 1;
      }
    }
    const container = new ScopedContainer();
    let made = 0;
    container
      .bind(Db)
      .toDynamicValue(() => (made++, new Db()))
      .inPooledScope({ maxSize: 3, minIdle: 1 });
    const db = container.get(Db);
    await runInContext(async () => {
      db.query();
      await turn();
      expect(unwrap(db)).to.be.instanceOf(Db);
      expect(made).to.equal(2);
    });
    await container.unbindAllAsync();
  });
});
