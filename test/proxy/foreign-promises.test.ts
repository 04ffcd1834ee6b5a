import vm from "node:vm";
import { expect } from "chai";
import { perAsyncContextScope, pooledScope, runInContext, type Scope, scopedProxy, setFactory } from "inversify-scopes";
import { isBarePromise, isNativePromise, isPlainPromise } from "../../src/base/native-promise.js";
import { thrown } from "../support/errors.js";
import { turn } from "../support/gate.js";

/** As under Jest, where Node's own functions return promises of another realm than the tests'. */
const Foreign = vm.runInNewContext("Promise") as typeof Promise;

/** As postgres.js has it: a query that is sent when somebody listens. */
class Lazy extends Promise<string> {
  static sent: string[] = [];
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }
  text = "";
  override then<A = string, B = never>(...handlers: any[]): Promise<A | B> {
    Lazy.sent.push(this.text);
    return super.then(...handlers) as Promise<A | B>;
  }
}

class Db {
  log: string[] = [];
  waits = (promises: typeof Promise, n: number): Promise<number> => {
    this.log.push(`${n}+`);
    return new promises((done) => {
      setImmediate(() => {
        this.log.push(`${n}-`);
        done(n);
      });
    });
  };
  query(n: number): Promise<number> {
    return this.waits(Foreign, n);
  }
  begin(): Promise<Db> {
    return Foreign.resolve(this);
  }
  sql(text: string): Lazy {
    return Object.assign(new Lazy((done) => done(text)), { text });
  }
}

function proxyOf(scope: Scope, way: object): { db: Db; log: string[] } {
  const db = scopedProxy<Db>("db", { shape: Db, defer: ["query"], ...way } as object);
  const log: string[] = [];
  setFactory(db, () => Object.assign(new Db(), { log, [Symbol.dispose]: () => void log.push("end") }), scope);
  return { db, log };
}

for (const way of [{}, { jitless: true }, { proxy: "full" }] as const) {
  describe(`results that are promises (${JSON.stringify(way)})`, () => {
    it("those of another realm are waited for: one call after the other", async () => {
      const { db, log } = proxyOf(pooledScope({ maxSize: 1, concurrency: "serialize" }), way);
      await runInContext(async () => {
        expect(await Promise.all([db.query(1), db.query(2)])).to.eql([1, 2]);
      });
      expect(log.slice(0, 4)).to.eql(["1+", "1-", "2+", "2-"]);
    });

    it("those of another realm are waited for: no second call meanwhile, the context's end, the end of a lease", async () => {
      const throwing = proxyOf(pooledScope({ maxSize: 1, concurrency: "throw" }), way);
      await runInContext(async () => {
        const first = throwing.db.query(1);
        thrown("CONCURRENT_USE", () => {
          void throwing.db.sql("select 1");
        });
        await first;
      });
      const graceful = proxyOf(perAsyncContextScope(), way);
      await runInContext({ graceMs: 1_000 }, () => void graceful.db.query(1));
      expect(graceful.log).to.eql(["1+", "1-", "end"]);
      const lent = proxyOf(pooledScope({ maxSize: 1, lease: "call" }), way);
      expect(await lent.db.query(1)).to.equal(1);
    });

    it("the own instance in one of another realm becomes the proxy (law 9)", async () => {
      const { db } = proxyOf(perAsyncContextScope(), way);
      await runInContext(async () => {
        for (let round = 0; round < 2; round++) expect(await db.begin()).to.equal(db);
      });
    });

    for (const [name, scope, options] of [
      ["graceMs", pooledScope(1), { graceMs: 100 }],
      ["concurrency: serialize", pooledScope({ maxSize: 1, concurrency: "serialize" }), {}],
      ["concurrency: throw", pooledScope({ maxSize: 1, concurrency: "throw" }), {}],
    ] as const) {
      it(`a lazy query is sent by whoever awaits it, and nobody else (${name})`, async () => {
        Lazy.sent = [];
        const { db } = proxyOf(scope, way);
        await runInContext(options, async () => {
          const fragment = db.sql("where a = 1");
          const query: Promise<string> = db.sql(`select ${fragment.text}`);
          expect(await query).to.equal("select where a = 1");
        });
        await turn();
        expect(Lazy.sent).to.eql(["select where a = 1"]);
      });
    }

    it("under lease: call a lazy query is refused, unsent", () => {
      Lazy.sent = [];
      const { db } = proxyOf(pooledScope({ maxSize: 1, lease: "call" }), way);
      expect(thrown("RESULT_ESCAPES", () => db.sql("select 1")).message).to.include("thenable");
      expect(Lazy.sent).to.eql([]);
    });
  });
}

describe("what is a native promise, and a plain one", () => {
  class Sub extends Promise<number> {}
  const own = Promise.resolve(1);
  void Object.assign(own, { then: () => expect.fail("called") });
  const getter = Promise.resolve(1);
  void Object.defineProperty(getter, "then", { get: () => expect.fail("asked") });
  const homeless = Promise.resolve(1);
  Reflect.setPrototypeOf(homeless, null);
  const disguised = Promise.resolve(1);
  void Object.defineProperty(disguised, "constructor", { value: Sub });
  const pretending = Promise.resolve(1);
  const pretended: unknown = vm.runInNewContext("(function () { // function then() { [native code]\n})");
  void Object.defineProperty(pretending, "then", { value: pretended });
  const values: [string, unknown, boolean, boolean][] = [
    ["a promise", Promise.resolve(1), true, true],
    ["the result of an async function", (async () => 1)(), true, true],
    ["one of another realm", Foreign.resolve(1), true, true],
    ["a subclass that changes nothing of `then`", Sub.resolve(1), true, false],
    ["one that says it is of another class", disguised, true, false],
    ["a lazy subclass", new Lazy((done) => done("")), false, false],
    ["one with a `then` of its own", own, false, false],
    ["one whose `then` is a getter", getter, false, false],
    ["one whose `then` says in a comment that it is native", pretending, false, false],
    ["one without a prototype", homeless, false, false],
    ["a thenable", { then: () => expect.fail("called") }, false, false],
    ["what only looks like one", Object.create(Promise.prototype), false, false],
    ["undefined", undefined, false, false],
    ["a function", () => {}, false, false],
  ];
  for (const [name, value, isNative, isPlain] of values) {
    it(name, () => {
      expect([isNativePromise(value), isPlainPromise(value)]).to.eql([isNative, isPlain]);
    });
  }

  it("a bare one is of this realm, and has nothing of its own", () => {
    const bare = [Promise.resolve(1), (async () => 1)(), new Promise(() => {})];
    const others = [
      Foreign.resolve(1),
      Sub.resolve(1),
      disguised,
      pretending,
      own,
      new Lazy((done) => done("")),
      Object.assign(Promise.resolve(1), { extra: 1 }),
      Object.create(Promise.prototype) as object,
      { constructor: Promise },
      {},
    ];
    expect(bare.map(isBarePromise)).to.eql(bare.map(() => true));
    expect(others.map(isBarePromise)).to.eql(others.map(() => false));
  });

  it("a `then` that somebody has patched for all promises is still theirs", () => {
    const { then } = Promise.prototype;
    // oxlint-disable-next-line no-extend-native -- as instrumentation does it
    Promise.prototype.then = function (this: Promise<unknown>, ...args: any[]) {
      return Reflect.apply(then, this, args) as Promise<any>;
    };
    try {
      expect([isNativePromise(Promise.resolve(1)), isPlainPromise(Promise.resolve(1))]).to.eql([true, true]);
    } finally {
      // oxlint-disable-next-line no-extend-native -- as it was
      Promise.prototype.then = then;
    }
  });
});
