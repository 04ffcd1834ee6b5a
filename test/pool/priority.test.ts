import { expect } from "chai";
import type { AcquireOptions, Lease, Pool } from "inversify-scopes/pool";

import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { poolOf, Thing } from "../support/pool.js";

describe("acquire with priority", () => {
  /** Asks one after the other, and releases at once what comes. @returns who was served, in this order */
  const ask = (pool: Pool<Thing>, asked: Record<string, AcquireOptions | undefined>): string[] => {
    const served: string[] = [];
    for (const [who, options] of Object.entries(asked)) {
      void pool.acquire(options).then((lease) => {
        served.push(who);
        void lease.release();
      });
    }
    return served;
  };

  it("serves those with a higher one first, and first come first served within one", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    const lease = await pool.acquire();
    const served = ask(pool, {
      ...{ a: undefined, b: { priority: 5 }, c: { priority: 0 }, d: { priority: 5 }, e: { priority: -1 } },
      ...{ f: { priority: Infinity }, g: {}, h: { priority: -Infinity }, i: { priority: 5.5 } },
    });
    await lease.release();
    await turn();
    expect(served.join("")).to.equal("fibdacgeh");
    expect(pool.stats()).to.include({ waiting: 0, idle: 1 });
  });

  it("gives the first one what is being created for another", async () => {
    const made = gate();
    const { pool, calls } = poolOf({ maxSize: 1, create: (n) => made.promise.then(() => new Thing(n)) });
    const served = ask(pool, { first: undefined, urgent: { priority: 1 } });
    made.open();
    await turn();
    expect(served).to.deep.equal(["urgent", "first"]);
    expect(calls).to.have.length(1);
  });

  it("keeps the place of whoever could not be served by what was prepared for him", async () => {
    const failing = gate();
    let prepared = 0;
    const { pool } = poolOf({ maxSize: 1, onAcquire: () => (++prepared === 2 ? failing.promise : undefined) });
    const lease = await pool.acquire();
    const served = ask(pool, { low: { priority: -1 }, high: { priority: 1 }, middle: undefined });
    await lease.release();
    ask(pool, { later: { priority: -2 } });
    failing.fail(new Error("cannot be prepared"));
    await turn();
    expect(served).to.deep.equal(["high", "middle", "low"]);
  });

  it("interrupts nobody, and is refused if it is no number", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    const lease: Lease<Thing> = await pool.acquire({ priority: -5 });
    const served = ask(pool, { urgent: { priority: 100 } });
    await turn();
    expect(served).to.be.empty;
    expect(lease.signal.aborted).to.equal(false);
    for (const priority of [NaN, "1", null]) {
      const error = await rejected("INVALID_OPTION", pool.acquire({ priority } as never));
      expect(error.message).to.match(/^Test: priority is .*, but must be a number, higher first/);
    }
    await lease.release();
  });
});
