import { expect } from "chai";
import { ScopeError } from "inversify-scopes/pool";

import type { Holder, Wait } from "../../src/pool/holder.js";
import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { acquireFor, giveBack, type Outcome, poolOf, Thing, watch } from "../support/pool.js";

/** A holder that notes what it is told. */
class Noting implements Holder {
  readonly told: string[] = [];
  wait: Wait | undefined;
  lost: ScopeError | undefined;
  onWait: ((wait: Wait) => void) | undefined;
  constructor(readonly name: string) {}
  waitBegan(wait: Wait): void {
    this.told.push("began");
    this.wait = wait;
    this.onWait?.(wait);
  }
  waitEnded(wait: Wait): void {
    expect(wait).to.equal(this.wait);
    this.told.push("ended");
  }
  leaseLost(reason: ScopeError): void {
    this.told.push("lost");
    this.lost = reason;
  }
}

describe("holders", () => {
  it("is told nothing where nobody waits (S55)", async () => {
    const { pool } = poolOf();
    const holder = new Noting("request-1");
    await (await acquireFor(pool, holder)).release();
    await pool.tryAcquireFor(holder)?.release();
    await pool.tryAcquireFor(holder)?.release();
    expect(holder.told).to.deep.equal([]);
  });

  it("its attempts are like others': prepared, and after those who wait (S55)", async () => {
    let prepared = 0;
    const { pool } = poolOf({ maxSize: 1, onAcquire: () => void prepared++ });
    await pool.tryAcquireFor(new Noting("a"))?.release();
    await pool.tryAcquireFor(new Noting("a"))?.release();
    expect(prepared).to.equal(2);
    const held = await pool.acquire();
    const waiting = watch(pool.acquire());
    void held.release();
    expect(pool.tryAcquireFor(new Noting("a"))).to.equal(undefined);
    await turn();
    expect(waiting.now.state).to.equal("fulfilled");
  });

  it("is told that it waits, and that it does so no more, before it goes on (S55)", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    const a = new Noting("a");
    const b = new Noting("b");
    const held = await acquireFor(pool, a);
    const waiting = acquireFor(pool, b).then((lease) => {
      b.told.push("served");
      return lease;
    });
    expect(b.told).to.deep.equal(["began"]);
    expect(b.wait?.holder).to.equal(b);
    expect(b.wait?.pool.label).to.equal("Test");
    await held.release();
    await waiting;
    expect(b.told).to.deep.equal(["began", "ended", "served"]);
    expect(a.told).to.deep.equal([]);
  });

  it("that the wait ended, also by time-out, refusal and close (S55)", async () => {
    const { pool, clock } = poolOf({ maxSize: 1, acquireTimeoutMs: 5 });
    const held = await pool.acquire();
    const all: { readonly now: Outcome<unknown> }[] = [];
    const waits = (name: string): Noting => {
      const holder = new Noting(name);
      all.push(watch(acquireFor(pool, holder)));
      return holder;
    };
    const timedOut = waits("time-out");
    await clock.advance(5);
    const refused = waits("refusal");
    refused.wait?.reject(new ScopeError("POOL_DEADLOCK", "no"));
    const late = waits("close");
    void pool.close();
    await turn();
    expect(all.map(({ now }) => now.state)).to.deep.equal(["rejected", "rejected", "rejected"]);
    for (const { told, name } of [timedOut, refused, late]) expect(told, name).to.deep.equal(["began", "ended"]);
    const tooLate = new Noting("after the close");
    await rejected("POOL_CLOSED", acquireFor(pool, tooLate));
    expect(tooLate.told).to.deep.equal([]);
    await held.release();
  });

  it("a wait can be rejected from outside, at once from inside waitBegan too; harmless once settled", async () => {
    const { pool, clock } = poolOf({ maxSize: 1 });
    const held = await acquireFor(pool, new Noting("a"));
    const error = new ScopeError("POOL_DEADLOCK", "a waits for b waits for a");
    const b = new Noting("b");
    b.onWait = (wait) => wait.reject(error);
    expect(await rejected("POOL_DEADLOCK", acquireFor(pool, b))).to.equal(error);
    expect(b.told).to.deep.equal(["began", "ended"]);
    expect(pool.stats().waiting).to.equal(0);
    expect(clock.keptTimers).to.equal(0);

    const c = new Noting("c");
    const waiting = acquireFor(pool, c);
    await held.release();
    await waiting;
    c.wait?.reject(error);
    b.wait?.reject(error);
    expect(pool.stats()).to.include({ leased: 1, waiting: 0 });
  });

  it("the blockers of a pool are all who hold it, or nobody if it may lend without them (S55)", async () => {
    const destroyed = gate();
    const { pool } = poolOf({ maxSize: 2, destroy: () => destroyed.promise });
    const [a, b, c] = ["a", "b", "c"].map((name) => new Noting(name)) as [Noting, Noting, Noting];
    const first = await acquireFor(pool, a);
    const waiting = watch(acquireFor(pool, c));
    await turn();
    const second = waiting.now.state === "fulfilled" ? waiting.now.value : undefined;
    const blocked = watch(acquireFor(pool, b));
    const its = (b.wait as Wait).pool;
    const blockers = (): string[] | undefined => {
      const found = its.blockers();
      return found === undefined ? undefined : [...found].map(({ name }) => name);
    };
    expect(blockers()).to.deep.equal(["a", "c"]);
    void first.discard();
    expect(blockers(), "destroying").to.equal(undefined);
    destroyed.open();
    await turn();
    expect(blocked.now.state).to.equal("fulfilled");
    expect(blockers()).to.deep.equal(["c", "b"]);
    pool.resize(3);
    expect(blockers(), "room").to.equal(undefined);
    pool.resize(2);
    expect(blockers()).to.deep.equal(["c", "b"]);
    await second?.release();
    expect(blockers(), "idle").to.equal(undefined);
    await pool.acquire();
    expect(blockers(), "a lease without a holder").to.equal(undefined);
  });

  it("nor while instances are created, checked or reset (S55)", async () => {
    const made = gate<Thing>();
    const { pool } = poolOf({ maxSize: 1, create: () => made.promise, onRelease: () => new Promise(() => undefined) });
    const a = new Noting("a");
    const first = acquireFor(pool, a);
    expect(a.wait?.pool.blockers()).to.equal(undefined);
    made.open(new Thing(0));
    const lease = await first;
    expect([...(a.wait?.pool.blockers() ?? [])]).to.deep.equal([a]);
    void lease.release();
    expect(a.wait?.pool.blockers()).to.equal(undefined);
  });

  it("waits are numbered as they begin, through all pools", async () => {
    const orders: number[] = [];
    for (let i = 0; i < 3; i++) {
      const { pool } = poolOf({ maxSize: 1 });
      await pool.acquire();
      const holder = new Noting("x");
      void acquireFor(pool, holder).catch(() => undefined);
      orders.push(holder.wait?.order ?? 0);
    }
    expect(orders).to.deep.equal(orders.toSorted((x, y) => x - y));
    expect(new Set(orders).size).to.equal(3);
  });

  it("is named in errors and stats, and told when its lease is taken back", async () => {
    const { pool, clock } = poolOf({ maxSize: 1, maxLeaseMs: 100 });
    const holder = new Noting("request-7");
    await acquireFor(pool, holder);
    await clock.advance(40);
    expect(pool.view.holders()).to.deep.equal([{ holder: "request-7", heldMs: 40 }]);
    expect(pool.stats().instances[0]).to.include({ holder: "request-7", heldMs: 40 });
    await clock.advance(60);
    expect(holder.told).to.deep.equal(["lost"]);
    expect(holder.lost).to.include({ code: "LEASE_ENDED" });
    expect(holder.lost?.message).to.include("the lease of request-7 was taken back after 100 ms");
    expect(pool.view.holders()).to.deep.equal([]);
  });

  it("why there was nothing to be had at once", async () => {
    const { pool } = poolOf({ maxSize: 1, create: async (n) => new Thing(n) });
    expect(pool.tryAcquireFor(new Noting("a"))).to.equal(undefined);
    expect(pool.view.whyNot()).to.equal("NOT_READY");
    await turn();
    const lease = pool.tryAcquireFor(new Noting("a"));
    expect(lease?.value.n).to.equal(0);
    expect(pool.tryAcquireFor(new Noting("b"))).to.equal(undefined);
    expect(pool.view.whyNot()).to.equal("POOL_EXHAUSTED");
    expect(pool.view.describeState()).to.equal("1 leased of 1, 0 waiting");
    await giveBack(lease === undefined ? [] : [lease]);
    await pool.close();
    expect(pool.view.whyNot()).to.equal("POOL_CLOSED");
    expect(pool.view.describeState()).to.equal("empty of 1, 0 waiting");
  });
});
