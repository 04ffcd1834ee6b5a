import { expect } from "chai";
import type { Pool, PoolOptions } from "inversify-scopes/pool";

import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { collected } from "../support/gc.js";
import { giveBack, poolOf, take, Thing, watch } from "../support/pool.js";

describe("the deadline of an acquisition", () => {
  it("what is released goes to the next, never to one that timed out (S10, test_dead_client)", async () => {
    const { pool, clock } = poolOf({ maxSize: 1 });
    const [held] = await take(pool, 1);
    const dead = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 50 }));
    await clock.advance(50);
    await dead;
    await held?.release();
    expect((await pool.acquire()).value.n).to.equal(0);
  });

  it("the head timed out, the second is served at once (S11)", async () => {
    const { pool, clock } = poolOf({ maxSize: 1 });
    const [held] = await take(pool, 1);
    const dead = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 50 }));
    const second = pool.acquire({ timeoutMs: 500 });
    await clock.advance(50);
    await dead;
    void held?.release();
    expect((await second).value.n).to.equal(0);
  });

  it("five have timed out: nobody waits, no timer is left, nothing holds their closures (S12)", async () => {
    const { pool, clock } = poolOf({ maxSize: 1 });
    const held = await pool.acquire();
    const refs: WeakRef<object>[] = [];
    const wait = async (): Promise<void> => {
      const holder = { big: true };
      refs.push(new WeakRef(holder));
      await pool.acquire({ timeoutMs: 50 }).then(
        () => holder,
        () => undefined,
      );
    };
    const all = Array.from({ length: 5 }, wait);
    await clock.advance(50);
    await Promise.all(all);
    all.length = 0;
    expect(pool.stats()).to.include({ waiting: 0, timeouts: 5 });
    expect(clock.keptTimers).to.equal(0);
    await collected(() => refs.every((ref) => ref.deref() === undefined));
    await held.release();
  });

  it("one absolute deadline: failed checks and re-queueing don't re-arm it (S14)", async () => {
    const { pool, clock } = poolOf({
      maxSize: 2,
      checkOn: ["acquire"],
      healthCheck: () => new Promise<boolean>((resolve) => void clock.setTimeout(() => resolve(false), 60)),
      create: (n) => (n < 2 ? new Thing(n) : new Promise<Thing>(() => undefined)),
    });
    await giveBack(await take(pool, 2));
    const waiting = watch(pool.acquire({ timeoutMs: 150 }));
    await clock.advance(149);
    expect(waiting.now.state).to.equal("pending");
    await clock.advance(1);
    expect(waiting.now).to.have.nested.property("reason.code", "POOL_TIMEOUT");
  });

  it("2 instances, 6 callers of 200 ms: done at 200, 200, 400, 400, 600, 600 (test_queue)", async () => {
    const { pool, clock } = poolOf();
    const times: number[] = [];
    const seen = new Set<Thing>();
    const all = Array.from({ length: 6 }, () =>
      pool
        .use((thing) => {
          seen.add(thing);
          return new Promise<void>((resolve) => void clock.setTimeout(resolve, 200));
        })
        .then(() => times.push(clock.time)),
    );
    await clock.advance(600);
    await Promise.all(all);
    expect(times).to.deep.equal([200, 200, 400, 400, 600, 600]);
    expect(seen.size).to.equal(2);
  });

  it("callers beyond capacity time out, the others are not affected (test_queue_timeout)", async () => {
    const { pool, clock } = poolOf({ acquireTimeoutMs: 100 });
    const all = Array.from({ length: 4 }, () =>
      watch(pool.use(() => new Promise<number>((resolve) => void clock.setTimeout(() => resolve(clock.time), 200)))),
    );
    await clock.advance(100);
    expect(all.map(({ now }) => now.state)).to.deep.equal(["pending", "pending", "rejected", "rejected"]);
    await clock.advance(100);
    expect(all.map(({ now }) => now.state)).to.deep.equal(["fulfilled", "fulfilled", "rejected", "rejected"]);
  });

  it("the call's time-out beats the pool's, either way (test_queue_timeout_override)", async () => {
    const { pool, clock } = poolOf({ maxSize: 1, acquireTimeoutMs: 100 });
    await take(pool, 1);
    const short = watch(pool.acquire({ timeoutMs: 20 }));
    const usual = watch(pool.acquire());
    const long = watch(pool.acquire({ timeoutMs: 300 }));
    const ever = watch(pool.acquire({ timeoutMs: Infinity }));
    const states = (): unknown[] => [short, usual, long, ever].map(({ now }) => now.state);
    await clock.advance(20);
    expect(states()).to.deep.equal(["rejected", "pending", "pending", "pending"]);
    await clock.advance(80);
    expect(states()).to.deep.equal(["rejected", "rejected", "pending", "pending"]);
    await clock.advance(200);
    expect(states()).to.deep.equal(["rejected", "rejected", "rejected", "pending"]);
    await clock.advance(1e9);
    expect(states()).to.deep.equal(["rejected", "rejected", "rejected", "pending"]);
  });

  it("a time-out of 0 means 0, not the default", async () => {
    const { pool, clock } = poolOf({ maxSize: 1 });
    await take(pool, 1);
    const none = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 0 }));
    await clock.advance(0);
    await none;
  });

  it("a time-out of 0 is no hindrance where there is one", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    expect((await pool.acquire({ timeoutMs: 0 })).value.n).to.equal(0);
  });

  it("the check always fails: within the caller's time-out there is an answer (test_check_timeout)", async () => {
    const { pool, clock } = poolOf({
      maxSize: 1,
      checkOn: ["acquire"],
      healthCheck: () => false,
      create: (n) => (n === 0 ? new Thing(n) : new Promise<Thing>(() => undefined)),
    });
    await giveBack(await take(pool, 1));
    const waiting = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 100 }));
    await clock.advance(100);
    await waiting;
  });

  it("any number of waiters share one timer", async () => {
    const { pool, clock } = poolOf({ maxSize: 1 });
    await take(pool, 1);
    const all = Array.from({ length: 100 }, (_, i) => watch(pool.acquire({ timeoutMs: 100 + ((i * 7) % 50) })));
    await turn();
    expect(clock.timers).to.equal(1);
    await clock.advance(150);
    expect(all.every(({ now }) => now.state === "rejected")).to.equal(true);
    expect(clock.keptTimers).to.equal(0);
  });

  describe("the error says", () => {
    it("what it waited for: an instance to come back", async () => {
      const { pool, clock } = poolOf();
      const [first] = await take(pool, 2);
      await clock.advance(400);
      await first?.release();
      await pool.acquire();
      await clock.advance(600);
      const waiting = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 50 }));
      await clock.advance(50);
      const error = await waiting;
      expect(error.message).to.equal(
        "Test: no instance within 50 ms: none came back (2 leased of 2, 1 waiting). " +
          "Held by explicit lease for 1050 ms, explicit lease for 650 ms. " +
          "Shorten the leases, enlarge maxSize, or raise acquireTimeoutMs.",
      );
      expect(error.service).to.equal("Test");
      expect(error.holders, "longest first").to.deep.equal([
        { holder: "explicit lease", heldMs: 1050 },
        { holder: "explicit lease", heldMs: 650 },
      ]);
      expect(error).not.to.have.property("cause");
    });

    const forever = (): Promise<never> => new Promise(() => undefined);
    for (const [stage, text, options, before] of [
      ["queued", "none came back (1 leased of 1, 1 waiting)", {}, (pool) => pool.acquire()],
      ["creating", "still being created (1 creating of 1, 1 waiting)", { create: forever }],
      [
        "creating",
        "still being created (1 creating of 1, 1 waiting)",
        { create: forever, minSize: 1 },
        (pool) => pool.stats(),
      ],
      [
        "checking",
        "still being checked (1 checking of 1, 1 waiting)",
        { checkOn: ["acquire"], healthCheck: forever },
        async (pool) => giveBack(await take(pool, 1)),
      ],
      ["preparing", "still being prepared by onAcquire (1 checking of 1, 1 waiting)", { onAcquire: forever }],
      [
        "backing-off",
        "creation failed repeatedly and is to be tried again later (empty of 1, 1 waiting)",
        { create: () => Promise.reject(new Error("down")) },
        (pool) => Promise.allSettled([pool.acquire(), pool.acquire()]),
      ],
    ] satisfies [string, string, Partial<PoolOptions<Thing>>, ((pool: Pool<Thing>) => unknown)?][]) {
      it(`what it waited for, as stage and in words: ${stage}${"minSize" in options ? ", ahead" : ""}`, async () => {
        const { pool, clock } = poolOf({ maxSize: 1, ...options });
        await before?.(pool);
        const waiting = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 5 }));
        await clock.advance(5);
        const error = await waiting;
        expect(error.stage).to.equal(stage);
        expect(error.message).to.include(text);
      });
    }

    it("of each who waits: for the first an instance is checked, for the second one is created, the third is queued", async () => {
      const { pool, clock } = poolOf({
        maxSize: 2,
        checkOn: ["acquire"],
        healthCheck: forever,
        create: (n) => (n === 0 ? new Thing(n) : forever()),
      });
      await giveBack(await take(pool, 1));
      const waiting = [7, 6, 5].map((timeoutMs) => rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs })));
      await clock.advance(7);
      const stages = (await Promise.all(waiting)).map((error) => error.stage);
      expect(stages).to.deep.equal(["checking", "creating", "queued"]);
    });

    it("who holds the instances, and where they were taken, if that is recorded", async () => {
      const { pool, clock } = poolOf({ maxSize: 1, leaseStacks: true });
      await pool.acquire();
      const waiting = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 5 }));
      await clock.advance(5);
      const [holder] = (await waiting).holders ?? [];
      expect(holder?.acquisitionStack).to.include("acquire-timeout.test").and.not.to.include("src/pool/pool");
    });

    it("no more than some of very many: those that have held theirs longest", async () => {
      const { pool, clock } = poolOf({ maxSize: 100 });
      const leases = await take(pool, 99);
      await clock.advance(1000);
      await giveBack(leases.slice(0, 98));
      await take(pool, 99);
      const waiting = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 5 }));
      await clock.advance(5);
      const error = await waiting;
      expect(error.holders?.length).to.equal(32);
      expect(error.holders?.[0]?.heldMs).to.equal(1005);
      expect(error.message).to.include("and 92 more");
    });
  });

  it("timed out while its instance is checked: it is not lost (test_cancelled_waiter_assigned_conn_is_reclaimed)", async () => {
    const checked = gate<boolean>();
    const { pool, clock, calls } = poolOf({ maxSize: 1, checkOn: ["acquire"], healthCheck: () => checked.promise });
    await giveBack(await take(pool, 1));
    const first = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 50 }));
    const second = watch(pool.acquire({ timeoutMs: 500 }));
    await clock.advance(50);
    await first;
    checked.open(true);
    await turn();
    expect(second.now).to.have.nested.property("value.value.n", 0);
    expect(calls).to.deep.equal([0]);
  });
});
