import "reflect-metadata";

import { expect } from "chai";
import { hasInstance, poolOf, ready, release, runInContext, ScopedContainer, unwrap } from "inversify-scopes";
import { transactional } from "inversify-scopes/transactions";

import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { countFromOne, Recorded, recordingDriver } from "../support/recording.js";
import { recordedService } from "../support/recorded-service.js";

const NEW = { propagation: "requires-new" } as const;

describe("The second instance of requires-new", () => {
  it("is what the proxy, unwrap and hasInstance mean inside, while other services stay the context's", async () => {
    const { container, db, pool, run } = recordedService();
    class User {}
    container.bind(User).toSelf().inPerAsyncContextScope();
    const user = container.get(User);
    await run(async () => {
      const own = unwrap(db);
      const ann = unwrap(user);
      await transactional(db, async () => {
        await transactional(db, NEW, async () => {
          expect(unwrap(db)).not.to.equal(own);
          expect(hasInstance(db)).to.be.true;
          expect(unwrap(user)).to.equal(ann);
          await ready(db);
          expect(db.n).to.equal(2);
          expect(pool.stats().leased).to.equal(2);
        });
        expect(unwrap(db)).to.equal(own);
        expect(pool.stats().leased).to.equal(1);
      });
    });
    expect(pool.stats()).to.include({ leased: 0, idle: 2 });
  });

  it("may be open beside the first one's own work", async () => {
    const { db, log, run } = recordedService();
    await run(() =>
      transactional(db, () => Promise.all([transactional(db, NEW, () => db.query("new")), db.query("outer")])),
    );
    expect(log).to.include.members(["2: new", "1: outer"]);
  });

  it("is POOL_DEADLOCK at once, where only its own context holds the whole pool", async () => {
    const { db, log, pool, run } = recordedService({}, { maxSize: 1 });
    for (const propagation of ["requires-new", "not-supported"] as const) {
      const inner = (): Promise<unknown> => transactional(db, { propagation }, () => {});
      const error = await rejected(
        "POOL_DEADLOCK",
        run(() => transactional(db, inner)),
      );
      expect(error).to.include({ context: "job", service: "Recorded" });
    }
    expect(log).to.deep.equal(["1: begin", "1: rollback", "1: begin", "1: rollback"]);
    expect(pool.stats()).to.include({ idle: 1, waiting: 0 });
  });

  it("is POOL_DEADLOCK for the last of several contexts that want one more each", async () => {
    const { db, pool, run } = recordedService({}, { maxSize: 2 });
    const both = gate();
    let begun = 0;
    const job = (): Promise<unknown> =>
      run(() =>
        transactional(db, async () => {
          if (++begun === 2) both.open();
          await both.promise;
          await transactional(db, NEW, () => db.query("new"));
        }),
      );
    const ends = await Promise.allSettled([job(), job()]);
    expect(ends.map(({ status }) => status).toSorted()).to.deep.equal(["fulfilled", "rejected"]);
    expect(pool.stats()).to.include({ leased: 0, waiting: 0 });
  });

  it("is waited for while others hold it, and given up when the context's signal aborts", async () => {
    const { db, pool } = recordedService({}, { maxSize: 2 });
    const held = await pool.acquire();
    const abort = new AbortController();
    const whole = runInContext({ signal: abort.signal }, () =>
      transactional(db, () => transactional(db, NEW, () => db.query("new"))),
    );
    const failed = whole.catch((error: unknown) => error);
    await turn();
    expect(pool.stats().waiting).to.equal(1);
    abort.abort(new Error("client left"));
    expect(await failed).to.have.property("message", "client left");
    await held.release();
    expect(pool.stats()).to.include({ waiting: 0, leased: 0 });
  });

  it("is served when another gives one back", async () => {
    const { db, log, pool, run } = recordedService({}, { maxSize: 2 });
    const held = await pool.acquire();
    const whole = run(() => transactional(db, () => transactional(db, NEW, () => db.query("new"))));
    await turn();
    await held.release();
    await whole;
    expect(log).to.deep.equal(["2: begin", "1: begin", "1: new", "1: commit", "2: commit"]);
  });

  it("is not given back by release", async () => {
    const { db, run } = recordedService();
    await run(() =>
      transactional(db, async () => {
        await rejected(
          "TRANSACTION_CONFLICT",
          transactional(db, NEW, () => release(db)),
        );
        await rejected(
          "TRANSACTION_CONFLICT",
          transactional(db, { propagation: "not-supported" }, () => release(db)),
        );
      }),
    );
  });

  it("goes with the connection that the pool takes back", async () => {
    const { db, run } = recordedService({}, { maxLeaseMs: 5 });
    const stall = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 40));
    await run(async () => {
      const inner = (): Promise<unknown> =>
        transactional(db, NEW, async () => {
          await stall();
          await db.query("late");
        });
      await rejected("LEASE_ENDED", transactional(db, inner));
    });
  });

  it("serves one call at a time where the binding says so", async () => {
    for (const concurrency of ["serialize", "throw"] as const) {
      const { db, log, run } = recordedService({}, { concurrency });
      const both = async (): Promise<unknown> => {
        const slow = db.query("one");
        const second = db.query("two");
        return concurrency === "serialize" ? Promise.all([slow, second]) : (await slow, second);
      };
      const whole = run(() => transactional(db, () => transactional(db, NEW, both)));
      if (concurrency === "throw") await rejected("CONCURRENT_USE", whole);
      else {
        await whole;
        expect(log).to.deep.equal(["1: begin", "2: begin", "2: one", "2: two", "2: commit", "1: commit"]);
      }
    }
  });
});

describe('A transaction with lease: "call"', () => {
  const bind = () => {
    countFromOne();
    const log: string[] = [];
    const container = new ScopedContainer();
    container
      .bind(Recorded)
      .toDynamicValue(() => new Recorded(log))
      .inPooledScope({ maxSize: 2, lease: "call", transactions: recordingDriver<Recorded>() });
    return { db: container.get(Recorded), log };
  };

  it("has one instance for all of its calls, while those from outside take others", async () => {
    const { db, log } = bind();
    await runInContext(async () => {
      const inside = gate();
      const whole = transactional(db, async () => {
        await db.query("one");
        await inside.promise;
        await db.query("two");
      });
      await turn();
      await db.query("outside");
      inside.open();
      await whole;
    });
    expect(log).to.deep.equal(["1: begin", "1: one", "2: outside", "1: two", "1: commit"]);
    expect(poolOf(db).stats()).to.include({ leased: 0, idle: 2 });
  });

  it("needs no context of its own", async () => {
    const { db, log } = bind();
    await transactional(db, () => db.query("one"));
    expect(log).to.deep.equal(["1: begin", "1: one", "1: commit"]);
  });
});
