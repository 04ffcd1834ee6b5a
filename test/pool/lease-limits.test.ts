import { expect } from "chai";

import { thrown } from "../support/errors.js";
import { turn } from "../support/gate.js";
import { expectBooks, giveBack, poolOf, take, watch } from "../support/pool.js";

describe("leaseWarnMs", () => {
  it("one warning with the stack of the acquisition; another when it comes back after all (S56)", async () => {
    const { pool, clock, warnings } = poolOf({ maxSize: 1, leaseWarnMs: 100 });
    const lease = await pool.acquire();
    await clock.advance(99);
    expect(warnings).to.deep.equal([]);
    await clock.advance(1);
    expect(warnings.map(({ kind }) => kind)).to.deep.equal(["POOL_LEASE_LONG"]);
    expect(warnings[0]?.message).to.match(
      /^Test: explicit lease holds a lease for 100 ms, longer than leaseWarnMs, 100 ms; it was taken\n +at .*lease-limits\.test/,
    );
    expect(warnings[0]?.facts).to.include({ instance: 0 }).and.to.have.nested.property("holder.heldMs", 100);
    await clock.advance(10_000);
    expect(warnings.length).to.equal(1);
    await lease.release();
    expect(warnings.map(({ kind }) => kind)).to.deep.equal(["POOL_LEASE_LONG", "POOL_LEASE_BACK"]);
    expect(warnings[1]?.message).to.equal("Test: the lease of explicit lease came back after all, after 10100 ms");
    expect(warnings[1]?.facts).to.include({ instance: 0 }).and.to.have.nested.property("holder.heldMs", 10_100);
    expect(pool.stats()).to.include({ longLeases: 1, idle: 1 });
  });

  it("the stack is that of who asked, also of one who had to wait, of tryAcquire and of use", async () => {
    const { pool, clock, warnings } = poolOf({ maxSize: 1, leaseWarnMs: 100 });
    async function waitsForIt(): Promise<void> {
      await using lease = await pool.acquire();
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, 150));
      expect(lease.value.n).to.equal(0);
    }
    function triesIt(): ReturnType<typeof pool.tryAcquire> {
      return pool.tryAcquire();
    }
    async function usesIt(): Promise<void> {
      await pool.use(() => new Promise<void>((resolve) => void clock.setTimeout(resolve, 150)));
    }
    const held = triesIt();
    const waiting = waitsForIt();
    await clock.advance(100);
    await held?.release();
    await clock.advance(150);
    await waiting;
    const used = usesIt();
    await clock.advance(150);
    await used;
    const stacks = warnings.filter(({ kind }) => kind === "POOL_LEASE_LONG").map(({ message }) => message);
    expect(stacks.length).to.equal(3);
    expect(stacks[0]).to.include("triesIt");
    expect(stacks[1]).to.include("waitsForIt");
    expect(stacks[2]).to.include("usesIt");
  });

  it("a lease that comes back in time is not warned about, however often", async () => {
    const { pool, clock, warnings } = poolOf({ maxSize: 1, leaseWarnMs: 100 });
    for (let i = 0; i < 50; i++) {
      await using lease = await pool.acquire();
      await clock.advance(99);
      expect(lease.value.n).to.equal(0);
    }
    expect(warnings).to.deep.equal([]);
  });
});

describe("maxLeaseMs", () => {
  it("takes it back: the signal aborts, the instance is destroyed, the slot is free, the holder gets an error", async () => {
    const { pool, clock, ended, warnings } = poolOf({ maxSize: 1, maxLeaseMs: 100 });
    const lease = await pool.acquire();
    const { signal } = lease;
    const waiting = watch(pool.acquire());
    await clock.advance(99);
    expect(lease.value.n).to.equal(0);
    await clock.advance(1);
    expect(signal.aborted).to.equal(true);
    const error = thrown("LEASE_ENDED", () => lease.value);
    expect(error).to.equal(signal.reason);
    expect(error.message).to.equal(
      "Test: the lease of explicit lease was taken back after 100 ms: maxLeaseMs is 100 ms. " +
        "Its instance is destroyed; take a new one.",
    );
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect(waiting.now).to.have.nested.property("value.value.n", 1);
    expect(warnings.map(({ facts }) => facts)).to.deep.equal([
      {
        pool: "Test",
        kind: "POOL_LEASE_TAKEN_BACK",
        instance: 0,
        holders: [{ holder: "explicit lease", heldMs: 100 }],
      },
    ]);
    expect(warnings[0]?.message).to.equal(error.message);
    expect(pool.stats().destroyed).to.include({ takenBack: 1 });
  });

  for (const how of ["acquire", "tryAcquire"] as const) {
    it(`counts from the beginning of the lease, however long the instance was idle before (${how})`, async () => {
      const { pool, clock, warnings } = poolOf({ maxSize: 1, leaseWarnMs: 50, maxLeaseMs: 100, leaseStacks: false });
      await giveBack([await pool.acquire()]);
      await clock.advance(1000);
      const lease = await pool[how]();
      await clock.advance(99);
      expect(warnings.map(({ message }) => message)).to.deep.equal([
        "Test: explicit lease holds a lease for 50 ms, longer than leaseWarnMs, 50 ms",
      ]);
      expect(pool.stats().instances[0]).to.include({ state: "leased", heldMs: 99 });
      await clock.advance(1);
      thrown("LEASE_ENDED", () => lease?.value);
      expect(pool.stats().useTime).to.include({ count: 2, totalMs: 100 });
    });
  }

  it("a limit and no more is kept too, where nothing else is to be noted on a lease", async () => {
    const { pool, clock } = poolOf({ maxSize: 1, maxLeaseMs: 100 });
    await giveBack([await pool.acquire()]);
    const lease = await pool.acquire();
    await clock.advance(100);
    thrown("LEASE_ENDED", () => lease.value);
  });

  it("the error says which instance, and where the lease was taken, as far as that is known", async () => {
    const facts = {
      host: { name: "db1" },
      text: "x".repeat(60),
      more: "y".repeat(60),
      deep: { deeper: { deepest: 1 } },
    };
    const { pool, clock } = poolOf({ maxSize: 1, maxLeaseMs: 100, leaseStacks: true, describe: () => facts });
    const lease = await pool.acquire();
    await clock.advance(100);
    const [first, rest] = thrown("LEASE_ENDED", () => lease.value).message.split("\n", 2);
    expect(first).to.equal(
      "Test: the lease of explicit lease was taken back after 100 ms: maxLeaseMs is 100 ms. " +
        `Its instance ({ host: { name: 'db1' }, text: '${facts.text}', more: '${facts.more}', deep: { deeper: [Object] } }) ` +
        "is destroyed; take a new one. It was taken",
    );
    expect(rest).to.match(/^ +at .*lease-limits\.test/);
  });

  it("aborts the signal of that lease only, not that of who had the instance before", async () => {
    const { pool, clock } = poolOf({ maxSize: 1, maxLeaseMs: 100 });
    const before = await pool.acquire();
    const { signal } = before;
    await before.release();
    const lease = await pool.acquire();
    expect(lease.signal).to.equal(lease.signal).and.not.to.equal(signal);
    await clock.advance(100);
    expect([lease.signal.aborted, signal.aborted, before.signal.aborted]).to.deep.equal([true, false, false]);
    // Nobody else's either: who listens to it is not kept by others.
    expect(before.signal).not.to.equal(before.signal);
  });

  it("its late return is harmless, and noted once", async () => {
    const { pool, clock, warnings } = poolOf({ maxSize: 1, maxLeaseMs: 100 });
    const lease = await pool.acquire();
    await clock.advance(100);
    const other = await pool.acquire();
    await lease.release();
    expect(other.value.n).to.equal(1);
    expect(pool.stats()).to.include({ leased: 1, idle: 0, doubleReleases: 0 });
    expect(warnings.map(({ kind }) => kind)).to.deep.equal(["POOL_LEASE_TAKEN_BACK", "POOL_LEASE_BACK"]);
    expect(warnings[1]?.message).to.equal("Test: a lease that had been taken back was given back after all");
    expect(warnings[1]?.facts).to.include({ instance: 0 });
    await lease.release();
    expect(warnings.length).to.equal(3);
    expect(pool.tryAcquire()).to.equal(undefined);
  });

  it("the signal asked for too late is aborted already, with the reason; discard is as harmless as release", async () => {
    const { pool, clock } = poolOf({ maxSize: 1, maxLeaseMs: 100 });
    const lease = await pool.acquire();
    await clock.advance(100);
    expect(lease.signal.aborted).to.equal(true);
    expect(lease.signal.reason).to.have.property("code", "LEASE_ENDED");
    await lease.discard();
    expectBooks(pool.stats());
  });

  it("warned about before, if that comes before", async () => {
    const { pool, clock, warnings } = poolOf({ maxSize: 1, leaseWarnMs: 50, maxLeaseMs: 100 });
    await pool.acquire();
    await clock.advance(100);
    expect(warnings.map(({ kind }) => kind)).to.deep.equal(["POOL_LEASE_LONG", "POOL_LEASE_TAKEN_BACK"]);
  });

  it("a hung destroy of what was taken back holds its slot for destroyTimeoutMs only", async () => {
    const { pool, clock } = poolOf({
      maxSize: 1,
      maxLeaseMs: 100,
      destroyTimeoutMs: 50,
      destroy: ({ n }) => (n === 0 ? new Promise(() => undefined) : undefined),
    });
    await pool.acquire();
    const waiting = watch(pool.acquire());
    await clock.advance(149);
    expect(waiting.now.state).to.equal("pending");
    await clock.advance(1);
    expect(waiting.now.state).to.equal("fulfilled");
  });

  it("use is told through its error, not left hanging: the lease's end is harmless", async () => {
    const { pool, clock } = poolOf({ maxSize: 1, maxLeaseMs: 100 });
    const using = watch(pool.use(() => new Promise((resolve) => void clock.setTimeout(() => resolve("done"), 150))));
    await clock.advance(150);
    expect(using.now).to.deep.equal({ state: "fulfilled", value: "done" });
    expectBooks(pool.stats());
  });

  it("many leases, all different: each at its own time", async () => {
    const { pool, clock, ended } = poolOf({ maxSize: 10, maxLeaseMs: 100 });
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      await take(pool, 1);
      await clock.advance(7);
    }
    for (let i = 0; i < 100; i++) {
      await clock.advance(1);
      while (times.length < ended.length) times.push(clock.time);
    }
    expect(times).to.deep.equal([100, 107, 114, 121, 128, 135, 142, 149, 156, 163]);
    await turn();
  });
});
