import { expect } from "chai";

import type { Lease, Pool } from "inversify-scopes/pool";
import { type Gate, gate, turn } from "../support/gate.js";
import { expectBooks, giveBack, poolOf, take, Thing, watch } from "../support/pool.js";

/** Ten idle instances whose checks are due at once, and that end when they are told to. */
async function tenThatAreDue(): Promise<{ pool: Pool<Thing>; checks: Gate<boolean>[]; checked: number[] }> {
  const checks: Gate<boolean>[] = [];
  const checked: number[] = [];
  const { pool, clock } = poolOf({
    maxSize: 10,
    minSize: 10,
    healthCheckIntervalMs: 1000,
    healthCheck: ({ n }) => {
      checked.push(n);
      return (checks[n] = gate<boolean>()).promise;
    },
  });
  await pool.ready();
  await clock.advance(1000);
  return { pool, checks, checked };
}

describe("checks of idle instances", () => {
  it("only the dead one of 4 is replaced (test_check)", async () => {
    const { pool, clock, ended } = poolOf({
      maxSize: 4,
      minSize: 4,
      healthCheckIntervalMs: 1000,
      healthCheck: ({ n }) => n !== 2,
    });
    await pool.ready();
    await clock.advance(1000);
    expect(ended.map(({ n }) => n)).to.deep.equal([2]);
    expect(pool.stats()).to.include({ idle: 4, checks: 4, checkFailures: 1 });
    expect(pool.stats().instances.map(({ n }) => n)).to.deep.equal([0, 1, 3, 4]);
  });

  it("each is checked once an interval; leased ones are not", async () => {
    const checked: number[] = [];
    const { pool, clock } = poolOf({
      maxSize: 2,
      healthCheckIntervalMs: 1000,
      healthCheck: ({ n }) => void checked.push(n),
    });
    const [a, b] = await take(pool, 2);
    await b?.release();
    await clock.advance(3500);
    expect(checked).to.deep.equal([1, 1, 1]);
    await a?.release();
    await clock.advance(1000);
    expect(checked).to.deep.equal([1, 1, 1, 0, 1]);
  });

  it("a check leaves order and idle time as they were (test_check_idle)", async () => {
    const { pool, clock } = poolOf({
      maxSize: 3,
      healthCheckIntervalMs: 400,
      idleTimeoutMs: 1000,
      healthCheck: () => Promise.resolve(true),
    });
    const leases = await take(pool, 3);
    for (const lease of leases) {
      await lease.release();
      await clock.advance(100);
    }
    // Idle since 0, 100 and 200.
    await clock.advance(699);
    expect(pool.stats()).to.include({ idle: 3 });
    await clock.advance(1);
    expect(pool.stats().instances.map(({ n }) => n)).to.deep.equal([1, 2]);
    expect((await pool.acquire()).value.n).to.equal(2);
  });

  it("also where the oldest is checked, and the others are not (test_check_idle)", async () => {
    const { pool, clock, ended } = poolOf({
      maxSize: 3,
      healthCheckIntervalMs: 1000,
      idleTimeoutMs: 1500,
      healthCheck: () => Promise.resolve(true),
    });
    const leases: Lease<Thing>[] = [];
    for (let i = 0; i < 3; i++) {
      leases.push(await pool.acquire());
      await clock.advance(300);
    }
    for (const lease of leases) {
      await lease.release();
      await clock.advance(20);
    }
    // Idle since 900, 920 and 940.
    await clock.advance(40);
    expect(pool.stats().checks).to.equal(1);
    expect((await pool.acquire()).value.n).to.equal(2);
    await clock.advance(1399);
    expect(ended).to.deep.equal([]);
    await clock.advance(1);
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    await clock.advance(20);
    expect(ended.map(({ n }) => n)).to.deep.equal([0, 1]);
  });

  it("one that is unused for too long by the end of its check goes then", async () => {
    const checked = gate<boolean>();
    const { pool, clock } = poolOf({
      maxSize: 1,
      healthCheckIntervalMs: 900,
      checkTimeoutMs: Infinity,
      idleTimeoutMs: 1000,
      healthCheck: () => checked.promise,
    });
    await giveBack([await pool.acquire()]);
    await clock.advance(1500);
    expect(pool.stats().checking).to.equal(1);
    checked.open(true);
    await clock.advance(1);
    expect(pool.stats()).to.include({ size: 0 });
    expect(pool.stats().destroyed).to.include({ idle: 1 });
  });

  it("one that is to go by the end of its check goes then", async () => {
    const checked = gate<boolean>();
    const { pool, clock, ended } = poolOf({
      maxSize: 1,
      healthCheckIntervalMs: 100,
      healthCheck: () => checked.promise,
    });
    await giveBack([await pool.acquire()]);
    await clock.advance(100);
    pool.recycle();
    expect(ended).to.deep.equal([]);
    checked.open(true);
    await turn();
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect(pool.stats().destroyed).to.include({ recycled: 1 });
  });

  it("no more than four at a time, so that the others can be lent", async () => {
    const checks: Gate<boolean>[] = [];
    const { pool, clock } = poolOf({
      maxSize: 10,
      minSize: 10,
      healthCheckIntervalMs: 1000,
      healthCheck: () => {
        const check = gate<boolean>();
        checks.push(check);
        return check.promise;
      },
    });
    await pool.ready();
    await clock.advance(1000);
    expect(pool.stats()).to.include({ checking: 4, idle: 6 });
    await giveBack(await take(pool, 6));
    for (let i = 0; i < 10; i++) {
      checks[i]?.open(true);
      await turn();
      expectBooks(pool.stats());
    }
    expect(checks.length).to.equal(10);
    expect(pool.stats()).to.include({ checking: 0, idle: 10 });
  });

  it("those that are lent when it is their turn keep none of the others waiting", async () => {
    const { pool, checks, checked } = await tenThatAreDue();
    expect(checked).to.deep.equal([0, 1, 2, 3]);
    // Of those that are due, all but the last one.
    const [last, ...others] = (await take(pool, 6)) as [Lease<Thing>, ...Lease<Thing>[]];
    await last.release();
    expect(others.map(({ value }) => value.n)).to.have.members([4, 5, 6, 7, 8]);
    checks[0]?.open(true);
    await turn();
    expect(checked).to.deep.equal([0, 1, 2, 3, 9]);
  });

  it("those that are gone when it is their turn neither", async () => {
    const { pool, checks, checked } = await tenThatAreDue();
    pool.resize(5);
    expect(pool.stats()).to.include({ checking: 4, idle: 1 });
    for (const check of checks) check.open(true);
    await turn();
    expect(checked).to.deep.equal([0, 1, 2, 3, 9]);
  });

  it("one that is being checked serves who waits, when the check has ended", async () => {
    const checked = gate<boolean>();
    const { pool, clock } = poolOf({
      maxSize: 1,
      minSize: 1,
      healthCheckIntervalMs: 100,
      healthCheck: () => checked.promise,
    });
    await pool.ready();
    await clock.advance(100);
    const waiting = watch(pool.acquire());
    await turn();
    expect(waiting.now.state).to.equal("pending");
    checked.open(true);
    await turn();
    expect(waiting.now).to.have.nested.property("value.value.n", 0);
  });

  it("a check that hangs costs its instance only, after checkTimeoutMs", async () => {
    const { pool, clock, ended } = poolOf({
      maxSize: 2,
      minSize: 2,
      healthCheckIntervalMs: 1000,
      checkTimeoutMs: 100,
      healthCheck: ({ n }) => (n === 0 ? new Promise(() => undefined) : true),
    });
    await pool.ready();
    await clock.advance(1100);
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect(pool.stats()).to.include({ idle: 2, checking: 0 });
  });

  it("the backend is gone: all go; it is back: all are there again (test_refill_on_check)", async () => {
    let up = true;
    const { pool, clock } = poolOf({
      maxSize: 3,
      minSize: 3,
      healthCheckIntervalMs: 1000,
      healthCheck: () => up,
      create: (n) => (up ? new Thing(n) : Promise.reject(new Error("down"))),
    });
    await pool.ready();
    up = false;
    await clock.advance(1000);
    expect(pool.stats().idle).to.equal(0);
    await clock.advance(5000);
    up = true;
    await clock.advance(10_000);
    expect(pool.stats().idle).to.equal(3);
  });

  it("a check that always fails goes at the pace of the interval (test_check_backoff)", async () => {
    const { pool, clock, calls } = poolOf({
      maxSize: 1,
      minSize: 1,
      healthCheckIntervalMs: 100,
      healthCheck: () => false,
    });
    await pool.ready();
    await clock.advance(1000);
    expect(calls.length).to.be.within(9, 12);
  });

  it("not without checkOn idle", async () => {
    let checks = 0;
    const { pool, clock } = poolOf({
      minSize: 1,
      checkOn: ["acquire"],
      healthCheckIntervalMs: 10,
      healthCheck: () => void checks++,
    });
    await pool.ready();
    await clock.advance(1000);
    expect(checks).to.equal(0);
    expect(clock.timers).to.equal(0);
  });
});
