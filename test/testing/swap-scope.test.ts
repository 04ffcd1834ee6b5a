import "reflect-metadata";
import { expect } from "chai";
import { Container, inject, injectable } from "inversify";
import {
  pooledScope,
  ready,
  runInContext,
  ScopedContainer,
  ScopesPlugin,
  scopedProxy,
  setInstance,
  sharedScope,
} from "inversify-scopes";
import { swapInstance, swapScope } from "inversify-scopes/testing";
import { thrown } from "../support/errors.js";
import { turn } from "../support/gate.js";

@injectable()
class Db {
  static made = 0;
  n = ++Db.made;
}

@injectable()
class Repository {
  constructor(@inject(Db) readonly db: Db) {}
}

function setUp(): { readonly container: ScopedContainer; readonly db: Db } {
  const container = new ScopedContainer();
  container.bind(Db).toSelf().inPooledScope(1);
  container.bind(Repository).toSelf().inSingletonScope();
  return { container, db: container.get(Repository).db };
}

const anything = (value: unknown): never => value as never;

describe("swapScope", () => {
  it("lets what is injected already follow; `using` undoes it", async () => {
    const { container, db } = setUp();
    thrown("NO_CONTEXT", () => db.n);
    {
      using _ = swapScope(container, Db, "shared");
      expect(db.n).to.equal(container.get(Db).n);
    }
    thrown("NO_CONTEXT", () => db.n);
    await runInContext(() => expect(db.n).to.be.a("number"));
  });

  it("puts the old scope back with the instances it had, and ends those of the other", async () => {
    const ended: number[] = [];
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toSelf()
      .inSharedScope({ destroy: ({ n }) => void ended.push(n) });
    const db = container.get(Db);
    const { n } = db;
    const swapped = swapScope(container, Db, sharedScope({ destroy: ({ n }: Partial<Db>) => void ended.push(-n!) }));
    const other = db.n;
    expect(other).to.not.equal(n);
    swapped[Symbol.dispose]();
    expect(db.n).to.equal(n);
    expect(ended).to.eql([-other]);
    swapped[Symbol.dispose]();
    expect(db.n).to.equal(n);
  });

  it("in the midst of a context: its instance is there again after the swap, and ends with the context", async () => {
    const ended: number[] = [];
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toSelf()
      .inPerAsyncContextScope({ destroy: ({ n }) => void ended.push(n) });
    const db = container.get(Db);
    const n = await runInContext(() => {
      const own = db.n;
      {
        using _ = swapScope(container, Db, "shared");
        expect(db.n).to.not.equal(own);
      }
      expect(db.n).to.equal(own);
      return own;
    });
    expect(ended).to.contain(n);
  });

  it("takes any scope, also from async to sync and back", async () => {
    const { container, db } = setUp();
    using _ = swapScope(container, Db, pooledScope({ maxSize: 2, lease: "call" }));
    expect(db.n).to.be.a("number");
    await ready(db);
  });

  it("nests, and may be undone in any order", () => {
    const { container, db } = setUp();
    const first = swapInstance(container, Db, { n: -1 });
    const second = swapInstance(container, Db, { n: -2 });
    const third = swapInstance(container, Db, { n: -3 });
    expect(db.n).to.equal(-3);
    second[Symbol.dispose]();
    expect(db.n).to.equal(-3);
    third[Symbol.dispose]();
    expect(db.n).to.equal(-1);
    first[Symbol.dispose]();
    thrown("NO_CONTEXT", () => db.n);
  });

  it("ends with the binding, whose own instances are ended too", () => {
    const ended: number[] = [];
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toSelf()
      .inSharedScope({ destroy: ({ n }) => void ended.push(n) });
    const db = container.get(Db);
    const { n } = db;
    {
      using _ = swapInstance(container, Db, { n: -1 });
      container.unbind(Db);
      thrown("UNBOUND", () => db.n);
    }
    thrown("UNBOUND", () => db.n);
    expect(ended).to.eql([n]);
  });

  it("reports by a process warning what failed to end", async () => {
    const { container, db } = setUp();
    const swapped = swapScope(container, Db, sharedScope({ destroy: () => Promise.reject(new Error("stuck")) }));
    expect(db.n).to.be.a("number");
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    swapped[Symbol.dispose]();
    expect((await warned).message).to.contain("stuck");
  });

  it("reaches all bindings of a service, or those of a name or a tag", () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inPerAsyncContextScope().whenNamed("a");
    container.bind(Db).toSelf().inPerAsyncContextScope().whenTagged("size", 2);
    container.bind(Db).toSelf().inPerAsyncContextScope().whenParentIs(Repository);
    container.bind(Repository).toSelf();
    const a = container.get(Db, { name: "a" });
    const tagged = container.get(Db, { tag: { key: "size", value: 2 } });
    const { db } = container.get(Repository);
    {
      using _ = swapInstance(container, Db, { n: -1 });
      expect([a.n, tagged.n, db.n]).to.eql([-1, -1, -1]);
    }
    {
      using _ = swapInstance(container, Db, { n: -1 }, { name: "a" });
      using __ = swapInstance(container, Db, { n: -2 }, { tag: { key: "size", value: 2 } });
      expect([a.n, tagged.n]).to.eql([-1, -2]);
      thrown("NO_CONTEXT", () => db.n);
    }
  });

  it("reaches a service through its alias, and in a parent", () => {
    const { container, db } = setUp();
    container.bind("alias").toService(Db);
    {
      using _ = swapInstance<Db>(container, "alias", { n: -1 });
      expect(db.n).to.equal(-1);
    }
    const child = new Container({ parent: container });
    child.register(ScopesPlugin);
    using _ = swapScope(child, Db, "shared");
    expect(db.n).to.be.a("number");
  });

  it("refuses what is not bound in a scope of ours, containers without the plugin, and what is no scope", () => {
    const { container } = setUp();
    const message = (fn: () => unknown): string => thrown("INVALID_OPTION", fn).message;
    expect(message(() => swapScope(container, "never", "shared"))).to.contain("never");
    expect(message(() => swapScope(container, Repository, "shared"))).to.contain('service is "Repository", but');
    expect(message(() => swapInstance(container, Repository, {}))).to.match(
      /Bind it with \.inSharedScope\(\), or use container\.rebind\.$/,
    );
    container.bind("named").to(Db).inSharedScope().whenNamed("a");
    expect(message(() => swapScope(container, "named", "shared", { name: "b" }))).to.contain("named");
    const others = 'swapScope: named: name is "b", but must be that of a binding: "a"';
    expect(message(() => swapScope(container, "named", "shared", { name: "b" }))).to.contain(others);
    const tag = { key: "size", value: 1 };
    expect(message(() => swapScope(container, "named", "shared", { tag }))).to.contain(
      "left out: no binding here has a tag",
    );
    container.bind("tagged").to(Db).inSharedScope().whenTagged("size", 2);
    expect(message(() => swapScope(container, "tagged", "shared", { tag }))).to.contain('that of a binding: "size"=2');
    expect(message(() => swapScope(container, anything(undefined), "shared"))).to.contain("service is undefined");
    expect(message(() => swapInstance(container, anything(null), {}))).to.contain("service is null");
    expect(message(() => swapScope(container, Db, anything({ open: () => {} })))).to.contain("scope.name is undefined");
    expect(message(() => swapScope(new Container(), Db, "shared"))).to.contain("ScopesPlugin");
    expect(message(() => swapScope(container, Db, anything("request")))).to.contain("request");
    expect(message(() => swapScope(container, Db, "shared", anything({ named: "a" })))).to.contain("named");
    expect(message(() => swapScope(container, Db, "shared", anything({ tag: "a" })))).to.contain("tag");
    expect(message(() => swapScope(container, Db, "shared", anything({ name: {} })))).to.contain("name");
  });
});

describe("swapScope with options of the proxy, which the binding has made", () => {
  class Client {
    query(): Promise<number> {
      return Promise.resolve(1);
    }
  }
  const wrong = {
    shape: pooledScope({ maxSize: 1, shape: Db }),
    defer: pooledScope<Client>({ maxSize: 1, defer: [] }),
    proxy: sharedScope({ proxy: "full" }),
    jitless: sharedScope({ jitless: true }),
  };
  for (const [name, scope] of Object.entries(wrong)) {
    it(`refuses another ${name}, which would pass unheard`, () => {
      const container = new ScopedContainer();
      container
        .bind(Client)
        .toSelf()
        .inPooledScope({ maxSize: 2, defer: ["query"] });
      const { message } = thrown("INVALID_OPTION", () => swapScope(container, Client, scope));
      expect(message).to.contain(name).and.contain("Client");
    });
  }

  it("takes the same", async () => {
    const container = new ScopedContainer();
    container
      .bind(Client)
      .toSelf()
      .inPooledScope({ maxSize: 2, defer: ["query"] });
    using _ = swapScope(container, Client, sharedScope<Client>({ shape: Client, defer: ["query"] }));
    expect(await container.get(Client).query()).to.equal(1);
  });
});

describe("swapInstance", () => {
  it("refuses the service's own proxy, and one that stands for it", () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inSharedScope();
    const db = container.get(Db);
    expect(thrown("INVALID_OPTION", () => swapInstance(container, Db, db)).message).to.contain("the proxy Db itself");
    const other = scopedProxy<Db>("other");
    setInstance(other, db);
    thrown("INVALID_OPTION", () => swapInstance(container, Db, other));
    using _ = swapInstance(container, Db, scopedProxy<Db>("yet another"));
    thrown("NOT_SET", () => db.n);
  });

  it("puts an object behind the proxy, in every context and in none, and never ends it", async () => {
    const { container, db } = setUp();
    let isEnded = false;
    const fake = { n: -1, [Symbol.dispose]: () => void (isEnded = true) };
    {
      using _ = swapInstance(container, Db, fake);
      expect(db.n).to.equal(-1);
      await runInContext(() => expect(db.n).to.equal(-1));
      db.n = -2;
    }
    await turn();
    expect(isEnded).to.equal(false);
    expect(fake.n).to.equal(-2);
    thrown("NO_CONTEXT", () => db.n);
  });

  it("refuses what no proxy can stand for; then nothing is swapped", () => {
    const container = new ScopedContainer();
    container
      .bind<object>("any")
      .toDynamicValue(() => [1])
      .inSharedScope({ shape: Array });
    container
      .bind<object>("any")
      .toDynamicValue(() => ({ n: 1 }))
      .inSharedScope();
    const [, object] = container.getAll<{ n: number }>("any");
    thrown("NOT_PROXYABLE", () => swapInstance(container, "any", anything(null)));
    thrown("NOT_PROXYABLE", () => swapInstance(container, "any", anything({ then: () => {} })));
    // The first binding takes an array, the second one does not.
    thrown("NOT_PROXYABLE", () => swapInstance(container, "any", [2]));
    expect(container.getAll<object>("any")[0]).to.have.property("0", 1);
    expect(object!.n).to.equal(1);
  });
});
