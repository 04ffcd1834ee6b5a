import "reflect-metadata";

import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";
import { transactional } from "inversify-scopes/transactions";

import { reasonOf, rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { eventually } from "../support/connection.js";
import { Recorded, recordingDriver } from "../support/recording.js";
import { recordedService } from "../support/recorded-service.js";

const never = (): Promise<never> => new Promise(() => {});

describe("timeoutMs of a transaction", () => {
  it("frees the caller at once; it is rolled back, and its body is refused from then on", async () => {
    const rolledBack = gate();
    const { db, log, run } = recordedService({
      async rollback(instance) {
        await rolledBack.promise;
        instance.note("rollback");
      },
    });
    const go = gate();
    let late!: Promise<unknown>;
    await run(async () => {
      const whole = transactional(db, { timeoutMs: 5 }, async () => {
        late = go.promise.then(() => db.query("late"));
        await late;
      });
      const error = await rejected("TRANSACTION_TIMEOUT", whole);
      expect(error.message).to.contain("was not over after 5 ms");
      expect(log).to.deep.equal(["1: begin"]);
      await rejected("CONCURRENT_USE", db.query("too early"));
      go.open();
      await rejected("TRANSACTION_ENDED", late);
      rolledBack.open();
      await transactional(db, () => db.query("next"));
    });
    expect(log).to.satisfy((lines: string[]) => lines[1] === "1: rollback" || lines[1] === "1: end");
  });

  it("does nothing to one that is over in time", async () => {
    const { db, log } = recordedService();
    expect(await transactional(db, { timeoutMs: 1_000 }, () => db.query("in time"))).to.equal("in time");
    expect(await reasonOf(transactional(db, { timeoutMs: 1_000 }, () => db.query("fail")))).to.be.an("error");
    expect(log).to.deep.equal(["1: begin", "1: in time", "1: commit", "1: begin", "1: fail", "1: rollback"]);
  });

  it("destroys an instance whose rollback does not come through", async () => {
    const { db, log, pool, run } = recordedService({ rollback: never });
    await run(async () => {
      await rejected("TRANSACTION_TIMEOUT", transactional(db, { timeoutMs: 5 }, never));
      await eventually("it is destroyed", () => log.includes("1: end"));
      await db.query("another");
    });
    expect(log).to.deep.equal(["1: begin", "1: end", "2: another"]);
    expect(pool.stats().destroyed.discarded).to.equal(1);
  });

  for (const around of ["the context's own", "a second"]) {
    it(`lets no call run that waits for its turn on such an instance, ${around}`, async () => {
      class Hanging extends Recorded {
        async hang(): Promise<never> {
          return never();
        }
      }
      const { container, log, run } = recordedService();
      container
        .bind(Hanging)
        .toDynamicValue(() => new Hanging(log))
        .inPooledScope({
          maxSize: 3,
          concurrency: "serialize",
          destroy: (db) => db.end(),
          transactions: recordingDriver(),
        });
      const db = container.get(Hanging);
      const hanging = async (): Promise<void> => {
        let waiting!: Promise<unknown>;
        const body = (): Promise<never> => {
          void db.hang();
          waiting = reasonOf(db.query("waited"));
          return never();
        };
        await rejected("TRANSACTION_TIMEOUT", transactional(db, { propagation: "requires-new", timeoutMs: 5 }, body));
        expect(await waiting).to.have.property("code", "TRANSACTION_ENDED");
      };
      await run(() => (around === "a second" ? transactional(db, hanging) : hanging()));
      expect(log.join()).to.match(/: end/);
      expect(log.join()).not.to.match(/waited|rollback/);
    });
  }

  it("counts a begin that hangs", async () => {
    const { db, log } = recordedService({ begin: never });
    await rejected(
      "TRANSACTION_TIMEOUT",
      transactional(db, { timeoutMs: 5 }, () => log.push("body")),
    );
    expect(log).not.to.include("body");
  });

  it("has a begin of several statements come to its end before the rollback", async () => {
    const half = gate();
    const { db, log } = recordedService({
      async begin(instance) {
        await half.promise;
        instance.note("begin");
      },
    });
    const whole = transactional(db, { timeoutMs: 50 }, () => log.push("body"));
    await rejected("TRANSACTION_TIMEOUT", whole);
    half.open();
    await eventually("it is rolled back", () => log.length === 2);
    expect(log).to.deep.equal(["1: begin", "1: rollback"]);
  });

  it("has a commit of several statements come to its end before anybody else gets the instance", async () => {
    let halves = 0;
    const { db, log, run } = recordedService({
      async commit(instance) {
        if (halves++ === 0) await sleep(400);
        instance.note("commit");
      },
    });
    await run(async () => {
      const slow = transactional(db, { timeoutMs: 300 }, () => db.query("slow to commit"));
      await Promise.all([rejected("TRANSACTION_TIMEOUT", slow), transactional(db, () => db.query("next"))]);
    });
    expect(log).to.deep.equal([
      ...["1: begin", "1: slow to commit", "1: commit", "1: rollback"],
      ...["1: begin", "1: next", "1: commit"],
    ]);
  });

  it("destroys an instance whose commit does not come to its end, and sends no rollback after that", async () => {
    const half = gate();
    const { db, log, pool } = recordedService({ commit: () => half.promise });
    await rejected(
      "TRANSACTION_TIMEOUT",
      transactional(db, { timeoutMs: 5 }, () => 1),
    );
    half.open();
    await turn();
    expect(log).to.deep.equal(["1: begin", "1: end"]);
    expect(pool.stats().size).to.equal(0);
  });

  it("counts calls that go on after the body", async () => {
    class Hanging extends Recorded {
      async hang(): Promise<void> {
        await never();
      }
    }
    const { container, log } = recordedService();
    container
      .bind(Hanging)
      .toDynamicValue(() => new Hanging(log))
      .inPooledScope({ maxSize: 1, destroy: (it) => it.end(), transactions: recordingDriver() });
    const db = container.get(Hanging);
    await rejected(
      "TRANSACTION_TIMEOUT",
      transactional(db, { timeoutMs: 5 }, () => void db.hang()),
    );
    await eventually("it is destroyed", () => log.includes("1: end"));
    expect(log).to.deep.equal(["1: begin", "1: end"]);
  });

  it("is given to a commit once more, of which it is not known then whether it happened", async () => {
    const { db, log, pool } = recordedService({ commit: never, rollback: never });
    const error = await rejected(
      "TRANSACTION_TIMEOUT",
      transactional(db, { timeoutMs: 5 }, () => 1),
    );
    expect(error.message).to.contain("it is not known whether it was");
    expect(log).to.deep.equal(["1: begin", "1: end"]);
    expect(pool.stats().size).to.equal(0);
  });

  it("takes a nested one with it", async () => {
    const { db, log, run } = recordedService();
    let nested!: Promise<unknown>;
    await run(async () => {
      const whole = transactional(db, { timeoutMs: 5 }, async () => {
        nested = reasonOf(transactional(db, { propagation: "nested" }, never));
        await nested;
        await never();
      });
      await rejected("TRANSACTION_TIMEOUT", whole);
      expect(await nested).to.have.property("code", "TRANSACTION_TIMEOUT");
      await turn();
    });
    expect(log).to.deep.equal(["1: begin", "1: savepoint inversify_scopes_1", "1: rollback"]);
  });
});
