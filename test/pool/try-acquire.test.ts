import { expect } from "chai";

import { thrown } from "../support/errors.js";
import { type Gate, gate, turn } from "../support/gate.js";
import { expectBooks, giveBack, poolOf, take, Thing, watch } from "../support/pool.js";

describe("what tryAcquire began", () => {
  it("is for the next one that waits, and so is its failure; for the one after that another is made", async () => {
    const made = [gate<Thing>(), gate<Thing>()];
    const { pool, calls, warnings } = poolOf({ create: (n) => (made[n] as (typeof made)[0]).promise });
    expect(pool.tryAcquire()).to.equal(undefined);
    const first = watch(pool.acquire());
    expect(calls).to.deep.equal([0]);
    const second = watch(pool.acquire());
    expect(calls).to.deep.equal([0, 1]);
    made[0]?.fail(new Error("down"));
    await turn();
    expect(first.now).to.have.nested.property("reason.cause.message", "down");
    expect(second.now.state).to.equal("pending");
    expect(warnings).to.deep.equal([]);
    made[1]?.open(new Thing(1));
    await turn();
    expect(second.now).to.have.nested.property("value.value.n", 1);
  });

  it("is relied upon for a while only: then the next one that waits has another one made", async () => {
    const made = [gate<Thing>(), gate<Thing>()];
    const { pool, clock } = poolOf({ create: (n) => (made[n] as (typeof made)[0]).promise, maxSize: 2 });
    expect(pool.tryAcquire()).to.equal(undefined);
    await clock.advance(10_000);
    const waiting = pool.acquire();
    expect(pool.stats()).to.include({ creating: 2 });
    made[1]?.open(new Thing(1));
    expect((await waiting).value.n).to.equal(1);
    made[0]?.open(new Thing(0));
    await turn();
    expect(pool.stats()).to.include({ leased: 1, idle: 1 });
  });
});

describe("tryAcquire", () => {
  it("sync stays sync: makes, prepares and lends in one call", () => {
    const done: string[] = [];
    const { pool } = poolOf({
      maxSize: 1,
      onCreate: () => void done.push("create"),
      onAcquire: () => void done.push("acquire"),
      onRelease: () => void done.push("release"),
      checkOn: ["acquire", "release"],
      healthCheck: () => void done.push("check"),
    });
    const lease = pool.tryAcquire();
    expect(lease?.value.n).to.equal(0);
    expect(pool.tryAcquire()).to.equal(undefined);
    void lease?.release();
    void pool.tryAcquire()?.release();
    expect(done).to.deep.equal(["create", "acquire", "release", "check", "check", "acquire", "release", "check"]);
    void pool.tryAcquire()?.release();
    expect(done.slice(8)).to.deep.equal(["check", "acquire", "release", "check"]);
  });

  it("an asynchronous create: nothing now, and what it makes goes on into the pool", async () => {
    const { pool, calls } = poolOf({ create: async (n) => new Thing(n) });
    expect(pool.tryAcquire()).to.equal(undefined);
    expect(pool.view.whyNot()).to.equal("NOT_READY");
    expect(pool.stats()).to.include({ creating: 1, waiting: 0 });
    await turn();
    expect(pool.stats()).to.include({ idle: 1 });
    expect(pool.tryAcquire()?.value.n).to.equal(0);
    expect(calls).to.deep.equal([0]);
  });

  it("one creation at a time is started so, however often it is tried", async () => {
    const made = gate<Thing>();
    const { pool, calls } = poolOf({ maxSize: 5, create: () => made.promise });
    for (let i = 0; i < 5; i++) expect(pool.tryAcquire()).to.equal(undefined);
    expect(calls).to.deep.equal([0]);
    const waiting = watch(pool.acquire());
    made.open(new Thing(0));
    await turn();
    expect(waiting.now).to.have.nested.property("value.value.n", 0);
    expect(calls).to.deep.equal([0]);
  });

  it("an asynchronous create that fails: nobody is there to be told, so it is a warning", async () => {
    const { pool, warnings } = poolOf({ create: () => Promise.reject(new Error("down")) });
    expect(pool.tryAcquire()).to.equal(undefined);
    await turn();
    expect(warnings.map(({ kind }) => kind)).to.deep.equal(["POOL_FILL_FAILED"]);
    expect(pool.stats()).to.include({ size: 0, waiting: 0 });
  });

  it("an asynchronous onCreate: the same", async () => {
    let hooks = 0;
    const { pool } = poolOf({ onCreate: () => Promise.resolve(hooks++) });
    expect(pool.tryAcquire()).to.equal(undefined);
    await turn();
    expect(pool.tryAcquire()?.value.n).to.equal(0);
    expect(hooks).to.equal(1);
  });

  it("an onAcquire declared async is not called at all", async () => {
    let hooks = 0;
    const { pool, calls } = poolOf({
      minSize: 1,
      onAcquire: async () => {
        hooks++;
      },
    });
    await pool.ready();
    expect(pool.tryAcquire()).to.equal(undefined);
    expect(pool.view.whyNot()).to.equal("NOT_READY");
    await giveBack(await take(pool, 2));
    expect(hooks).to.equal(2);
    expect(pool.tryAcquire()).to.equal(undefined);
    expect(hooks).to.equal(2);
    expect(calls).to.deep.equal([0, 1]);
  });

  it("an onAcquire declared async: nothing is made for a lease that can't be had in this call", () => {
    const { pool, calls } = poolOf({ onAcquire: async () => {} });
    expect(pool.tryAcquire()).to.equal(undefined);
    expect(calls).to.deep.equal([]);
  });

  it("an onAcquire that turns out to be asynchronous is not called twice for one lease", async () => {
    let hooks = 0;
    const prepared: Gate[] = [];
    const { pool } = poolOf({
      maxSize: 1,
      onAcquire: () => {
        hooks++;
        prepared.push(gate());
        return prepared.at(-1)?.promise;
      },
    });
    expect(pool.tryAcquire()).to.equal(undefined);
    expect(pool.stats()).to.include({ checking: 1, waiting: 0 });
    expectBooks(pool.stats());
    const waiting = pool.acquire();
    prepared[0]?.open();
    const lease = await waiting;
    expect(lease.value.n).to.equal(0);
    expect(hooks).to.equal(1);
    await lease.release();
    // Known by now.
    expect(pool.tryAcquire()).to.equal(undefined);
    expect(hooks).to.equal(1);
    const next = pool.acquire();
    prepared[1]?.open();
    await next;
    expect(hooks).to.equal(2);
  });

  it("a check that is asynchronous is not run where there is no time for it, nor twice", async () => {
    let checks = 0;
    for (const healthCheck of [
      async () => {
        checks++;
      },
      () => Promise.resolve(checks++),
    ]) {
      checks = 0;
      const { pool, calls } = poolOf({ maxSize: 2, checkOn: ["acquire"], healthCheck });
      void pool.tryAcquire()?.release(); // new: not checked
      expect(pool.tryAcquire()).to.equal(undefined);
      await turn();
      const before = checks;
      await giveBack([await pool.acquire()]);
      expect(pool.tryAcquire()).to.equal(undefined);
      expect(checks).to.equal(1);
      expect(before).to.be.at.most(1);
      expect(calls).to.deep.equal([0]);
    }
  });

  it("an asynchronous check of idle ones only is no hindrance", async () => {
    const { pool } = poolOf({ minSize: 1, healthCheck: async () => true, onAcquire: () => undefined });
    await pool.ready();
    expect(pool.tryAcquire()?.value.n).to.equal(0);
  });

  it("an ill instance is replaced in the same call", () => {
    const { pool, ended } = poolOf({ maxSize: 1, checkOn: ["acquire"], healthCheck: ({ n }) => n > 0 });
    void pool.tryAcquire()?.release();
    expect(pool.tryAcquire()?.value.n).to.equal(1);
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
  });

  it("an ill instance whose destroy takes its time: nothing now", () => {
    const { pool } = poolOf({
      maxSize: 1,
      checkOn: ["acquire"],
      healthCheck: () => false,
      destroy: () => new Promise(() => undefined),
    });
    void pool.tryAcquire()?.release();
    expect(pool.tryAcquire()).to.equal(undefined);
    expect(pool.view.whyNot()).to.equal("NOT_READY");
    expect(pool.stats()).to.include({ waiting: 0, destroying: 1 });
  });

  it("onAcquire fails synchronously on two new ones: CREATE_FAILED", () => {
    const { pool } = poolOf({
      maxSize: 1,
      onAcquire: () => {
        throw new Error("no permission");
      },
    });
    expect(thrown("CREATE_FAILED", () => pool.tryAcquire()).cause).to.have.property("message", "no permission");
    expectBooks(pool.stats());
  });

  it("create may itself try to acquire: it gets nothing, and nothing breaks", () => {
    const { pool } = poolOf({
      maxSize: 3,
      create: (n) => {
        expect(pool.tryAcquire()).to.equal(undefined);
        return new Thing(n);
      },
    });
    expect(pool.tryAcquire()?.value.n).to.equal(0);
    expect(pool.stats()).to.include({ size: 1, leased: 1, waiting: 0 });
  });

  it("hooks may acquire, release and resize: nothing breaks", async () => {
    let rounds = 0;
    const { pool } = poolOf({
      maxSize: 2,
      destroy: () => {
        if (++rounds > 5) return;
        void pool.acquire().then((lease) => lease.release());
        pool.resize(3);
        pool.recycle();
      },
    });
    await (await pool.acquire()).discard();
    await turn();
    expectBooks(pool.stats());
    expect(pool.stats()).to.include({ waiting: 0, leased: 0 });
  });
});
