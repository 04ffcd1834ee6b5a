import "reflect-metadata";

import { PassThrough, type Readable } from "node:stream";

import { expect } from "chai";
import { runInContext, ScopedContainer } from "inversify-scopes";
import { transactional, type TransactionDriver } from "inversify-scopes/transactions";

import { reasonOf, rejected } from "../support/errors.js";
import { type Gate, gate, turn } from "../support/gate.js";
import { countFromOne, Recorded, recordingDriver } from "../support/recording.js";
import { unhandledDuring } from "../support/warnings.js";

interface Sent extends Promise<string> {
  sql?: string;
}

/** A connection whose calls return all kinds of things. Each is noted when it begins and when it is over. */
class Db extends Recorded {
  inner?: Db;

  async take(what: string, until?: Gate): Promise<string> {
    this.note(what);
    await until?.promise;
    this.note(`${what} over`);
    return what;
  }
  async twice(what: string): Promise<string> {
    await this.inner!.take(`${what}, inside`);
    return this.take(what);
  }
  async leave(what: string, until: Gate): Promise<void> {
    void this.inner!.take(what, until);
  }
  send(sql: string, until: Gate): Sent {
    this.log.push(`1: ${sql}`);
    const answer = until.promise.then(() => {
      this.log.push(`1: ${sql} over`);
      return sql;
    });
    return Object.assign(answer, { sql });
  }
  async fail(): Promise<never> {
    this.note("fail");
    await turn();
    throw new Error("failed");
  }
  now(): { readonly n: number } {
    this.note("now");
    return { n: 1 };
  }
  async read(): Promise<Readable> {
    this.note("read");
    const stream = new PassThrough();
    setImmediate(() => stream.end("rows"));
    return stream.once("close", () => this.note("closed"));
  }
  async *rows(): AsyncGenerator<string> {
    this.note("rows");
    yield "first";
    yield "second";
  }
}

function bound(changes: Partial<TransactionDriver<Db>> = {}): { db: Db; log: string[] } {
  countFromOne();
  const log: string[] = [];
  const container = new ScopedContainer();
  const transactions = recordingDriver(changes);
  const options = { maxSize: 1, concurrency: "serialize", destroy: () => {}, transactions } as const;
  container
    .bind(Db)
    .toDynamicValue(() => new Db(log))
    .inPooledScope({ ...options, onCreate: (db) => void (db.inner = container.get(Db)) });
  return { db: container.get(Db), log };
}

describe("The calls of a transaction that take turns", () => {
  const inTransaction = async (db: Db, fn: () => unknown): Promise<void> => {
    await runInContext({ name: "job" }, () => transactional(db, async () => void (await fn())));
  };

  it("run one after the other, and the commit waits for those whose turn is yet to come", async () => {
    const { db, log } = bound();
    const until = gate();
    const whole = inTransaction(db, () => {
      void db.take("one", until);
      void db.take("two");
    });
    await turn();
    expect(log).to.deep.equal(["1: begin", "1: one"]);
    until.open();
    await whole;
    expect(log.slice(2)).to.deep.equal(["1: one over", "1: two", "1: two over", "1: commit"]);
  });

  it("count, also if their turn comes after the body: one that ends the transaction leaves nothing to commit", async () => {
    const { db, log } = bound({ isEndedBy: () => true });
    const until = gate();
    let last!: Promise<unknown>;
    const whole = inTransaction(db, () => {
      void db.take("one", until);
      last = reasonOf(db.fail());
    });
    await turn();
    until.open();
    await rejected("TRANSACTION_ROLLED_BACK", whole);
    expect(await last).to.have.property("message", "failed");
    expect(log.slice(1)).to.deep.equal(["1: one", "1: one over", "1: fail"]);
  });

  it("are waited for, if a call has begun them and is over", async () => {
    const { db, log } = bound();
    const until = gate();
    const whole = inTransaction(db, () => db.leave("left", until));
    await turn();
    expect(log).to.deep.equal(["1: begin", "1: left"]);
    until.open();
    await whole;
    expect(log.slice(2)).to.deep.equal(["1: left over", "1: commit"]);
  });

  it("run at once inside a call", async () => {
    const { db, log } = bound();
    await inTransaction(db, () => db.twice("outer"));
    expect(log).to.deep.equal([
      "1: begin",
      "1: outer, inside",
      "1: outer, inside over",
      "1: outer",
      "1: outer over",
      "1: commit",
    ]);
  });

  it("may return a promise with members of its own: the caller gets it itself, and all wait for it", async () => {
    const { db, log } = bound();
    const until = gate();
    let sent!: Sent;
    const whole = inTransaction(db, () => {
      sent = db.send("one", until);
      void db.take("two");
    });
    await turn();
    expect(sent.sql).to.equal("one");
    expect(log).to.deep.equal(["1: begin", "1: one"]);
    until.open();
    await whole;
    expect(log.slice(2)).to.deep.equal(["1: one over", "1: two", "1: two over", "1: commit"]);
  });

  it("may be synchronous, and the next one has its turn at once", async () => {
    const { db, log } = bound();
    await inTransaction(db, () => {
      expect(db.now()).to.deep.equal({ n: 1 });
      return db.take("next");
    });
    expect(log).to.deep.equal(["1: begin", "1: now", "1: next", "1: next over", "1: commit"]);
  });

  it("may fail: the next one has its turn, and a rejection that is forgotten is unhandled once", async () => {
    const { db, log } = bound();
    const reasons = await unhandledDuring(() =>
      inTransaction(db, () => {
        void db.fail();
        return db.take("next");
      }),
    );
    expect(reasons.map((reason) => (reason as Error).message)).to.deep.equal(["failed"]);
    expect(log).to.deep.equal(["1: begin", "1: fail", "1: next", "1: next over", "1: commit"]);
    const whole = inTransaction(db, () => Promise.all([db.take("first"), db.fail()]));
    expect(await reasonOf(whole)).to.have.property("message", "failed");
    expect(log.slice(-4)).to.deep.equal(["1: first", "1: first over", "1: fail", "1: rollback"]);
  });

  it("may return a stream: the next one need not wait for it, but the commit does", async () => {
    for (const isQueued of [false, true]) {
      const { db, log } = bound();
      await inTransaction(db, async () => {
        const before = isQueued ? db.take("before") : undefined;
        (await db.read()).resume();
        await db.take("next");
        await before;
      });
      expect(log.slice(-5)).to.deep.equal(["1: read", "1: next", "1: next over", "1: closed", "1: commit"]);
    }
  });

  it("may return a generator, which ends with the transaction, also if it has waited for its turn", async () => {
    for (const isQueued of [false, true]) {
      const { db, log } = bound();
      const until = gate();
      let rows!: AsyncGenerator<string>;
      await inTransaction(db, async () => {
        const before = isQueued ? db.take("before", until) : undefined;
        rows = db.rows();
        const first = rows.next();
        until.open();
        expect((await first).value).to.equal("first");
        await before;
      });
      await rejected("TRANSACTION_ENDED", rows.next());
      expect(log.slice(-2)).to.deep.equal(["1: rows", "1: commit"]);
    }
  });
});
