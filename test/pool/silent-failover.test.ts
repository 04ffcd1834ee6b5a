import { expect } from "chai";
import type { PoolOptions } from "inversify-scopes/pool";

import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { type Fixture, giveBack, poolOf, take, Thing, watch } from "../support/pool.js";

const CHECK_MS = 100;
const forever = (): Promise<never> => new Promise(() => undefined);

/** A pool of `size` idle instances, of which those in `dead` never answer again; what is made from now on is well. */
async function failedOver(
  size: number,
  dead: (n: number) => boolean,
  options: Partial<PoolOptions<Thing>> = {},
): Promise<Fixture<Thing>> {
  const fixture = poolOf({
    maxSize: size,
    checkOn: ["acquire"],
    checkTimeoutMs: CHECK_MS,
    acquireTimeoutMs: 6 * CHECK_MS,
    healthCheck: ({ n }) => (n < size && dead(n) ? forever() : true),
    ...options,
  });
  await giveBack(await take(fixture.pool, size));
  return fixture;
}

describe("idle instances that are dead without a sign", () => {
  for (const order of ["lifo", "fifo"] as const) {
    for (const size of [1, 2, 8, 100]) {
      it(`all ${size} of ${size}, ${order}: a caller pays for one check that is not answered, whoever comes after for none`, async () => {
        const { pool, clock } = await failedOver(size, () => true, { order });
        const first = watch(pool.acquire());
        await clock.advance(CHECK_MS - 1);
        expect(first.now.state).to.equal("pending");
        await clock.advance(1);
        expect(first.now.state).to.equal("fulfilled");
        await clock.advance(CHECK_MS);
        expect(pool.stats().destroyed.unhealthy).to.equal(size);
        expect(pool.stats()).to.include({ size: 1, leased: 1, checking: 0, waiting: 0 });
      });
    }

    it(`where there is room, ${order}: a new one is made as soon as the first check is overdue`, async () => {
      const { pool, clock, calls } = await failedOver(8, () => true, { order, maxSize: 16 });
      const first = watch(pool.acquire());
      await clock.advance(CHECK_MS / 4 - 1);
      expect(calls.length).to.equal(8);
      await clock.advance(1);
      expect(first.now).to.have.nested.property("value.value.n", 8);
    });
  }

  it("one dead instance on top: the first healthy one is for who came first; nobody is told of a time-out, nothing is made", async () => {
    const { pool, clock, calls } = await failedOver(2, (n) => n === 1, { acquireTimeoutMs: CHECK_MS / 2 });
    const first = watch(pool.acquire());
    const second = watch(pool.acquire());
    await clock.advance(CHECK_MS / 4);
    expect([first.now.state, second.now.state]).to.deep.equal(["fulfilled", "pending"]);
    if (first.now.state === "fulfilled") await first.now.value.release();
    await turn();
    expect(second.now).to.have.nested.property("value.value.n", 0);
    expect(calls).to.deep.equal([0, 1]);
  });

  it("one dead instance on top of idle ones: its caller gets the next of them in a fraction of the time", async () => {
    const { pool, clock, calls } = await failedOver(8, (n) => n === 7);
    const waiting = Array.from({ length: 4 }, () => watch(pool.acquire()));
    await clock.advance(CHECK_MS / 4);
    for (const { now } of waiting) expect(now.state).to.equal("fulfilled");
    expect(calls.length).to.equal(8);
  });

  it("an instance that answers late after all is lent to whoever waits, and no instance is made too many", async () => {
    const answer = gate<boolean>();
    const { pool, clock, calls } = await failedOver(1, () => false, { healthCheck: () => answer.promise });
    const waiting = [1, 2].map(() => watch(pool.acquire()));
    await clock.advance(CHECK_MS / 2);
    answer.open(true);
    await turn();
    expect(waiting.map(({ now }) => now.state)).to.deep.equal(["fulfilled", "pending"]);
    expect(pool.stats()).to.include({ size: 1, leased: 1, waiting: 1 });
    expect(calls).to.deep.equal([0]);
  });

  it("refused checks: each doubles how many are checked at once, so that forty are looked through in no time", async () => {
    let round = 0;
    const { pool } = poolOf({
      maxSize: 40,
      checkOn: ["acquire"],
      create: (n) => (n < 40 ? new Thing(n) : forever()),
      healthCheck: async ({ n }) => {
        await turn();
        return n < 3;
      },
    });
    await giveBack(await take(pool, 40));
    const waiting = watch(pool.acquire());
    for (; waiting.now.state === "pending" && round < 40; round++) await turn();
    expect(waiting.now).to.have.nested.property("value.value.n").that.is.lessThan(3);
    expect(round).to.be.at.most(6);
  });

  it("a good check ends all doubt: the next caller has one instance checked, not many", async () => {
    const { pool, clock } = await failedOver(8, (n) => n === 7);
    const first = watch(pool.acquire());
    await clock.advance(CHECK_MS);
    expect(first.now.state).to.equal("fulfilled");
    await clock.advance(2000);
    const before = pool.stats().checks;
    await pool.acquire();
    expect(pool.stats().checks).to.equal(before + 1);
  });

  it("well, but slow to answer: no more instances than maxSize, each lent once, everybody served", async () => {
    const { pool, clock, calls } = poolOf({
      maxSize: 4,
      checkOn: ["acquire"],
      checkTimeoutMs: CHECK_MS,
      healthCheck: () => new Promise((resolve) => void clock.setTimeout(() => resolve(true), CHECK_MS / 2)),
    });
    await giveBack(await take(pool, 4));
    const waiting = Array.from({ length: 10 }, async () => {
      const lease = await pool.acquire();
      await turn();
      await lease.release();
    });
    await clock.advance(10 * CHECK_MS);
    await Promise.all(waiting);
    expect(calls.length).to.equal(4);
    expect(pool.stats()).to.include({ idle: 4, size: 4, checkFailures: 0 });
  });

  it("while one is checked for the first who waits, what cannot be made fails the one who came after it", async () => {
    const answer = gate<boolean>();
    const { pool } = poolOf({
      maxSize: 2,
      checkOn: ["acquire"],
      healthCheck: () => answer.promise,
      create: (n) => (n === 0 ? new Thing(n) : Promise.reject(new Error("down"))),
    });
    await giveBack(await take(pool, 1));
    const first = pool.acquire();
    await rejected("CREATE_FAILED", pool.acquire());
    answer.open(true);
    expect((await first).value.n).to.equal(0);
  });
});
