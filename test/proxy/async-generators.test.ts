import { expect } from "chai";
import {
  lease,
  perAsyncContextScope,
  poolOf,
  pooledScope,
  runInContext,
  type Scope,
  ScopedContainer,
  scopedProxy,
  setFactory,
  sharedScope,
} from "inversify-scopes";
import { rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";

class Db {
  static made = 0;
  readonly id = ++Db.made;
  async *rows(count: number): AsyncGenerator<string, string, string> {
    const heard: string[] = [];
    for (let n = 0; n < count; n++) heard.push(yield `${n} of ${this.id}`);
    return heard.join();
  }
}

const ways = { generated: {}, jitless: { jitless: true }, full: { proxy: "full" } } as const;

async function all(rows: AsyncIterable<string>): Promise<string[]> {
  const seen: string[] = [];
  for await (const row of rows) seen.push(row);
  return seen;
}

for (const [wayName, way] of Object.entries(ways)) {
  describe(`an async generator waits in its first next() (${wayName}) (law 4)`, () => {
    const proxyOf = (scope: Scope, factory: () => Db | Promise<Db> = () => new Db()): Db => {
      Db.made = 0;
      const db = scopedProxy<Db>("db", { shape: Db, ...way });
      setFactory(db, factory, scope);
      return db;
    };

    for (const [scopeName, scope] of Object.entries({
      shared: sharedScope,
      "per async context": perAsyncContextScope,
      pooled: () => pooledScope(1),
      "one call at a time": () => pooledScope({ maxSize: 1, concurrency: "serialize" }),
      "no two calls": () => pooledScope({ maxSize: 1, concurrency: "throw" }),
    })) {
      it(`made asynchronously, ${scopeName} (law 4)`, async () => {
        const arrival = gate<Db>();
        const db = proxyOf(scope(), () => arrival.promise);
        await runInContext(async () => {
          const rows = all(db.rows(2));
          await turn();
          arrival.open(new Db());
          expect(await rows).to.eql(["0 of 1", "1 of 1"]);
          expect(await all(db.rows(1)), "it is there").to.eql(["0 of 1"]);
        });
      });
    }

    it("the pool is exhausted for a while; what goes in and what comes out is the generator's (law 4)", async () => {
      const db = proxyOf(pooledScope(1));
      const held = await lease(db);
      await runInContext(async () => {
        const rows = db.rows(2);
        expect(rows[Symbol.asyncIterator]()).to.equal(rows);
        const first = rows.next("unheard");
        await held.release();
        expect(await first).to.eql({ value: "0 of 1", done: false });
        expect(await rows.next("a")).to.eql({ value: "1 of 1", done: false });
        expect(await rows.next("b")).to.eql({ value: "a,b", done: true });
      });
    });

    it("an error while it waits rejects next(), and ends it", async () => {
      const db = proxyOf(pooledScope({ maxSize: 1, acquireTimeoutMs: 1 }));
      const held = await lease(db);
      await runInContext(async () => {
        const rows = db.rows(2);
        await rejected("POOL_TIMEOUT", rows.next());
        expect(await rows.next()).to.eql({ value: undefined, done: true });
      });
      await held.release();
    });

    it("ended before its first row, by return or by throw, it takes nothing", async () => {
      const db = proxyOf(pooledScope(1));
      const held = await lease(db);
      await runInContext(async () => {
        const rows = db.rows(3);
        expect(await rows.return("early")).to.eql({ value: "early", done: true });
        expect(await rows.next()).to.eql({ value: undefined, done: true });
        const own = new Error("own");
        const thrownAt = db.rows(3);
        expect(await thrownAt.throw(own).catch((error: unknown) => error)).to.equal(own);
        expect(poolOf(db).stats()).to.include({ waiting: 0, leased: 1 });
      });
      await held.release();
      expect(poolOf(db).stats()).to.include({ idle: 1, leased: 0 });
    });

    it("wherever it is read, it means the instance of the context of the call (law 1)", async () => {
      const arrivals = [gate<Db>(), gate<Db>()];
      let n = 0;
      const db = proxyOf(perAsyncContextScope(), () => arrivals[n++]!.promise);
      await runInContext(async () => {
        const rows = db.rows(1);
        await runInContext(async () => {
          const first = rows.next();
          arrivals[0]!.open(new Db());
          expect((await first).value).to.equal("0 of 1");
          const inner = db.rows(1).next();
          arrivals[1]!.open(new Db());
          expect((await inner).value).to.equal("0 of 2");
        });
      });
    });

    it("begun after the end of its context it is CONTEXT_ENDED; called in none, NO_CONTEXT (law 6)", async () => {
      const db = proxyOf(perAsyncContextScope(), async () => new Db());
      thrown("NO_CONTEXT", () => db.rows(1));
      const kept = await runInContext(() => ({ rows: db.rows(1) }));
      const { message } = await rejected("CONTEXT_ENDED", kept.rows.next());
      expect(message).to.include("db");
    });
  });
}

describe("an async generator of a service", () => {
  it("lent for the call alone is refused, before it has begun", async () => {
    const db = scopedProxy<Db>("db", { shape: Db });
    setFactory(db, () => new Db(), pooledScope({ maxSize: 1, lease: "call" }));
    thrown("RESULT_ESCAPES", () => db.rows(1));
  });

  it("whose class is not known cannot be known to be one", async () => {
    const container = new ScopedContainer();
    container
      .bind<Db>("db")
      .toDynamicValue(async () => new Db())
      .inPerAsyncContextScope();
    const db = container.get<Db>("db");
    await runInContext(() => void thrown("NOT_READY", () => db.rows(1)));
  });
});
