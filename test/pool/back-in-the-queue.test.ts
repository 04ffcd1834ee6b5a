import { expect } from "chai";

import { type CreationFor, WaitQueue, type Waiter } from "../../src/pool/wait-queue.js";
import { type Gate, gate, turn } from "../support/gate.js";
import { poolOf, take, Thing } from "../support/pool.js";

describe("those whose instance turned out ill", () => {
  it("go back into the queue where their age places them, before those who came later", async () => {
    const checks: Gate<boolean>[] = [];
    const made: Gate<Thing>[] = [];
    const create = (n: number): Thing | Promise<Thing> => {
      if (n < 2) return new Thing(n);
      const making = gate<Thing>();
      made.push(making);
      return making.promise;
    };
    const check = (): Promise<boolean> => {
      const checking = gate<boolean>();
      checks.push(checking);
      return checking.promise;
    };
    const { pool } = poolOf({ maxSize: 2, create, healthCheck: check, checkOn: ["acquire"] });
    const held = await take(pool, 2);
    const served: string[] = [];
    const waiting = ["first", "second", "third"].map(async (name) => {
      const lease = await pool.acquire();
      served.push(name);
      return lease;
    });
    for (const lease of held) await lease.release();
    expect(pool.stats()).to.include({ checking: 2 });
    for (const checking of checks) checking.open(false);
    await turn();
    expect(pool.stats()).to.include({ creating: 2, waiting: 3 });
    made.forEach((making, i) => making.open(new Thing(2 + i)));
    const leases = await Promise.all(waiting.slice(0, 2));
    expect(served).to.deep.equal(["first", "second"]);
    await leases[0]?.discard();
    made[2]?.open(new Thing(4));
    await waiting[2];
    expect(served).to.deep.equal(["first", "second", "third"]);
  });

  it("those whose preparation failed go back to their places, too", async () => {
    const prepared: Gate[] = [];
    const made: Gate<Thing>[] = [];
    let calls = 0;
    const { pool } = poolOf({
      maxSize: 2,
      create: (n) => (n < 2 ? new Thing(n) : (made[made.push(gate<Thing>()) - 1] as Gate<Thing>).promise),
      onAcquire: () =>
        ++calls === 3 || calls === 4 ? (prepared[prepared.push(gate()) - 1] as Gate).promise : undefined,
    });
    const held = await take(pool, 2);
    const served: string[] = [];
    const waiting = ["first", "second", "third"].map(async (name) => {
      const lease = await pool.acquire();
      served.push(name);
      return lease;
    });
    for (const lease of held) await lease.release();
    for (const preparing of prepared) preparing.fail(new Error("BEGIN"));
    await turn();
    expect(pool.stats()).to.include({ creating: 2, waiting: 3 });
    made.forEach((making, i) => making.open(new Thing(2 + i)));
    const leases = await Promise.all(waiting.slice(0, 2));
    await leases[0]?.release();
    await waiting[2];
    expect(served).to.deep.equal(["first", "second", "third"]);
  });

  it("what is made is for the first who has nothing, past those for whom an instance is checked", () => {
    const queue = new WaitQueue<Thing>(() => {});
    const [a, b, c, d] = [1, 2, 3, 4].map((order) => ({ order }) as Waiter<Thing>) as [
      Waiter<Thing>,
      Waiter<Thing>,
      Waiter<Thing>,
      Waiter<Thing>,
    ];
    for (const waiter of [a, b, c, d]) queue.add(waiter);
    queue.creationBegan(b, {} as CreationFor<Thing>);
    expect([0, 1, 2, 3].map((served) => queue.firstWithoutCreation(served))).to.deep.equal([a, c, d, d]);
    const orders = (served: number): number[] => [...queue.allWithoutCreation(served)].map(({ order }) => order);
    expect([orders(0), orders(1), orders(3)]).to.eql([[1, 3, 4], [3, 4], [4]]);
  });
});
