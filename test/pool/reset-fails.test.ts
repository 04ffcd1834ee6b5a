import { expect } from "chai";

import { expectBooks, poolOf, take, watch } from "../support/pool.js";

describe("onRelease", () => {
  it("once a return, not before the first loan (test_reset)", async () => {
    const done: number[] = [];
    const { pool } = poolOf({ maxSize: 1, onRelease: ({ n }) => void done.push(n) });
    const lease = await pool.acquire();
    expect(done).to.deep.equal([]);
    await lease.release();
    await pool.use(() => undefined);
    expect(done).to.deep.equal([0, 0]);
  });

  for (const [name, onRelease] of [
    ["rejects", () => Promise.reject(new Error("dirty"))],
    [
      "throws",
      () => {
        throw new Error("dirty");
      },
    ],
  ] as const) {
    it(`${name}: destroyed, who waits gets a fresh one, nobody a dirty one (S35, test_reset_broken)`, async () => {
      const { pool, ended, warnings } = poolOf({
        maxSize: 1,
        onRelease: ({ n }) => (n === 0 ? onRelease() : undefined),
      });
      const lease = await pool.acquire();
      lease.value.dirty = true;
      const waiting = pool.acquire();
      await lease.release();
      const fresh = await waiting;
      expect(fresh.value).to.include({ n: 1, dirty: false });
      expect(ended.map(({ n }) => n)).to.deep.equal([0]);
      expect(warnings.map(({ kind, message, facts }) => [kind, message, facts["hook"]])).to.deep.equal([
        ["POOL_HOOK_FAILED", "Test: onRelease failed, so the instance is destroyed: Error: dirty", "onRelease"],
      ]);
      expect(warnings[0]?.facts["error"]).to.have.property("message", "dirty");
      expect(pool.stats()).to.include({ hookFailures: 1 });
      expect(pool.stats().destroyed).to.include({ resetFailed: 1 });
    });
  }

  it("hangs: bounded by checkTimeoutMs, then destroyed; release resolves", async () => {
    const { pool, clock, ended, warnings } = poolOf({
      maxSize: 1,
      checkTimeoutMs: 50,
      onRelease: ({ n }) => (n === 0 ? new Promise(() => undefined) : undefined),
    });
    const lease = await pool.acquire();
    const waiting = watch(pool.acquire());
    const back = watch(lease.release());
    await clock.advance(49);
    expect(pool.stats()).to.include({ resetting: 1, leased: 0, waiting: 1 });
    expectBooks(pool.stats());
    await clock.advance(1);
    expect(back.now.state).to.equal("fulfilled");
    expect(waiting.now).to.have.nested.property("value.value.n", 1);
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect(warnings[0]?.facts["error"]).to.include({
      code: "CHECK_TIMEOUT",
      message: "Test: onRelease took longer than checkTimeoutMs, 50 ms",
    });
  });

  it("leaves it unusable: a check on release tells, and it is replaced (test_reset_badstate)", async () => {
    const { pool } = poolOf({
      maxSize: 1,
      onRelease: (thing) => void (thing.dirty = true),
      checkOn: ["release"],
      healthCheck: (thing) => !thing.dirty,
    });
    await pool.use(() => undefined);
    expect((await pool.acquire()).value.n).to.equal(1);
  });

  it("what it cleans is clean for the next (test_inerror_rollback)", async () => {
    const { pool } = poolOf({
      maxSize: 1,
      onRelease: (thing) => Promise.resolve().then(() => void (thing.dirty = false)),
    });
    const lease = await pool.acquire();
    lease.value.dirty = true;
    await lease.release();
    expect((await pool.acquire()).value).to.include({ n: 0, dirty: false });
  });

  it("is not called for an instance that is going to be destroyed anyhow", async () => {
    const reset: number[] = [];
    const { pool } = poolOf({ maxSize: 2, maxUses: 1, onRelease: ({ n }) => void reset.push(n) });
    const [a, b] = await take(pool, 2);
    await a?.release();
    await b?.discard();
    expect(reset).to.deep.equal([]);
  });
});

describe("onAcquire", () => {
  it("runs once a lease, before it", async () => {
    const done: number[] = [];
    const { pool } = poolOf({ maxSize: 1, onAcquire: ({ n }) => void done.push(n) });
    for (let i = 0; i < 3; i++) await pool.use(() => done.push(-1));
    expect(done).to.deep.equal([0, -1, 0, -1, 0, -1]);
  });

  it("fails on an instance that was lent before: destroyed, the caller gets another", async () => {
    const { pool, ended } = poolOf({
      maxSize: 1,
      onAcquire: (thing) => {
        if (thing.dirty) throw new Error("dirty");
      },
    });
    await pool.use((thing) => (thing.dirty = true));
    expect((await pool.acquire()).value.n).to.equal(1);
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect(pool.stats().destroyed).to.include({ acquireFailed: 1 });
  });

  it("fails, and the end of the instance takes its time: the caller gets the next idle one at once", async () => {
    const { pool } = poolOf({
      maxSize: 2,
      onAcquire: async (thing) => {
        if (thing.dirty) throw new Error("dirty");
      },
      destroy: () => new Promise(() => undefined),
    });
    const [a, b] = await take(pool, 2);
    await a?.release();
    if (b !== undefined) b.value.dirty = true;
    await b?.release();
    const waiting = watch(pool.acquire());
    await new Promise(setImmediate);
    expect(waiting.now).to.have.nested.property("value.value.n", 0);
  });

  it("fails on a new instance: another is tried; fails on that one too: the caller is told why", async () => {
    const cause = new Error("no permission");
    for (const onAcquire of [
      () => Promise.reject(cause),
      () => {
        throw cause;
      },
    ]) {
      const { pool, ended, warnings } = poolOf({ maxSize: 1, onAcquire });
      const waiting = watch(pool.acquire());
      await new Promise(setImmediate);
      expect(waiting.now).to.have.nested.property("reason.code", "CREATE_FAILED");
      expect(waiting.now).to.have.nested.property("reason.cause", cause);
      expect(waiting.now).to.have.nested.property(
        "reason.message",
        "Test: onAcquire on a new instance failed: Error: no permission",
      );
      const warning = {
        kind: "POOL_HOOK_FAILED",
        message: "Test: onAcquire failed, so the instance is destroyed: Error: no permission",
        facts: { pool: "Test", kind: "POOL_HOOK_FAILED", hook: "onAcquire", error: cause },
      };
      expect(warnings).to.deep.equal([warning, warning]);
      expect(ended.map(({ n }) => n)).to.deep.equal([0, 1]);
      expect(pool.stats()).to.include({ size: 0, waiting: 0 });
    }
  });

  it("hangs: bounded by checkTimeoutMs, then another is tried", async () => {
    const { pool, clock, warnings } = poolOf({
      maxSize: 1,
      checkTimeoutMs: 50,
      onAcquire: ({ n }) => (n === 0 ? new Promise(() => undefined) : undefined),
    });
    const waiting = watch(pool.acquire());
    await clock.advance(50);
    expect(warnings[0]?.facts["error"]).to.include({
      code: "CHECK_TIMEOUT",
      message: "Test: onAcquire took longer than checkTimeoutMs, 50 ms",
    });
    expect(waiting.now).to.have.nested.property("value.value.n", 1);
  });
});
