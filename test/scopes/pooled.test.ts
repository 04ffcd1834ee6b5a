import { expect } from "chai";
import {
  bindToContext,
  hasInstance,
  lease,
  pooledScope,
  ready,
  release,
  runInContext,
  scopedProxy,
  setFactory,
  unwrap,
  use,
} from "inversify-scopes";
import type { PooledOptions } from "inversify-scopes";

import { VirtualClock } from "../support/clock.js";
import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { serviceOf } from "../support/services.js";

class Db {
  constructor(readonly id: number) {}
  async query(): Promise<number> {
    return this.id;
  }
  ping(): number {
    return this.id;
  }
}

function pool(
  options: number | Partial<PooledOptions<Db>>,
  factory: (n: number) => Db | Promise<Db> = (n) => new Db(n),
): Db {
  const all = typeof options === "number" ? options : { maxSize: 1, ...options };
  return serviceOf(Db, factory, pooledScope<Db>(all), "db");
}

describe("pooled scope", () => {
  it("a context has one instance, taken at its first touch and back at its end (law 1)", async () => {
    const db = pool(2);
    await runInContext(async () => {
      expect(hasInstance(db)).to.equal(false);
      expect([await db.query(), db.ping(), await db.query()]).to.deep.equal([0, 0, 0]);
      await runInContext(() => expect(db.ping()).to.equal(1));
    });
    // The last one back is the next one lent.
    await runInContext(() => expect(db.ping()).to.equal(0));
  });

  for (const [how, body] of [
    ["throws", () => Promise.reject(new Error("body"))],
    ["returns", () => Promise.resolve()],
  ] as const) {
    it(`the instance is back when the body ${how} (scenario 52)`, async () => {
      const db = pool(1);
      for (let i = 0; i < 3; i++) {
        await runInContext(() => (db.ping(), body())).catch(() => {});
        expect(await use(db, ({ id }) => id)).to.equal(0);
      }
    });
  }

  it("a context that fails leaves no slot behind, a hundred times over (scenario 73)", async () => {
    const db = pool(1);
    for (let i = 0; i < 100; i++) {
      await reasonOf(
        runInContext(async () => {
          await db.query();
          throw new Error("lost");
        }),
      );
    }
    await runInContext(() => expect(db.ping()).to.equal(0));
  });

  it("synchronous code stays synchronous: an idle one, or a new one, is taken at once (law 3)", async () => {
    const db = pool(2);
    await runInContext(() => {
      expect(db.ping()).to.equal(0);
    });
  });

  it("NO_CONTEXT outside, CONTEXT_ENDED after the end (law 6)", async () => {
    const db = pool(1);
    expect(thrown("NO_CONTEXT", () => db.ping()).message).to.include("db is pooled");
    let stale!: () => number;
    let staleCall!: () => Promise<number>;
    await runInContext(() => {
      db.ping();
      stale = bindToContext(() => db.ping());
      staleCall = bindToContext(() => db.query());
    });
    thrown("CONTEXT_ENDED", stale);
    await rejected("CONTEXT_ENDED", staleCall());
  });

  it("POOL_EXHAUSTED names service, member, context, who holds it for how long, and the remedies (law 5)", async () => {
    const clock = new VirtualClock();
    const db = pool({ clock });
    const end = gate();
    const holder = runInContext({ name: "GET /slow" }, () => (db.ping(), end.promise));
    await clock.advance(1500);
    await runInContext({ name: "GET /" }, () => {
      const error = thrown("POOL_EXHAUSTED", () => db.ping());
      expect(error).to.include({ service: "db", context: "GET /" });
      expect(error.holders).to.have.length(1);
      expect(error.holders?.[0]).to.include({ holder: "GET /slow", heldMs: 1500 });
      for (const part of [
        "db.ping",
        "GET /slow (for 1500 ms)",
        "needs",
        "await ready(proxy)",
        "lease(proxy)",
        "defer",
      ]) {
        expect(error.message).to.include(part);
      }
    });
    end.open();
    await holder;
  });

  it("NOT_READY, not POOL_EXHAUSTED, while an instance is only being made (law 5)", async () => {
    const made = gate<Db>();
    const db = pool(1, () => made.promise);
    await runInContext({ name: "c" }, async () => {
      const error = thrown("NOT_READY", () => db.ping());
      expect(error).to.include({ service: "db", context: "c" });
      made.open(new Db(3));
      await ready(db);
      expect(db.ping()).to.equal(3);
    });
  });

  it("what a synchronous touch began to make is not lost: it serves whoever waits next", async () => {
    const made = gate<Db>();
    let calls = 0;
    const db = pool(1, () => (calls++, made.promise));
    await runInContext(async () => {
      thrown("NOT_READY", () => db.ping());
      const call = db.query();
      made.open(new Db(4));
      expect(await call).to.equal(4);
      expect(calls).to.equal(1);
    });
  });

  it("the same context never takes a second one (scenario 18)", async () => {
    const db = pool(1);
    await runInContext(async () => {
      const inner = async (): Promise<number> => (await db.query()) + db.ping();
      expect(await inner()).to.equal(0);
      expect(unwrap(db)).to.equal(unwrap(db));
    });
  });

  it("release gives it back early; a later touch takes one again; without one it does nothing", async () => {
    const db = pool(1);
    await release(db);
    await runInContext(async () => {
      await release(db);
      db.ping();
      await release(db);
      expect(await use(db, ({ id }) => id)).to.equal(0);
      expect(db.ping()).to.equal(0);
    });
    expect(await use(db, ({ id }) => id)).to.equal(0);
  });

  it("release with discard destroys it (scenario 51)", async () => {
    const ended: number[] = [];
    const db = pool({ destroy: ({ id }) => void ended.push(id) });
    await runInContext(async () => {
      db.ping();
      await release(db, { discard: true });
      expect(ended).to.deep.equal([0]);
      expect(db.ping()).to.equal(1);
    });
  });

  it("the end of the context waits for an asynchronous onRelease (scenario 50)", async () => {
    const reset = gate();
    const db = pool({ onRelease: () => reset.promise });
    let isOver = false;
    const context = runInContext(() => void db.ping()).then(() => (isOver = true));
    await turn();
    expect(isOver).to.equal(false);
    reset.open();
    await context;
  });

  it("lease gives one of one's own beside the context's", async () => {
    const db = pool(2);
    await runInContext(async () => {
      expect(db.ping()).to.equal(0);
      const own = await lease(db);
      expect(own.value.id).to.equal(1);
      await own.discard();
      thrown("LEASE_ENDED", () => own.value);
    });
  });

  it("use gives it back also when the function throws", async () => {
    const db = pool(1);
    const error = new Error("mine");
    expect(await reasonOf(use(db, () => Promise.reject(error)))).to.equal(error);
    expect(await use(db, ({ id }) => id)).to.equal(0);
  });

  it("maxUses counts contexts' leases", async () => {
    const db = pool({ maxUses: 2 });
    const seen: number[] = [];
    for (let i = 0; i < 4; i++) await runInContext(() => void seen.push(db.ping(), db.ping()));
    expect(seen).to.deep.equal([0, 0, 0, 0, 1, 1, 1, 1]);
  });

  it("checkOn acquire: an ill instance is replaced, never lent", async () => {
    const ill = new Set<number>();
    const db = pool({ healthCheck: ({ id }) => !ill.has(id), checkOn: ["acquire"] });
    await runInContext(() => expect(db.ping()).to.equal(0));
    ill.add(0);
    await runInContext(() => expect(db.ping()).to.equal(1));
  });

  it("with an asynchronous check a synchronous touch is NOT_READY, and a deferred call is served", async () => {
    const db = pool({ healthCheck: async () => true, checkOn: ["acquire"] });
    await runInContext(() => db.query());
    await runInContext(async () => {
      thrown("NOT_READY", () => db.ping());
      expect(await db.query()).to.equal(0);
    });
  });

  for (const [when, factory] of [
    ["synchronously", () => fail()],
    ["asynchronously", async () => fail()],
  ] as const) {
    it(`a factory that fails ${when}: CREATE_FAILED with its error as cause, once, however the pool is labelled`, async () => {
      const db = pool({ label: "primary" }, factory);
      await runInContext(async () => {
        const error = (await reasonOf(Promise.resolve().then(() => db.query()))) as Error;
        expect(error).to.have.property("code", "CREATE_FAILED");
        expect(error.cause).to.equal(DOWN);
      });
      expect((await rejected("CREATE_FAILED", lease(db))).cause).to.equal(DOWN);
    });
  }

  it("needs and ready take pools in the order in which they were bound", async () => {
    const order: string[] = [];
    const named = (name: string): Db =>
      serviceOf(Db, (n) => (order.push(name), Promise.resolve(new Db(n))), pooledScope(1), name);
    const [first, second] = [named("first"), named("second")];
    await runInContext({ needs: [second, first] }, () => expect(order).to.deep.equal(["first", "second"]));
  });

  it("a context with graceMs has its instance through the slow path, one all the same", async () => {
    const db = pool(2);
    await runInContext({ graceMs: 1000 }, async () => {
      expect(db.ping()).to.equal(await db.query());
    });
  });
});

const DOWN = new Error("down");
function fail(): never {
  throw DOWN;
}

describe("pooled scope: options", () => {
  const bind = (options: unknown) => () => pooledScope(options as PooledOptions);

  for (const [options, parts] of [
    [{}, ["maxSize"]],
    [0, ["maxSize", "0"]],
    ["8", ["maxSize", '"8"', "a number of instances, or an object of options"]],
    [undefined, ["maxSize", "undefined"]],
    [null, ["maxSize", "null"]],
    [{ maxSize: 1, concurency: "serialize" }, ["concurency", "Did you mean concurrency?"]],
    [{ maxSize: 1, leese: "call" }, ["leese", "Did you mean lease?"]],
    [{ maxSize: 1, differ: ["query"] }, ["differ", "Did you mean defer?"]],
    [{ maxSize: 1, lease: "request" }, ["lease", '"request"', '"context"', '"call"']],
    [{ maxSize: 1, concurrency: "one" }, ["concurrency", '"one"', '"serialize"']],
    [{ maxSize: 1, acquireTimeoutMS: 5 }, ["acquireTimeoutMS", "acquireTimeoutMs"]],
    [{ maxSize: 1, acquireTimeoutMs: -5 }, ["acquireTimeoutMs", "-5"]],
    [
      { maxSize: 1, create: () => ({}) },
      ["create", "what is bound (to, toDynamicValue, setFactory …) makes the instances"],
    ],
    [{ maxSize: 1, destroy: 1 }, ["destroy", "1", "a function"]],
    [{ maxSize: 1, defer: "query" }, ["defer", '"query"']],
    [{ maxSize: 1, defer: [1] }, ["defer", "member names"]],
    [{ maxSize: 1, minSize: 2 }, ["minSize"]],
  ] as const) {
    it(`INVALID_OPTION, when bound, for ${JSON.stringify(options) ?? "nothing"}`, () => {
      const error = thrown("INVALID_OPTION", bind(options));
      for (const part of parts) expect(error.message).to.include(part);
    });
  }

  it("makes nothing when bound, and minSize at the first touch", async () => {
    let calls = 0;
    const db = scopedProxy<Db>("db", { shape: Db });
    setFactory(db, () => new Db(calls++), pooledScope({ maxSize: 3, minSize: 2 }));
    await turn();
    expect(calls).to.equal(0);
    await runInContext(() => db.query());
    await turn();
    expect(calls).to.equal(2);
  });
});
