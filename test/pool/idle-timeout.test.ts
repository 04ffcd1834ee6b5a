import { expect } from "chai";
import { Pool } from "inversify-scopes/pool";

import { giveBack, poolOf, take, Thing } from "../support/pool.js";

describe("idleTimeoutMs", () => {
  it("a burst to 6, at least 1: shrinks to 1, all expired ones in one pass (S38b)", async () => {
    const { pool, clock, ended } = poolOf({ maxSize: 6, minSize: 1, idleTimeoutMs: 1000 });
    await giveBack(await take(pool, 6));
    await clock.advance(999);
    expect(pool.stats().idle).to.equal(6);
    await clock.advance(1);
    expect(pool.stats()).to.include({ idle: 1, size: 1 });
    expect(ended.length).to.equal(5);
    expect(pool.stats().destroyed).to.include({ idle: 5 });
    expect(pool.stats().housekeeping.rounds).to.equal(1);
  });

  for (const [maxSize, minSize] of [
    [4, 4],
    [4, 3],
    [3, 2],
    [2, 2],
  ] as const) {
    it(`from ${maxSize} to ${minSize}, never below, and no churning (test_shrink)`, async () => {
      const { pool, clock, calls } = poolOf({ maxSize, minSize, idleTimeoutMs: 100 });
      await giveBack(await take(pool, maxSize));
      await clock.advance(10_000);
      expect(pool.stats().size).to.equal(minSize);
      expect(calls.length).to.equal(maxSize);
      expect(clock.timers).to.equal(0);
    });
  }

  it("counts from when each came back; one that is used again is not idle", async () => {
    const { pool, clock, ended } = poolOf({ maxSize: 3, idleTimeoutMs: 1000 });
    const [a, b, c] = await take(pool, 3);
    await a?.release();
    await clock.advance(500);
    await b?.release();
    await clock.advance(400);
    const again = await pool.acquire(); // lifo: the second
    await c?.release();
    await clock.advance(100);
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    await clock.advance(899);
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    await clock.advance(1);
    expect(ended.map(({ n }) => n)).to.deep.equal([0, 2]);
    expect(again.value.n).to.equal(1);
  });

  it("with order fifo too", async () => {
    const { pool, clock, ended } = poolOf({ maxSize: 3, idleTimeoutMs: 1000, order: "fifo" });
    await giveBack(await take(pool, 3));
    await clock.advance(900);
    await giveBack([await pool.acquire()]);
    await clock.advance(100);
    expect(ended.map(({ n }) => n)).to.deep.equal([1, 2]);
  });

  it("when a leased one makes the pool larger than minSize, idle ones go", async () => {
    const { pool, clock } = poolOf({ maxSize: 2, minSize: 1, idleTimeoutMs: 1000 });
    const [a, b] = await take(pool, 2);
    await a?.release();
    await clock.advance(1000);
    expect(pool.stats()).to.include({ idle: 0, leased: 1, size: 1 });
    await b?.release();
    await clock.advance(5000);
    expect(pool.stats()).to.include({ idle: 1 });
  });

  it("test_sched and others: an earlier time re-arms the timer, a later one does not", async () => {
    const { pool, clock } = poolOf({ maxSize: 2, idleTimeoutMs: 1000, maxAgeMs: 300, maxAgeJitter: 0 });
    await giveBack(await take(pool, 2));
    expect(clock.timers).to.equal(1);
    await clock.advance(300);
    expect(pool.stats()).to.include({ size: 0 });
  });

  it("timers are exact: each instance goes when its own time is up", async () => {
    const { pool, clock, ended } = poolOf({ maxSize: 5, idleTimeoutMs: 1000 });
    const leases = await take(pool, 5);
    for (const lease of leases) {
      await lease.release();
      await clock.advance(100);
    }
    // Due at 1000, 1100, 1200, 1300, 1400.
    await clock.advance(500);
    expect(ended.length).to.equal(1);
    await clock.advance(99);
    expect(ended.length).to.equal(1);
    await clock.advance(1);
    expect(ended.length).to.equal(2);
    await clock.advance(300);
    expect(ended.length).to.equal(5);
    expect(pool.stats().housekeeping.rounds).to.equal(5);
  });

  it("works with the system's clock too, whose stamps are coarse", async () => {
    const pool = new Pool({ create: (n) => new Thing(n), maxSize: 2, idleTimeoutMs: 1 });
    const [a, b] = await take(pool, 2);
    await giveBack([a, b].filter((lease) => lease !== undefined));
    expect(pool.stats().idle).to.equal(2);
    while (pool.stats().idle > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(pool.stats().destroyed).to.include({ idle: 2 });
    await pool.close();
  });
});
