import "reflect-metadata";

import { expect } from "chai";
import { ready, runInContext } from "inversify-scopes";
import { currentTransaction, type Propagation, transactional } from "inversify-scopes/transactions";

import { reasonOf, rejected } from "../support/errors.js";
import { gate, settle, turn } from "../support/gate.js";
import { Recorded, recordingDriver } from "../support/recording.js";
import { recordedService } from "../support/recorded-service.js";

const never = (): Promise<never> => new Promise(() => {});

/** What is said with one call inside, where none is open and where one is. */
const cases: Record<Propagation, [none: string[] | string, open: string[] | string]> = {
  required: [
    ["1: begin", "1: call", "1: commit"],
    ["1: begin", "1: call", "1: commit"],
  ],
  "requires-new": [
    ["1: begin", "1: call", "1: commit"],
    ["1: begin", "2: begin", "2: call", "2: commit", "1: commit"],
  ],
  nested: [
    ["1: begin", "1: call", "1: commit"],
    [
      ...["1: begin", "1: savepoint inversify_scopes_1", "1: call"],
      ...["1: releaseSavepoint inversify_scopes_1", "1: commit"],
    ],
  ],
  supports: [["1: call"], ["1: begin", "1: call", "1: commit"]],
  mandatory: ["TRANSACTION_REQUIRED", ["1: begin", "1: call", "1: commit"]],
  "not-supported": [["1: call"], ["1: begin", "2: call", "1: commit"]],
  never: [["1: call"], "TRANSACTION_FORBIDDEN"],
};

describe("Propagation", () => {
  for (const [name, [none, open]] of Object.entries(cases)) {
    const propagation = name as Propagation;
    const check = async (expected: string[] | string, isOpen: boolean): Promise<void> => {
      const { db, log, run } = recordedService();
      const call = (): Promise<unknown> => transactional(db, { propagation }, () => db.query("call"));
      const whole = run(() => (isOpen ? transactional(db, call) : call()));
      if (typeof expected === "string") expect(await reasonOf(whole)).to.have.property("code", expected);
      else {
        expect(await whole).to.equal("call");
        expect(log).to.deep.equal(expected);
      }
    };

    it(`${name}, where none is open`, () => check(none, false));
    it(`${name}, where one is`, () => check(open, true));
  }

  it("in a body without a transaction, another one has that body's instance", async () => {
    const { db, log, pool, run } = recordedService();
    await run(() =>
      transactional(db, () =>
        transactional(db, { propagation: "not-supported" }, async () => {
          expect(currentTransaction(db)).to.be.undefined;
          const both = [
            transactional(db, async () => {
              await db.query("first");
              await db.query("still first");
            }),
            transactional(db, () => db.query("second")),
          ];
          await rejected("CONCURRENT_USE", db.query("slips in"));
          await Promise.all(both);
        }),
      ),
    );
    expect(log).to.deep.equal([
      ...["1: begin", "2: begin", "2: first", "2: still first", "2: commit"],
      ...["2: begin", "2: second", "2: commit", "1: commit"],
    ]);
    expect(pool.stats()).to.include({ leased: 0, idle: 2 });
  });

  it("a broken instance of such a body is destroyed, and its late calls say that it is over", async () => {
    const { db, log, run } = recordedService({
      rollback: (instance) => {
        if (instance.n === 2) throw new Error("gone");
      },
    });
    await run(() =>
      transactional(db, () =>
        transactional(db, { propagation: "not-supported" }, async () => {
          await reasonOf(transactional(db, () => db.query("fail")));
          await rejected("TRANSACTION_ENDED", db.query("after"));
        }),
      ),
    );
    expect(log).to.deep.equal(["1: begin", "2: begin", "2: fail", "2: end", "1: commit"]);
  });

  it("there its calls have their turn, and what nobody awaits is rolled back at the end of the context", async () => {
    const { db, log, pool, run } = recordedService({}, { concurrency: "serialize" });
    let left!: Promise<unknown>;
    let bare!: Promise<unknown>;
    await run(() =>
      transactional(db, async () => {
        bare = transactional(db, { propagation: "not-supported" }, async () => {
          left = reasonOf(
            transactional(db, async () => {
              await Promise.all([db.query("one"), db.query("two")]);
              await new Promise(() => {});
            }),
          );
          await rejected("CONCURRENT_USE", ready(db));
          await left;
        });
        await turn();
        await turn();
      }),
    );
    expect(await left).to.have.property("code", "CONTEXT_ENDED");
    await bare;
    expect(log).to.deep.equal(["1: begin", "2: begin", "2: one", "2: two", "1: commit", "2: rollback"]);
    expect(pool.stats()).to.include({ leased: 0 });
  });

  it("there a transaction that nobody awaits is rolled back before anybody else gets that body's instance", async () => {
    const { db, log, pool, run } = recordedService({}, { onRelease: (it) => it.note("released") });
    const left: Promise<unknown>[] = [];
    const late = async (): Promise<void> => {
      await db.query("late");
      await never();
    };
    const again = { retry: { times: 1, on: () => true } };
    await run(() =>
      transactional(db, async () => {
        await transactional(db, { propagation: "not-supported" }, async () => {
          for (const options of [again, {}]) left.push(reasonOf(transactional(db, options, late)));
          await turn();
        });
        expect(pool.stats().leased).to.equal(1);
        expect(log.splice(0)).to.deep.equal(["1: begin", "2: begin", "2: late", "2: rollback", "2: released"]);
      }),
    );
    for (const error of await Promise.all(left)) expect(error).to.have.property("code", "TRANSACTION_ENDED");
    expect(log).to.deep.equal(["1: commit", "1: released"]);
  });

  it("there one that is being committed comes to its end", async () => {
    const committing = gate();
    const driver = { commit: async (it: Recorded) => committing.promise.then(() => it.note("commit")) };
    const { db, log, run } = recordedService(driver, { onRelease: (it) => it.note("released") });
    let left!: Promise<unknown>;
    const whole = run(() =>
      transactional(db, { propagation: "requires-new" }, () =>
        transactional(db, { propagation: "not-supported" }, async () => {
          left = transactional(db, () => "done");
          await turn();
        }),
      ),
    );
    await settle();
    expect(log).to.deep.equal(["1: begin", "2: begin"]);
    committing.open();
    expect(await left).to.equal("done");
    await whole;
    expect(log.slice(2)).to.deep.equal(["2: commit", "2: released", "1: commit", "1: released"]);
  });

  it("an error in such a body is its own", async () => {
    const { db, log, run } = recordedService();
    await run(() =>
      transactional(db, async () => {
        await reasonOf(transactional(db, { propagation: "not-supported" }, () => db.query("fail")));
      }),
    );
    expect(log).to.deep.equal(["1: begin", "2: fail", "1: commit"]);
  });

  it("a transaction is shown", async () => {
    const { db, run } = recordedService();
    await run(async () => {
      expect(currentTransaction(db)).to.be.undefined;
      await transactional(db, { readOnly: true, isolation: "repeatable read" }, async () => {
        const outer = currentTransaction(db)!;
        expect(outer).to.include({ service: "Recorded", level: 0, isolation: "repeatable read", readOnly: true });
        await transactional(db, { propagation: "nested" }, () => {
          const { id, ...nested } = currentTransaction(db)!;
          expect(id).to.be.greaterThan(outer.id);
          expect(nested).to.include({ service: "Recorded", level: 1, isolation: "repeatable read", readOnly: true });
        });
        await runInContext(async () => expect(currentTransaction(db), "in a child context").to.be.undefined);
      });
      expect(currentTransaction(db)).to.be.undefined;
    });
  });
});

describe("A transaction inside another service's", () => {
  class Audit extends Recorded {}

  const services = () => {
    const { container, db, log, run } = recordedService();
    container
      .bind(Audit)
      .toDynamicValue(() => new Audit(log))
      .inPooledScope({ maxSize: 1, transactions: recordingDriver() });
    return { db, log, run, audit: container.get(Audit) };
  };

  it("is refused, since no commit spans both", async () => {
    const { audit, db, log, run } = services();
    for (const propagation of ["required", "nested"] as const) {
      const inner = (): Promise<unknown> => transactional(audit, { propagation }, () => {});
      const error = await rejected(
        "TRANSACTION_CONFLICT",
        run(() => transactional(db, inner)),
      );
      expect(error.message).to.match(/^A transaction of Audit was to begin inside one of Recorded: .*"requires-new"/);
    }
    expect(log.at(-1)).to.equal("1: rollback");
  });

  it("begins where that is asked for, on the context's own instance", async () => {
    const { audit, db, log, run } = services();
    await run(async () => {
      await audit.query("before");
      await transactional(db, () =>
        transactional(audit, { propagation: "requires-new" }, async () => {
          await db.query("of the outer");
          await audit.query("of the inner");
        }),
      );
    });
    expect(log).to.deep.equal([
      ...["1: before", "2: begin", "1: begin", "2: of the outer", "1: of the inner", "1: commit", "2: commit"],
    ]);
  });

  it("is none of it", async () => {
    const { audit, db, run } = services();
    await run(() =>
      transactional(db, async () => {
        await transactional(audit, { propagation: "never" }, () => audit.query("bare"));
        await rejected(
          "TRANSACTION_REQUIRED",
          transactional(audit, { propagation: "mandatory" }, () => {}),
        );
      }),
    );
  });
});
