import { expect } from "chai";

import { rejected, thrown } from "../support/errors.js";
import { expectBooks, poolOf, Thing } from "../support/pool.js";

describe("create makes nonsense", () => {
  for (const [what, value] of [
    ["null", null],
    ["undefined", undefined],
    ["a number", 5],
    ["a string", "conn"],
    ["a boolean", true],
  ] as const) {
    it(`${what}: a clear error, nothing lent (S08)`, async () => {
      const { pool, ended } = poolOf({ create: () => Promise.resolve(value as unknown as Thing) });
      const error = await rejected("CREATE_FAILED", pool.acquire());
      expect(error.message).to.equal(`Test: create must make a new object each time, but it made ${what}`);
      expect(error.service).to.equal("Test");
      expect(ended).to.deep.equal([]);
      expect(pool.stats()).to.include({ size: 0, created: 0 });
    });
  }

  it("the same one twice: the second is refused, the first goes on (S08)", async () => {
    const thing = new Thing(0);
    const { pool, ended } = poolOf({ create: () => thing });
    const lease = await pool.acquire();
    expect((await rejected("CREATE_FAILED", pool.acquire())).message).to.include("in a pool already");
    expect(ended).to.deep.equal([]);
    expect(lease.value).to.equal(thing);
    expectBooks(pool.stats());
  });

  it("an instance of another pool (S08, test_putconn_wrong_pool)", async () => {
    const { pool: other } = poolOf();
    const lease = await other.acquire();
    const { pool, ended } = poolOf({ create: () => lease.value });
    thrown("CREATE_FAILED", () => pool.tryAcquire());
    expect(ended).to.deep.equal([]);
    expect(other.stats().leased).to.equal(1);
  });

  it("one that has been destroyed may come again", async () => {
    const thing = new Thing(0);
    const { pool } = poolOf({ create: () => thing });
    await (await pool.acquire()).discard();
    expect((await pool.acquire()).value).to.equal(thing);
  });

  it("instances are told apart by identity, not by equality", async () => {
    const { pool } = poolOf({ create: () => ({ same: true }) as unknown as Thing });
    const a = await pool.acquire();
    const b = await pool.acquire();
    expect(a.value).not.to.equal(b.value);
    expect(a.value).to.deep.equal(b.value);
    await a.release();
    expect(pool.stats()).to.include({ idle: 1, leased: 1 });
  });

  it("a foreign thenable that settles twice, or throws in then, is followed once", async () => {
    const twice = {
      then: (resolve: (thing: Thing) => void): void => {
        resolve(new Thing(0));
        resolve(new Thing(9));
        throw new Error("after");
      },
    };
    const { pool } = poolOf({ create: () => twice as unknown as Promise<Thing> });
    expect((await pool.acquire()).value.n).to.equal(0);
  });
});
