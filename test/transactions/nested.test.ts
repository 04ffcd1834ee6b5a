import "reflect-metadata";

import { expect } from "chai";
import { transactional, type TransactionOptions } from "inversify-scopes/transactions";
import { stub, useFakeTimers } from "sinon";

import { reasonOf, rejected } from "../support/errors.js";
import { gate, settle, turn } from "../support/gate.js";
import { recordedService } from "../support/recorded-service.js";

const NESTED: TransactionOptions = { propagation: "nested" };
const S1 = "inversify_scopes_1";
const S2 = "inversify_scopes_2";

describe("A nested transaction", () => {
  it("that fails is undone alone, if its error is caught", async () => {
    const { db, log, run } = recordedService();
    await run(() =>
      transactional(db, async () => {
        await db.query("one");
        await reasonOf(transactional(db, NESTED, () => db.query("fail")));
        await db.query("two");
      }),
    );
    expect(log).to.deep.equal([
      ...["1: begin", "1: one", `1: savepoint ${S1}`, "1: fail", `1: rollbackTo ${S1}`, "1: two", "1: commit"],
    ]);
  });

  it("may be nested, too", async () => {
    const { db, log, run } = recordedService();
    await run(() => transactional(db, () => transactional(db, NESTED, () => transactional(db, NESTED, () => 1))));
    expect(log).to.deep.equal([
      ...["1: begin", `1: savepoint ${S1}`, `1: savepoint ${S2}`],
      ...[`1: releaseSavepoint ${S2}`, `1: releaseSavepoint ${S1}`, "1: commit"],
    ]);
  });

  it("waits for one beside it, since their savepoints would undo each other", async () => {
    const { db, log, run } = recordedService();
    await run(() =>
      transactional(db, () =>
        Promise.allSettled([
          transactional(db, NESTED, () => db.query("fail")),
          transactional(db, NESTED, () => db.query("second")),
          transactional(db, () => db.query("joined")),
        ]),
      ),
    );
    expect(log).to.deep.equal([
      ...["1: begin", `1: savepoint ${S1}`, "1: fail", `1: rollbackTo ${S1}`],
      ...[`1: savepoint ${S1}`, "1: second", `1: releaseSavepoint ${S1}`, "1: joined", "1: commit"],
    ]);
  });

  it("has no calls of the transaction around it in its way", async () => {
    const { db, log, run } = recordedService();
    await run(() =>
      transactional(db, async () => {
        const nested = transactional(db, NESTED, () => db.query("inside"));
        const error = await rejected("CONCURRENT_USE", db.query("beside"));
        expect(error.message).to.match(/^Recorded.query was called from outside a nested transaction/);
        await nested;
      }),
    );
    expect(log).not.to.include("1: beside");
  });

  it("refuses what its body leaves behind, though the outer one is open", async () => {
    const { db, log, run } = recordedService();
    const go = gate();
    await run(() =>
      transactional(db, async () => {
        let late!: Promise<unknown>;
        await transactional(db, NESTED, () => {
          late = go.promise.then(() => db.query("late"));
        });
        go.open();
        await rejected("TRANSACTION_ENDED", late);
      }),
    );
    expect(log).not.to.include("1: late");
  });

  it("that nobody awaits is rolled back at the end of the outer one", async () => {
    const { db, log, run } = recordedService();
    let nested!: Promise<unknown>;
    await run(() =>
      transactional(db, async () => {
        nested = reasonOf(
          transactional(db, NESTED, async () => {
            await db.query("half");
            await new Promise(() => {});
          }),
        );
        await turn();
      }),
    );
    expect(await nested).to.have.property("code", "TRANSACTION_ENDED");
    expect(log.slice(-3)).to.deep.equal(["1: half", `1: rollbackTo ${S1}`, "1: commit"]);
  });

  it("goes with the outer one that fails meanwhile", async () => {
    const { db, log, run } = recordedService();
    let nested!: Promise<unknown>;
    const outer = run(() =>
      transactional(db, async () => {
        nested = reasonOf(transactional(db, NESTED, () => new Promise(() => {})));
        await turn();
        throw new Error("outer");
      }),
    );
    expect(await reasonOf(outer)).to.have.property("message", "outer");
    expect(await nested).to.have.property("code", "TRANSACTION_ENDED");
    expect(log).to.deep.equal(["1: begin", `1: savepoint ${S1}`, "1: rollback"]);
  });

  it("that cannot be undone takes the outer one with it", async () => {
    const { db, log, run } = recordedService({
      rollbackTo: () => {
        throw new Error("no such savepoint");
      },
    });
    const outer = run(() =>
      transactional(db, async () => {
        const error = (await reasonOf(transactional(db, NESTED, () => db.query("fail")))) as { suppressed: Error[] };
        expect(error.suppressed[0]!.message).to.equal("no such savepoint");
      }),
    );
    const error = await rejected("TRANSACTION_ROLLED_BACK", outer);
    expect(error.cause).to.have.property("message", "no such savepoint");
    expect(error.message).to.contain("could not be rolled back (Error: no such savepoint)");
    expect(error.publicMessage).not.to.contain("no such savepoint");
    expect(log.at(-1)).to.equal("1: rollback");
  });

  it("that is not undone in time is undone before the outer one", async () => {
    const half = gate();
    const { db, log, run } = recordedService({
      async rollbackTo(instance) {
        await half.promise;
        await turn();
        instance.note("rollbackTo");
      },
    });
    const outer = run(() =>
      transactional(db, async () => {
        const inner = transactional(db, { ...NESTED, timeoutMs: 5 }, () => db.query("fail"));
        expect(await reasonOf(inner)).to.have.property("message", "fail");
        half.open();
      }),
    );
    await rejected("TRANSACTION_ROLLED_BACK", outer);
    expect(log).to.deep.equal(["1: begin", `1: savepoint ${S1}`, "1: fail", "1: rollbackTo", "1: rollback"]);
  });

  it("has a time limit of its own", async () => {
    const { db, log, run } = recordedService();
    await run(() =>
      transactional(db, async () => {
        const inner = transactional(db, { ...NESTED, timeoutMs: 5 }, () => new Promise(() => {}));
        await rejected("TRANSACTION_TIMEOUT", inner);
        await db.query("after");
      }),
    );
    expect(log.slice(-3)).to.deep.equal([`1: rollbackTo ${S1}`, "1: after", "1: commit"]);
  });

  it("is refused where the driver has no savepoints, but may be the outermost", async () => {
    const none = { savepoint: undefined, rollbackTo: undefined, releaseSavepoint: undefined };
    const { db, run } = recordedService(none as never);
    await run(() =>
      transactional(db, NESTED, async () => {
        const error = await rejected(
          "INVALID_OPTION",
          transactional(db, NESTED, () => {}),
        );
        expect(error.message).to.contain("the driver has no savepoints");
      }),
    );
  });
});

describe("A transaction that is joined", () => {
  const swallow = async (promise: Promise<unknown>): Promise<unknown> => promise.catch(() => {});

  it("is not committed if what had joined it has failed, though the error was caught", async () => {
    const { db, log, run } = recordedService();
    for (const propagation of ["required", "supports", "mandatory"] as const) {
      const outer = run(() =>
        transactional(db, async () => {
          await swallow(transactional(db, { propagation }, () => db.query("fail")));
          await db.query("after");
        }),
      );
      const error = await rejected("TRANSACTION_ROLLED_BACK", outer);
      expect(error.cause).to.have.property("message", "fail");
      expect(log.splice(0)).to.deep.equal(["1: begin", "1: fail", "1: after", "1: rollback"]);
    }
  });

  it("is joined by calls at the same time", async () => {
    const { db, log, run } = recordedService();
    const join = (sql: string): Promise<string> => transactional(db, () => db.query(sql));
    await run(() => transactional(db, () => Promise.all([join("one"), join("two")])));
    expect(log).to.deep.equal(["1: begin", "1: one", "1: two", "1: commit"]);
  });

  it("waits for what has joined it and is not awaited, so that nothing is committed by half", async () => {
    for (const propagation of [undefined, "nested"] as const) {
      const { db, log, run } = recordedService();
      const [more, over] = [gate(), gate()];
      let parts!: Promise<unknown>[];
      const body = (): void => {
        const part = async (): Promise<void> => {
          await db.query("a half");
          await more.promise;
          await db.query("the other half");
        };
        parts = [reasonOf(transactional(db, part)), transactional(db, () => over.promise)];
      };
      const inner = (): Promise<void> => transactional(db, { propagation }, body);
      const whole = run(() => (propagation === undefined ? inner() : transactional(db, inner)));
      whole.catch(() => {});
      await settle();
      expect(log.at(-1)).to.equal("1: a half");
      more.open();
      const error = await rejected("TRANSACTION_ROLLED_BACK", whole);
      expect(await parts[0])
        .to.equal(error.cause)
        .and.have.property("code", "TRANSACTION_ENDED");
      expect(log.at(-1), "without what goes on").to.equal("1: rollback");
      over.open();
      await parts[1];
    }
  });

  it("waits so for parts that call nothing any more, and is committed then", async () => {
    const { db, log, run } = recordedService();
    const [one, two] = [gate(), gate()];
    const whole = run(() =>
      transactional(db, async () => {
        await transactional(db, () => db.query("before"));
        for (const { promise } of [one, two]) void transactional(db, () => promise);
      }),
    );
    for (const each of [one, two]) {
      await settle();
      expect(log).not.to.include("1: commit");
      each.open();
    }
    await whole;
    expect(log.at(-1)).to.equal("1: commit");
  });

  it("does not wait for them with its rollback", async () => {
    const { db, log, run } = recordedService();
    const over = gate();
    let part!: Promise<unknown>;
    const whole = run(() =>
      transactional(db, async () => {
        part = transactional(db, () => over.promise);
        await db.query("fail");
      }),
    );
    expect(await reasonOf(whole)).to.have.property("message", "fail");
    expect(log).to.deep.equal(["1: begin", "1: fail", "1: rollback"]);
    over.open();
    await part;
  });

  it("does not wait for them for ever", async () => {
    const { db, log, run } = recordedService();
    const clock = useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate"] });
    const now = stub(performance, "now").callsFake(() => clock.now);
    try {
      const whole = rejected(
        "TRANSACTION_TIMEOUT",
        run(() => transactional(db, () => void transactional(db, () => new Promise(() => {})))),
      );
      await clock.tickAsync(31_000);
      expect((await whole).message).to.contain("waited for what had joined it");
      expect(log).to.deep.equal(["1: begin", "1: rollback"]);
    } finally {
      now.restore();
      clock.restore();
    }
  });

  it("tells who joins, and asks for another level or for writing, that there is a conflict", async () => {
    const { db, run } = recordedService();
    const cases: [outer: TransactionOptions, inner: TransactionOptions, message: string | undefined][] = [
      [
        {},
        { isolation: "serializable" },
        "isolation serializable was asked for inside a transaction with isolation left out",
      ],
      [{ isolation: "read committed" }, { isolation: "serializable" }, "with isolation read committed"],
      [{ readOnly: true }, { readOnly: false }, "readOnly false was asked for inside a transaction with readOnly true"],
      [{ isolation: "serializable", readOnly: true }, { isolation: "serializable", readOnly: true }, undefined],
      [{}, { readOnly: true }, undefined],
      [{ readOnly: true }, {}, undefined],
    ];
    for (const [outer, inner, message] of cases) {
      for (const propagation of ["required", "nested"] as const) {
        const whole = run(() => transactional(db, outer, () => transactional(db, { ...inner, propagation }, () => 1)));
        if (message === undefined) expect(await whole).to.equal(1);
        else expect((await rejected("TRANSACTION_CONFLICT", whole)).message).to.contain(message);
      }
    }
  });

  it("gives whoever joins a limit of his own", async () => {
    const { db, run } = recordedService();
    const never = (): Promise<unknown> => new Promise(() => {});
    const outer = run(() =>
      transactional(db, async () => {
        expect(await transactional(db, { timeoutMs: 1_000 }, () => 5)).to.equal(5);
        const late = reasonOf(
          transactional(db, { timeoutMs: 1_000 }, async () => {
            throw new Error("late");
          }),
        );
        expect(await late).to.have.property("message", "late");
        await rejected("TRANSACTION_TIMEOUT", transactional(db, { timeoutMs: 5 }, never));
      }),
    );
    await rejected("TRANSACTION_ROLLED_BACK", outer);
  });
});
