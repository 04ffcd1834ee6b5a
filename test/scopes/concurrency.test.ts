import { expect } from "chai";
import {
  bindToContext,
  lease,
  poolOf,
  pooledScope,
  ready,
  release,
  runInContext,
  scopedProxy,
  setFactory,
  unwrap,
} from "inversify-scopes";

import { reasonOf, rejected, thrown } from "../support/errors.js";
import { type Gate, gate, turn } from "../support/gate.js";
import { serviceOf } from "../support/services.js";

class Db {
  running = 0;
  most = 0;
  readonly log: string[] = [];
  constructor(readonly id = 0) {}
  async query(name: string, until: PromiseLike<unknown> = turn()): Promise<string> {
    this.most = Math.max(this.most, ++this.running);
    this.log.push(name);
    await until;
    this.running--;
    return name;
  }
  async fail(name: string): Promise<never> {
    this.log.push(name);
    await turn();
    throw new Error(name);
  }
  ping(): number {
    return this.id;
  }
  /** Runs what it is given inside a call. */
  async transaction<R>(body: () => Promise<R>): Promise<R> {
    this.log.push("begin");
    const result = await body();
    this.log.push("commit");
    return result;
  }
  outer(body: () => unknown): unknown {
    return body();
  }
}

function pool(
  concurrency: "serialize" | "throw" | "allow",
  maxSize = 1,
  factory: (n: number) => Db | Promise<Db> = (n) => new Db(n),
): Db {
  const proxy = scopedProxy<Db>("db", { shape: Db });
  setFactory(proxy, factory, pooledScope({ maxSize, concurrency }));
  return proxy;
}

describe("concurrency: 'serialize', scenario 53", () => {
  it("a call that returns plain data is over when it returns", async () => {
    const db = pool("serialize");
    await runInContext(async () => {
      const data = { rows: 1 };
      expect(db.outer(() => data)).to.equal(data);
      expect(db.ping()).to.equal(0);
      expect(await db.query("next")).to.equal("next");
    });
    expect(poolOf(db).stats().draining).to.equal(0);
  });

  it("calls of one context run one after the other, in order; 'allow' lets them", async () => {
    for (const [mode, most] of [
      ["serialize", 1],
      ["allow", 3],
    ] as const) {
      const db = pool(mode);
      await runInContext(async () => {
        expect(await Promise.all(["a", "b", "c"].map((name) => db.query(name)))).to.deep.equal(["a", "b", "c"]);
        expect(db.log).to.deep.equal(["a", "b", "c"]);
        expect(db.most).to.equal(most);
      });
    }
  });

  it("two contexts do not wait for each other", async () => {
    const db = pool("serialize", 2);
    const until = gate();
    const slow = runInContext(() => db.query("slow", until.promise));
    expect(await runInContext(() => db.query("quick"))).to.equal("quick");
    until.open();
    await slow;
  });

  it("a failing call lets the next one in, and its error is its own", async () => {
    const db = pool("serialize");
    await runInContext(async () => {
      const calls = [reasonOf(db.fail("a")), db.query("b"), reasonOf(db.fail("c"))];
      expect(String(await calls[0])).to.include("a");
      expect(await calls[1]).to.equal("b");
      expect(String(await calls[2])).to.include("c");
    });
  });

  it("calls made while the instance is still being made keep their order", async () => {
    const made = gate<Db>();
    const db = pool("serialize", 1, () => made.promise);
    await runInContext(async () => {
      const all = Promise.all([db.query("a"), db.query("b"), db.query("c")]);
      thrown("NOT_READY", () => db.ping());
      made.open(new Db());
      await all;
      expect(db.log).to.deep.equal(["a", "b", "c"]);
      expect(db.most).to.equal(1);
    });
  });

  it("is re-entrant: a call inside a call, also after awaits, does not wait for itself", async () => {
    const db = pool("serialize");
    await runInContext(async () => {
      const transaction = db.transaction(async () => {
        await db.query("in 1");
        return db.transaction(async () => db.query("in 2"));
      });
      const outside = db.query("after");
      expect(await transaction).to.equal("in 2");
      await outside;
      expect(db.log).to.deep.equal(["begin", "in 1", "begin", "in 2", "commit", "commit", "after"]);
    });
  });

  it("is re-entrant through another service whose factory calls it", async () => {
    const db = pool("serialize");
    const user = serviceOf(Db, async () => (await db.query("load user"), new Db(7)), "per-async-context", "user");
    await runInContext(async () => {
      const body = async (): Promise<string> => {
        await turn();
        return user.query("u");
      };
      expect(await db.transaction(body)).to.equal("u");
      expect(db.log).to.deep.equal(["begin", "load user", "commit"]);
    });
  });

  it("is re-entrant across two serialized services", async () => {
    const [db, cache] = [pool("serialize"), pool("serialize")];
    await runInContext(async () => {
      expect(await db.transaction(() => cache.transaction(() => db.query("deep")))).to.equal("deep");
    });
  });

  it("what a call has started, and goes on after it, is not inside it any more", async () => {
    const db = pool("serialize");
    const [go, until] = [gate(), gate()];
    await runInContext(async () => {
      let straggler!: Promise<string>;
      await db.transaction(async () => {
        straggler = go.promise.then(() => db.query("straggler"));
      });
      const running = db.query("running", until.promise);
      go.open();
      await turn();
      expect(db.log).to.deep.equal(["begin", "commit", "running"]);
      until.open();
      await Promise.all([running, straggler]);
      expect(db.most).to.equal(1);
    });
  });

  it("nor is what a synchronous call has started", async () => {
    const db = pool("serialize");
    const [go, until] = [gate(), gate()];
    await runInContext(async () => {
      const straggler = db.outer(() => {
        void go.promise.then(() => db.query("straggler"));
      });
      expect(straggler).to.equal(undefined);
      const running = db.query("running", until.promise);
      go.open();
      await turn();
      expect(db.log).to.deep.equal(["running"]);
      until.open();
      await running;
      await turn();
      await turn();
      expect(db.log).to.deep.equal(["running", "straggler"]);
    });
  });

  it("a synchronous member cannot wait: CONCURRENT_USE while a call is under way, fine else and inside", async () => {
    const db = pool("serialize");
    await runInContext(async () => {
      expect(db.ping()).to.equal(0);
      expect(db.outer(() => db.ping())).to.equal(0);
      const call = db.query("a");
      const error = thrown("CONCURRENT_USE", () => db.ping());
      expect(error.message).to.include("db.ping").and.include("defer");
      // Reading a field is no call.
      expect(db.id).to.equal(0);
      await call;
      expect(db.ping()).to.equal(0);
      expect(await db.transaction(async () => db.ping())).to.equal(0);
    });
  });

  it("a synchronous call that throws lets the next one in", async () => {
    const db = pool("serialize");
    await runInContext(async () => {
      expect(() =>
        db.outer(() => {
          throw new Error("sync");
        }),
      ).to.throw("sync");
      expect(await db.query("a")).to.equal("a");
    });
  });

  it("a thenable that is no promise passes untouched, and nobody waits for it", async () => {
    const db = pool("serialize");
    let awaited = 0;
    const lazy = { then: (resolve: (value: number) => void) => (awaited++, resolve(1)) };
    await runInContext(async () => {
      expect(db.outer(() => lazy)).to.equal(lazy);
      expect(db.ping()).to.equal(0);
      expect(awaited).to.equal(0);
    });
  });

  it("the end of the context rejects calls that wait for their turn, even if the one before never ends", async () => {
    const db = pool("serialize");
    let waiting!: Promise<Error>;
    let running!: Promise<string>;
    const never = gate();
    await runInContext({ name: "GET /" }, async () => {
      running = db.query("hangs", never.promise);
      waiting = rejected("CONTEXT_ENDED", db.query("queued"));
    });
    expect((await waiting).message).to.include("GET / ended while it still waited for db.");
    never.open();
    await running;
    expect(unwrapLog(db)).to.deep.equal(["hangs"]);
  });

  it("after release the calls that waited go on, in order, on a new instance", async () => {
    const db = pool("serialize", 2);
    const hang = gate();
    await runInContext(async () => {
      const running = db.query("a", hang.promise);
      const queued = Promise.all([db.query("b"), db.query("c")]);
      await release(db, { discard: true });
      await queued;
      expect(db.id).to.equal(1);
      expect(db.log).to.deep.equal(["b", "c"]);
      expect(db.most).to.equal(1);
      hang.open();
      await running;
    });
  });

  it("a call that waited behind one that gave the instance back gets the next one", async () => {
    class Greedy extends Db {
      override query(name: string): Promise<string> {
        void release(db, { discard: true });
        return super.query(name);
      }
    }
    const made = [gate<Db>(), gate<Db>()];
    const db = pool("serialize", 2, (n) => made[n]!.promise);
    await runInContext(async () => {
      const calls = Promise.all([db.query("a"), db.query("b")]);
      made[0]!.open(new Greedy(0));
      await turn();
      made[1]!.open(new Db(1));
      expect(await calls).to.deep.equal(["a", "b"]);
      expect(db.log).to.deep.equal(["b"]);
    });
  });

  it("an abort of the context leaves calls alone whose instance is there", async () => {
    const db = pool("serialize");
    const controller = new AbortController();
    await runInContext({ signal: controller.signal }, async () => {
      const calls = [db.query("a"), db.query("rollback")];
      controller.abort("left");
      expect(await Promise.all(calls)).to.deep.equal(["a", "rollback"]);
    });
  });

  it("unwrap, ready and explicit leases know of no turn", async () => {
    const db = pool("serialize", 2);
    const until = gate();
    await runInContext(async () => {
      const call = db.query("a", until.promise);
      await ready(db);
      expect(unwrap(db).id).to.equal(0);
      const own = await lease(db);
      expect(await own.value.query("own")).to.equal("own");
      await own.release();
      until.open();
      await call;
    });
  });

  it("NO_CONTEXT and CONTEXT_ENDED as ever (law 6)", async () => {
    const db = pool("serialize");
    await rejected("NO_CONTEXT", db.query("x"));
    let stale!: () => unknown;
    await runInContext(() => void (stale = bindToContext(() => db.query("x"))));
    await rejected("CONTEXT_ENDED", stale() as Promise<unknown>);
  });

  it("a signal that aborts while the instance is awaited rejects the calls", async () => {
    const db = pool("serialize");
    const held = await lease(db);
    const controller = new AbortController();
    await runInContext({ signal: controller.signal }, async () => {
      const call = reasonOf(db.query("a"));
      controller.abort("left");
      expect(await call).to.equal("left");
    });
    await held.release();
    expect(poolOf(db).stats()).to.include({ leased: 0, waiting: 0 });
  });
});

describe("concurrency: 'throw', scenario 53", () => {
  it("the second call is refused while the first is under way, and told what to do", async () => {
    const db = pool("throw");
    const until: Gate = gate();
    await runInContext(async () => {
      const first = db.query("a", until.promise);
      const error = await rejected("CONCURRENT_USE", db.query("b"));
      expect(error.message).to.include("db.query").and.include('"serialize"');
      thrown("CONCURRENT_USE", () => db.ping());
      until.open();
      await first;
      expect(await db.query("c")).to.equal("c");
    });
  });

  it("calls inside a call are part of it", async () => {
    const db = pool("throw");
    await runInContext(async () => {
      expect(await db.transaction(() => db.query("in"))).to.equal("in");
    });
  });
});

/** The log of the pool's only instance, from outside. */
function unwrapLog(db: Db): string[] {
  const stats = poolOf(db).stats();
  expect(stats).to.include({ leased: 0 });
  return poolOf(db).tryAcquire()!.value.log;
}
