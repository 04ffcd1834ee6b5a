import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { expect } from "chai";
import {
  perAsyncContextScope,
  pooledScope,
  runInContext,
  type Scope,
  scopedProxy,
  setFactory,
  setInstance,
  sharedScope,
  unwrap,
} from "inversify-scopes";
import { rejected, thrown } from "../support/errors.js";
import { warningsDuring } from "../support/warnings.js";

class Db {
  query(): Promise<string> {
    return Promise.resolve("rows");
  }
  close(): void {}
}

const scopes: Readonly<Record<string, (options: object) => Scope>> = {
  shared: sharedScope,
  "per-async-context": perAsyncContextScope,
  pooled: (options) => pooledScope({ maxSize: 1, ...options }),
};
const destroy = (): void => {};

/** As bound in a container, by an options object. */
function bound(make: () => unknown, options: object = {}, scope: (options: object) => Scope = sharedScope): any {
  const proxy = scopedProxy<object>("db", options);
  setFactory(proxy, make as () => object, scope({ destroy, ...options }));
  return proxy;
}

describe("what a binding says is compared with its first instance", () => {
  for (const [name, scope] of Object.entries(scopes)) {
    it(`${name}: a name in defer that is none of its methods`, async () => {
      const db = bound(() => new Db(), { shape: Db, defer: ["qeury"] }, scope);
      const error = await runInContext(() => thrown("INVALID_OPTION", () => unwrap(db as object)));
      expect(error.message).to.match(/^db: defer names qeury, which is no method of it\. Did you mean query\?/);
    });
  }

  it("a name that is near to none", () => {
    const error = thrown("INVALID_OPTION", () => unwrap(bound(() => ({ query: () => {} }), { defer: ["xyzzyx"] })));
    expect(error.message).to.include("Name methods that return a promise.");
  });

  it("what has no prototype, and what answers for members by a trap", () => {
    thrown("INVALID_OPTION", () => unwrap(bound(() => Object.create(null) as object, { defer: ["query"] })));
    const answering = new Proxy({}, { has: () => true, get: (_, key) => (key === "query" ? () => "rows" : undefined) });
    expect(bound(() => answering, { defer: ["query"] }).query()).to.equal("rows");
  });

  it("a field that holds a function and an accessor are fine; data is not", () => {
    const own = {
      field: () => {},
      get accessor() {
        return () => {};
      },
      data: 1,
    };
    unwrap(bound(() => own, { defer: ["field", "accessor"] }) as object);
    thrown("INVALID_OPTION", () => unwrap(bound(() => own, { defer: ["data"] })));
  });

  it("a shape of something else", () => {
    const error = thrown("INVALID_OPTION", () => unwrap(bound(() => new Map(), { shape: Db })));
    expect(error.message).to.equal(
      "db: shape is Db, but the factory made an instance of Map, which lacks query. Let `shape` be the class of what it " +
        "makes, or an example of that.",
    );
    const nameless = thrown("INVALID_OPTION", () => unwrap(bound(() => new Map(), { shape: { query: () => {} } })));
    expect(nameless.message).to.include("shape is an example");
  });

  it("a double that has all of the methods is fine, and so is a fake that is a plain object", () => {
    class Double {
      query(): void {}
      close(): void {}
    }
    unwrap(bound(() => new Double(), { shape: Db }) as object);
    unwrap(bound(() => ({}), { shape: Db }) as object);
  });

  it("a client that has ended already", () => {
    const ended = new PassThrough().destroy();
    const error = thrown("NOT_PROXYABLE", () => unwrap(bound(() => ended)));
    expect(error.message).to.match(
      /^db: the factory made an instance of PassThrough that has ended already \(its `destroyed` is true\)/,
    );
    for (const sign of [{ closed: true }, { ended: true }, { _ended: true }, { status: "end" }]) {
      thrown("NOT_PROXYABLE", () => unwrap(bound(() => Object.assign(new EventEmitter(), sign))));
    }
    unwrap(bound(() => ({ closed: true })) as object);
    thrown("NOT_PROXYABLE", () => setInstance(scopedProxy<object>("late"), ended));
  });

  it("is compared once", () => {
    let asked = 0;
    const db = bound(
      () =>
        new Proxy(new EventEmitter(), {
          get: (target, key) => ((asked += key === "destroyed" ? 1 : 0), Reflect.get(target, key) as unknown),
        }),
      {},
      perAsyncContextScope,
    );
    const touch = (): Promise<unknown> => runInContext(() => unwrap(db as object));
    return touch()
      .then(touch)
      .then(() => expect(asked).to.equal(1));
  });
});

describe("a synchronous factory that returns a query builder", () => {
  class Builder {
    sent = 0;
    where(): this {
      return this;
    }
    then(done: (rows: object) => void): void {
      this.sent++;
      done({ rows: 1 });
    }
  }

  it("is told, and the query is not sent", () => {
    const builder = new Builder();
    const error = thrown("NOT_PROXYABLE", () => unwrap(bound(() => builder)));
    expect(error.message).to.match(/^db: the factory returned an instance of Builder, which can be awaited and more/);
    expect(builder.sent).to.equal(0);
  });

  it("also a lazy subclass of Promise", () => {
    class Query extends Promise<object> {
      execute(): void {}
      override then(): never {
        throw new Error("sent");
      }
    }
    thrown("NOT_PROXYABLE", () => unwrap(bound(() => new Query(() => {}))));
  });

  it("what is a promise and no more is awaited, of whatever make", async () => {
    class Tracked extends Promise<object> {
      override then(...args: Parameters<Promise<object>["then"]>): never {
        return super.then(...args) as never;
      }
    }
    for (const promise of [
      () => ({ then: (done: (made: object) => void) => done(new Db()) }),
      () => Object.assign(Object.create(null) as object, { then: (done: (made: object) => void) => done(new Db()) }),
      () => Tracked.resolve(new Db()),
    ]) {
      const db = bound(promise, { defer: ["query"] });
      expect(await db.query()).to.equal("rows");
    }
  });

  it("what it comes to by an async factory is the service", async () => {
    const db = bound(async () => ({ ...(await new Builder()), query: () => Promise.resolve("rows") }), {
      defer: ["query"],
    });
    expect(await db.query()).to.equal("rows");
    await rejected("NOT_PROXYABLE", bound(async () => 1, { defer: ["query"] }).query());
  });
});

describe("an instance that nothing ends", () => {
  const made = (make: () => unknown, options: object) => {
    const proxy = scopedProxy<object>("db");
    setFactory(proxy, make as () => object, perAsyncContextScope(options));
    return async () => {
      for (let i = 0; i < 2; i++) await runInContext(() => unwrap(proxy));
    };
  };

  it("but that has a method for it, is told once for its binding", async () => {
    const [warning, ...more] = await warningsDuring(made(() => new Db(), {}));
    expect(more).to.eql([]);
    expect(warning).to.include({ name: "ScopesWarning", code: "NEVER_ENDED" });
    expect(warning!.message).to.equal(
      "db has a method close, but nothing says that it ends an instance: say { destroy: (it) => it.close() }, or { destroy: " +
        "() => {} } if there is nothing to end.",
    );
  });

  for (const [what, make, options] of [
    ["destroy", () => new Db(), { destroy }],
    ["Symbol.dispose", () => Object.assign(new Db(), { [Symbol.dispose]: destroy }), {}],
    ["Symbol.asyncDispose", () => Object.assign(new Db(), { [Symbol.asyncDispose]: destroy }), {}],
    ["no such method", () => ({ close: true }), {}],
  ] as const) {
    it(`${what}: nothing to tell`, async () => expect(await warningsDuring(made(make, options))).to.eql([]));
  }
});
