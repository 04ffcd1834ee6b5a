import { expect } from "chai";

import { rejected, reasonOf } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { expectBooks, giveBack, poolOf, take, Thing, watch } from "../support/pool.js";

describe("minSize and ready", () => {
  it("so many are there soon, without any acquire; none inside the constructor (S43)", async () => {
    const { pool, calls } = poolOf({ maxSize: 5, minSize: 3 });
    expect(calls).to.deep.equal([]);
    await pool.ready();
    expect(pool.stats()).to.include({ idle: 3, size: 3 });
    const { calls: alone } = poolOf({ maxSize: 5, minSize: 3 });
    await Promise.resolve();
    expect(alone).to.deep.equal([0, 1, 2]);
  });

  for (const [minSize, maxSize] of [
    [0, 2],
    [1, 1],
    [2, 4],
  ] as const) {
    it(`${minSize} of ${maxSize} (test_min_size_max_size)`, async () => {
      const { pool } = poolOf({ minSize, maxSize });
      await pool.ready();
      expect(pool.stats()).to.include({ minSize, maxSize, idle: minSize });
    });
  }

  it("ready rejects with the error of the next try that fails; a later call may succeed (S43)", async () => {
    const { pool, clock } = poolOf({
      minSize: 1,
      create: (n) => (n < 2 ? Promise.reject(new Error(`down ${n}`)) : new Thing(n)),
    });
    expect(await reasonOf(pool.ready()))
      .to.include({ code: "CREATE_FAILED" })
      .and.to.have.nested.property("cause.message", "down 0");
    const second = rejected("CREATE_FAILED", pool.ready());
    await clock.advance(200);
    expect((await second).cause).to.have.property("message", "down 1");
    const third = pool.ready();
    await clock.advance(1000);
    await third;
    expect(pool.stats().idle).to.equal(1);
  });

  it("ready on a closed pool rejects, and so does one that waits when it closes (test_wait_closed)", async () => {
    const { pool } = poolOf({ minSize: 1, create: () => new Promise<Thing>(() => undefined) });
    const waiting = rejected("POOL_CLOSED", pool.ready());
    void pool.close();
    await waiting;
    await rejected("POOL_CLOSED", pool.ready());
  });

  it("onCreate fails: ready tells the reason (test_configure_badstate)", async () => {
    const { pool } = poolOf({ minSize: 1, onCreate: () => Promise.reject(new Error("bad state")) });
    expect((await rejected("CREATE_FAILED", pool.ready())).cause).to.have.property("message", "bad state");
  });

  it("ready may be called by many, and again (test_open_no_op)", async () => {
    const { pool, calls } = poolOf({ minSize: 2 });
    await Promise.all([pool.ready(), pool.ready(), pool.ready()]);
    await pool.ready();
    expect(calls).to.deep.equal([0, 1]);
  });

  it("ready of a pool without minSize is at once", async () => {
    const { pool, calls } = poolOf();
    await pool.ready();
    expect(calls).to.deep.equal([]);
  });

  it("leased ones count: they exist", async () => {
    const made = gate<Thing>();
    const { pool } = poolOf({ minSize: 2, create: (n) => (n === 1 ? made.promise : new Thing(n)) });
    await turn();
    const lease = await pool.acquire();
    const ready = watch(pool.ready());
    await turn();
    expect(ready.now.state).to.equal("pending");
    made.open(new Thing(1));
    await turn();
    expect(ready.now.state).to.equal("fulfilled");
    expect(lease.value.n).to.equal(0);
  });

  it("reached again by itself when instances are gone", async () => {
    const { pool } = poolOf({ maxSize: 3, minSize: 2 });
    await pool.ready();
    const [a] = await take(pool, 1);
    await a?.discard();
    expect(pool.stats()).to.include({ size: 2, idle: 2 });
  });

  it("one made ahead serves who waits; then another is made", async () => {
    const made: ReturnType<typeof gate<Thing>>[] = [];
    const { pool } = poolOf({ maxSize: 2, minSize: 1, create: (n) => (made[n] = gate<Thing>()).promise });
    await turn();
    const waiting = watch(pool.acquire());
    made[0]?.open(new Thing(0));
    await turn();
    expect(waiting.now).to.have.nested.property("value.value.n", 0);
    expect(pool.stats()).to.include({ size: 1, leased: 1, creating: 0 });
    expectBooks(pool.stats());
  });

  it("never more than maxSize, also while one is being destroyed", async () => {
    const ended = gate();
    const { pool } = poolOf({ maxSize: 2, minSize: 2, destroy: () => ended.promise });
    await pool.ready();
    const [a] = await take(pool, 1);
    void a?.discard();
    await turn();
    expect(pool.stats()).to.include({ size: 1, destroying: 1 });
    ended.open();
    await turn();
    expect(pool.stats()).to.include({ size: 2, destroying: 0 });
    await giveBack([]);
  });
});
