import { expect } from "chai";
import type { Pool } from "inversify-scopes/pool";

import type { VirtualClock } from "../support/clock.js";
import { gate, turn } from "../support/gate.js";
import { giveBack, poolOf, take, Thing, watch } from "../support/pool.js";

describe("checks before lending", () => {
  for (const [name, check] of [
    ["S22: the check rejects", () => Promise.reject(new Error("bad"))],
    [
      "S22b: the check throws",
      () => {
        throw new Error("bad");
      },
    ],
    ["the check says false", () => false],
    ["test_getconn_check: the check says false, later", () => Promise.resolve(false)],
  ] as const) {
    it(`${name}: the instance is destroyed, the caller gets another`, async () => {
      const { pool, ended, calls } = poolOf({
        maxSize: 2,
        checkOn: ["acquire"],
        healthCheck: ({ n }) => (n < 2 ? check() : true),
      });
      await giveBack(await take(pool, 2));
      expect((await pool.acquire()).value.n).to.equal(2);
      expect(ended.map(({ n }) => n)).to.have.members([0, 1]);
      expect(calls).to.deep.equal([0, 1, 2]);
      expect(pool.stats()).to.include({ size: 1, checkFailures: 2, checks: 2 });
      expect(pool.stats().destroyed).to.include({ unhealthy: 2 });
    });
  }

  it("the check never settles: bounded by checkTimeoutMs, the slot comes back (S23)", async () => {
    const { pool, clock, ended } = poolOf({
      maxSize: 1,
      checkOn: ["acquire"],
      checkTimeoutMs: 50,
      healthCheck: () => new Promise(() => undefined),
    });
    await giveBack(await take(pool, 1));
    const waiting = watch(pool.acquire());
    await clock.advance(49);
    expect(waiting.now.state).to.equal("pending");
    await clock.advance(1);
    expect(waiting.now).to.have.nested.property("value.value.n", 1);
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect(pool.stats()).to.include({ timedOutStillRunning: 1, checkFailures: 1 });
  });

  it("without a check nobody looks (test_connect_no_check)", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    await giveBack(await take(pool, 1));
    expect((await pool.acquire()).value.n).to.equal(0);
  });

  it("an instance just made is not checked; one that was lent before is (S26)", async () => {
    const checked: number[] = [];
    const { pool } = poolOf({ maxSize: 1, checkOn: ["acquire"], healthCheck: ({ n }) => void checked.push(n) });
    const lease = await pool.acquire();
    expect(checked).to.deep.equal([]);
    const waiting = pool.acquire();
    await lease.release();
    await waiting;
    expect(checked).to.deep.equal([0]);
  });

  it("an ill one whose end takes its time does not keep the caller from the next idle one", async () => {
    const { pool } = poolOf({
      maxSize: 2,
      checkOn: ["acquire"],
      healthCheck: ({ n }) => Promise.resolve(n === 0),
      destroy: () => new Promise(() => undefined),
    });
    await giveBack(await take(pool, 2));
    const waiting = watch(pool.acquire());
    await turn();
    expect(waiting.now).to.have.nested.property("value.value.n", 0);
  });

  it("a used one that turns out ill is replaced without a back-off", async () => {
    let down = false;
    const { pool, calls } = poolOf({
      maxSize: 2,
      minSize: 2,
      checkOn: ["acquire"],
      healthCheck: ({ n }) => !(down && n === 0),
    });
    await pool.ready();
    await giveBack(await take(pool, 2));
    down = true;
    await giveBack([await pool.acquire()]);
    expect(calls).to.deep.equal([0, 1, 2]);
    expect(pool.stats()).to.include({ idle: 2, size: 2 });
  });

  for (const [what, change, lent] of [
    ["too old", async (_: Pool<Thing>, clock: VirtualClock) => clock.advance(1000), 0],
    ["one too many", async (pool: Pool<Thing>) => pool.resize(0), 0],
    ["recycled", async (pool: Pool<Thing>) => pool.recycle(), 1],
  ] as const) {
    it(`${what} by the end of its check: ${lent === 0 ? "lent all the same, for the last time" : "not lent any more"}`, async () => {
      const checked = gate<boolean>();
      const { pool, clock, ended } = poolOf({
        maxSize: 1,
        maxAgeMs: 1000,
        maxAgeJitter: 0,
        checkTimeoutMs: Infinity,
        checkOn: ["acquire"],
        healthCheck: () => checked.promise,
      });
      await giveBack(await take(pool, 1));
      const waiting = pool.acquire();
      await change(pool, clock);
      checked.open(true);
      const lease = await waiting;
      expect(lease.value.n).to.equal(lent);
      await lease.release();
      expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    });
  }

  it("whose caller gave up while it was checked is not prepared for nobody, and not checked again at once", async () => {
    const checked = gate<boolean>();
    let checks = 0;
    let hooks = 0;
    const { pool, clock } = poolOf({
      maxSize: 1,
      checkOn: ["acquire"],
      healthCheck: () => (checks++ === 0 ? checked.promise : true),
      onAcquire: () => void hooks++,
    });
    await giveBack(await take(pool, 1));
    const aborter = new AbortController();
    const gone = pool.acquire({ signal: aborter.signal }).catch(() => undefined);
    aborter.abort();
    await gone;
    checked.open(true);
    await turn();
    expect({ checks, hooks, idle: pool.stats().idle }).to.deep.equal({ checks: 1, hooks: 1, idle: 1 });
    await giveBack(await take(pool, 1));
    expect({ checks, hooks }).to.deep.equal({ checks: 1, hooks: 2 });
    await clock.advance(2000);
    await giveBack(await take(pool, 1));
    expect({ checks, hooks }).to.deep.equal({ checks: 2, hooks: 3 });
  });

  it("one made ahead is checked before its first loan (test_check_init)", async () => {
    const checked: number[] = [];
    const { pool } = poolOf({ minSize: 1, checkOn: ["acquire"], healthCheck: ({ n }) => void checked.push(n) });
    await pool.ready();
    await pool.acquire();
    expect(checked).to.deep.equal([0]);
  });

  it("an instance that came back a moment ago is not checked, within checkAfterIdleMs (S66)", async () => {
    let checks = 0;
    const { pool, clock } = poolOf({
      checkOn: ["acquire"],
      checkAfterIdleMs: 500,
      healthCheck: () => void checks++,
    });
    await clock.advance(1000);
    await giveBack([await pool.acquire()]);
    await clock.advance(499);
    await giveBack([await pool.acquire()]);
    expect(checks).to.equal(0);
    await clock.advance(500);
    await pool.acquire();
    expect(checks).to.equal(1);
  });

  it("any answer but false is well", async () => {
    for (const answer of [undefined, null, 0, "", true, {}]) {
      const { pool } = poolOf({ maxSize: 1, checkOn: ["acquire"], healthCheck: () => answer });
      await giveBack([await pool.acquire()]);
      expect((await pool.acquire()).value.n).to.equal(0);
    }
  });

  it("down, callers time out; up again, they are served (test_connect_check_timeout)", async () => {
    let up = true;
    const { pool, clock } = poolOf({
      maxSize: 1,
      checkOn: ["acquire"],
      healthCheck: () => up,
      create: (n) => (up ? new Thing(n) : Promise.reject(new Error("down"))),
    });
    await giveBack(await take(pool, 1));
    up = false;
    const outcomes: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      const waiting = watch(pool.acquire({ timeoutMs: 1000 }));
      await clock.advance(1000);
      outcomes.push(waiting.now.state);
    }
    expect(new Set(outcomes)).to.deep.equal(new Set(["rejected"]));
    up = true;
    const waiting = pool.acquire();
    await clock.advance(10_000);
    expect((await waiting).value).to.be.instanceOf(Thing);
  });

  it("checked and found well: settled without a turn of the event loop when the check is synchronous", async () => {
    const { pool } = poolOf({ maxSize: 1, checkOn: ["acquire"], healthCheck: () => true });
    await giveBack([await pool.acquire()]);
    let turned = false;
    setImmediate(() => (turned = true));
    await pool.acquire();
    expect(turned).to.equal(false);
    await turn();
  });
});
