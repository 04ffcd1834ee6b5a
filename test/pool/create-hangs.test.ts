import { subscribe, unsubscribe } from "node:diagnostics_channel";

import { expect } from "chai";

import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { expectBooks, poolOf, Thing, watch } from "../support/pool.js";

const never = (): Promise<never> => new Promise(() => undefined);

describe("create hangs", () => {
  it("its slot is free again at createTimeoutMs; what comes late is destroyed, never lent (S07)", async () => {
    const made = gate<Thing>();
    const { pool, clock, ended } = poolOf({
      maxSize: 1,
      createTimeoutMs: 100,
      create: (n) => (n === 0 ? made.promise : new Thing(n)),
    });
    const first = rejected("CREATE_TIMEOUT", pool.acquire());
    const second = watch(pool.acquire());
    await clock.advance(99);
    expect(pool.stats()).to.include({ creating: 1, waiting: 2 });
    await clock.advance(1);
    expect(await first).to.include({
      message: "Test: create took longer than createTimeoutMs, 100 ms",
      service: "Test",
    });
    expect(second.now).to.have.nested.property("value.value.n", 1);
    expect(pool.stats()).to.include({ size: 1, timedOutStillRunning: 1 });
    made.open(new Thing(0));
    await turn();
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect(pool.stats()).to.include({ size: 1, leased: 1, timedOutStillRunning: 0 });
    expect(pool.stats().destroyed).to.include({ late: 1 });
    expectBooks(pool.stats());
  });

  it("a factory that asks for its signal after that finds it aborted, and after a close too (S07)", async () => {
    for (const isClosed of [false, true]) {
      const step = gate();
      let signal: AbortSignal | undefined;
      const { pool, clock } = poolOf({
        createTimeoutMs: 100,
        create: async (n, context) => {
          await step.promise;
          ({ signal } = context);
          return new Thing(n);
        },
      });
      const code = isClosed ? "POOL_CLOSED" : "CREATE_TIMEOUT";
      const waiting = rejected(code, pool.acquire());
      if (isClosed) void pool.close();
      else await clock.advance(100);
      step.open();
      await waiting;
      expect(signal?.reason).to.have.property("code", code);
    }
  });

  it("what comes late and is in a pool by now is left alone (S07)", async () => {
    const made = gate<Thing>();
    const thing = new Thing(0);
    const { pool, clock, ended } = poolOf({
      maxSize: 1,
      createTimeoutMs: 100,
      create: (n) => (n === 0 ? made.promise : thing),
    });
    const first = rejected("CREATE_TIMEOUT", pool.acquire());
    await clock.advance(100);
    await first;
    const lease = await pool.acquire();
    made.open(thing);
    await turn();
    expect(ended).to.deep.equal([]);
    expect(lease.value).to.equal(thing);
  });

  it("a close waits for the end of what came late (S07)", async () => {
    const made = gate<Thing>();
    const gone = gate();
    const { pool, clock } = poolOf({ createTimeoutMs: 100, create: () => made.promise, destroy: () => gone.promise });
    const first = rejected("CREATE_TIMEOUT", pool.acquire());
    await clock.advance(100);
    await first;
    made.open(new Thing(0));
    await turn();
    const closed = watch(pool.close());
    await turn();
    expect(closed.now.state).to.equal("pending");
    gone.open();
    await turn();
    expect(closed.now.state).to.equal("fulfilled");
  });

  it("what comes late may be nothing, or a failure (S07)", async () => {
    const made = [gate<Thing>(), gate<Thing>(), gate<Thing>()];
    const { pool, clock, ended } = poolOf({
      maxSize: 3,
      createTimeoutMs: 100,
      create: (n) => (made[n] as (typeof made)[0]).promise,
    });
    const all = [pool.acquire(), pool.acquire(), pool.acquire()].map((promise) => rejected("CREATE_TIMEOUT", promise));
    await clock.advance(100);
    await Promise.all(all);
    made[0]?.open(undefined as unknown as Thing);
    made[1]?.fail(new Error("late"));
    made[2]?.open(null as unknown as Thing);
    await turn();
    expect(ended).to.deep.equal([]);
    expect(pool.stats()).to.include({ timedOutStillRunning: 0, size: 0 });
    expect(pool.stats().destroyed).to.include({ late: 0 });
  });

  it("what comes late and cannot be destroyed is told on the channel, and as a warning (S07)", async () => {
    const events: unknown[] = [];
    const listener = (event: unknown): void => void events.push(event);
    subscribe("inversify-scopes:pool:destroy", listener);
    const made = gate<Thing>();
    const error = new Error("stuck");
    const { pool, clock, warnings } = poolOf({
      createTimeoutMs: 100,
      create: () => made.promise,
      destroy: () => {
        throw error;
      },
    });
    const acquiring = rejected("CREATE_TIMEOUT", pool.acquire());
    await clock.advance(100);
    await acquiring;
    made.open(new Thing(0));
    await turn();
    unsubscribe("inversify-scopes:pool:destroy", listener);
    expect(events).to.deep.equal([{ pool: pool.label, source: pool, instance: 0, reason: "late", error }]);
    expect(warnings[0]?.message).to.equal("Test: instance 0 (late) could not be destroyed: Error: stuck");
    expect(warnings[0]?.facts).to.include({ instance: 0, reason: "late", error });
  });

  it("create is told that it is not wanted any more", async () => {
    let signal: AbortSignal | undefined;
    const { pool, clock } = poolOf({
      createTimeoutMs: 100,
      create: (_, context) => {
        ({ signal } = context);
        expect(context.signal).to.equal(signal);
        return never();
      },
    });
    const error = rejected("CREATE_TIMEOUT", pool.acquire());
    await clock.advance(99);
    expect(signal?.aborted).to.equal(false);
    await clock.advance(1);
    expect(signal?.reason).to.equal(await error);
  });

  it("the time of create and that of onCreate are one", async () => {
    const made = gate<Thing>();
    const { pool, clock, ended } = poolOf({ createTimeoutMs: 100, create: () => made.promise, onCreate: never });
    await clock.advance(1000);
    const first = watch(pool.acquire());
    await clock.advance(60);
    made.open(new Thing(0));
    await clock.advance(39);
    expect(first.now.state).to.equal("pending");
    await clock.advance(1);
    expect(first.now).to.have.nested.property("reason.code", "CREATE_TIMEOUT");
    expect(first.now).to.have.nested.property(
      "reason.message",
      "Test: create with onCreate took longer than createTimeoutMs, 100 ms",
    );
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
  });

  it("the first of three creations hangs: it does not block the others (S61)", async () => {
    const { pool } = poolOf({ maxSize: 3, create: (n) => (n === 0 ? never() : Promise.resolve(new Thing(n))) });
    const all = [1, 2, 3].map(() => watch(pool.acquire()));
    await turn();
    expect(all.map(({ now }) => now.state)).to.deep.equal(["fulfilled", "fulfilled", "pending"]);
  });

  it("where there is room, the one left gets another creation soon (S61)", async () => {
    const { pool, clock, calls } = poolOf({
      maxSize: 5,
      create: (n) => (n === 0 ? never() : Promise.resolve(new Thing(n))),
    });
    const all = [1, 2, 3].map(() => watch(pool.acquire()));
    await turn();
    expect(calls.length).to.equal(3);
    await clock.advance(1000);
    expect(all.map(({ now }) => now.state)).to.deep.equal(["fulfilled", "fulfilled", "fulfilled"]);
    expect(calls.length).to.equal(4);
  });

  it("a hung creation ahead does not block a caller (S61)", async () => {
    const { pool, clock } = poolOf({ maxSize: 2, minSize: 1, create: (n) => (n === 0 ? never() : new Thing(n)) });
    await turn();
    await clock.advance(1000);
    expect((await pool.acquire()).value.n).to.equal(1);
  });

  it("nor does one whose caller gave up (S61)", async () => {
    const { pool, clock } = poolOf({ maxSize: 2, create: (n) => (n === 0 ? never() : new Thing(n)) });
    const aborter = new AbortController();
    const gone = pool.acquire({ signal: aborter.signal }).catch(() => undefined);
    await clock.advance(1000);
    aborter.abort();
    await gone;
    expect((await pool.acquire()).value.n).to.equal(1);
  });

  for (const begin of ["acquire", "tryAcquire"] as const) {
    it(`and when it ends after all, all is as if it had never hung (${begin}) (S61)`, async () => {
      const made = [gate<Thing>(), gate<Thing>()];
      const { pool, clock, calls } = poolOf({ maxSize: 5, create: (n) => (made[n] as (typeof made)[0]).promise });
      void pool[begin]();
      await clock.advance(1000);
      made[0]?.open(new Thing(0));
      await turn();
      if (begin === "tryAcquire") await pool.acquire();
      // What is made for one who gives up serves a newcomer.
      const aborter = new AbortController();
      const gone = pool.acquire({ signal: aborter.signal }).catch(() => undefined);
      aborter.abort();
      await gone;
      const next = watch(pool.acquire());
      expect(calls).to.deep.equal([0, 1]);
      made[1]?.open(new Thing(1));
      await turn();
      expect(next.now).to.have.nested.property("value.value.n", 1);
    });
  }

  it("nor does one that tryAcquire began (S61)", async () => {
    const { pool, clock } = poolOf({ maxSize: 2, create: (n) => (n === 0 ? never() : new Thing(n)) });
    expect(pool.tryAcquire()).to.equal(undefined);
    await clock.advance(1000);
    expect((await pool.acquire()).value.n).to.equal(1);
  });

  it("a creation that is under way serves a newcomer: no more are made than wanted", async () => {
    const made = gate<Thing>();
    const { pool, calls } = poolOf({ maxSize: 5, create: (n) => (n === 0 ? made.promise : new Thing(n)) });
    const aborter = new AbortController();
    const gone = pool.acquire({ signal: aborter.signal }).catch(() => undefined);
    aborter.abort();
    await gone;
    const next = pool.acquire();
    await turn();
    expect(calls).to.deep.equal([0]);
    made.open(new Thing(0));
    expect((await next).value.n).to.equal(0);
  });

  it("a creation that timed out is a failed creation like any other (S72)", async () => {
    const { pool, clock } = poolOf({ createTimeoutMs: 10, create: never });
    const failed = rejected("CREATE_TIMEOUT", pool.acquire());
    await clock.advance(10);
    await failed;
    expect(pool.stats()).to.include({ createFailures: 1, createAttempts: 1, size: 0 });
    expect(pool.stats().lastCreateError).to.include("createTimeoutMs");
  });
});
