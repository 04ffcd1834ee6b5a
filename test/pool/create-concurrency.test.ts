import { expect } from "chai";

import { gate, turn } from "../support/gate.js";
import { poolOf, take, Thing, watch } from "../support/pool.js";
import type { VirtualClock } from "../support/clock.js";

/** A create that takes so long, and counts how many run at once. */
function slow(ms: number): {
  readonly create: (n: number) => Promise<Thing>;
  on(clock: VirtualClock): void;
  most: number;
  readonly ends: number[];
} {
  let clock: VirtualClock | undefined;
  let running = 0;
  const self = {
    most: 0,
    ends: [] as number[],
    on: (its: VirtualClock): void => {
      clock = its;
    },
    create: async (n: number): Promise<Thing> => {
      self.most = Math.max(self.most, ++running);
      await new Promise<void>((resolve) => void clock?.setTimeout(resolve, ms));
      running--;
      self.ends.push(clock?.time ?? 0);
      return new Thing(n);
    },
  };
  return self;
}

describe("how many are created at once", () => {
  it("room for 50, 200 callers, a cold start: never more than createConcurrency (S62)", async () => {
    const maker = slow(100);
    const { pool, clock } = poolOf({ maxSize: 50, createConcurrency: 4, create: maker.create });
    maker.on(clock);
    const all = Array.from({ length: 200 }, () => watch(pool.acquire()));
    await clock.advance(5000);
    expect(maker.most).to.equal(4);
    expect(all.filter(({ now }) => now.state === "fulfilled").length).to.equal(50);
  });

  it("three at a time: after 100, 100, 100, 200, 200 ms (test_concurrent_filling)", async () => {
    const maker = slow(100);
    const { pool, clock } = poolOf({ maxSize: 5, minSize: 5, createConcurrency: 3, create: maker.create });
    maker.on(clock);
    const ready = pool.ready();
    await clock.advance(200);
    await ready;
    expect(maker.ends).to.deep.equal([100, 100, 100, 200, 200]);
  });

  it("without a limit as many as are waited for", async () => {
    const maker = slow(100);
    const { pool, clock } = poolOf({ maxSize: 10, create: maker.create });
    maker.on(clock);
    const all = take(pool, 7);
    await clock.advance(100);
    await all;
    expect(maker.most).to.equal(7);
    expect(pool.stats().size).to.equal(7);
  });

  it("50 callers of 2 ms, a create of 150 ms, one at a time: the pool does not grow for nothing (test_spike)", async () => {
    const maker = slow(150);
    const { pool, clock } = poolOf({ maxSize: 10, minSize: 4, createConcurrency: 1, create: maker.create });
    maker.on(clock);
    const ready = pool.ready();
    await clock.advance(600);
    await ready;
    const all = Array.from({ length: 50 }, () =>
      pool.use(() => new Promise<void>((resolve) => void clock.setTimeout(resolve, 2))),
    );
    await clock.advance(1000);
    await Promise.all(all);
    expect(pool.stats().size).to.be.below(7);
  });

  it("one at a time while waiters are served by returns: exact times (test_grow)", async () => {
    const maker = slow(100);
    const { pool, clock } = poolOf({ maxSize: 4, minSize: 2, createConcurrency: 1, create: maker.create });
    maker.on(clock);
    const ready = pool.ready();
    await clock.advance(200);
    await ready;
    const begin = clock.time;
    const times: number[] = [];
    const all = Array.from({ length: 6 }, () =>
      pool
        .use(() => new Promise<void>((resolve) => void clock.setTimeout(resolve, 200)))
        .then(() => times.push(clock.time - begin)),
    );
    await clock.advance(2000);
    await Promise.all(all);
    // Two at 200; a third instance is there at 100, a fourth at 200.
    expect(times).to.deep.equal([200, 200, 300, 400, 400, 400]);
  });

  it("the next one is for who waits longest, who is told if it fails", async () => {
    const made = [gate<Thing>(), gate<Thing>()];
    const { pool, calls } = poolOf({
      maxSize: 5,
      createConcurrency: 1,
      create: (n) => made[n]?.promise ?? new Promise<Thing>(() => undefined),
    });
    const all = [1, 2, 3].map(() => watch(pool.acquire()));
    made[0]?.open(new Thing(0));
    await turn();
    expect(calls).to.deep.equal([0, 1]);
    made[1]?.fail(new Error("down"));
    await turn();
    expect(all.map(({ now }) => now.state)).to.deep.equal(["fulfilled", "rejected", "pending"]);
  });

  it("creations for those who wait and creations ahead share the limit", async () => {
    const maker = slow(100);
    const { pool, clock } = poolOf({ maxSize: 6, minSize: 4, createConcurrency: 2, create: maker.create });
    maker.on(clock);
    const all = Array.from({ length: 3 }, () => watch(pool.acquire()));
    await turn();
    await clock.advance(1000);
    expect(maker.most).to.equal(2);
    expect(all.every(({ now }) => now.state === "fulfilled")).to.equal(true);
    expect(pool.stats().size).to.equal(4);
  });
});
