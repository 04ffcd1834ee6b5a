import { expect } from "chai";

import { rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { expectBooks, giveBack, poolOf, take, Thing, watch } from "../support/pool.js";

type Closable = ReturnType<typeof poolOf<Thing>>;

describe("close", () => {
  it("who waits is rejected at once; the holder finishes its work (S44, test_closed_queue)", async () => {
    const { pool, ended } = poolOf({ maxSize: 1 });
    const lease = await pool.acquire();
    const waiting = watch(pool.acquire());
    const closing = watch(pool.close());
    await turn();
    expect(waiting.now).to.have.nested.property("reason.code", "POOL_CLOSED");
    expect(closing.now.state).to.equal("pending");
    expect(pool.stats().state).to.equal("closing");
    expect(lease.value.n).to.equal(0);
    expect(lease.signal.aborted).to.equal(false);
    await lease.release();
    await turn();
    expect(closing.now.state).to.equal("fulfilled");
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect(pool.stats()).to.include({ state: "closed", size: 0 });
  });

  it("a creation in flight: it is aborted; the newborn is destroyed; close ends then (S46)", async () => {
    const made = gate<Thing>();
    let signal: AbortSignal | undefined;
    const { pool, ended } = poolOf({
      create: (_, context) => {
        ({ signal } = context);
        return made.promise;
      },
    });
    const waiting = watch(pool.acquire());
    const closing = watch(pool.close());
    await turn();
    expect(waiting.now).to.have.nested.property("reason.code", "POOL_CLOSED");
    expect(signal?.aborted).to.equal(true);
    expect(closing.now.state).to.equal("pending");
    made.open(new Thing(0));
    await turn();
    expect(closing.now.state).to.equal("fulfilled");
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
  });

  it("a creation that gives up, or hangs, does not hold it up longer than it may take (S46)", async () => {
    const failing = gate<Thing>();
    const first = poolOf({ create: () => failing.promise });
    void first.pool.acquire().catch(() => undefined);
    const closing = first.pool.close();
    failing.fail(new Error("aborted"));
    await closing;
    expect(first.warnings).to.deep.equal([]);

    const { pool, clock } = poolOf({ createTimeoutMs: 100, create: () => new Promise<Thing>(() => undefined) });
    void pool.acquire().catch(() => undefined);
    const hung = watch(pool.close());
    await clock.advance(99);
    expect(hung.now.state).to.equal("pending");
    await clock.advance(1);
    expect(hung.now.state).to.equal("fulfilled");
  });

  it("an instance that comes after the close is destroyed all the same", async () => {
    const made = gate<Thing>();
    const { pool, clock, ended } = poolOf({ createTimeoutMs: 100, create: () => made.promise });
    void pool.acquire().catch(() => undefined);
    const closing = pool.close();
    await clock.advance(100);
    await closing;
    made.open(new Thing(0));
    await turn();
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
  });

  it("closed: acquire rejects at once, tryAcquire gives nothing, no timer is left (S47, test_closed_getconn)", async () => {
    const { pool, clock, calls } = poolOf({ maxSize: 1, minSize: 1, idleTimeoutMs: 5, maxAgeMs: 50 });
    await pool.ready();
    await pool.close();
    expect(await rejected("POOL_CLOSED", pool.acquire())).to.include({
      message: "Test is closed, for good: acquire before close().",
      service: "Test",
    });
    await rejected(
      "POOL_CLOSED",
      pool.use(() => 1),
    );
    expect(pool.tryAcquire()).to.equal(undefined);
    expect(clock.timers).to.equal(0);
    expect(calls).to.deep.equal([0]);
  });

  it("whatever was set is gone when it is closed (test_close_no_tasks)", async () => {
    const { pool, clock } = poolOf({
      maxSize: 3,
      idleTimeoutMs: 1000,
      maxAgeMs: 5000,
      leaseWarnMs: 100,
      healthCheck: () => true,
      create: (n) => (n === 2 ? Promise.reject(new Error("down")) : new Thing(n)),
      minSize: 3,
    });
    const leases = await take(pool, 2);
    await turn();
    expect(clock.timers).to.be.above(0);
    const closing = pool.close();
    await giveBack(leases);
    await closing;
    expect(clock.timers).to.equal(0);
  });

  it("closed in a round of housekeeping: no timer is left", async () => {
    const { pool, clock } = poolOf({ idleTimeoutMs: 5000, maxLeaseMs: 100 });
    const [, b] = await take(pool, 2);
    await b?.release();
    const closing = watch(pool.close());
    await clock.advance(100);
    expect(closing.now.state).to.equal("fulfilled");
    expect(clock.timers).to.equal(0);
  });

  it("twice: the same promise, no error (S48)", async () => {
    const { pool, clock } = poolOf();
    await giveBack(await take(pool, 2));
    const first = pool.close();
    expect(pool.close()).to.equal(first);
    await first;
    expect(pool.close({ graceMs: 5 })).to.equal(first);
    expect(clock.timers).to.equal(0);
  });

  it("what comes back during the close is destroyed, without a reset (S50, test_close_connection_on_pool_close)", async () => {
    const reset: number[] = [];
    const { pool, ended } = poolOf({ onRelease: ({ n }) => void reset.push(n) });
    const [a, b] = await take(pool, 2);
    const closing = watch(pool.close());
    await a?.release();
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect(closing.now.state).to.equal("pending");
    await b?.discard();
    await turn();
    expect(closing.now.state).to.equal("fulfilled");
    expect(reset).to.deep.equal([]);
  });

  it("resolves after the last destroy, not before", async () => {
    const ended = [gate(), gate()];
    const { pool } = poolOf({ destroy: ({ n }) => ended[n]?.promise });
    await giveBack(await take(pool, 2));
    const closing = watch(pool.close());
    ended[0]?.open();
    await turn();
    expect(closing.now.state).to.equal("pending");
    expect(pool.stats()).to.include({ destroying: 1 });
    ended[1]?.open();
    await turn();
    expect(closing.now.state).to.equal("fulfilled");
  });

  it("what is being checked, prepared or reset is destroyed when that has ended", async () => {
    const prepared = gate();
    const { pool, ended } = poolOf({ onAcquire: () => prepared.promise });
    const waiting = watch(pool.acquire());
    const closing = watch(pool.close());
    await turn();
    expect(waiting.now).to.have.nested.property("reason.code", "POOL_CLOSED");
    expect(closing.now.state).to.equal("pending");
    prepared.open();
    await turn();
    expect(closing.now.state).to.equal("fulfilled");
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
  });

  it("graceMs: leases that don't come back in time are taken back, and their holders named", async () => {
    const { pool, clock, ended, warnings } = poolOf({ maxSize: 2, leaseStacks: true });
    const [a, b] = await take(pool, 2);
    const { signal } = a as NonNullable<typeof a>;
    await clock.advance(20);
    const closing = watch(pool.close({ graceMs: 100 }));
    await clock.advance(99);
    expect(closing.now.state).to.equal("pending");
    expect(signal.aborted).to.equal(false);
    await clock.advance(1);
    expect(closing.now.state).to.equal("fulfilled");
    expect(signal.reason).to.have.property("code", "LEASE_ENDED");
    expect(ended.length).to.equal(2);
    const [warning] = warnings;
    expect(warning?.kind).to.equal("POOL_LEASE_TAKEN_BACK");
    expect(warning?.message).to.include("closing: 2 leases did not come back in time");
    expect(warning?.message).to.include("Held by explicit lease for 120 ms, taken").and.to.include("close.test");
    expect(warning?.facts["holders"]).to.have.length(2);
    expect(thrown("LEASE_ENDED", () => a?.value).message).to.include("the pool closes");
    await b?.release();
    expect(warnings.at(-1)).to.include({ kind: "POOL_LEASE_BACK" });
    expectBooks(pool.stats());
  });

  it("a later close may have less patience, not more", async () => {
    const { pool, clock } = poolOf();
    const lease = await pool.acquire();
    const closing = watch(pool.close({ graceMs: 1000 }));
    void pool.close({ graceMs: 50 });
    void pool.close({ graceMs: 5000 });
    await clock.advance(49);
    expect(closing.now.state).to.equal("pending");
    await clock.advance(1);
    expect(closing.now.state).to.equal("fulfilled");
    thrown("LEASE_ENDED", () => lease.value);
  });

  it("when the grace is over only leases are taken back; what is being made or destroyed has its own time", async () => {
    const made = gate<Thing>();
    const { pool, clock, ended, warnings } = poolOf({
      maxSize: 3,
      create: (n) => (n === 2 ? made.promise : new Thing(n)),
      destroy: ({ n }) => (n === 0 ? new Promise(() => undefined) : undefined),
      destroyTimeoutMs: 1000,
    });
    const [a] = await take(pool, 2);
    void pool.acquire().catch(() => undefined);
    void a?.discard();
    const closing = watch(pool.close({ graceMs: 100 }));
    await clock.advance(100);
    expect(warnings.map(({ message }) => message)).to.deep.equal([
      "Test: closing: 1 leases did not come back in time and are taken back. Held by explicit lease for 100 ms.",
    ]);
    expect(ended.map(({ n }) => n)).to.deep.equal([0, 1]);
    expect(pool.stats()).to.include({ creating: 1, destroying: 1 });
    made.open(new Thing(2));
    await clock.advance(900);
    expect(closing.now.state).to.equal("fulfilled");
  });

  it("without a lease the end of the grace is nothing to be told", async () => {
    const { pool, clock, warnings } = poolOf({ maxSize: 1, destroy: () => new Promise(() => undefined) });
    await giveBack(await take(pool, 1));
    void pool.close({ graceMs: 10 });
    await clock.advance(10);
    expect(warnings).to.deep.equal([]);
  });

  it("while it waits for what goes on, the process stays alive; then no longer (law 12)", async () => {
    const made = gate<Thing>();
    const { pool, clock } = poolOf({ minSize: 1, create: () => made.promise });
    await turn();
    expect(clock.keptTimers).to.equal(0);
    const closing = watch(pool.close({ graceMs: Infinity }));
    expect(clock.keptTimers).to.equal(1);
    made.open(new Thing(0));
    await turn();
    expect(closing.now.state).to.equal("fulfilled");
    expect(clock.timers).to.equal(0);
  });

  it("graceMs of Infinity waits as long as it takes; by default ten seconds", async () => {
    const { pool, clock } = poolOf();
    const lease = await pool.acquire();
    const closing = watch(pool.close({ graceMs: Infinity }));
    expect(clock.timers).to.equal(0);
    await clock.advance(1e9);
    expect(closing.now.state).to.equal("pending");
    await lease.release();
    await turn();
    expect(closing.now.state).to.equal("fulfilled");

    const other = poolOf();
    await other.pool.acquire();
    const usual = watch(other.pool.close());
    await other.clock.advance(9999);
    expect(usual.now.state).to.equal("pending");
    await other.clock.advance(1);
    expect(usual.now.state).to.equal("fulfilled");
  });

  it("await using closes at the end of the block (test_context)", async () => {
    let outer: ReturnType<typeof poolOf<Thing>>["pool"];
    {
      await using pool = poolOf().pool;
      outer = pool;
      await pool.use(() => undefined);
    }
    expect(outer.stats().state).to.equal("closed");
  });

  it("a closed pool stays closed (test_reopen)", async () => {
    const { pool } = poolOf({ minSize: 1 });
    await pool.close();
    await rejected("POOL_CLOSED", pool.ready());
    pool.resize(5);
    pool.recycle();
    await turn();
    expect(pool.stats()).to.include({ size: 0, state: "closed" });
  });

  it("closed before it had begun to fill: nothing is made", async () => {
    const { pool, calls } = poolOf({ minSize: 2 });
    await pool.close();
    await turn();
    expect(calls).to.deep.equal([]);
  });

  it("a hung destroy holds the close up for destroyTimeoutMs", async () => {
    const { pool, clock } = poolOf({ destroyTimeoutMs: 100, destroy: () => new Promise(() => undefined) });
    await giveBack(await take(pool, 2));
    const closing = watch(pool.close());
    await clock.advance(99);
    expect(closing.now.state).to.equal("pending");
    await clock.advance(1);
    expect(closing.now.state).to.equal("fulfilled");
  });

  it("may be called from inside: by a holder, by destroy", async () => {
    const { pool } = poolOf({ destroy: () => void pool.close() });
    let closing: Promise<void> | undefined;
    await pool.use(() => {
      closing = pool.close();
    });
    await closing;
    expect(pool.stats().state).to.equal("closed");
  });

  describe("with `drain`", () => {
    it("serves those who wait, and refuses all others", async () => {
      const { pool, ended } = poolOf({ maxSize: 1 });
      const lease = await pool.acquire();
      const [next, last] = [pool.acquire(), pool.acquire()];
      const served = watch(last);
      const closing = watch(pool.close({ drain: true }));
      await rejected("POOL_CLOSED", pool.acquire());
      await rejected("POOL_CLOSED", pool.ready());
      expect(pool.tryAcquire()).to.equal(undefined);
      expect(pool.stats()).to.include({ state: "closing", waiting: 2 });
      await lease.release();
      await giveBack([await next]);
      expect(served.now.state).to.equal("fulfilled");
      expect(closing.now.state).to.equal("pending");
      expect(ended).to.be.empty;
      await giveBack([await last]);
      await turn();
      expect(closing.now.state).to.equal("fulfilled");
      expect(ended).to.have.length(1);
      expect(pool.stats()).to.include({ state: "closed", size: 0 });
    });

    it("lends nothing to anybody else while the last one's instance is prepared", async () => {
      const prepared = gate();
      let first = true;
      const onAcquire = (): unknown => (first ? (first = false) : prepared.promise);
      const { pool } = poolOf({ maxSize: 2, onAcquire });
      const lease = await pool.acquire();
      const last = pool.acquire();
      const closing = watch(pool.close({ drain: true }));
      await lease.release();
      await rejected("POOL_CLOSED", pool.acquire());
      expect(pool.tryAcquire()).to.equal(undefined);
      prepared.open(undefined);
      await giveBack([await last]);
      await turn();
      expect(closing.now.state).to.equal("fulfilled");
    });

    it("closes at once where nobody waits, and when the last one gives up waiting", async () => {
      const idle = poolOf();
      await idle.pool.close({ drain: true });
      const { pool } = poolOf({ maxSize: 1 });
      const lease = await pool.acquire();
      const controller = new AbortController();
      const waiting = watch(pool.acquire({ signal: controller.signal }));
      const closing = watch(pool.close({ drain: true }));
      controller.abort("enough");
      await lease.release();
      await turn();
      expect([waiting.now.state, closing.now.state]).to.deep.equal(["rejected", "fulfilled"]);
    });

    for (const [how, end] of [
      ["graceMs is over", ({ clock }: Closable) => clock.advance(5)],
      ["a later call has no patience", async ({ pool }: Closable) => void pool.close({ graceMs: 0 })],
    ] as const) {
      it(`rejects those who still wait when ${how}`, async () => {
        const fixture = poolOf({ maxSize: 1 });
        const { pool, clock } = fixture;
        const lease = await pool.acquire();
        const waiting = watch(pool.acquire());
        const closing = pool.close({ drain: true, graceMs: 5 });
        await end(fixture);
        await clock.advance(0);
        expect(waiting.now).to.have.nested.property("reason.code", "POOL_CLOSED");
        expect(lease.signal.aborted).to.equal(true);
        await closing;
        expect(clock.timers).to.equal(0);
      });
    }

    it("is refused unless it is true or false", async () => {
      await rejected("INVALID_OPTION", poolOf().pool.close({ drain: 1 } as never));
    });
  });
});
