import { expect } from "chai";

import { giveBack, poolOf, take, watch } from "../support/pool.js";

describe("maxAgeMs", () => {
  it("the same instance before, another one after (test_max_lifetime)", async () => {
    const { pool, clock, ended } = poolOf({ maxSize: 1, maxAgeMs: 1000, maxAgeJitter: 0 });
    expect(await pool.use(({ n }) => n)).to.equal(0);
    await clock.advance(999);
    expect(await pool.use(({ n }) => n)).to.equal(0);
    await clock.advance(1);
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect(await pool.use(({ n }) => n)).to.equal(1);
    expect(pool.stats().destroyed).to.include({ maxAge: 1 });
  });

  it("one in use is retired when it comes back, not before", async () => {
    const { pool, clock, ended } = poolOf({ maxSize: 1, maxAgeMs: 1000 });
    const lease = await pool.acquire();
    await clock.advance(5000);
    expect(lease.value.n).to.equal(0);
    expect(lease.signal.aborted).to.equal(false);
    const waiting = watch(pool.acquire());
    await lease.release();
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect(waiting.now).to.have.nested.property("value.value.n", 1);
  });

  it("those made together don't all go together; each one's age is drawn once (S40)", async () => {
    const { pool, clock, ended } = poolOf({ maxSize: 50, maxAgeMs: 3_600_000, maxAgeJitter: 0.2 });
    let draws = 0;
    clock.random = () => ((draws++ * 7) % 50) / 50;
    await giveBack(await take(pool, 50));
    expect(draws).to.equal(50);
    await clock.advance(2_880_000);
    expect(ended.length).to.equal(0);
    const gone: number[] = [];
    for (let i = 0; i < 10; i++) {
      await clock.advance(72_000);
      gone.push(ended.length);
    }
    expect(gone).to.deep.equal([5, 10, 15, 20, 25, 30, 35, 40, 45, 50]);
    expect(draws).to.equal(50);
  });

  it("replaced up to minSize (test_check_max_lifetime)", async () => {
    const { pool, clock, ended } = poolOf({ maxSize: 4, minSize: 2, maxAgeMs: 1000, maxAgeJitter: 0 });
    await pool.ready();
    await clock.advance(1000);
    expect(ended.length).to.equal(2);
    expect(pool.stats().instances.map(({ n }) => n)).to.deep.equal([2, 3]);
  });

  it("what is gone before needs no housekeeping: neither for its age nor for its check", async () => {
    const { pool, clock } = poolOf({ maxAgeMs: 1000, healthCheck: () => true, healthCheckIntervalMs: 300 });
    await (await pool.acquire()).discard();
    await clock.advance(5000);
    expect(pool.stats().housekeeping.rounds).to.equal(0);
    expect(clock.timers).to.equal(0);
  });

  it("an age of weeks is more than a timer can do, and works", async () => {
    const { pool, clock, ended } = poolOf({ maxSize: 1, maxAgeMs: 60 * 86_400_000, maxAgeJitter: 0 });
    await giveBack([await pool.acquire()]);
    await clock.advance(60 * 86_400_000 - 1);
    expect(ended.length).to.equal(0);
    await clock.advance(1);
    expect(ended.length).to.equal(1);
  });
});

describe("maxUses", () => {
  it("retired after the last return; who waits gets a fresh one (S42)", async () => {
    const { pool, ended } = poolOf({ maxSize: 1, maxUses: 2 });
    await pool.use(() => undefined);
    expect(ended).to.deep.equal([]);
    const lease = await pool.acquire();
    const waiting = pool.acquire();
    await lease.release();
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect((await waiting).value.n).to.equal(1);
    expect(pool.stats().destroyed).to.include({ maxUses: 1 });
  });
});
