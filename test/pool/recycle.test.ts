import { expect } from "chai";

import { gate, turn } from "../support/gate.js";
import { giveBack, poolOf, take, Thing, watch } from "../support/pool.js";

describe("recycle", () => {
  it("a destroyed instance is never lent; none is idle (S53)", async () => {
    const { pool, ended } = poolOf({ maxSize: 3 });
    await giveBack(await take(pool, 3));
    pool.recycle();
    expect(pool.stats()).to.include({ idle: 0, size: 0 });
    expect(ended.length).to.equal(3);
    expect((await pool.acquire()).value.n).to.equal(3);
    expect(pool.stats().destroyed).to.include({ recycled: 3 });
  });

  it("idle ones now, lent ones when they return; new ones up to minSize (test_drain)", async () => {
    const { pool, ended } = poolOf({ maxSize: 3, minSize: 3 });
    await pool.ready();
    const lease = await pool.acquire();
    pool.recycle();
    expect(ended.map(({ n }) => n)).to.have.members([0, 1]);
    expect(lease.value.n).to.equal(2);
    expect(pool.stats()).to.include({ idle: 2, leased: 1 });
    await lease.release();
    expect(ended.map(({ n }) => n)).to.have.members([0, 1, 2]);
    expect(pool.stats()).to.include({ idle: 3 });
    expect(pool.stats().instances.map(({ n }) => n)).to.deep.equal([3, 4, 5]);
  });

  it("one whose creation began before is not lent after", async () => {
    const made = gate<Thing>();
    const { pool, ended } = poolOf({ maxSize: 1, create: (n) => (n === 0 ? made.promise : new Thing(n)) });
    const waiting = watch(pool.acquire());
    pool.recycle();
    made.open(new Thing(0));
    await turn();
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect(waiting.now).to.have.nested.property("value.value.n", 1);
  });

  it("nor is one that is being reset or checked", async () => {
    const reset = gate();
    const { pool, ended } = poolOf({ maxSize: 1, onRelease: () => reset.promise });
    const lease = await pool.acquire();
    const back = lease.release();
    pool.recycle();
    reset.open();
    await back;
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);

    const checked = gate<boolean>();
    const other = poolOf({ maxSize: 1, checkOn: ["acquire"], healthCheck: () => checked.promise });
    await giveBack(await take(other.pool, 1));
    const waiting = watch(other.pool.acquire());
    other.pool.recycle();
    checked.open(true);
    await turn();
    expect(waiting.now).to.have.nested.property("value.value.n", 1);
  });

  it("twice is no different", async () => {
    const { pool, ended } = poolOf({ maxSize: 1, destroy: () => new Promise(() => undefined) });
    const lease = await pool.acquire();
    pool.recycle();
    pool.recycle();
    await lease.release();
    pool.recycle();
    expect(ended.length).to.equal(1);
  });
});
