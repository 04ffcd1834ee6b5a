import { subscribe, unsubscribe } from "node:diagnostics_channel";

import { expect } from "chai";
import { Pool, type PoolOptions } from "inversify-scopes/pool";

import { VirtualClock } from "../support/clock.js";
import { turn } from "../support/gate.js";
import { collected } from "../support/gc.js";
import { poolOf, Thing, watch } from "../support/pool.js";

/**
 * Not the fixture: that keeps leases from being collected. A test asks the pool to the end: a pool that goes with its leases tells of none.
 */
function bare(
  maxSize: number,
  options: Partial<PoolOptions<Thing>> = {},
): { pool: Pool<Thing>; ended: number[]; warnings: string[]; facts: object[]; clock: VirtualClock } {
  const ended: number[] = [];
  const warnings: string[] = [];
  const facts: object[] = [];
  const clock = new VirtualClock();
  const pool = new Pool<Thing>({
    create: (n) => new Thing(n),
    destroy: ({ n }) => void ended.push(n),
    maxSize,
    clock,
    label: "Test",
    ...options,
    logger: {
      warn(message, about) {
        warnings.push(message);
        facts.push(about);
      },
    },
  });
  return { pool, ended, warnings, facts, clock };
}

describe("leases that are dropped", () => {
  it("after a lost race the lease is reported and reclaimed; its instance is not used again (S63)", async () => {
    const { pool, ended, warnings, facts, clock } = bare(1);
    await Promise.race([pool.acquire(), Promise.resolve()]);
    await clock.advance(50);
    expect(pool.stats().leased).to.equal(1);
    await collected(() => pool.stats().leased === 0);
    expect(ended).to.deep.equal([0]);
    expect(warnings).to.deep.equal([
      'Test: a lease was dropped without being released, 50 ms after it was taken; its instance is destroyed. Use "await using", or use()',
    ]);
    expect(facts[0]).to.deep.include({ kind: "POOL_LEASE_ABANDONED", pool: "Test", instance: 0 });
    expect(facts[0]).to.have.nested.property("holder.heldMs", 50);
    expect(pool.stats().destroyed).to.include({ abandoned: 1 });
    expect((await pool.acquire()).value.n).to.equal(1);
  });

  it("the report says where it was taken, if that was recorded", async () => {
    const { pool, warnings } = bare(1, { leaseStacks: true });
    void pool.tryAcquire();
    await collected(() => pool.stats().leased === 0);
    expect(warnings[0]).to.match(/It was taken\n.*abandoned-lease\.test/);
  });

  it("nothing is said of what was ended before", async () => {
    const ended = bare(1);
    await ended.pool.tryAcquire()?.discard();
    const dropped = bare(1);
    void dropped.pool.tryAcquire();
    await collected(() => dropped.warnings.length === 1);
    expect(ended.warnings).to.deep.equal([]);
    expect(ended.pool.stats().destroyed).to.include({ abandoned: 0, discarded: 1 });
  });

  it("one that was warned about is told once more, and on the channel, but not that it came back", async () => {
    const { pool, warnings, clock } = bare(1, { leaseWarnMs: 10, leaseStacks: false });
    const events: unknown[] = [];
    const listener = (event: unknown): void => void events.push(event);
    subscribe("inversify-scopes:pool:leak", listener);
    void pool.tryAcquire();
    await clock.advance(20);
    await collected(() => pool.stats().leased === 0);
    unsubscribe("inversify-scopes:pool:leak", listener);
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.include("holds a lease for 10 ms");
    expect(warnings[1]).to.include("a lease was dropped without being released, 20 ms after it was taken");
    const holder = { holder: "explicit lease", heldMs: 20 };
    expect(events.at(-1)).to.deep.equal({ pool: "Test", source: pool, instance: 0, what: "abandoned", holder });
  });

  it("who waits gets the slot (S73)", async () => {
    const { pool } = bare(1);
    void pool.tryAcquire();
    const waiting = watch(pool.acquire());
    await turn();
    expect(waiting.now.state).to.equal("pending");
    await collected(() => waiting.now.state === "fulfilled" && pool.stats().leased === 1);
    expect(waiting.now).to.have.nested.property("value.value.n", 1);
  });

  it("also one of an instance that was lent and given back before", async () => {
    const { pool, ended } = bare(1);
    for (let i = 0; i < 5; i++) await pool.use(() => undefined);
    void pool.tryAcquire();
    await collected(() => pool.stats().leased === 0);
    expect(ended).to.have.length(1);
  });

  it("one that is held is left alone, and so is what lies idle", async () => {
    const { pool, ended } = bare(3);
    const lease = await pool.acquire();
    await (await pool.acquire()).release();
    void pool.tryAcquire();
    await collected(() => ended.length === 1);
    expect(pool.stats()).to.include({ leased: 1 });
    expect(lease.value.n).to.equal(0);
    await lease.release();
  });

  it("one that a holder keeps is the holder's business: the pool knows the holder, whoever else does not", async () => {
    const { pool, ended } = bare(2);
    const hold = (): void => {
      const holder = { name: "request", waitBegan() {}, waitEnded() {}, leaseLost() {}, lease: undefined as unknown };
      holder.lease = pool.tryAcquireFor(holder);
    };
    hold();
    void pool.tryAcquire();
    await collected(() => ended.length === 1);
    expect(ended).to.deep.equal([1]);
    expect(pool.stats()).to.include({ leased: 1 });
  });

  it("one that is only its value is dropped too: keep the lease, or use use()", async () => {
    const { pool, ended } = bare(1);
    const { value } = await pool.acquire();
    await collected(() => pool.stats().leased === 0);
    expect(ended).to.have.length(1);
    expect(value.n).to.equal(0);
  });
});

describe("what a pool leaves behind", () => {
  it("closed and dropped: no instance, waiter or timer is pinned (S74, test_del_no_warning)", async () => {
    const refs: WeakRef<object>[] = [];
    await (async (): Promise<void> => {
      const pool = new Pool({
        create: (n) => {
          const thing = new Thing(n);
          refs.push(new WeakRef(thing));
          return thing;
        },
        maxSize: 2,
        idleTimeoutMs: 60_000,
        maxAgeMs: 60_000,
        leaseWarnMs: 60_000,
        healthCheck: () => true,
      });
      refs.push(new WeakRef(pool));
      const a = await pool.acquire();
      const b = await pool.acquire();
      const waiting = pool.acquire({ timeoutMs: 60_000, signal: new AbortController().signal });
      await a.release();
      await (await waiting).release();
      const late = pool.acquire({ timeoutMs: 60_000 });
      await b.release();
      await (await late).release();
      await pool.close();
    })();
    await turn();
    await collected(() => refs.every((ref) => ref.deref() === undefined));
  });

  it("dropped without having been closed: the same (S74)", async () => {
    const refs: WeakRef<object>[] = [];
    await (async (): Promise<void> => {
      const pool = new Pool({ create: (n) => new Thing(n), maxSize: 2 });
      refs.push(new WeakRef(pool));
      await pool.use((thing) => void refs.push(new WeakRef(thing)));
    })();
    await new Promise((resolve) => setTimeout(resolve, 250));
    await collected(() => refs.every((ref) => ref.deref() === undefined));
  });

  it("an instance that was destroyed is not pinned by the pool, nor by its lease (S74)", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    const lease = await pool.acquire();
    const ref = new WeakRef(lease.value);
    await lease.release();
    const other = bare(1);
    const second = await other.pool.acquire();
    const its = new WeakRef(second.value);
    await second.discard();
    await turn();
    await collected(() => its.deref() === undefined);
    expect(ref.deref()?.n).to.equal(0);
  });
});
