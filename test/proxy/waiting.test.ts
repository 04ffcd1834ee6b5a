import { getEventListeners } from "node:events";
import { expect } from "chai";
import fc from "fast-check";
import {
  type ErrorCode,
  hasInstance,
  lease,
  perAsyncContextScope,
  pooledScope,
  ready,
  release,
  runInContext,
  type Scope,
  type ScopeError,
  scopedProxy,
  setFactory,
  sharedScope,
  unwrap,
} from "inversify-scopes";
import { reasonOf, rejected, thrown } from "../support/errors.js";
import { type Gate, gate, turn } from "../support/gate.js";

class Db {
  rows = 3;
  log: string[] = [];
  sync(word = "sync"): string {
    this.log.push(word);
    return word;
  }
  async native(word = "native"): Promise<string> {
    this.log.push(word);
    return word;
  }
  /** As drivers do it: returns a promise without being `async`. */
  driver(word = "driver"): Promise<string> {
    this.log.push(word);
    return Promise.resolve(word);
  }
  async *stream(): AsyncGenerator<number> {
    yield this.rows;
  }
  get count(): number {
    return this.rows;
  }
}

type Way = { proxy?: "auto" | "full"; jitless?: boolean; known?: boolean };
const ways: Record<string, Way> = {
  generated: {},
  jitless: { jitless: true },
  full: { proxy: "full" },
  "no known class": { known: false },
};

function proxyOf(factory: () => Db | Promise<Db>, scope: Scope, { known = true, ...way }: Way = {}): Db {
  const proxy = scopedProxy<Db>("db", { ...way, ...(known ? { shape: Db } : {}), defer: ["driver"] });
  setFactory(proxy, factory, scope);
  return proxy;
}

/** One member each of every sort, whether a call of it may wait, and whether it may be taught to. */
const members: { member: string; defers: (way: Way) => boolean; use: (db: Db) => unknown; isMethod?: boolean }[] = [
  { member: "a native async method", defers: ({ known = true }) => known, use: (db) => db.native() },
  { member: "a method named in `defer`", defers: () => true, use: (db) => db.driver() },
  { member: "a synchronous method", defers: () => false, use: (db) => db.sync(), isMethod: true },
  {
    member: "the first next() of an async generator",
    defers: ({ known = true }) => known,
    use: (db) =>
      db
        .stream()
        .next()
        .then(({ value }) => `row ${value}`),
    isMethod: true,
  },
  { member: "an accessor", defers: () => false, use: (db) => db.count },
  { member: "a field", defers: () => false, use: (db) => db.rows },
  { member: "an assignment", defers: () => false, use: (db) => (db.rows = 4) },
  { member: "unwrap", defers: () => false, use: (db) => unwrap(db) },
];

describe("the waiting rule", () => {
  const notThere: Record<
    string,
    { code: ErrorCode; begin: (way: Way) => Promise<{ db: Db; arrive: () => Promise<void> }> }
  > = {
    "made asynchronously, shared": {
      code: "NOT_READY",
      async begin(way) {
        const arrival = gate<Db>();
        return { db: proxyOf(() => arrival.promise, sharedScope(), way), arrive: async () => arrival.open(new Db()) };
      },
    },
    "made asynchronously, per async context": {
      code: "NOT_READY",
      async begin(way) {
        const arrival = gate<Db>();
        return {
          db: proxyOf(() => arrival.promise, perAsyncContextScope(), way),
          arrive: async () => arrival.open(new Db()),
        };
      },
    },
    "made asynchronously, pooled": {
      code: "NOT_READY",
      async begin(way) {
        const arrival = gate<Db>();
        return { db: proxyOf(() => arrival.promise, pooledScope(1), way), arrive: async () => arrival.open(new Db()) };
      },
    },
    "pool exhausted": {
      code: "POOL_EXHAUSTED",
      async begin(way) {
        const db = proxyOf(() => new Db(), pooledScope(1), way);
        const held = await lease(db);
        return { db, arrive: () => held.release() };
      },
    },
  };
  for (const [state, { code, begin }] of Object.entries(notThere)) {
    for (const [wayName, way] of Object.entries(ways)) {
      for (const { member, defers, use, isMethod = false } of members) {
        if (defers(way)) {
          it(`${state}, ${wayName}: ${member} is deferred (law 4)`, async () => {
            const { db, arrive } = await begin(way);
            await runInContext(async () => {
              const result = use(db) as Promise<unknown>;
              expect(result).to.be.instanceOf(Promise);
              let isSettled = false;
              void result.then(() => (isSettled = true));
              await turn();
              expect(isSettled).to.equal(false);
              await arrive();
              expect(await result).to.be.a("string");
            });
          });
        } else {
          it(`${state}, ${wayName}: ${member} throws ${code} at once, with the remedies (law 5)`, async () => {
            const { db, arrive } = await begin(way);
            await runInContext({ name: "the request" }, async () => {
              const error: ScopeError = thrown(code, () => use(db));
              expect(error.service).to.equal("db");
              for (const remedy of ["needs", "ready(proxy)", "lease(proxy)"]) {
                expect(error.message).to.include(remedy);
              }
              const isUnknown = way.known === false && member !== "unwrap";
              expect(error.message.includes("`defer`"), "name it in defer").to.equal(isMethod || isUnknown);
              expect(error.message.includes("`shape`"), "tell its class").to.equal(isUnknown);
              if (code === "POOL_EXHAUSTED") {
                expect(error.holders).to.have.length(1);
                expect(error.context).to.equal("the request");
              }
              await arrive();
              await ready(db);
              expect(() => use(db)).to.not.throw();
            });
          });
        }
      }
    }
  }

  for (const [wayName, way] of Object.entries(ways)) {
    for (const [name, scope] of Object.entries({
      shared: sharedScope,
      "per async context": perAsyncContextScope,
      pooled: () => pooledScope(1),
    })) {
      it(`made synchronously, ${name}, ${wayName}: every touch takes it now (law 3)`, async () => {
        for (const { use } of members) {
          const db = proxyOf(() => new Db(), scope(), way);
          await runInContext(() => {
            expect(hasInstance(db)).to.equal(false);
            const result = use(db);
            expect(hasInstance(db), "taken, not deferred").to.equal(true);
            return result;
          });
        }
      });
    }
  }

  it("a name in `defer` may be a function in a field, which no class shows (law 4)", async () => {
    class Client {
      query = (sql: string): Promise<string> => Promise.resolve(`${sql}!`);
    }
    for (const proxy of ["auto", "full"] as const) {
      const client = scopedProxy<Client>("client", { shape: Client, defer: ["query"], proxy });
      const arrival = gate<Client>();
      setFactory(client, () => arrival.promise, "per-async-context");
      await runInContext(async () => {
        const { query } = client;
        const result = query("select");
        arrival.open(new Client());
        expect(await result).to.equal("select!");
        expect(client.query).to.equal(query);
        expect(await client.query("again")).to.equal("again!");
      });
    }
  });

  it("what a factory makes that is nothing is an error, never `undefined` nor `{}` (scenario 11)", async () => {
    for (const made of [undefined, null, 0, "text"]) {
      const db = proxyOf((async () => made) as never, perAsyncContextScope());
      await runInContext(async () => {
        expect(await reasonOf(db.native())).to.be.instanceOf(Error);
        await rejected("NOT_PROXYABLE", ready(db));
      });
    }
  });

  it("asking without failing: hasInstance is false, and nothing is made (scenario 13)", async () => {
    let made = 0;
    const db = proxyOf(() => (made++, new Db()), perAsyncContextScope());
    expect(hasInstance(db)).to.equal(false);
    await runInContext(() => expect(hasInstance(db)).to.equal(false));
    expect(made).to.equal(0);
  });
});

describe("deferred calls are done in the order in which they came (law 4)", () => {
  const arrivals: Record<string, (arrival: Gate<Db>) => Scope> = {
    shared: () => sharedScope(),
    "per async context": () => perAsyncContextScope(),
    pooled: () => pooledScope(1),
  };
  for (const [name, scope] of Object.entries(arrivals)) {
    it(`first in, first out, and nobody who comes later overtakes (${name}) (law 4)`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 12 }),
          fc.integer({ min: 0, max: 12 }),
          async (pauses, arrivesAfter) => {
            const arrival = gate<Db>();
            const real = new Db();
            const db = proxyOf(() => arrival.promise, scope(arrival));
            await runInContext(async () => {
              const order: string[] = [];
              const arrived = (async () => {
                for (let tick = 0; tick < arrivesAfter; tick++) await Promise.resolve();
                arrival.open(real);
              })();
              const calls: Promise<unknown>[] = [];
              for (const [i, pause] of pauses.entries()) {
                for (let tick = 0; tick < pause; tick++) await Promise.resolve();
                order.push(String(i));
                calls.push(i % 2 === 0 ? db.native(String(i)) : db.driver(String(i)));
              }
              await arrived;
              await Promise.all(calls);
              expect(real.log).to.eql(order);
            });
          },
        ),
        { numRuns: 150 },
      );
    });
  }

  it("a synchronous call made once it is there comes after those that waited (law 4)", async () => {
    for (const [, scope] of Object.entries(arrivals)) {
      for (let ticks = 0; ticks < 10; ticks++) {
        const arrival = gate<Db>();
        const real = new Db();
        const db = proxyOf(() => arrival.promise, scope(arrival));
        await runInContext(async () => {
          const first = db.native("waited");
          arrival.open(real);
          for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
          try {
            db.sync("came later");
          } catch {}
          await first;
        });
        expect(real.log[0], `${ticks} ticks later`).to.equal("waited");
      }
    }
  });

  it("several contexts are served by the pool in the order in which they queued (law 4)", async () => {
    const db = proxyOf(() => new Db(), pooledScope(1));
    const served: number[] = [];
    const first = await lease(db);
    const contexts = Array.from({ length: 10 }, (_, i) =>
      runInContext(async () => {
        await db.native();
        served.push(i);
        await turn();
      }),
    );
    await first.release();
    await Promise.all(contexts);
    expect(served).to.eql([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("a call whose context gave the instance back meanwhile takes a new one (law 4)", async () => {
    class Leaving extends Db {
      override async native(word?: string): Promise<string> {
        if (word === "leave") void release(db);
        return super.native(word);
      }
    }
    const made: Db[] = [];
    const arrival = gate();
    const db = proxyOf(async () => {
      await arrival.promise;
      made.push(new Leaving());
      return made.at(-1)!;
    }, perAsyncContextScope());
    await runInContext(async () => {
      const calls = [db.native("leave"), db.native("stay")];
      arrival.open();
      await Promise.all(calls);
      expect(made).to.have.length(2);
      expect(made.map(({ log }) => log)).to.eql([["leave"], ["stay"]]);
    });
  });

  it("no slot is lost when a context ends with a wait queued (scenario 17) (law 4)", async () => {
    const db = proxyOf(() => new Db(), pooledScope(2));
    const held = await Promise.all([lease(db), lease(db)]);
    const waits: Promise<ScopeError>[] = [];
    for (let i = 0; i < 20; i++) {
      await runInContext(() => {
        waits.push(rejected("CONTEXT_ENDED", db.native()));
      });
    }
    await Promise.all(waits);
    await Promise.all(held.map((each) => each.release()));
    const again = await Promise.all([lease(db), lease(db)]);
    await Promise.all(again.map((each) => each.release()));
  });

  it("on a shared service, too, the end or the abort of the context rejects what waits in it (law 4)", async () => {
    const arrival = gate<Db>();
    const db = proxyOf(() => arrival.promise, sharedScope());
    let waiting!: Promise<ScopeError>;
    await runInContext({ name: "short" }, () => {
      waiting = rejected("CONTEXT_ENDED", db.native("of the ended"));
    });
    expect((await waiting).message).to.include("short");
    const abort = new AbortController();
    const reason = new Error("client left");
    await runInContext({ signal: abort.signal }, async () => {
      const aborted = reasonOf(db.native("of the aborted"));
      abort.abort(reason);
      expect(await aborted).to.equal(reason);
      expect(await reasonOf(db.native("begun later"))).to.equal(reason);
    });
    const outside = db.native("outside");
    const real = new Db();
    arrival.open(real);
    expect(await outside).to.equal("outside");
    await turn();
    expect(real.log).to.eql(["outside"]);
  });

  it("a shared service's failure reaches every call that waited, in contexts and outside (law 4)", async () => {
    const arrival = gate<Db>();
    const db = proxyOf(() => arrival.promise, sharedScope());
    const outside = reasonOf(db.native());
    const inside = runInContext(() => reasonOf(db.native()));
    const cause = new Error("no luck");
    arrival.fail(cause);
    expect(await outside).to.include({ code: "CREATE_FAILED", cause });
    expect(await inside).to.include({ code: "CREATE_FAILED", cause });
  });

  it("what has waited, with success or without, is not waited for any more: its context listens to no signal for it", async () => {
    for (const fails of [false, true]) {
      const arrival = gate<Db>();
      const db = proxyOf(() => arrival.promise, sharedScope());
      const { signal } = new AbortController();
      await runInContext({ signal }, async () => {
        const before = getEventListeners(signal, "abort").length;
        const waiting = db.native().catch((error: unknown) => (error as ScopeError).code);
        expect(getEventListeners(signal, "abort")).to.have.length(before + 1);
        if (fails) arrival.fail(new Error("no luck"));
        else arrival.open(new Db());
        expect(await waiting).to.equal(fails ? "CREATE_FAILED" : "native");
        expect(getEventListeners(signal, "abort")).to.have.length(before);
      });
    }
  });

  it("a deferred call that throws or rejects does so for its caller alone", async () => {
    class Failing extends Db {
      override async native(word?: string): Promise<string> {
        if (word === "fail") throw new RangeError("mine");
        return super.native(word);
      }
      override driver(word?: string): Promise<string> {
        if (word === "throw") throw new TypeError("synchronously");
        return super.driver(word);
      }
    }
    for (const scope of [sharedScope(), perAsyncContextScope(), pooledScope(1)]) {
      const db = proxyOf(async () => new Failing(), scope);
      await runInContext(async () => {
        const results = await Promise.allSettled([db.native("fail"), db.native(), db.driver("throw"), db.driver()]);
        expect(results.map(({ status }) => status)).to.eql(["rejected", "fulfilled", "rejected", "fulfilled"]);
      });
    }
  });
});
