import { expect } from "chai";
import { getEventListeners } from "node:events";

import { reasonOf, rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { expectBooks, giveBack, poolOf, take, Thing, watch } from "../support/pool.js";

describe("aborting an acquisition", () => {
  it("rejects at once with the signal's reason, leaves the queue, removes its listener (S16)", async () => {
    const { pool, clock } = poolOf({ maxSize: 1 });
    const [held] = await take(pool, 1);
    const aborter = new AbortController();
    const reason = { any: "thing" };
    const waiting = pool.acquire({ signal: aborter.signal });
    expect(getEventListeners(aborter.signal, "abort").length).to.equal(1);
    aborter.abort(reason);
    expect(pool.stats()).to.include({ waiting: 0, aborts: 1 });
    expect(await reasonOf(waiting)).to.equal(reason);
    expect(getEventListeners(aborter.signal, "abort").length).to.equal(0);
    expect(clock.keptTimers).to.equal(0);
    await held?.release();
    expect(pool.stats()).to.include({ idle: 1, leased: 0 });
  });

  it("the listener is removed when it is served, when it times out, and when the pool closes (S16)", async () => {
    const { pool, clock } = poolOf({ maxSize: 1 });
    const { signal } = new AbortController();
    const [held] = await take(pool, 1);
    const served = pool.acquire({ signal });
    await held?.release();
    const lease = await served;
    expect(getEventListeners(signal, "abort").length).to.equal(0);
    const late = rejected("POOL_TIMEOUT", pool.acquire({ signal, timeoutMs: 5 }));
    await clock.advance(5);
    await late;
    expect(getEventListeners(signal, "abort").length).to.equal(0);
    const closed = rejected("POOL_CLOSED", pool.acquire({ signal }));
    const end = pool.close();
    await closed;
    expect(getEventListeners(signal, "abort").length).to.equal(0);
    await lease.release();
    await end;
  });

  it("aborted already: rejects, create is not called (S17)", async () => {
    const { pool, calls } = poolOf();
    expect(await reasonOf(pool.acquire({ signal: AbortSignal.abort("no") }))).to.equal("no");
    expect(calls).to.deep.equal([]);
    expect(pool.stats().waiting).to.equal(0);
    // Nor is an idle one taken.
    await (await pool.acquire()).release();
    expect(await reasonOf(pool.acquire({ signal: AbortSignal.abort("no") }))).to.equal("no");
    expect(pool.stats()).to.include({ idle: 1, uses: 1 });
  });

  it("an instance that is there is taken without listening", async () => {
    const { pool } = poolOf();
    const { signal } = new AbortController();
    await pool.acquire({ signal });
    expect(getEventListeners(signal, "abort").length).to.equal(0);
  });

  it("aborted after it was served: the lease is the caller's", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    const [held] = await take(pool, 1);
    const aborter = new AbortController();
    const waiting = pool.acquire({ signal: aborter.signal });
    void held?.release();
    aborter.abort();
    const lease = await waiting;
    expect(pool.stats().leased).to.equal(1);
    await lease.release();
    expect(pool.stats()).to.include({ leased: 0, idle: 1 });
  });

  it("9 callers on 3 instances, all aborted: 3 available, none waiting, all well (test_cancellation_in_queue)", async () => {
    const { pool } = poolOf({ maxSize: 3 });
    const held = await take(pool, 3);
    const aborter = new AbortController();
    const all = Array.from({ length: 9 }, () => watch(pool.acquire({ signal: aborter.signal })));
    expect(pool.stats().waiting).to.equal(9);
    aborter.abort();
    await turn();
    expect(all.every(({ now }) => now.state === "rejected")).to.equal(true);
    await giveBack(held);
    expect(pool.stats()).to.include({ idle: 3, waiting: 0, size: 3 });
    await giveBack(await take(pool, 3));
    expectBooks(pool.stats());
  });

  it("aborted inside the check: the instance is not lost, nor checked for nobody again (test_cancel_on_check)", async () => {
    let checks = 0;
    const checked = gate<boolean>();
    const { pool } = poolOf({
      maxSize: 1,
      checkOn: ["acquire"],
      healthCheck: () => (checks++, checked.promise),
    });
    await giveBack(await take(pool, 1));
    const aborter = new AbortController();
    const waiting = reasonOf(pool.acquire({ signal: aborter.signal }));
    expect(pool.stats()).to.include({ checking: 1, waiting: 1 });
    aborter.abort("gone");
    expect(await waiting).to.equal("gone");
    expect(pool.stats()).to.include({ checking: 1, waiting: 0 });
    checked.open(true);
    await turn();
    expect(pool.stats()).to.include({ checking: 0, idle: 1 });
    expect((await pool.acquire()).value.n).to.equal(0);
    expect(checks).to.equal(1);
  });

  it("aborted inside onAcquire: the next one gets the instance, and the hook is not run twice for it", async () => {
    let hooks = 0;
    const prepared = gate();
    const { pool } = poolOf({ maxSize: 1, onAcquire: () => (hooks++, prepared.promise) });
    const aborter = new AbortController();
    const first = reasonOf(pool.acquire({ signal: aborter.signal }));
    const second = pool.acquire();
    aborter.abort("gone");
    expect(await first).to.equal("gone");
    prepared.open();
    const lease = await second;
    expect(hooks).to.equal(1);
    await lease.release();
    await pool.acquire();
    expect(hooks).to.equal(2);
  });

  it("aborted while the instance is being reset: it is not lost (test_cancel_on_rollback)", async () => {
    const reset = gate();
    const { pool } = poolOf({ maxSize: 1, onRelease: () => reset.promise });
    const [held] = await take(pool, 1);
    const aborter = new AbortController();
    const waiting = reasonOf(pool.acquire({ signal: aborter.signal }));
    const back = held?.release();
    aborter.abort("gone");
    expect(await waiting).to.equal("gone");
    reset.open();
    await back;
    expect(pool.stats()).to.include({ idle: 1, waiting: 0 });
  });

  it("aborted while its instance is created: it goes to the next, or lies idle", async () => {
    const made = gate<Thing>();
    const { pool } = poolOf({ maxSize: 1, create: () => made.promise });
    const aborter = new AbortController();
    const waiting = reasonOf(pool.acquire({ signal: aborter.signal }));
    aborter.abort("gone");
    expect(await waiting).to.equal("gone");
    made.open(new Thing(0));
    await turn();
    expect(pool.stats()).to.include({ idle: 1, creating: 0 });
  });

  it("an abort listener that stops the event for others does not stop ours", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    await take(pool, 1);
    const aborter = new AbortController();
    aborter.signal.addEventListener("abort", (event) => event.stopImmediatePropagation());
    const waiting = reasonOf(pool.acquire({ signal: aborter.signal }));
    aborter.abort("gone");
    expect(await waiting).to.equal("gone");
  });

  it("use rejects with the reason too, and does not call", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    await take(pool, 1);
    const aborter = new AbortController();
    let called = false;
    const waiting = reasonOf(pool.use(() => (called = true), { signal: aborter.signal }));
    aborter.abort("gone");
    expect(await waiting).to.equal("gone");
    expect(called).to.equal(false);
  });
});
