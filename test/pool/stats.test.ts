import { expect } from "chai";
import { Pool } from "inversify-scopes/pool";

import { VirtualClock } from "../support/clock.js";
import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { expectBooks, giveBack, poolOf, take, Thing } from "../support/pool.js";

describe("stats", () => {
  it("at rest, busy, saturated (test_stats_measures)", async () => {
    const { pool } = poolOf({ maxSize: 4, minSize: 2 });
    await pool.ready();
    expect(pool.stats()).to.include({ minSize: 2, maxSize: 4, size: 2, idle: 2, leased: 0, waiting: 0 });
    const leases = await take(pool, 3);
    expect(pool.stats()).to.include({ size: 3, idle: 0, leased: 3, waiting: 0 });
    await take(pool, 1);
    void pool.acquire();
    expect(pool.stats()).to.include({ size: 4, idle: 0, leased: 4, waiting: 1, uses: 4, returns: 0 });
    await giveBack(leases);
    expect(pool.stats()).to.include({ size: 4, idle: 2, leased: 2, waiting: 0 });
  });

  it("in each internal stage everything is counted once (S71)", async () => {
    const gates = { create: gate(), check: gate(), prepare: gate(), reset: gate(), destroy: gate() };
    const { pool } = poolOf({
      maxSize: 1,
      create: async (n) => {
        await gates.create.promise;
        return new Thing(n);
      },
      onAcquire: () => gates.prepare.promise,
      onRelease: () => gates.reset.promise,
      checkOn: ["acquire", "release"],
      healthCheck: () => gates.check.promise,
      destroy: () => gates.destroy.promise,
    });
    const seen = (): string => {
      const stats = pool.stats();
      expectBooks(stats);
      const { idle, leased, creating, checking, resetting, destroying, waiting } = stats;
      return JSON.stringify({ idle, leased, creating, checking, resetting, destroying, waiting });
    };
    const expected = (what: object): string =>
      JSON.stringify({
        idle: 0,
        leased: 0,
        creating: 0,
        checking: 0,
        resetting: 0,
        destroying: 0,
        waiting: 0,
        ...what,
      });
    expect(seen()).to.equal(expected({}));
    const first = pool.acquire();
    expect(seen()).to.equal(expected({ creating: 1, waiting: 1 }));
    gates.create.open();
    await turn();
    expect(seen()).to.equal(expected({ checking: 1, waiting: 1 }));
    gates.prepare.open();
    const lease = await first;
    expect(seen()).to.equal(expected({ leased: 1 }));
    const back = lease.release();
    expect(seen()).to.equal(expected({ resetting: 1 }));
    gates.reset.open();
    await turn();
    expect(seen()).to.equal(expected({ checking: 1 }));
    gates.check.open();
    await back;
    expect(seen()).to.equal(expected({ idle: 1 }));
    void (await pool.acquire()).discard();
    expect(seen()).to.equal(expected({ destroying: 1 }));
    gates.destroy.open();
    await turn();
    expect(seen()).to.equal(expected({}));
  });

  it("waits, uses, time-outs, aborts, refusals, their times (test_stats_usage)", async () => {
    const { pool, clock } = poolOf({ maxSize: 1, maxWaiting: 3 });
    const held = await pool.acquire();
    await clock.advance(100);
    const served = pool.acquire();
    const late = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 30 }));
    const aborter = new AbortController();
    const aborted = pool.acquire({ signal: aborter.signal }).catch(() => undefined);
    await rejected("POOL_OVERLOADED", pool.acquire());
    await clock.advance(30);
    aborter.abort();
    await clock.advance(20);
    await held.release();
    await (await served).release();
    await Promise.all([late, aborted]);
    expect(pool.stats()).to.deep.include({
      uses: 2,
      returns: 2,
      timeouts: 1,
      aborts: 1,
      rejectedByLimit: 1,
      waitTime: { count: 1, totalMs: 50, meanMs: 50, maxMs: 50 },
      useTime: { count: 2, totalMs: 150, meanMs: 75, maxMs: 150 },
    });
  });

  it("the longest wait and use stay the longest", async () => {
    const { pool, clock } = poolOf({ maxSize: 1 });
    for (const ms of [20, 50, 10]) {
      const lease = await pool.acquire();
      const waiting = pool.acquire();
      await clock.advance(ms);
      await lease.release();
      await (await waiting).release();
    }
    expect(pool.stats().waitTime).to.deep.equal({ count: 3, totalMs: 80, meanMs: 80 / 3, maxMs: 50 });
    expect(pool.stats().useTime).to.deep.equal({ count: 6, totalMs: 80, meanMs: 80 / 6, maxMs: 50 });
  });

  it("made, failed, lost (test_stats_connect, test_stats_check)", async () => {
    const { pool, clock } = poolOf({
      maxSize: 1,
      create: (n) =>
        n === 1
          ? Promise.reject(new Error("down"))
          : new Promise<Thing>((resolve) => void clock.setTimeout(() => resolve(new Thing(n)), 40)),
      checkOn: ["release"],
      healthCheck: ({ n }) => n > 0,
    });
    const first = pool.acquire();
    await clock.advance(40);
    await (await first).release();
    await rejected("CREATE_FAILED", pool.acquire());
    expect(pool.stats()).to.deep.include({
      created: 1,
      createAttempts: 2,
      createFailures: 1,
      lastCreateError: "Error: down",
      creations: { count: 1, totalMs: 40, meanMs: 40, maxMs: 40 },
      checks: 1,
      checkFailures: 1,
    });
    expect(pool.stats().destroyed).to.include({ unhealthy: 1 });
  });

  it("is JSON-compatible, with null for what has no limit", async () => {
    const { pool } = poolOf({ maxSize: Infinity, describe: ({ n }) => ({ port: 5000 + n }) });
    await take(pool, 2);
    const stats = pool.stats();
    expect(JSON.parse(JSON.stringify(stats))).to.deep.equal(stats);
    expect(stats.maxSize).to.equal(null);
    expect(stats.config["maxSize"]).to.equal(null);
  });

  it("one entry for each instance, with what describe says, or how it failed", async () => {
    const { pool, clock } = poolOf({
      maxSize: 4,
      describe: ({ n }) => {
        if (n === 2) throw new Error("asleep");
        return { n };
      },
      create: (n) => (n === 3 ? new Promise<Thing>(() => undefined) : new Thing(n)),
    });
    const leases = await take(pool, 3);
    void pool.acquire();
    await clock.advance(10);
    await leases[0]?.discard();
    void leases[1]?.release();
    const next = pool.acquire();
    await leases[2]?.release();
    await next;
    await clock.advance(5);
    expect(pool.stats().instances).to.deep.equal([
      { n: 1, state: "leased", ageMs: 15, uses: 2, holder: "explicit lease", heldMs: 5, facts: { n: 1 } },
      {
        n: 2,
        state: "leased",
        ageMs: 15,
        uses: 2,
        holder: "explicit lease",
        heldMs: 5,
        facts: { error: "Error: asleep" },
      },
      { n: 3, state: "creating", ageMs: 15, uses: 0 },
    ]);
  });

  it("the age of an instance is counted from when it was made, idleness from when it came back", async () => {
    const { pool, clock } = poolOf({
      create: (n) => new Promise<Thing>((resolve) => void clock.setTimeout(() => resolve(new Thing(n)), 40)),
    });
    const acquired = pool.acquire();
    await clock.advance(40);
    const lease = await acquired;
    await clock.advance(10);
    await lease.release();
    await clock.advance(5);
    expect(pool.stats().instances).to.deep.equal([{ n: 0, state: "idle", ageMs: 15, uses: 1, idleMs: 5 }]);
  });

  it("housekeeping: its rounds, and for how long they kept the program busy", async () => {
    const clock = new VirtualClock();
    clock.time = 1000;
    const destroy = (): void => void (clock.time += 5);
    const pool = new Pool({ create: () => ({}), destroy, maxSize: 2, idleTimeoutMs: 100, clock });
    const leases = await take(pool, 2);
    for (const lease of leases) {
      await lease.release();
      await clock.advance(50);
    }
    await clock.advance(100);
    const { now, startedAt, runningMs, housekeeping } = pool.stats();
    expect({ now, startedAt, runningMs }).to.deep.equal({ now: 1200, startedAt: 1000, runningMs: 200 });
    expect(housekeeping).to.deep.equal({ rounds: 2, totalMs: 10, meanMs: 5, lastMs: 50 });
  });

  it("times: the clock's, since the pool's construction, of housekeeping", async () => {
    const { pool, clock } = poolOf({ idleTimeoutMs: 100 });
    expect(pool.stats().housekeeping).to.deep.equal({ rounds: 0, totalMs: 0, meanMs: 0, lastMs: null });
    await giveBack(await take(pool, 2));
    await clock.advance(150);
    expect(pool.stats()).to.deep.include({
      startedAt: 0,
      now: 150,
      runningMs: 150,
      housekeeping: { rounds: 1, totalMs: 0, meanMs: 0, lastMs: 50 },
    });
  });

  it("the age of one that failed in onCreate counts from the beginning of its creation", async () => {
    const { pool, clock } = poolOf({
      onCreate: () => Promise.reject(new Error("ill")),
      destroy: () => new Promise(() => {}),
    });
    await clock.advance(1000);
    await rejected("CREATE_FAILED", pool.acquire());
    await clock.advance(5);
    expect(pool.stats().instances[0]).to.include({ state: "destroying", ageMs: 5 });
  });

  it("the configuration that it shows is a copy", () => {
    const { pool } = poolOf({ createBackoffMs: { min: 10, max: 20 } });
    (pool.stats().config["createBackoffMs"] as { min: number }).min = 0;
    expect(pool.stats().config["createBackoffMs"]).to.deep.equal({ min: 10, max: 20 });
  });

  it("with the system's clock, uses are timed to a tenth of a second", async () => {
    const pool = new Pool({ create: (n) => new Thing(n), maxSize: 1 });
    const lease = await pool.acquire();
    await new Promise((resolve) => setTimeout(resolve, 250));
    const [instance] = pool.stats().instances;
    expect(instance?.heldMs).to.be.above(100);
    await lease.release();
    expect(pool.stats().useTime.totalMs).to.be.above(100);
    await pool.close();
  });
});
