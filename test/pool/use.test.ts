import { expect } from "chai";

import { reasonOf } from "../support/errors.js";
import { poolOf } from "../support/pool.js";

describe("use", () => {
  it("fn throws synchronously: rejects with that error, the slot is free (S36)", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    const error = new Error("body");
    const thrown = await reasonOf(
      pool.use(() => {
        throw error;
      }),
    );
    expect(thrown).to.equal(error);
    expect(pool.stats()).to.include({ leased: 0, idle: 1 });
  });

  it("fn rejects: the same, and the instance is lent again (test_connection_not_lost)", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    const error = new Error("body");
    expect(await reasonOf(pool.use(() => Promise.reject(error)))).to.equal(error);
    expect(await pool.use(({ n }) => n)).to.equal(0);
  });

  it("fn returns a plain value: resolves with it, the slot is free (S36b)", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    expect(await pool.use(() => 5)).to.equal(5);
    expect(await pool.use(() => Promise.resolve(undefined))).to.equal(undefined);
    expect(pool.stats()).to.include({ leased: 0, idle: 1 });
  });

  it("gives back before it resolves, after an asynchronous reset too", async () => {
    const { pool } = poolOf({ onRelease: () => Promise.resolve() });
    await pool.use(() => undefined);
    expect(pool.stats()).to.include({ idle: 1, resetting: 0 });
  });

  it("calls with the instance, and nothing else", async () => {
    const { pool } = poolOf();
    await pool.use((...args: unknown[]) => expect(args.length).to.equal(1));
  });
});
