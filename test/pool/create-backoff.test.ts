import { expect } from "chai";

import { rejected } from "../support/errors.js";
import { turn } from "../support/gate.js";
import { poolOf, stateOf, Thing, watch } from "../support/pool.js";

const down = (): Promise<Thing> => Promise.reject(new Error("down"));

describe("back-off after failed creations", () => {
  it("create is tried a handful of times, not thousands (S02)", async () => {
    const { pool, clock, calls } = poolOf({ maxSize: 1, create: down, minSize: 1 });
    const all = Array.from({ length: 50 }, () => watch(pool.acquire({ timeoutMs: 300 })));
    await clock.advance(300);
    expect(all.every(({ now }) => now.state === "rejected")).to.equal(true);
    expect(calls.length).to.be.within(2, 6);
  });

  it("the same for a create that throws synchronously (S02)", async () => {
    const { pool, clock, calls } = poolOf({
      maxSize: 1,
      create: () => {
        throw new Error("down");
      },
    });
    const all = Array.from({ length: 50 }, () => watch(pool.acquire({ timeoutMs: 300 })));
    await clock.advance(300);
    expect(all.every(({ now }) => now.state === "rejected")).to.equal(true);
    expect(calls.length).to.be.within(2, 6);
  });

  it("making ahead waits 100, 200, 400 ms and more, and heals (test_reconnect)", async () => {
    let up = false;
    const times: number[] = [];
    const { pool, clock } = poolOf({
      minSize: 1,
      create: (n) => {
        times.push(clock.time);
        return up ? new Thing(n) : down();
      },
      createBackoffMs: { min: 100, max: 1000 },
    });
    await clock.advance(4000);
    // Random numbers are 0.5 here: three quarters of 200, 400, 800, then of the most, 1000.
    expect(times).to.deep.equal([0, 150, 450, 1050, 1800, 2550, 3300]);
    up = true;
    await clock.advance(1000);
    expect(pool.stats()).to.include({ idle: 1, lastCreateError: null });
    // It is forgotten then.
    up = false;
    times.length = 0;
    const begin = clock.time;
    await (await pool.acquire()).discard();
    await clock.advance(150);
    expect(times.map((time) => time - begin)).to.deep.equal([0, 150]);
  });

  it("the delay stays inside its bounds and uses them (test_jitter)", async () => {
    const delays: number[] = [];
    for (let i = 0; i < 100; i++) {
      const times: number[] = [];
      const { clock } = poolOf({
        minSize: 1,
        create: () => {
          times.push(clock.time);
          return down();
        },
        createBackoffMs: { min: 100, max: 1000 },
      });
      clock.random = Math.random;
      await clock.advance(200);
      delays.push((times[1] as number) - (times[0] as number));
    }
    expect(Math.min(...delays)).to.be.within(100, 120);
    expect(Math.max(...delays)).to.be.within(180, 200);
  });

  it("the first failure does not delay the next caller, the second one does", async () => {
    const { pool, clock, calls } = poolOf({ create: down });
    await rejected("CREATE_FAILED", pool.acquire());
    await rejected("CREATE_FAILED", pool.acquire());
    const third = pool.acquire();
    expect(await stateOf(third)).to.equal("pending");
    expect(calls).to.deep.equal([0, 1]);
    const failed = rejected("CREATE_FAILED", third);
    await clock.advance(200);
    await failed;
    expect(calls).to.deep.equal([0, 1, 2]);
  });

  it("callers wait one step less than making ahead: not at all, then 100, 200, 400 ms and more", async () => {
    const times: number[] = [];
    const { pool, clock } = poolOf({
      create: () => {
        times.push(clock.time);
        return down();
      },
      createBackoffMs: { min: 100, max: 1000 },
    });
    await clock.advance(1000);
    for (let i = 0; i < 6; i++) {
      const failed = rejected("CREATE_FAILED", pool.acquire());
      await clock.advance(900);
      await failed;
      clock.time = times.at(-1) as number;
    }
    expect(times).to.deep.equal([1000, 1000, 1150, 1450, 2050, 2800]);
  });

  it("a caller is not kept waiting for the next time that making ahead is tried", async () => {
    const times: number[] = [];
    const { pool, clock } = poolOf({
      minSize: 1,
      create: () => {
        times.push(clock.time);
        return down();
      },
    });
    await clock.advance(10);
    await rejected("CREATE_FAILED", pool.acquire());
    // The next one for callers is due at 160, the next one ahead at 310.
    await clock.advance(145);
    const failed = rejected("CREATE_FAILED", pool.acquire());
    await clock.advance(5);
    await failed;
    expect(times).to.deep.equal([0, 10, 160]);
  });

  it("whose deadline comes before the next try is told the last creation error (S01)", async () => {
    const { pool, clock } = poolOf({ create: down });
    await rejected("CREATE_FAILED", pool.acquire());
    await rejected("CREATE_FAILED", pool.acquire());
    const third = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 50 }));
    await clock.advance(50);
    const error = await third;
    expect(error.message).to.equal(
      "Test: no instance within 50 ms: creation failed repeatedly and is to be tried again later (empty of 2, 1 waiting). " +
        "The last creation failed: Error: down. Shorten the leases, enlarge maxSize, or raise acquireTimeoutMs.",
    );
    expect(error.service).to.equal("Test");
    expect(error.cause).to.have.property("message", "down");
  });

  it("failures of creations that ran side by side are one failure", async () => {
    const { pool } = poolOf({ maxSize: 10, create: (n) => (n < 10 ? down() : new Thing(n)) });
    await Promise.all(Array.from({ length: 10 }, () => rejected("CREATE_FAILED", pool.acquire())));
    expect((await pool.acquire()).value.n).to.equal(10);
  });

  it("an instance that comes back serves who waits out the back-off", async () => {
    const { pool } = poolOf({ create: (n) => (n === 0 ? new Thing(0) : down()) });
    const held = await pool.acquire();
    await rejected("CREATE_FAILED", pool.acquire());
    await rejected("CREATE_FAILED", pool.acquire());
    const waiting = pool.acquire();
    await held.release();
    expect((await waiting).value.n).to.equal(0);
  });

  it("tryAcquire, which can't wait, does not wait", () => {
    const { pool, calls } = poolOf({
      create: (n) => {
        if (n < 5) throw new Error("down");
        return new Thing(n);
      },
    });
    for (let i = 0; i < 5; i++) expect(() => pool.tryAcquire()).to.throw("down");
    expect(pool.tryAcquire()?.value.n).to.equal(5);
    expect(calls.length).to.equal(6);
  });

  it("without a working backend at first, the pool heals and serves later (test_setup_no_timeout)", async () => {
    let up = false;
    const { pool, clock } = poolOf({ minSize: 1, create: (n) => (up ? new Thing(n) : down()) });
    await clock.advance(500);
    up = true;
    await clock.advance(1000);
    expect(pool.stats().idle).to.equal(1);
    expect((await pool.acquire()).value).to.be.instanceOf(Thing);
  });

  it("a failed growth does not keep the pool from growing (test_reconnect_after_grow_failed)", async () => {
    const { pool, clock } = poolOf({ maxSize: 4, create: (n) => (n === 1 || n === 2 ? down() : new Thing(n)) });
    await pool.acquire();
    await rejected("CREATE_FAILED", pool.acquire());
    await rejected("CREATE_FAILED", pool.acquire());
    const fourth = pool.acquire();
    await clock.advance(1000);
    expect((await fourth).value.n).to.equal(3);
    expect((await pool.acquire()).value.n).to.equal(4);
  });

  it("what create looks up first may fail too: no busy loop (test_get_config_raise_exception)", async () => {
    const { clock, calls } = poolOf({
      minSize: 1,
      create: () => {
        throw new Error("no address");
      },
    });
    await clock.advance(1000);
    expect(calls.length).to.be.below(5);
    await turn();
  });
});

describe("instances that are of no use", () => {
  for (const [name, options] of [
    ["onAcquire always fails", { onAcquire: () => Promise.reject(new Error("no")) }],
    ["the check on acquire always fails", { healthCheck: () => Promise.resolve(false), checkOn: ["acquire"] }],
  ] as const) {
    it(`${name}: instances made ahead are not made and destroyed in a hot loop`, async () => {
      const { pool, clock, calls } = poolOf({ maxSize: 4, minSize: 3, ...options });
      await pool.ready();
      const waiting = watch(pool.acquire());
      await clock.advance(10);
      expect(waiting.now.state).not.to.equal("pending");
      expect(calls.length).to.be.below(10);
    });
  }
});
