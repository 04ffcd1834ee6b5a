import "reflect-metadata";

import { PassThrough } from "node:stream";

import { expect } from "chai";
import { bindToContext, release, runInContext, ScopedContainer, unwrap } from "inversify-scopes";
import { afterCommit, transactional } from "inversify-scopes/transactions";
import { stub, useFakeTimers } from "sinon";

import { reasonOf, rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { Recorded, recordingDriver } from "../support/recording.js";
import { recordedService, slowService } from "../support/recorded-service.js";

describe("At the end of a transaction", () => {
  it("the siblings of what has failed write nothing after the rollback", async () => {
    const { db, log, run } = recordedService();
    const go = gate();
    let sibling!: Promise<unknown>;
    const whole = run(() =>
      transactional(db, () => {
        sibling = (async () => {
          await db.query("sibling");
          await go.promise;
          await db.query("late");
        })();
        return Promise.all([sibling, db.query("fail")]);
      }),
    );
    expect(await reasonOf(whole)).to.have.property("message", "fail");
    go.open();
    const error = await rejected("TRANSACTION_ENDED", sibling);
    expect(error.cause).to.have.property("message", "fail");
    expect(error.message).to.match(
      /^Recorded.query was used by work that was begun inside a transaction .* Nothing was done/,
    );
    expect(log).to.deep.equal(["1: begin", "1: sibling", "1: fail", "1: rollback"]);
  });

  it("a call that nobody awaits is waited for", async () => {
    const { db, log, run } = recordedService();
    await run(() => transactional(db, () => void db.query("not awaited")));
    expect(log).to.deep.equal(["1: begin", "1: not awaited", "1: commit"]);
  });

  it("a rollback waits for the call of a sibling, too", async () => {
    const { container, log, run } = recordedService();
    const slow = gate();
    const db = slowService({ container, log }, slow.promise);
    const whole = reasonOf(run(() => transactional(db, () => Promise.all([db.wait(), db.query("fail")]))));
    await turn();
    expect(log.at(-1)).to.equal("1: fail");
    slow.open();
    await whole;
    expect(log.slice(-2)).to.deep.equal(["1: over", "1: rollback"]);
  });

  it("whatever the flow does later is TRANSACTION_ENDED", async () => {
    const { db, log, run } = recordedService();
    const go = gate();
    const late: Promise<unknown>[] = [];
    await run(async () => {
      await transactional(db, () => {
        const later = (fn: () => unknown): void => void late.push(go.promise.then(fn));
        later(() => db.query("late"));
        later(() => unwrap(db));
        later(() => release(db));
        later(() => transactional(db, () => db.query("late")));
        later(() => transactional(db, { propagation: "requires-new" }, () => db.query("late")));
        later(() => afterCommit(() => {}));
        late.push(bindToContext(async () => go.promise.then(() => db.query("late")))());
      });
      go.open();
      for (const each of late) await rejected("TRANSACTION_ENDED", each);
      await db.query("the context's own");
    });
    expect(log).to.deep.equal(["1: begin", "1: commit", "1: the context's own"]);
  });

  it("the context's end does not change that", async () => {
    const { db, run } = recordedService();
    const go = gate();
    let late!: Promise<unknown>;
    await run(() => transactional(db, () => void (late = go.promise.then(() => db.query("late")))));
    go.open();
    await rejected("TRANSACTION_ENDED", late);
  });

  it("what the flow leaves behind in a context of its own goes on", async () => {
    const { db, log, run } = recordedService();
    let child!: Promise<unknown>;
    await run(() =>
      transactional(db, () => {
        child = runInContext(() => db.query("in a child"));
      }),
    );
    await child;
    expect(log).to.include("2: in a child");
  });
});

describe("What a call inside a transaction has returned", () => {
  class Streaming extends Recorded {
    readonly stream = new PassThrough();
    rows(): PassThrough {
      return this.stream;
    }
    async laterRows(): Promise<PassThrough> {
      return this.stream;
    }
    *numbers(): Generator<number, void> {
      yield 1;
      yield 2;
    }
    lazily(): Promise<number> {
      return new (class Lazy extends Promise<number> {})((resolve) => setImmediate(() => resolve(1)));
    }
    failing(): Promise<number> {
      return new (class Lazy extends Promise<number> {})((_, reject) =>
        setImmediate(() => reject(new Error("failing"))),
      );
    }
    data(): object {
      return { next: 1 };
    }
    nothing(): undefined {
      return undefined;
    }
    now(): never {
      throw new Error("at once");
    }
  }

  const streaming = () => {
    const { log, run } = recordedService();
    const container = new ScopedContainer();
    container
      .bind(Streaming)
      .toDynamicValue(() => new Streaming(log))
      .inPooledScope({ maxSize: 1, transactions: recordingDriver() });
    return { db: container.get(Streaming), log, run };
  };

  it("is waited for if it is a stream", async () => {
    for (const method of ["rows", "laterRows"] as const) {
      const { db, log, run } = streaming();
      let stream!: PassThrough;
      const whole = run(() =>
        transactional(db, async () => {
          stream = await db[method]();
          expect(await db[method]()).to.equal(stream);
        }),
      );
      await turn();
      await turn();
      expect(log).to.have.length(1);
      stream.end();
      stream.resume();
      await whole;
      expect(log.slice(1)).to.have.length(1);
      expect(log[1]).to.contain("commit");
    }
  });

  it("is not waited for for ever if it is a stream that nobody reads", async () => {
    const { db, log, run } = streaming();
    const clock = useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate"] });
    const now = stub(performance, "now").callsFake(() => clock.now);
    try {
      const whole = rejected(
        "TRANSACTION_TIMEOUT",
        run(() => transactional(db, () => void db.rows())),
      );
      await clock.tickAsync(31_000);
      expect((await whole).message).to.contain("waited for a stream");
      await clock.tickAsync(6_000);
      expect(log).to.have.length(1);
    } finally {
      now.restore();
      clock.restore();
    }
  });

  it("is not waited for longer than timeoutMs", async () => {
    const { db, run } = streaming();
    const whole = run(() => transactional(db, { timeoutMs: 20 }, () => void db.rows()));
    expect((await rejected("TRANSACTION_TIMEOUT", whole)).message).to.contain("after 20 ms");
  });

  it("is ended if it is an iterator, whose next step says why", async () => {
    const { db, log, run } = streaming();
    let rows!: Generator<number, void>;
    await run(() =>
      transactional(db, () => {
        rows = db.numbers();
        expect(rows.next().value).to.equal(1);
        expect([...db.numbers()]).to.deep.equal([1, 2]);
      }),
    );
    expect(() => rows.next()).to.throw(/Nothing was done/);
    expect(log).to.have.length(2);
  });

  it("is waited for if it is a promise of another class, and comes out itself", async () => {
    const { db, log, run } = streaming();
    let failing!: Promise<number>;
    await run(() =>
      transactional(db, async () => {
        const lazy = db.lazily();
        expect(lazy.constructor.name).to.equal("Lazy");
        failing = db.failing();
        failing.catch(() => log.push("failed"));
      }),
    );
    expect(log.map((line) => line.replace(/^\d+: /, ""))).to.deep.equal(["begin", "failed", "commit"]);
  });

  it("may be data, or nothing, or an error that is thrown at once", async () => {
    const { db, run } = streaming();
    await run(() =>
      transactional(db, () => {
        expect(db.data()).to.deep.equal({ next: 1 });
        expect(db.nothing()).to.be.undefined;
        expect(() => db.now()).to.throw("at once");
        expect(db.isOpen).to.be.true;
      }),
    );
  });
});
