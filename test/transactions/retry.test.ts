import "reflect-metadata";

import { expect } from "chai";
import { runInContext } from "inversify-scopes";
import { transactional } from "inversify-scopes/transactions";

import { reasonOf, rejected } from "../support/errors.js";
import { recordedService } from "../support/recorded-service.js";

const failure = (facts: object): Error => Object.assign(new Error("once more"), facts);

/** A body that fails so often. */
function failingTimes(times: number, error: () => unknown) {
  let runs = 0;
  const body = async (): Promise<number> => {
    runs++;
    if (runs <= times) throw error();
    return runs;
  };
  return { body, runs: () => runs };
}

describe("retry of a transaction", () => {
  it("begins a new one after a failure of serialization, a deadlock, or a lock that was not to be had", async () => {
    const facts = [
      { code: "40001" },
      { code: "40P01" },
      { code: "ER_LOCK_DEADLOCK", errno: 1213 },
      { errno: 1213 },
      { code: "SQLITE_BUSY" },
      { code: "SQLITE_BUSY_SNAPSHOT" },
      { code: "ERR_SQLITE_ERROR", errcode: 5 },
      // SQLITE_BUSY_RECOVERY, SQLITE_BUSY_SNAPSHOT, SQLITE_BUSY_TIMEOUT
      ...[261, 517, 773].map((errcode) => ({ code: "ERR_SQLITE_ERROR", errcode })),
    ];
    for (const each of facts) {
      const { db, log, run } = recordedService();
      const { body } = failingTimes(2, () => failure(each));
      expect(await run(() => transactional(db, { retry: 2 }, body))).to.equal(3);
      expect(log).to.deep.equal(["1: begin", "1: rollback", "1: begin", "1: rollback", "1: begin", "1: commit"]);
    }
  });

  it("gives up after so many times with the last error, and at once after any other", async () => {
    const { db } = recordedService();
    const last = failingTimes(9, () => failure({ code: "40001" }));
    expect(await reasonOf(transactional(db, { retry: 2 }, last.body))).to.have.property("code", "40001");
    expect(last.runs()).to.equal(3);
    for (const other of [
      failure({ code: "23505" }),
      failure({}),
      null,
      "text",
      failure({ code: 40_001 }),
      failure({ errcode: 2067 }),
      failure({ errcode: "5" }),
    ]) {
      const { body, runs } = failingTimes(9, () => other);
      expect(await reasonOf(transactional(db, { retry: 2 }, body))).to.equal(other);
      expect(runs()).to.equal(1);
    }
    const none = failingTimes(9, () => failure({ code: "40001" }));
    await reasonOf(transactional(db, { retry: 0 }, none.body));
    expect(none.runs()).to.equal(1);
  });

  it("counts a commit that fails so, and a failure that was caught inside", async () => {
    let commits = 0;
    const { db } = recordedService({
      commit: () => {
        if (++commits < 3) throw failure({ code: "40001" });
      },
    });
    expect(await transactional(db, { retry: 3 }, () => commits)).to.equal(2);
    const inner = failingTimes(1, () => failure({ code: "40P01" }));
    await transactional(db, { retry: 1 }, () => transactional(db, inner.body).catch(() => {}));
    expect(inner.runs()).to.equal(2);
    const outer = transactional(db, { retry: 1 }, () =>
      transactional(db, async () => {
        throw failure({ code: "23505" });
      }).catch(() => {}),
    );
    await rejected("TRANSACTION_ROLLED_BACK", outer);
  });

  it("asks the driver, or the option `on`", async () => {
    const { db } = recordedService({ retryable: (error) => (error as Error).message === "mine" });
    const mine = failingTimes(1, () => new Error("mine"));
    expect(await transactional(db, { retry: 1 }, mine.body)).to.equal(2);
    const theirs = failingTimes(1, () => failure({ code: "40001" }));
    expect(await reasonOf(transactional(db, { retry: 1 }, theirs.body))).to.have.property("code", "40001");
    const on = failingTimes(2, () => new Error("any"));
    expect(await transactional(db, { retry: { times: 2, delayMs: 1, on: () => true } }, on.body)).to.equal(3);
  });

  it("does not lose the error if whoever is asked fails", async () => {
    const { db } = recordedService();
    const on = (): never => {
      throw new Error("of on");
    };
    const error = (await reasonOf(
      transactional(db, { retry: { times: 2, on } }, async () => {
        throw new Error("own");
      }),
    )) as Error & { suppressed: Error[] };
    expect(error.message).to.equal("own");
    expect(error.suppressed[0]!.message).to.equal("of on");
  });

  it("takes a new second instance each time, and for a nested one a new savepoint", async () => {
    const { db, log, run } = recordedService();
    const retry = 1;
    const isNew = failingTimes(1, () => failure({ code: "40001" }));
    const nested = failingTimes(1, () => failure({ code: "40001" }));
    await run(() =>
      transactional(db, async () => {
        await transactional(db, { propagation: "requires-new", retry }, isNew.body);
        await transactional(db, { propagation: "nested", retry }, nested.body);
      }),
    );
    expect(log.filter((line) => line.startsWith("2"))).to.deep.equal([
      ...["2: begin", "2: rollback", "2: begin", "2: commit"],
    ]);
    expect(log.filter((line) => line.includes("savepoint "))).to.have.length(2);
  });

  it("does nothing for whoever joins: the one who began it tries again", async () => {
    const { db, log } = recordedService();
    const { body } = failingTimes(1, () => failure({ code: "40001" }));
    await transactional(db, { retry: 1 }, () => transactional(db, { retry: 5 }, body));
    expect(log).to.deep.equal(["1: begin", "1: rollback", "1: begin", "1: commit"]);
  });

  it("ends with the context", async () => {
    const { db } = recordedService();
    let left!: Promise<unknown>;
    await runInContext(async () => {
      const retry = { times: 9, delayMs: 20, on: () => true };
      left = reasonOf(
        transactional(db, { retry }, async () => {
          throw new Error("own");
        }),
      );
    });
    expect(await left).to.have.property("code", "CONTEXT_ENDED");
  });

  it("ends when the context's signal aborts, also in the midst of a delay", async () => {
    const { db, log } = recordedService();
    const client = new AbortController();
    const retry = { times: 9, delayMs: 100_000, on: () => true };
    const { body } = failingTimes(9, () => {
      setImmediate(() => client.abort("client left"));
      return failure({});
    });
    const whole = runInContext({ signal: client.signal }, () => transactional(db, { retry }, body));
    expect(await reasonOf(whole)).to.equal("client left");
    expect(log).to.deep.equal(["1: begin", "1: rollback"]);
  });
});
