import "reflect-metadata";

import { expect } from "chai";
import {
  hasInstance,
  pooledScope,
  runInContext,
  scopedProxy,
  ScopedContainer,
  setFactory,
  unwrap,
} from "inversify-scopes";
import { transactional } from "inversify-scopes/transactions";

import { reasonOf, rejected } from "../support/errors.js";
import { turn } from "../support/gate.js";
import { countFromOne, Recorded, recordingDriver } from "../support/recording.js";
import { recordedService } from "../support/recorded-service.js";

const fails = (message: string) => () => {
  throw new Error(message);
};
const rejects = (message: string) => async () => {
  throw new Error(message);
};

describe("A transaction", () => {
  it("keeps the asynchronous stack of an error of its body, up to who awaits it", async () => {
    const { db, run } = recordedService();
    const body = async (): Promise<void> => {
      await db.query("fail");
    };
    const placeOrder = async (): Promise<void> => {
      await transactional(db, body);
    };
    const { stack } = (await reasonOf(run(placeOrder))) as Error;
    expect(stack).to.match(/at Recorded\.query[^]*at async body[^]*at async placeOrder/);
  });

  it("begins before its body and is committed before it resolves, with the body's result", async () => {
    const { db, log, run } = recordedService();
    const result = await run(async () => {
      await db.query("before");
      const inner = await transactional(db, async () => {
        await db.query("inside");
        return 7;
      });
      log.push("resolved");
      await db.query("after");
      return inner;
    });
    expect(result).to.equal(7);
    expect(log).to.deep.equal(["1: before", "1: begin", "1: inside", "1: commit", "resolved", "1: after"]);
  });

  it("takes an instance if the context has none", async () => {
    const { db, log, run } = recordedService();
    await run(() => transactional(db, async () => expect(hasInstance(db)).to.be.true));
    expect(log).to.deep.equal(["1: begin", "1: commit"]);
  });

  it("waits for an instance that is made asynchronously", async () => {
    countFromOne();
    const db = scopedProxy<Recorded>("db", { shape: Recorded });
    const transactions = recordingDriver<Recorded>();
    setFactory(db, async () => new Recorded(), pooledScope<Recorded>({ maxSize: 1, transactions }));
    await runInContext(() =>
      transactional(db, async () => {
        await db.query("inside");
        expect(unwrap(db).log).to.deep.equal(["1: begin", "1: inside"]);
      }),
    );
  });

  it("works with a body and a driver that are synchronous", async () => {
    const said: string[] = [];
    const note = (what: string) => () => void said.push(what);
    const { db, run } = recordedService({ begin: note("begin"), commit: note("commit"), rollback: note("rollback") });
    expect(await run(() => transactional(db, () => 3))).to.equal(3);
    expect(await reasonOf(run(() => transactional(db, fails("no"))))).to.have.property("message", "no");
    expect(said).to.deep.equal(["begin", "commit", "begin", "rollback"]);
  });

  it("opens a context where there is none", async () => {
    const { db, log, pool } = recordedService();
    await transactional(db, () => db.query("inside"));
    expect(log).to.deep.equal(["1: begin", "1: inside", "1: commit"]);
    expect(pool.stats()).to.include({ idle: 1, leased: 0 });
  });

  it("tells the driver what it is to be", async () => {
    const { db, log } = recordedService();
    await transactional(db, { isolation: "serializable", readOnly: true }, async () => {});
    expect(log[0]).to.equal("1: begin serializable true");
  });

  it("starts lazy thenables inside", async () => {
    const { db, log } = recordedService();
    const lazy = { then: (resolve: (value: unknown) => void) => void db.query("lazy").then(resolve) };
    expect(await transactional(db, () => lazy as never)).to.equal("lazy");
    expect(log).to.deep.equal(["1: begin", "1: lazy", "1: commit"]);
  });
});

describe("A transaction that fails", () => {
  it("is rolled back, and the body's own error comes out", async () => {
    const { db, log, pool } = recordedService();
    const own = new Error("own");
    const failing = transactional(db, async () => {
      await db.query("inside");
      throw own;
    });
    expect(await reasonOf(failing)).to.equal(own);
    expect(own).not.to.have.property("suppressed");
    expect(log).to.deep.equal(["1: begin", "1: inside", "1: rollback"]);
    expect(pool.stats().idle).to.equal(1);
  });

  it("destroys an instance that could not be rolled back, and adds the error to the body's", async () => {
    const { db, log, pool } = recordedService({ rollback: rejects("gone") });
    const error = (await reasonOf(transactional(db, fails("own")))) as Error & { suppressed: Error[] };
    expect(error.message).to.equal("own");
    expect(error.suppressed.map(({ message }) => message)).to.deep.equal(["gone"]);
    expect(log).to.deep.equal(["1: begin", "1: end"]);
    expect(pool.stats()).to.deep.include({ size: 0 });
    expect(pool.stats().destroyed.discarded).to.equal(1);
  });

  it("leaves the context another instance then", async () => {
    const { db, log, run } = recordedService({ rollback: fails("gone") });
    await run(async () => {
      await reasonOf(transactional(db, fails("own")));
      await db.query("after");
    });
    expect(log).to.deep.equal(["1: begin", "1: end", "2: after"]);
  });

  it("wraps what is no object, so that the errors of the rollback are not lost", async () => {
    for (const thrown of ["text", undefined]) {
      const { db } = recordedService({ rollback: fails("gone") });
      const error = (await reasonOf(transactional(db, async () => Promise.reject(thrown)))) as {
        error: unknown;
        suppressed: Error[];
      };
      expect(error.error).to.equal(thrown);
      expect(error.suppressed[0]!.message).to.equal("gone");
    }
  });

  it("is rolled back before the rejection, even if that is with undefined", async () => {
    const { db, log } = recordedService({
      async rollback(instance) {
        await turn();
        instance.note("rollback");
      },
    });
    await transactional(db, async () => Promise.reject(undefined)).catch(() => log.push("rejected"));
    expect(log).to.deep.equal(["1: begin", "1: rollback", "rejected"]);
  });

  it("does not run the body if it cannot begin, and rolls back what may have begun", async () => {
    for (const begin of [fails("busy"), rejects("busy")]) {
      const { db, log } = recordedService({ begin });
      let hasRun = false;
      const failing = transactional(db, () => (hasRun = true));
      expect(await reasonOf(failing)).to.have.property("message", "busy");
      expect(hasRun).to.be.false;
      expect(log).to.deep.equal(["1: rollback"]);
    }
  });

  it("is rolled back if it cannot be committed: the database's error comes out", async () => {
    for (const commit of [fails("deferred"), rejects("deferred")]) {
      const { db, log, pool } = recordedService({ commit });
      expect(await reasonOf(transactional(db, () => db.query("inside")))).to.have.property("message", "deferred");
      expect(log).to.deep.equal(["1: begin", "1: inside", "1: rollback"]);
      expect(pool.stats().idle).to.equal(1);
    }
  });

  it("is TRANSACTION_ROLLED_BACK if the server rolled back in the place of a commit", async () => {
    for (const commit of [() => false, async () => false]) {
      const { db, log } = recordedService({ commit });
      const error = await rejected(
        "TRANSACTION_ROLLED_BACK",
        transactional(db, () => 1),
      );
      expect(error.message).to.contain("a statement in it had failed");
      expect(error).to.include({ service: "Recorded" });
      expect(log).to.deep.equal(["1: begin"]);
    }
  });

  it("takes nonsense that a driver returns for done", async () => {
    const { db } = recordedService({ begin: () => 0, commit: () => null });
    expect(await transactional(db, () => 1)).to.equal(1);
  });

  it("goes with the connection that the pool takes back", async () => {
    const { db, log } = recordedService({}, { maxLeaseMs: 5 });
    const error = await rejected(
      "LEASE_ENDED",
      transactional(db, () => new Promise((resolve) => setTimeout(resolve, 40))),
    );
    expect(error.message).to.contain("maxLeaseMs");
    expect(log).to.deep.equal(["1: begin", "1: end", "1: rollback"]);
  });
});

describe("A transaction of a service per async context", () => {
  const bind = (changes = {}) => {
    countFromOne();
    const log: string[] = [];
    const container = new ScopedContainer();
    container
      .bind(Recorded)
      .toDynamicValue(() => new Recorded(log))
      .inPerAsyncContextScope({ destroy: (db) => db.end(), transactions: recordingDriver<Recorded>(changes) });
    return { db: container.get(Recorded), log };
  };

  it("is the same", async () => {
    const { db, log } = bind();
    await runInContext(async () => {
      await transactional(db, () => db.query("one"));
      await reasonOf(transactional(db, () => db.query("fail")));
    });
    expect(log).to.deep.equal(["1: begin", "1: one", "1: commit", "1: begin", "1: fail", "1: rollback", "1: end"]);
  });

  it("ends an instance that could not be rolled back, with the error of its end", async () => {
    const { db, log } = bind({ rollback: fails("gone") });
    await runInContext(async () => {
      unwrap(db).end = fails("end");
      const error = (await reasonOf(transactional(db, fails("own")))) as { suppressed: Error[] };
      expect(error.suppressed.map(({ message }) => message)).to.deep.equal(["gone", "end"]);
      await db.query("after");
    });
    expect(log).to.deep.equal(["1: begin", "2: after", "2: end"]);
  });

  it("makes a second instance for requires-new, and ends it", async () => {
    const { db, log } = bind();
    await runInContext(() =>
      transactional(db, async () => {
        await transactional(db, { propagation: "requires-new" }, () => db.query("new"));
        const failing = transactional(db, { propagation: "requires-new" }, () => db.query("fail"));
        await reasonOf(failing);
        await transactional(db, { propagation: "not-supported" }, () => db.query("bare"));
      }),
    );
    expect(log).to.deep.equal([
      ...["1: begin", "2: begin", "2: new", "2: commit", "2: end"],
      ...["3: begin", "3: fail", "3: rollback", "3: end", "4: bare", "4: end", "1: commit", "1: end"],
    ]);
  });

  it("ends that one too if it could not be rolled back", async () => {
    const { db, log } = bind({ rollback: fails("gone") });
    await runInContext(() =>
      transactional(db, async () => {
        await reasonOf(transactional(db, { propagation: "requires-new" }, () => db.query("fail")));
      }),
    );
    expect(log).to.deep.equal(["1: begin", "2: begin", "2: fail", "2: end", "1: commit", "1: end"]);
  });
});
