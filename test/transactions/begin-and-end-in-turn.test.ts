import "reflect-metadata";

import { expect } from "chai";
import { transactional } from "inversify-scopes/transactions";

import { reasonOf, rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import type { Recorded } from "../support/recording.js";
import { recordedService } from "../support/recorded-service.js";

const CONCURRENCY = ["allow", "serialize", "throw"] as const;

const never = (): Promise<never> => new Promise(() => {});

/** A verb of a driver that takes until the gate opens. */
const slowly =
  (what: string, until: Promise<void>) =>
  async (db: Recorded): Promise<void> => {
    db.note(what);
    await until;
    db.note(`${what} over`);
  };

for (const concurrency of CONCURRENCY) {
  describe(`What a driver is told, under concurrency "${concurrency}"`, () => {
    it("is a begin that no rollback overtakes, if the context ends meanwhile", async () => {
      const begun = gate();
      const { db, log, run } = recordedService({ begin: slowly("begin", begun.promise) }, { concurrency, maxSize: 1 });
      let left!: Promise<unknown>;
      await run(async () => {
        left = reasonOf(transactional(db, never));
        await turn();
      });
      expect(await left).to.have.property("code", "CONTEXT_ENDED");
      const next = run(() => db.query("next"));
      await turn();
      expect(log).to.deep.equal(["1: begin"]);
      begun.open();
      await next;
      expect(log.slice(1)).to.deep.equal(["1: begin over", "1: rollback", "1: next"]);
    });

    it("is a savepoint that no rollback overtakes, if the outer body ends meanwhile", async () => {
      const saved = gate();
      const { db, log, run } = recordedService({ savepoint: slowly("savepoint", saved.promise) }, { concurrency });
      let left!: Promise<unknown>;
      const whole = run(() =>
        transactional(db, async () => {
          left = reasonOf(transactional(db, { propagation: "nested" }, never));
          await turn();
        }),
      );
      await turn();
      await turn();
      expect(log).to.deep.equal(["1: begin", "1: savepoint"]);
      saved.open();
      await whole;
      expect(await left).to.have.property("code", "TRANSACTION_ENDED");
      expect(log.slice(2)).to.deep.equal(["1: savepoint over", "1: rollbackTo inversify_scopes_1", "1: commit"]);
    });

    it("is a commit that no rollback overtakes, if it is late", async () => {
      const { db, log, pool, run } = recordedService({ commit: slowly("commit", never()) }, { concurrency });
      await rejected(
        "TRANSACTION_TIMEOUT",
        run(() => transactional(db, { timeoutMs: 5 }, () => {})),
      );
      expect(log).to.deep.equal(["1: begin", "1: commit", "1: end"]);
      expect(pool.stats().size).to.equal(0);
    });

    it("lets no call from outside through meanwhile", async () => {
      const begun = gate();
      const { db, log, run } = recordedService({ begin: slowly("begin", begun.promise) }, { concurrency });
      await run(async () => {
        const whole = transactional(db, () => db.query("inside"));
        await rejected("CONCURRENT_USE", db.query("outside"));
        begun.open();
        await whole;
        await db.query("after");
      });
      expect(log).to.deep.equal(["1: begin", "1: begin over", "1: inside", "1: commit", "1: after"]);
    });
  });
}
