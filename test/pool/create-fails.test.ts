import { expect } from "chai";

import { rejected, thrown } from "../support/errors.js";
import { type Gate, gate, turn } from "../support/gate.js";
import { expectBooks, poolOf, stateOf, Thing, watch } from "../support/pool.js";

describe("create fails", () => {
  it("acquire rejects with the real error as its cause, never with a bare time-out (S01)", async () => {
    const cause = new Error("no route to host");
    const { pool } = poolOf({ create: () => Promise.reject(cause) });
    const error = await rejected("CREATE_FAILED", pool.acquire());
    expect(error.cause).to.equal(cause);
    expect(error.message).to.equal("Test: create failed: Error: no route to host");
    expect(error.service).to.equal("Test");
    expect(pool.stats()).to.include({ size: 0, waiting: 0, createFailures: 1 });
  });

  it("what fails with something that is no Error is told by what it is, and not by what it holds", async () => {
    const cause = { password: "secret" };
    const { pool } = poolOf({ create: () => Promise.reject(cause) });
    const error = await rejected("CREATE_FAILED", pool.acquire());
    expect(error.message).to.equal("Test: create failed: an object");
    expect(error.cause).to.equal(cause);
  });

  it("create throws synchronously: acquire rejects, never throws, and the next one works (S03)", async () => {
    const { pool } = poolOf({
      create: (n) => {
        if (n === 0) throw new Error("sync");
        return new Thing(n);
      },
    });
    const first = pool.acquire();
    expect((await rejected("CREATE_FAILED", first)).cause).to.have.property("message", "sync");
    expect((await pool.acquire()).value.n).to.equal(1);
    expectBooks(pool.stats());
  });

  it("two wait, the creation for the first fails: the second is served (S04)", async () => {
    const { pool } = poolOf({
      maxSize: 1,
      create: async (n) => {
        if (n === 0) throw new Error("first");
        return new Thing(n);
      },
    });
    const first = pool.acquire();
    const second = pool.acquire();
    await rejected("CREATE_FAILED", first);
    expect((await second).value.n).to.equal(1);
  });

  it("making ahead fails: a count and a warning, no unhandled rejection, and it is tried again (S05)", async () => {
    const error = new Error("down");
    const { pool, clock, warnings } = poolOf({
      minSize: 2,
      create: (n) => (n < 2 ? Promise.reject(error) : new Thing(n)),
    });
    await turn();
    expect(pool.stats()).to.include({ idle: 0, createFailures: 2, lastCreateError: "Error: down" });
    const warning = {
      kind: "POOL_FILL_FAILED",
      message: "Test: an instance could not be made: Error: down",
      facts: { pool: "Test", kind: "POOL_FILL_FAILED", error },
    };
    expect(warnings).to.deep.equal([warning, warning]);
    await clock.advance(1000);
    expect(pool.stats()).to.include({ idle: 2, lastCreateError: null });
  });

  it("only the one for whom the failed creation was started is rejected; its sibling serves the head (S60)", async () => {
    const made: Gate<Thing>[] = [];
    const { pool } = poolOf({ maxSize: 3, create: (n) => (made[n] = gate<Thing>()).promise });
    const first = watch(pool.acquire());
    const second = watch(pool.acquire());
    made[1]?.fail(new Error("second"));
    await turn();
    expect(first.now.state).to.equal("pending");
    expect(second.now).to.have.nested.property("reason.code", "CREATE_FAILED");
    made[0]?.open(new Thing(0));
    await turn();
    expect(first.now).to.have.nested.property("value.value.n", 0);
  });

  it("if that one has been served meanwhile, nobody is rejected, and who is left gets another (S60)", async () => {
    const made: Gate<Thing>[] = [];
    const { pool, calls } = poolOf({ maxSize: 3, create: (n) => (made[n] = gate<Thing>()).promise });
    const first = watch(pool.acquire());
    const second = watch(pool.acquire());
    made[1]?.open(new Thing(1)); // made for the second, serves the first
    await turn();
    expect(first.now).to.have.nested.property("value.value.n", 1);
    expect(calls).to.deep.equal([0, 1]);
    made[0]?.fail(new Error("late")); // made for the first, which has its own by now
    await turn();
    expect(second.now.state).to.equal("pending");
    expect(calls).to.deep.equal([0, 1, 2]);
    made[2]?.open(new Thing(2));
    await turn();
    expect(second.now).to.have.nested.property("value.value.n", 2);
    expect(pool.stats().createFailures).to.equal(1);
  });

  it("the one for whom it failed had given up: nobody is rejected", async () => {
    const made = gate<Thing>();
    const { pool, warnings } = poolOf({ create: (n) => (n === 0 ? made.promise : new Thing(n)) });
    const aborter = new AbortController();
    const gone = pool.acquire({ signal: aborter.signal });
    aborter.abort(new Error("gone"));
    await gone.catch(() => undefined);
    made.fail(new Error("down"));
    await turn();
    expect(warnings.map(({ kind }) => kind)).to.deep.equal(["POOL_FILL_FAILED"]);
    expect(pool.stats()).to.include({ size: 0, waiting: 0 });
    expect((await pool.acquire()).value.n).to.equal(1);
  });

  it("onCreate fails: the instance is destroyed and the acquisition told why (test_configure_broken)", async () => {
    const cause = new Error("set search_path");
    for (const onCreate of [
      () => Promise.reject(cause),
      () => {
        throw cause;
      },
    ]) {
      const { pool, ended } = poolOf({ onCreate });
      const error = await rejected("CREATE_FAILED", pool.acquire());
      expect(error.cause).to.equal(cause);
      expect(error.message).to.equal("Test: onCreate failed: Error: set search_path");
      expect(ended.map(({ n }) => n)).to.deep.equal([0]);
      expect(pool.stats()).to.include({ size: 0, created: 0 });
      expect(pool.stats().destroyed).to.include({ createFailed: 1 });
    }
  });

  it("onCreate runs once for each instance, before it is first lent (test_configure)", async () => {
    const opened: number[] = [];
    const { pool } = poolOf({ maxSize: 1, maxUses: 2, onCreate: ({ n }) => void opened.push(n) });
    for (let i = 0; i < 4; i++) await pool.use(() => undefined);
    expect(opened).to.deep.equal([0, 1]);
  });

  it("tryAcquire throws what a synchronous create throws, as the cause", () => {
    const cause = new Error("sync");
    const { pool } = poolOf({
      create: () => {
        throw cause;
      },
    });
    expect(thrown("CREATE_FAILED", () => pool.tryAcquire()).cause).to.equal(cause);
    expect(pool.stats()).to.include({ size: 0, waiting: 0 });
  });

  it("a coded error of somebody else's is a cause like any other", async () => {
    const { pool: other } = poolOf({ label: "Other", create: () => Promise.reject(new Error("deep")) });
    const { pool } = poolOf({ create: async () => (await other.acquire()).value as Thing });
    const error = await rejected("CREATE_FAILED", pool.acquire());
    expect(error.service).to.equal("Test");
    expect(error.cause).to.include({ code: "CREATE_FAILED", service: "Other" });
  });

  it("many wait, every creation fails: all of them are told, and none is left", async () => {
    const { pool, clock } = poolOf({ maxSize: 3, create: () => Promise.reject(new Error("down")) });
    const all = Array.from({ length: 20 }, () => watch(pool.acquire()));
    await clock.advance(60_000);
    expect(all.every(({ now }) => now.state === "rejected")).to.equal(true);
    expect(pool.stats()).to.include({ size: 0, waiting: 0 });
    expect(await stateOf(pool.close())).to.equal("fulfilled");
  });

  it("one who waits without a deadline is told, though others' creations are always under way", async () => {
    const { pool, clock } = poolOf({
      minSize: 2,
      createTimeoutMs: 50,
      create: (n) => (n % 2 === 0 ? new Promise<Thing>(() => undefined) : Promise.reject(new Error("down"))),
      createBackoffMs: { min: 5, max: 40 },
    });
    await clock.advance(10);
    const waiting = watch(pool.acquire({ timeoutMs: Infinity }));
    await clock.advance(1000);
    expect(waiting.now.state).to.equal("rejected");
  });

  it("whatever is thrown: what cannot be shown is still told of, and loses no slot", async () => {
    const cannot = (): never => {
      throw new Error("no");
    };
    const thrownThings: [unknown, string][] = [
      [{ [Symbol.for("nodejs.util.inspect.custom")]: cannot }, "an object"],
      [Object.assign(new Error("x"), { message: Symbol("x") }), "something that cannot be shown"],
      [new Proxy({}, { getPrototypeOf: cannot }), "something that cannot be shown"],
    ];
    for (const [thing, shown] of thrownThings) {
      const { pool } = poolOf({ maxSize: 1, create: () => Promise.reject(thing) });
      const error = await rejected("CREATE_FAILED", pool.acquire());
      expect(error.cause === thing).to.equal(true);
      expect(error.message).to.equal(`Test: create failed: ${shown}`);
      expect(pool.stats()).to.include({ size: 0, waiting: 0 });
    }
  });
});
