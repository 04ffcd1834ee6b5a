import { expect } from "chai";

import { turn } from "../support/gate.js";
import { poolOf, Thing, watch } from "../support/pool.js";

const never = (): Promise<never> => new Promise(() => undefined);

/** The same with real programs: process-exit.test.ts. */
describe("timers keep the process alive while somebody waits, and no longer (law 12)", () => {
  it("who waits for a creation, without a deadline of its own", async () => {
    const { pool, clock } = poolOf({ acquireTimeoutMs: Infinity, create: never });
    const aborter = new AbortController();
    const waiting = watch(pool.acquire({ signal: aborter.signal }));
    expect(clock.keptTimers).to.equal(1);
    aborter.abort();
    await turn();
    expect(waiting.now.state).to.equal("rejected");
    expect(clock.keptTimers).to.equal(0);
    expect(clock.timers).to.equal(1);
  });

  it("who waits in ready()", async () => {
    const { pool, clock } = poolOf({ minSize: 1, createTimeoutMs: 100, create: never });
    await turn();
    expect(clock.keptTimers).to.equal(0);
    const ready = watch(pool.ready());
    expect(clock.keptTimers).to.equal(1);
    await clock.advance(100);
    expect(ready.now.state).to.equal("rejected");
    expect(clock.keptTimers).to.equal(0);
  });

  it("nobody waits for what is made ahead, unless in ready()", async () => {
    const { pool, clock } = poolOf({ minSize: 1, create: (n) => Promise.resolve(new Thing(n)), onCreate: never });
    await turn();
    expect(pool.stats().creating).to.equal(1);
    expect(clock.timers).to.be.above(0);
    expect(clock.keptTimers).to.equal(0);
  });

  it("who waits for the end of discard(); of what the pool destroys by itself nobody does", async () => {
    const { pool, clock } = poolOf({ maxSize: 1, maxUses: 1, destroy: never });
    await (await pool.acquire()).release();
    expect(clock.timers).to.equal(1);
    expect(clock.keptTimers).to.equal(0);

    const late = poolOf({
      createTimeoutMs: 10,
      create: (n) => new Promise((resolve) => void late.clock.setTimeout(() => resolve(new Thing(n)), 20)),
      destroy: never,
    });
    void late.pool.acquire().catch(() => undefined);
    await late.clock.advance(20);
    expect(late.pool.stats().destroyed).to.include({ late: 1 });
    expect(late.clock.keptTimers).to.equal(0);

    const other = poolOf({ destroy: never });
    const discarded = watch((await other.pool.acquire()).discard());
    expect(other.clock.keptTimers).to.equal(1);
    await other.clock.advance(5000);
    expect(discarded.now.state).to.equal("fulfilled");
    expect(other.clock.keptTimers).to.equal(0);
  });

  it("who waits for the end of release(), or for an instance to be checked or prepared", async () => {
    for (const hooks of [{ onRelease: never }, { checkOn: ["release"] as const, healthCheck: never }]) {
      const { pool, clock } = poolOf({ acquireTimeoutMs: Infinity, ...hooks });
      const lease = await pool.acquire();
      expect(clock.keptTimers).to.equal(0);
      void lease.release();
      expect(clock.keptTimers).to.equal(1);
      await clock.advance(5000);
      expect(clock.keptTimers).to.equal(0);
    }
    for (const hooks of [{ onAcquire: never }, { checkOn: ["acquire"] as const, healthCheck: never, minSize: 1 }]) {
      const { pool, clock } = poolOf({ acquireTimeoutMs: Infinity, create: (n) => new Thing(n), ...hooks });
      await pool.ready();
      void pool.acquire().catch(() => undefined);
      expect(clock.keptTimers).to.equal(1);
    }
  });

  it("but nobody for housekeeping: limits of idle ones, of age, of leases, checks of idle ones", async () => {
    const { pool, clock } = poolOf({
      idleTimeoutMs: 1000,
      maxAgeMs: 1000,
      leaseWarnMs: 500,
      healthCheck: never,
      healthCheckIntervalMs: 100,
      minSize: 2,
    });
    await pool.ready();
    await pool.acquire();
    expect(clock.timers).to.be.above(0);
    expect(clock.keptTimers).to.equal(0);
    await clock.advance(100);
    expect(pool.stats().checking).to.equal(1);
    expect(clock.keptTimers).to.equal(0);
  });
});
