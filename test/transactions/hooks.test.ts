import "reflect-metadata";

import { expect } from "chai";
import { afterCommit, afterRollback, currentTransaction, transactional } from "inversify-scopes/transactions";

import { reasonOf, thrown } from "../support/errors.js";
import { turn } from "../support/gate.js";
import { recordedService } from "../support/recorded-service.js";
import { warningsDuring } from "../support/warnings.js";

const NESTED = { propagation: "nested" } as const;

describe("afterCommit and afterRollback", () => {
  const both = (log: string[], name: string): void => {
    afterCommit(() => log.push(`${name} committed`));
    afterRollback(() => log.push(`${name} rolled back`));
  };

  it("are called in order, each awaited, after the commit and before transactional resolves", async () => {
    const { db, log, run } = recordedService();
    await run(async () => {
      await transactional(db, () => {
        afterCommit(async () => {
          await turn();
          log.push("one");
        });
        afterRollback(() => log.push("never"));
        afterCommit(() => log.push("two"));
      });
      log.push("resolved");
    });
    expect(log).to.deep.equal(["1: begin", "1: commit", "one", "two", "resolved"]);
  });

  it("are called after a rollback, before it rejects", async () => {
    const { db, log, run } = recordedService();
    await run(async () => {
      await reasonOf(
        transactional(db, () => {
          both(log, "it");
          throw new Error("own");
        }),
      );
      log.push("rejected");
    });
    expect(log).to.deep.equal(["1: begin", "1: rollback", "it rolled back", "rejected"]);
  });

  it("are those of a rollback if the commit is refused, or answered by a rollback", async () => {
    for (const commit of [() => Promise.reject(new Error("deferred")), () => false]) {
      const { db, log, run } = recordedService({ commit });
      await run(async () => {
        await reasonOf(transactional(db, () => both(log, "it")));
      });
      expect(log.filter((line) => line.startsWith("it"))).to.deep.equal(["it rolled back"]);
    }
  });

  it("are outside of it: a new transaction in them works, and the second instance is back", async () => {
    const { db, log, pool, run } = recordedService();
    await run(() =>
      transactional(db, async () => {
        await transactional(db, { propagation: "requires-new" }, () => {
          afterCommit(() => log.push(`leased ${pool.stats().leased}`));
        });
        afterCommit(async () => {
          expect(currentTransaction(db)).to.be.undefined;
          await transactional(db, () => db.query("in the hook"));
        });
      }),
    );
    expect(log).to.deep.equal([
      ...["1: begin", "2: begin", "2: commit", "leased 1", "1: commit", "1: begin", "1: in the hook", "1: commit"],
    ]);
  });

  it("of a joined one belong to the whole", async () => {
    const { db, log, run } = recordedService();
    await run(() =>
      transactional(db, async () => {
        await transactional(db, () => both(log, "inner"));
        await db.query("after");
      }),
    );
    expect(log).to.deep.equal(["1: begin", "1: after", "1: commit", "inner committed"]);
  });

  it("of a nested one wait for the outermost, and go with its rollback", async () => {
    const { db, log, run } = recordedService();
    await run(() =>
      transactional(db, async () => {
        both(log, "outer");
        await transactional(db, NESTED, () => both(log, "kept"));
        await reasonOf(
          transactional(db, NESTED, async () => {
            both(log, "undone");
            await transactional(db, NESTED, () => both(log, "in the undone"));
            throw new Error("own");
          }),
        );
      }),
    );
    expect(log.slice(log.indexOf("1: commit") + 1)).to.deep.equal([
      ...["outer committed", "kept committed", "undone rolled back", "in the undone rolled back"],
    ]);
  });

  it("of a nested one are those of a rollback if the outermost is rolled back", async () => {
    const { db, log, run } = recordedService();
    const whole = run(() =>
      transactional(db, async () => {
        await transactional(db, NESTED, () => both(log, "kept"));
        throw new Error("own");
      }),
    );
    await reasonOf(whole);
    expect(log.slice(log.indexOf("1: rollback") + 1)).to.deep.equal(["kept rolled back"]);
  });

  it("undo nothing by what they throw, which is a process warning", async () => {
    const { db, log, run } = recordedService();
    const failure = new Error("no mail");
    const warnings = await warningsDuring(async () => {
      const result = run(() =>
        transactional(db, () => {
          afterCommit(() => {
            throw failure;
          });
          afterCommit(() => log.push("the next one"));
          return 5;
        }),
      );
      expect(await result).to.equal(5);
      const rejecting = run(() =>
        transactional(db, () => {
          afterRollback(async () => Promise.reject("text"));
          throw new Error("own");
        }),
      );
      expect(await reasonOf(rejecting)).to.have.property("message", "own");
    });
    expect(log).to.include("the next one");
    expect(warnings.map(({ name, code, cause }) => [name, code, cause])).to.deep.equal([
      ["ScopesWarning", "TRANSACTION_HOOK_FAILED", failure],
      ["ScopesWarning", "TRANSACTION_HOOK_FAILED", "text"],
    ]);
    expect(warnings[0]!.message).to.equal(
      "A function given to afterCommit in a transaction of Recorded failed, which changes nothing of the transaction: Error: no mail",
    );
    expect(warnings[1]!.message).to.contain("afterRollback");
  });

  it("need a transaction", async () => {
    const { db, run } = recordedService();
    for (const hook of [afterCommit, afterRollback]) {
      expect(thrown("TRANSACTION_REQUIRED", () => hook(() => {})).message).to.match(/^after\w+ was called where no/);
      thrown("INVALID_OPTION", () => hook(undefined as never));
      await run(async () => {
        thrown("TRANSACTION_REQUIRED", () => hook(() => {}));
        await transactional(db, { propagation: "supports" }, () =>
          thrown("TRANSACTION_REQUIRED", () => hook(() => {})),
        );
        await transactional(db, () =>
          transactional(db, { propagation: "not-supported" }, () => {
            thrown("TRANSACTION_REQUIRED", () => hook(() => {}));
          }),
        );
      });
    }
  });
});
