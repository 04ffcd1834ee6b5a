import "reflect-metadata";

import { expect } from "chai";
import { bindToContext, hasInstance, lease, poolOf, ready, release, runInContext, unwrap } from "inversify-scopes";
import { transactional } from "inversify-scopes/transactions";

import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { Recorded, recordingDriver } from "../support/recording.js";
import { recordedService, type Slow, slowService } from "../support/recorded-service.js";

describe("From outside an open transaction of the same context", () => {
  it("a call is CONCURRENT_USE, and does not slip into it", async () => {
    const { db, log, run } = recordedService();
    await run(async () => {
      const fromOutside = bindToContext(() => db.query("outside"));
      const both = transactional(db, async () => {
        await db.query("inside");
        await rejected("CONCURRENT_USE", fromOutside());
      });
      const error = await rejected("CONCURRENT_USE", db.query("outside"));
      expect(error.message).to.match(
        /^Recorded.query was called from outside a transaction that is open on the same instance/,
      );
      thrown("CONCURRENT_USE", () => unwrap(db));
      await both;
      await db.query("after");
    });
    expect(log).to.deep.equal(["1: begin", "1: inside", "1: commit", "1: after"]);
  });

  it("looks, data, ready and other leases are as ever", async () => {
    const { db, run } = recordedService();
    await run(async () => {
      const go = gate();
      const whole = transactional(db, () => go.promise);
      expect(hasInstance(db)).to.be.true;
      expect(db.n).to.equal(1);
      await ready(db);
      await using other = await lease(db);
      expect(other.value.n).to.equal(2);
      await rejected("TRANSACTION_CONFLICT", release(db));
      go.open();
      await whole;
      await release(db);
      expect(hasInstance(db)).to.be.false;
      await release(db);
    });
  });

  it("a call that waited for the instance is refused, if a transaction has begun on it meanwhile", async () => {
    const { db, log, pool } = recordedService({}, { maxSize: 1 });
    const held = await pool.acquire();
    await runInContext(async () => {
      const whole = transactional(db, () => turn());
      const call = reasonOf(db.query("outside"));
      await turn();
      await held.release();
      expect(await call).to.have.property("code", "CONCURRENT_USE");
      await whole;
    });
    expect(log).to.deep.equal(["1: begin", "1: commit"]);
  });

  it("one that waited for an instance that was given back at once takes the next", async () => {
    const { container, log, run } = recordedService();
    class Hasty extends Recorded {
      async giveBack(): Promise<void> {
        void release(hasty);
      }
    }
    container
      .bind(Hasty)
      .toDynamicValue(async () => new Hasty(log))
      .inPooledScope({ maxSize: 1, transactions: recordingDriver() });
    const hasty = container.get(Hasty);
    await run(() => Promise.all([hasty.giveBack(), transactional(hasty, () => hasty.query("next"))]));
    expect(log).to.deep.equal(["1: begin", "1: next", "1: commit"]);
  });

  it("a second transaction waits for the first", async () => {
    const { db, log, run } = recordedService();
    await run(() =>
      Promise.all(
        ["one", "two", "three"].map((sql) =>
          transactional(db, async () => {
            await db.query(sql);
            await turn();
          }),
        ),
      ),
    );
    const each = (sql: string): string[] => ["1: begin", `1: ${sql}`, "1: commit"];
    expect(log).to.deep.equal(["one", "two", "three"].flatMap(each));
  });

  it("a second one takes another instance if the first one's was destroyed", async () => {
    const { db, log, run } = recordedService({
      rollback: () => {
        throw new Error("gone");
      },
    });
    await run(() => Promise.allSettled([transactional(db, () => db.query("fail")), transactional(db, () => 1)]));
    expect(log).to.deep.equal(["1: begin", "1: fail", "1: end", "2: begin", "2: commit"]);
  });

  it("a second one that waits when the context ends is refused", async () => {
    const { db, run } = recordedService();
    const ends: Promise<unknown>[] = [];
    await run(async () => {
      for (let i = 0; i < 2; i++) ends.push(reasonOf(transactional(db, () => new Promise(() => {}))));
      await turn();
    });
    for (const end of ends) expect(await end).to.have.property("code", "CONTEXT_ENDED");
  });

  it("other contexts have instances of their own", async () => {
    const { db, log, run } = recordedService();
    await Promise.all([1, 2].map(() => run(() => transactional(db, () => db.query("x")))));
    expect(log.toSorted()).to.deep.equal(["1: begin", "1: commit", "1: x", "2: begin", "2: commit", "2: x"]);
  });

  it('begins and ends in turn under concurrency "serialize", and is CONCURRENT_USE under "throw", which harms nobody', async () => {
    const { db, log, run } = recordedService({}, { concurrency: "serialize" });
    await run(async () => {
      const before = db.query("before");
      await transactional(db, () => Promise.all([db.query("one"), db.query("two")]));
      await before;
    });
    expect(log).to.deep.equal(["1: before", "1: begin", "1: one", "1: two", "1: commit"]);
    const throwing = recordedService({}, { concurrency: "throw" });
    await throwing.run(async () => {
      const before = throwing.db.query("before");
      await rejected(
        "CONCURRENT_USE",
        transactional(throwing.db, () => {}),
      );
      await before;
      await transactional(throwing.db, async () => {
        const call = throwing.db.query("inside");
        await rejected(
          "CONCURRENT_USE",
          transactional(throwing.db, { propagation: "nested" }, () => {}),
        );
        await call;
      });
    });
    expect(throwing.log).to.deep.equal(["1: before", "1: begin", "1: inside", "1: commit"]);
  });

  describe("one that waits for its turn, and is not wanted any more before it has it", () => {
    const beside = async (wait: (db: Slow, whole: Promise<unknown>) => Promise<unknown>): Promise<string[]> => {
      const { container, log, run } = recordedService();
      const go = gate();
      const db = slowService({ container, log }, go.promise, { concurrency: "serialize" });
      let call!: Promise<unknown>;
      let whole!: Promise<unknown>;
      await run(async () => {
        call = db.wait();
        whole = reasonOf(transactional(db, { timeoutMs: 5 }, () => log.push("body")));
        await wait(db, whole);
      });
      expect(poolOf(db).stats().draining).to.equal(1);
      go.open();
      await Promise.all([call, whole]);
      await turn();
      expect(poolOf(db).stats().idle, "it is not destroyed under the call").to.equal(1);
      return log;
    };

    it("is neither begun nor rolled back: its time is up", async () => {
      const log = await beside(async (_, whole) => expect(await whole).to.have.property("code", "TRANSACTION_TIMEOUT"));
      expect(log).to.deep.equal(["1: over"]);
    });

    it("nor is one whose context ends", async () => {
      expect(await beside(turn)).to.deep.equal(["1: over"]);
    });
  });
});
