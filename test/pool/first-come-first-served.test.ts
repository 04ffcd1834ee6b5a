import { expect } from "chai";

import { gate, turn } from "../support/gate.js";
import { poolOf, take, Thing } from "../support/pool.js";

describe("first come, first served", () => {
  it("five waiters, a release and a newcomer in the same tick: strictly in order of arrival (S20)", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    const served: number[] = [];
    const [held] = await take(pool, 1);
    const all = [1, 2, 3, 4, 5].map((who) =>
      pool.acquire().then(async (lease) => {
        served.push(who);
        await lease.release();
      }),
    );
    void held?.release();
    const newcomer = pool.acquire().then(async (lease) => {
      served.push(6);
      await lease.release();
    });
    await Promise.all([...all, newcomer]);
    expect(served).to.deep.equal([1, 2, 3, 4, 5, 6]);
  });

  it("tryAcquire overtakes nobody (S20)", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    const [held] = await take(pool, 1);
    const waiting = pool.acquire();
    await held?.release();
    expect(pool.tryAcquire()).to.equal(undefined);
    expect((await waiting).value.n).to.equal(0);
  });

  it("nor does it while an instance is being made for somebody (S20)", async () => {
    const made = gate<Thing>();
    const { pool, calls } = poolOf({ maxSize: 2, create: (n) => (n === 0 ? made.promise : new Thing(n)) });
    const waiting = pool.acquire();
    expect(pool.tryAcquire()).to.equal(undefined);
    expect(calls).to.deep.equal([0]);
    made.open(new Thing(0));
    expect((await waiting).value.n).to.equal(0);
  });

  it("a newborn goes to who waits longest, whoever it was made for", async () => {
    const made = [gate<Thing>(), gate<Thing>()];
    const { pool } = poolOf({ maxSize: 2, create: (n) => (made[n] as (typeof made)[0]).promise });
    const served: string[] = [];
    const first = pool.acquire().then(({ value }) => served.push(`first ${value.n}`));
    const second = pool.acquire().then(({ value }) => served.push(`second ${value.n}`));
    made[1]?.open(new Thing(1));
    await turn();
    expect(served).to.deep.equal(["first 1"]);
    made[0]?.open(new Thing(0));
    await Promise.all([first, second]);
    expect(served).to.deep.equal(["first 1", "second 0"]);
  });

  it("several whose instances turned out ill keep their order, before those who came later", async () => {
    const checks = [gate<boolean>(), gate<boolean>(), gate<boolean>()];
    const made: ReturnType<typeof gate<Thing>>[] = [];
    const { pool } = poolOf({
      maxSize: 3,
      checkOn: ["acquire"],
      healthCheck: ({ n }) => checks[n]?.promise,
      create: (n) => (n < 3 ? new Thing(n) : (made[n - 3] = gate<Thing>()).promise),
    });
    const held = await take(pool, 3);
    const served: number[] = [];
    for (const who of [1, 2, 3, 4]) void pool.acquire().then(() => served.push(who));
    for (const lease of held) await lease.release();
    for (const which of [0, 2, 1]) {
      checks[which]?.open(false);
      await turn();
    }
    for (const [i, one] of made.entries()) {
      one.open(new Thing(3 + i));
      await turn();
    }
    expect(served).to.deep.equal([1, 2, 3]);
  });

  it("one whose instance turned out ill is served before those who came later", async () => {
    const checks = [gate<boolean>(), gate<boolean>()];
    const { pool } = poolOf({
      maxSize: 2,
      checkOn: ["acquire"],
      healthCheck: ({ n }) => checks[n]?.promise ?? true,
    });
    const held = await take(pool, 2);
    const served: number[] = [];
    const all = [1, 2, 3].map((who) =>
      pool.acquire().then((lease) => {
        served.push(who);
        return lease;
      }),
    );
    await held[0]?.release(); // checked for the first
    await held[1]?.release(); // checked for the second
    checks[0]?.open(false); // the first is at the head again, and a new instance is made for it
    await turn();
    expect(served).to.deep.equal([1]);
    checks[1]?.open(false);
    await turn();
    expect(served).to.deep.equal([1, 2]);
    await (await (all[0] as (typeof all)[0])).release();
    await turn();
    expect(served).to.deep.equal([1, 2, 3]);
  });
});
