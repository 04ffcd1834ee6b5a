import { expect } from "chai";

import { rejected } from "../support/errors.js";
import { gate } from "../support/gate.js";
import { giveBack, poolOf, take, Thing, watch } from "../support/pool.js";

describe("maxWaiting", () => {
  it("three may wait; the fifth caller is told at once, by whom and how many (S19, test_queue_size)", async () => {
    const { pool } = poolOf({ maxSize: 1, maxWaiting: 3 });
    const [held] = await take(pool, 1);
    const waiting = [1, 2, 3].map(() => pool.acquire());
    const error = await rejected("POOL_OVERLOADED", pool.acquire());
    expect(error.message).to.equal(
      "Test: 3 wait already, and maxWaiting is 3 (1 leased of 1, 4 waiting). Held by explicit lease for 0 ms. " +
        "Shed load, enlarge maxSize, or raise maxWaiting.",
    );
    expect(error.service).to.equal("Test");
    expect(error.holders?.length).to.equal(1);
    expect(pool.stats()).to.include({ rejectedByLimit: 1, waiting: 3 });
    await held?.release();
    for (const next of waiting) await (await next).release();
  });

  it("those who gave up don't count", async () => {
    const { pool, clock } = poolOf({ maxSize: 1, maxWaiting: 1 });
    await take(pool, 1);
    const gone = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 5 }));
    await rejected("POOL_OVERLOADED", pool.acquire());
    await clock.advance(5);
    await gone;
    const next = watch(pool.acquire());
    expect(next.now.state).to.equal("pending");
  });

  it("never says full while there is room, an instance idle, or one on its way (S70)", async () => {
    const made = gate<Thing>();
    const { pool } = poolOf({ maxSize: 2, maxWaiting: 0, create: (n) => (n < 2 ? made.promise : new Thing(n)) });
    const first = pool.acquire();
    const second = pool.acquire();
    await rejected("POOL_OVERLOADED", pool.acquire());
    made.open(new Thing(0));
    await first;
    await second.catch(() => undefined);
    const third = await pool.acquire();
    await rejected("POOL_OVERLOADED", pool.acquire());
    await third.release();
    await giveBack([await pool.acquire()]);
  });

  it("nor while creations wait for others to end (S70)", async () => {
    const { pool } = poolOf({
      maxSize: 4,
      maxWaiting: 1,
      createConcurrency: 1,
      create: () => new Promise<Thing>(() => undefined),
    });
    const all = [1, 2, 3, 4, 5].map(() => watch(pool.acquire()));
    await rejected("POOL_OVERLOADED", pool.acquire());
    expect(all.every(({ now }) => now.state === "pending")).to.equal(true);
  });

  it("tryAcquire is never refused", () => {
    const { pool } = poolOf({ maxSize: 1, maxWaiting: 0 });
    expect(pool.tryAcquire()?.value.n).to.equal(0);
    expect(pool.tryAcquire()).to.equal(undefined);
    expect(pool.stats()).to.include({ rejectedByLimit: 0, waiting: 0 });
  });
});
