import { expect } from "chai";
import { Pool } from "inversify-scopes/pool";

import { turn } from "../support/gate.js";
import { expectBooks, poolOf, take, watch } from "../support/pool.js";

const boom = (): never => {
  throw new Error("boom");
};

describe("destroy fails", () => {
  for (const [name, destroy] of [
    ["S33: destroy throws synchronously", boom],
    ["S33b: destroy rejects", () => Promise.reject(new Error("boom"))],
  ] as const) {
    it(`${name}: who waits is served, a warning tells, nothing is unhandled`, async () => {
      const { pool, warnings } = poolOf({ maxSize: 1, destroy });
      const lease = await pool.acquire();
      const waiting = pool.acquire();
      await lease.discard();
      expect((await waiting).value.n).to.equal(1);
      expect(warnings.map(({ kind, message }) => [kind, message])).to.deep.equal([
        ["POOL_DESTROY_FAILED", "Test: instance 0 (discarded) could not be destroyed: Error: boom"],
      ]);
      expect(pool.stats()).to.include({ destroyFailures: 1, size: 1 });
    });
  }

  it("destroy throws in housekeeping: the pool goes on (S33c)", async () => {
    const { pool, clock } = poolOf({ maxSize: 2, idleTimeoutMs: 100, destroy: boom });
    for (const lease of await take(pool, 2)) await lease.release();
    await clock.advance(100);
    expect(pool.stats()).to.include({ size: 0, destroyFailures: 2 });
    expect((await pool.acquire()).value.n).to.equal(2);
    expectBooks(pool.stats());
  });

  it("destroy hangs: its slot is held for destroyTimeoutMs, no longer, and nothing else is held back (S34)", async () => {
    const { pool, clock, warnings } = poolOf({
      maxSize: 1,
      destroyTimeoutMs: 100,
      destroy: () => new Promise(() => undefined),
    });
    const lease = await pool.acquire();
    const discarded = watch(lease.discard());
    const waiting = watch(pool.acquire());
    await turn();
    expect(pool.stats()).to.include({ destroying: 1, size: 0, waiting: 1 });
    await clock.advance(99);
    expect(waiting.now.state).to.equal("pending");
    await clock.advance(1);
    expect(waiting.now).to.have.nested.property("value.value.n", 1);
    expect(discarded.now.state).to.equal("fulfilled");
    expect(warnings[0]?.message).to.include("destroy took longer than destroyTimeoutMs, 100 ms");
    expect(warnings[0]?.facts["error"]).to.include({ code: "DESTROY_TIMEOUT", service: "Test" });
    expect(pool.stats()).to.include({ timedOutStillRunning: 1 });
  });

  it("the limit is physical: an instance that is being destroyed takes its slot", async () => {
    const { pool, calls } = poolOf({ maxSize: 2, destroy: () => new Promise(() => undefined) });
    const [a] = await take(pool, 2);
    void a?.discard();
    const waiting = watch(pool.acquire());
    await turn();
    expect(waiting.now.state).to.equal("pending");
    expect(calls).to.deep.equal([0, 1]);
    expect(pool.tryAcquire()).to.equal(undefined);
  });

  it("without a destroy there is nothing that could fail, or take time", async () => {
    const pool = new Pool({ create: () => ({}), maxSize: 1 });
    const discarded = (await pool.acquire()).discard();
    expect(pool.stats()).to.include({ size: 0, destroying: 0, destroyFailures: 0 });
    expect(pool.stats().destroyed).to.include({ discarded: 1 });
    await discarded;
  });

  it("release does not wait for destroy; discard does", async () => {
    const { pool, clock } = poolOf({
      maxSize: 2,
      maxUses: 1,
      destroy: () => new Promise((resolve) => void clock.setTimeout(() => resolve(undefined), 50)),
    });
    const [a, b] = await take(pool, 2);
    const released = watch(a?.release() as Promise<void>);
    const discarded = watch(b?.discard() as Promise<void>);
    await turn();
    expect([released.now.state, discarded.now.state]).to.deep.equal(["fulfilled", "pending"]);
    await clock.advance(50);
    expect(discarded.now.state).to.equal("fulfilled");
  });
});
