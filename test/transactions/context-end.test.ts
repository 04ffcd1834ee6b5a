import "reflect-metadata";

import { expect } from "chai";
import { poolOf, runInContext, ScopedContainer } from "inversify-scopes";
import { transactional } from "inversify-scopes/transactions";

import { reasonOf, rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { Recorded, recordingDriver } from "../support/recording.js";
import { recordedService, slowService } from "../support/recorded-service.js";
import { warningsOf } from "../support/warnings.js";

const never = (): Promise<never> => new Promise(() => {});
const NEW = { propagation: "requires-new" } as const;

describe("A context that ends under a transaction that nobody awaits", () => {
  it("has it rolled back before anybody else gets the instance", async () => {
    const { db, log, run } = recordedService({}, { maxSize: 1 });
    let left!: Promise<unknown>;
    const first = run(async () => {
      left = reasonOf(
        transactional(db, async () => {
          await db.query("half");
          await never();
        }),
      );
      await turn();
    });
    const second = run(() => db.query("next"));
    await Promise.all([first, second]);
    const error = (await left) as Error;
    expect(error).to.have.property("code", "CONTEXT_ENDED");
    expect(error.message).to.contain("job ended while a transaction of Recorded was open in it");
    expect(log).to.deep.equal(["1: begin", "1: half", "1: rollback", "1: next"]);
  });

  it("is waited for as calls are, where the context has a `graceMs`, and committed", async () => {
    const { db, log } = recordedService();
    let left!: Promise<string>;
    await runInContext({ graceMs: 10_000 }, async () => {
      left = transactional(db, async () => {
        await turn();
        await db.query("late");
        return "done";
      });
    });
    expect(log).to.deep.equal(["1: begin", "1: late", "1: commit"]);
    expect(await left).to.equal("done");
  });

  it("is rolled back and named, if it goes on after `graceMs`", async () => {
    const { db, log } = recordedService();
    let left!: Promise<unknown>;
    const warnings = await warningsOf(() =>
      runInContext({ name: "job", graceMs: 1 }, async () => {
        left = reasonOf(transactional(db, never));
      }),
    );
    expect(await left).to.have.property("code", "CONTEXT_ENDED");
    expect(warnings.join()).to.match(/job ends although .* graceMs 1: Recorded\.transaction \(for/);
    await turn();
    expect(log).to.deep.equal(["1: begin", "1: rollback"]);
  });

  it("does not wait for what runs in it, and the instance drains until then", async () => {
    const { container, log, run } = recordedService();
    const slow = gate();
    const db = slowService({ container, log }, slow.promise);
    let left!: Promise<unknown>;
    await run(async () => {
      left = reasonOf(transactional(db, () => db.wait()));
      await turn();
    });
    await left;
    expect(poolOf(db).stats()).to.include({ draining: 1, leased: 0 });
    expect(poolOf(db).stats().instances[0]).to.deep.include({ state: "draining" });
    const next = run(() => db.query("next"));
    await turn();
    slow.open();
    await next;
    expect(log.map((line) => line.slice(3))).to.deep.equal(["begin", "over", "rollback", "next"]);
  });

  it("does not lend an instance that could not be rolled back", async () => {
    const { db, log, pool, run } = recordedService({
      async rollback() {
        await turn();
        throw new Error("gone");
      },
    });
    let left!: Promise<unknown>;
    await run(async () => {
      left = reasonOf(transactional(db, never));
      await turn();
    });
    const error = (await left) as { suppressed?: Error[] };
    await turn();
    await turn();
    // The errors of the rollback come when they come.
    expect(error.suppressed![0]!.message).to.equal("gone");
    expect(log).to.deep.equal(["1: begin", "1: end"]);
    expect(pool.stats()).to.include({ size: 0, draining: 0 });
  });

  it("does the same to that of requires-new", async () => {
    for (const fails of [false, true]) {
      const { db, log, pool, run } = recordedService({
        async rollback(instance) {
          await turn();
          instance.note("rollback");
          if (fails) throw new Error("gone");
        },
      });
      const left: Promise<unknown>[] = [];
      await run(async () => {
        const inner = (): Promise<never> => transactional(db, NEW, never);
        await transactional(db, () => void left.push(reasonOf(inner())));
        await turn();
      });
      expect(pool.stats().draining).to.equal(1);
      await Promise.all(left.map(async (each) => each));
      await turn();
      await turn();
      expect(log.slice(0, 4)).to.deep.equal(["1: begin", "2: begin", "1: commit", "2: rollback"]);
      expect(pool.stats()).to.include({ draining: 0, idle: fails ? 1 : 2 });
    }
  });

  it("lets one that is being committed come to its end", async () => {
    const sent = gate();
    const answer = gate();
    const { db, log, run } = recordedService({
      commit: (instance) => {
        sent.open();
        return answer.promise.then(() => instance.note("committed"));
      },
    });
    let left!: Promise<unknown>;
    await run(async () => {
      left = transactional(db, () => 5);
      await sent.promise;
    });
    answer.open();
    expect(await left).to.equal(5);
    expect(log).to.deep.equal(["1: begin", "1: committed"]);
  });

  it("ends one that waits for its begin", async () => {
    const { db, log, run } = recordedService({
      begin: (instance) => {
        instance.note("begin");
        return turn();
      },
    });
    let left!: Promise<unknown>;
    await run(async () => {
      left = reasonOf(transactional(db, () => db.query("never")));
    });
    expect(await left).to.have.property("code", "CONTEXT_ENDED");
    await turn();
    expect(log).to.deep.equal(["1: begin", "1: rollback"]);
  });

  it("ends one whose begin, or body, has just come to its end", async () => {
    for (const step of ["begin", "body"]) {
      const go = gate();
      // The context ends between the gate's reaction and the transaction's.
      const gone = async (): Promise<void> => {
        await go.promise;
      };
      const { db, log, run } = recordedService(step === "begin" ? { begin: gone } : {});
      let left!: Promise<unknown>;
      await run(async () => {
        left = reasonOf(transactional(db, (): unknown => (step === "body" ? gone() : log.push("body"))));
        await turn();
        go.open();
      });
      expect(await left).to.have.property("code", "CONTEXT_ENDED");
      await turn();
      expect(log.at(-1)).to.equal("1: rollback");
      expect(log).not.to.include("body");
    }
  });

  it("ends one that runs without, when its call is over", async () => {
    const { db, pool, run } = recordedService();
    const go = gate();
    let left!: Promise<unknown>;
    await run(() =>
      transactional(db, async () => {
        left = transactional(db, { propagation: "not-supported" }, async () => {
          await go.promise;
          return reasonOf(db.query("late"));
        });
        await turn();
      }),
    );
    expect(pool.stats()).to.include({ draining: 1 });
    go.open();
    expect(await left).to.have.property("code", "CONTEXT_ENDED");
    await turn();
    expect(pool.stats()).to.include({ draining: 0, idle: 2 });
  });

  it("waits for the rollback where its instance would be ended under it", async () => {
    const log: string[] = [];
    const container = new ScopedContainer();
    const transactions = recordingDriver<Recorded>({
      async rollback(db) {
        await turn();
        db.note("rollback");
      },
    });
    container
      .bind(Recorded)
      .toDynamicValue(() => new Recorded(log))
      .inPerAsyncContextScope({ destroy: (db) => db.end(), transactions });
    const db = container.get(Recorded);
    const left: Promise<unknown>[] = [];
    await runInContext(async () => {
      await transactional(db, () => void left.push(reasonOf(transactional(db, NEW, never))));
      await turn();
      left.push(reasonOf(transactional(db, never)));
      await turn();
    });
    await Promise.all(left);
    await turn();
    const own = log[0]!.slice(0, 2);
    expect(log.filter((line) => line.startsWith(own)).map((line) => line.slice(own.length + 1))).to.deep.equal([
      ...["begin", "commit", "begin", "rollback", "end"],
    ]);
    expect(log).to.have.length(8);
  });
});

describe("A context whose signal has aborted", () => {
  it("has its transaction rolled back, which rejects with the reason", async () => {
    const { db, log } = recordedService();
    const abort = new AbortController();
    const left = new Error("client left");
    const whole = runInContext({ signal: abort.signal }, () =>
      transactional(db, async () => {
        await db.query("inside");
        abort.abort(left);
        await db.query("goes on");
      }),
    );
    expect(await reasonOf(whole)).to.equal(left);
    expect(log).to.deep.equal(["1: begin", "1: inside", "1: goes on", "1: rollback"]);
  });

  it("begins none any more, and does not try again", async () => {
    const { db, log } = recordedService();
    const abort = new AbortController();
    const whole = runInContext({ signal: abort.signal }, () =>
      transactional(db, { retry: { times: 3, on: () => true } }, async () => {
        abort.abort(new Error("client left"));
      }),
    );
    expect(await reasonOf(whole)).to.have.property("message", "client left");
    expect(log).to.deep.equal(["1: begin", "1: rollback"]);
  });
});

describe("A disposer of a context", () => {
  it("may have a transaction on an instance that is there", async () => {
    const { container, db, log, run } = recordedService();
    class Work {
      constructor(readonly db: Recorded) {}
      async flush(): Promise<void> {
        await transactional(this.db, () => this.db.query("flush"));
      }
    }
    container
      .bind(Work)
      .toResolvedValue((own: Recorded) => new Work(own), [Recorded])
      .inPerAsyncContextScope({ destroy: (work) => work.flush() });
    const work = container.get(Work);
    await run(async () => {
      expect(work.db).to.equal(db);
      await db.query("first");
    });
    expect(log).to.deep.equal(["1: first", "1: begin", "1: flush", "1: commit"]);
  });

  it("finds no context that has ended", async () => {
    const { db, run } = recordedService();
    const go = gate();
    let late!: Promise<unknown>;
    await run(async () => {
      late = go.promise.then(() => transactional(db, () => {}));
    });
    go.open();
    await rejected("CONTEXT_ENDED", late);
  });
});
