import { expect } from "chai";

import { turn } from "../support/gate.js";
import { expectBooks, giveBack, poolOf, take, Thing, watch } from "../support/pool.js";

describe("resize", () => {
  it("2, then 0, then 1 while 2 are lent: when both come back one stays, one goes (S69)", async () => {
    const { pool, ended } = poolOf();
    const [a, b] = await take(pool, 2);
    pool.resize(0);
    expectBooks(pool.stats());
    pool.resize(1);
    await a?.release();
    expectBooks(pool.stats());
    await b?.release();
    expect(pool.stats()).to.include({ idle: 1, size: 1, leased: 0 });
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect(pool.stats().destroyed).to.include({ resized: 1 });
  });

  it("the same when destroy takes its time (S69)", async () => {
    const { pool } = poolOf({ destroy: () => new Promise(() => undefined) });
    const [a, b] = await take(pool, 2);
    pool.resize(1);
    void a?.release();
    await b?.release();
    expect(pool.stats()).to.include({ idle: 1, destroying: 1, size: 1 });
  });

  it("smaller than minSize: ready() waits for no more than may exist", async () => {
    const { pool } = poolOf({
      maxSize: 2,
      minSize: 2,
      create: (n) => (n === 0 ? new Thing(n) : new Promise<Thing>(() => undefined)),
    });
    const ready = watch(pool.ready());
    await turn();
    expect(ready.now.state).to.equal("pending");
    pool.resize(0);
    await turn();
    expect(ready.now.state).to.equal("fulfilled");
  });

  it("larger: who waits is served at once", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    await take(pool, 1);
    const all = [watch(pool.acquire()), watch(pool.acquire())];
    pool.resize(2);
    await turn();
    expect(all.map(({ now }) => now.state)).to.deep.equal(["fulfilled", "pending"]);
    pool.resize(Infinity);
    await turn();
    expect(all.map(({ now }) => now.state)).to.deep.equal(["fulfilled", "fulfilled"]);
  });

  it("smaller: idle ones go at once, the one unused longest first", async () => {
    const { pool, ended } = poolOf({ maxSize: 3 });
    await giveBack(await take(pool, 3));
    pool.resize(1);
    expect(ended.map(({ n }) => n)).to.deep.equal([0, 1]);
    expect((await pool.acquire()).value.n).to.equal(2);
  });

  it("smaller: a newborn too many goes", async () => {
    const made: ((thing: Thing) => void)[] = [];
    const { pool, ended } = poolOf({ create: () => new Promise<Thing>((resolve) => void made.push(resolve)) });
    const all = [watch(pool.acquire()), watch(pool.acquire())];
    pool.resize(1);
    made[0]?.(new Thing(0));
    await turn();
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    made[1]?.(new Thing(1));
    await turn();
    expect(all[0]?.now).to.have.nested.property("value.value.n", 1);
    expectBooks(pool.stats());
  });

  it("below minSize: so many are kept, and ready waits for no more", async () => {
    const { pool } = poolOf({ maxSize: 3, minSize: 2 });
    await pool.ready();
    pool.resize(1);
    expect(pool.stats()).to.include({ size: 1 });
    await pool.ready();
    pool.resize(3);
    expect(pool.stats()).to.include({ size: 2 });
  });

  it("sizes while resizing 2, 4, 2 under load (test_resize)", async () => {
    const { pool, clock } = poolOf({ maxSize: 2, idleTimeoutMs: 300 });
    const sizes: number[] = [];
    const all = Array.from({ length: 20 }, () =>
      pool.use(() => new Promise<void>((resolve) => void clock.setTimeout(resolve, 100))),
    );
    for (const to of [undefined, 4, undefined, 2, undefined, undefined]) {
      if (to !== undefined) pool.resize(to);
      await clock.advance(100);
      sizes.push(pool.stats().size);
      expectBooks(pool.stats());
    }
    expect(sizes).to.deep.equal([2, 4, 4, 2, 2, 2]);
    await clock.advance(1000);
    await Promise.all(all);
    expect(pool.stats().size).to.equal(0);
  });

  it("0: nobody is served until it is more", async () => {
    const { pool, calls } = poolOf({ maxSize: 1 });
    pool.resize(0);
    const waiting = watch(pool.acquire());
    expect(pool.tryAcquire()).to.equal(undefined);
    await turn();
    expect(calls).to.deep.equal([]);
    pool.resize(1);
    await turn();
    expect(waiting.now.state).to.equal("fulfilled");
  });
});
