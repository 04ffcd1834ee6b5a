import { expect } from "chai";

import { turn } from "../support/gate.js";
import { expectBooks, giveBack, poolOf, take, Thing } from "../support/pool.js";

describe("acquire and release", () => {
  it("what came back is lent again, not made anew (test_its_really_a_pool)", async () => {
    const { pool, calls } = poolOf();
    const first = await pool.acquire();
    const thing = first.value;
    await first.release();
    const second = await pool.acquire();
    expect(second.value).to.equal(thing);
    expect(second).not.to.equal(first);
    expect(calls).to.deep.equal([0]);
  });

  it("makes no more than maxSize, counting from 0; asynchronously too", async () => {
    const { pool, calls } = poolOf({ maxSize: 3, create: async (n) => new Thing(n) });
    const leases = await take(pool, 3);
    expect(leases.map(({ value }) => value.n)).to.deep.equal([0, 1, 2]);
    const fourth = pool.acquire();
    await turn();
    expect(calls).to.deep.equal([0, 1, 2]);
    await leases[1]?.release();
    expect((await fourth).value.n).to.equal(1);
  });

  it("order lifo lends what came back last, order fifo what is unused longest", async () => {
    for (const [order, expected] of [
      ["lifo", [2, 1, 0]],
      ["fifo", [0, 1, 2]],
    ] as const) {
      const { pool } = poolOf({ maxSize: 3, order });
      await giveBack(await take(pool, 3));
      const again = await take(pool, 3);
      expect(again.map(({ value }) => value.n)).to.deep.equal(expected);
    }
  });

  it("8 loans over 4 instances are 2 each with fifo (test_uniform_use)", async () => {
    const { pool } = poolOf({ maxSize: 4, order: "fifo" });
    await giveBack(await take(pool, 4));
    for (let i = 0; i < 4; i++) await giveBack([await pool.acquire()]);
    expect(pool.stats().instances.map(({ uses }) => uses)).to.deep.equal([2, 2, 2, 2]);
  });

  it("sync stays sync: acquire is settled without a turn of the event loop", async () => {
    const { pool } = poolOf();
    let turned = false;
    setImmediate(() => (turned = true));
    const lease = await pool.acquire();
    await lease.release();
    await pool.acquire();
    expect(turned).to.equal(false);
  });

  it("a synchronous release gives a promise that is settled already, the same each time", async () => {
    const { pool } = poolOf();
    const [a, b] = await take(pool, 2);
    expect(a?.release()).to.equal(b?.release());
  });

  it("await using gives back at the end of the block, also when the block fails", async () => {
    const { pool } = poolOf();
    try {
      await using lease = await pool.acquire();
      expect(pool.stats().leased).to.equal(1);
      expect(lease.value.n).to.equal(0);
      throw new Error("body");
    } catch (error) {
      expect((error as Error).message).to.equal("body");
    }
    expect(pool.stats()).to.include({ leased: 0, idle: 1 });
  });

  it("releasing early inside await using is no mistake", async () => {
    const { pool, warnings } = poolOf();
    {
      await using lease = await pool.acquire();
      await lease.release();
    }
    {
      await using lease = await pool.acquire();
      await lease.discard();
    }
    expect(warnings).to.deep.equal([]);
    expectBooks(pool.stats());
  });

  it("discard destroys the instance; who waits gets a new one", async () => {
    const { pool, ended } = poolOf({ maxSize: 1 });
    const lease = await pool.acquire();
    const waiting = pool.acquire();
    await lease.discard();
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect((await waiting).value.n).to.equal(1);
    expect(pool.stats().destroyed).to.include({ discarded: 1 });
  });

  it("functions are instances too", async () => {
    const { pool } = poolOf({ create: () => () => 5 });
    expect((await pool.acquire()).value()).to.equal(5);
  });
});
