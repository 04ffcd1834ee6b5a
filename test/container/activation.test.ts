import "reflect-metadata";
import { expect } from "chai";
import { Container, ContainerModule, injectable, postConstruct } from "inversify";
import {
  isScopedProxy,
  perAsyncContextScope,
  pooledScope,
  ready,
  runInContext,
  type Scope,
  ScopedContainer,
  ScopesPlugin,
  sharedScope,
  unwrap,
} from "inversify-scopes";
import { rejected, thrown } from "../support/errors.js";

const log: string[] = [];

@injectable()
class Db {
  n = 1;

  @postConstruct()
  prepare(): void {
    log.push("@postConstruct");
  }
}

@injectable()
class AsyncDb {
  n = 0;

  @postConstruct()
  async prepare(): Promise<void> {
    await Promise.resolve();
    this.n = 1;
    log.push("@postConstruct");
  }
}

/** A handler that notes its name and what it was given. */
function noting<T>(name: string): (context: unknown, value: T) => T {
  return (_, value) => {
    log.push(isScopedProxy(value) ? `${name}: the proxy` : name);
    return value;
  };
}

describe("activation", () => {
  beforeEach(() => log.splice(0));

  it("is @postConstruct, the binding's handler, then the container's, on the real instance, once for each", async () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inPerAsyncContextScope().onActivation(noting("binding"));
    container.onActivation(Db, noting("container"));
    const db = container.get(Db);
    expect(log).to.eql([]);
    await runInContext(() => {
      expect(db.n).to.equal(1);
      expect(db.n).to.equal(1);
    });
    expect(log).to.eql(["@postConstruct", "binding", "container"]);
    await runInContext(() => expect(db.n).to.equal(1));
    expect(log).to.have.length(6);
  });

  it("keeps the order when @postConstruct is asynchronous", async () => {
    const container = new ScopedContainer();
    container.bind(AsyncDb).toSelf().inSharedScope().onActivation(noting("binding"));
    container.onActivation(AsyncDb, noting("container"));
    const db = container.get(AsyncDb);
    thrown("NOT_READY", () => db.n);
    await ready(db);
    expect(db.n).to.equal(1);
    expect(log).to.eql(["@postConstruct", "binding", "container"]);
  });

  it("handlers may be asynchronous, and replace the instance", async () => {
    const container = new ScopedContainer();
    container
      .bind<{ n: number }>("n")
      .toDynamicValue(() => ({ n: 1 }))
      .inSharedScope()
      .onActivation((_, { n }) => Promise.resolve({ n: n + 1 }));
    container.onActivation<{ n: number }>("n", (_, { n }) => ({ n: n * 10 }));
    const proxy = container.get<{ n: number }>("n");
    await ready(proxy);
    expect(proxy.n).to.equal(20);
  });

  it("handlers are given inversify's context", () => {
    const container = new ScopedContainer();
    container.bind("other").toConstantValue(7);
    container
      .bind(Db)
      .toSelf()
      .inSharedScope()
      .onActivation((context, db) => {
        db.n = context.get("other");
        return db;
      });
    expect(container.get(Db).n).to.equal(7);
    container.snapshot();
    container.restore();
    container.rebind("other").toConstantValue(8);
    container.rebind(Db).toSelf().inSharedScope();
    container.onActivation(Db, (context, db) => {
      db.n = context.get("other");
      return db;
    });
    expect(container.get(Db).n).to.equal(8);
  });

  it("handlers of modules are heard, and forgotten with their module", async () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inPerAsyncContextScope();
    const module = new ContainerModule(({ onActivation }) => onActivation(Db, noting("module")));
    container.load(module);
    await runInContext(() => container.get(Db).n);
    container.unload(module);
    await runInContext(() => container.get(Db).n);
    expect(log).to.eql(["@postConstruct", "module", "@postConstruct"]);
  });

  it("handlers of a parent are heard, the child's own first", () => {
    const parent = new ScopedContainer();
    parent.onActivation(Db, noting("parent"));
    const child = new Container({ parent });
    child.register(ScopesPlugin);
    child.onActivation(Db, noting("child"));
    child.bind(Db).toSelf().inSharedScope();
    expect(child.get(Db).n).to.equal(1);
    expect(log).to.eql(["@postConstruct", "child", "parent"]);
  });

  it("handlers added after the first resolution are heard by later instances", async () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inPerAsyncContextScope();
    await runInContext(() => container.get(Db).n);
    container.onActivation(Db, noting("late"));
    await runInContext(() => container.get(Db).n);
    expect(log).to.eql(["@postConstruct", "@postConstruct", "late"]);
  });

  it("the handlers of a service bound elsewhere to the same proxy see that proxy", () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inSharedScope();
    container.bind("alias").toConstantValue(container.get(Db));
    container.onActivation("alias", noting("alias"));
    container.get("alias");
    expect(log).to.eql(["alias: the proxy"]);
  });

  it("of several bindings of one service each has its own proxy, which no handler sees", () => {
    const container = new ScopedContainer();
    for (const _ of [1, 2]) container.bind(Db).toSelf().inSharedScope();
    container.onActivation(Db, noting("service"));
    const [first, second] = container.getAll(Db);
    expect(log).to.eql([]);
    for (const db of [first!, second!]) expect(db.n).to.equal(1);
    expect(log).to.eql(["@postConstruct", "service", "@postConstruct", "service"]);
  });

  it("handlers of stock bindings are called as without the plugin", () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inSingletonScope().onActivation(noting("binding"));
    container.onActivation(Db, noting("container"));
    container.get(Db);
    container.get(Db);
    expect(log).to.eql(["@postConstruct", "binding", "container"]);
  });

  it("a handler that throws makes the touch CREATE_FAILED, and the next touch tries again", async () => {
    const container = new ScopedContainer();
    const failure = new Error("no");
    let isBroken = true;
    container
      .bind(Db)
      .toSelf()
      .inSharedScope()
      .onActivation((_, db) => {
        if (isBroken) throw failure;
        return db;
      });
    const db = container.get(Db);
    expect(thrown("CREATE_FAILED", () => db.n).cause).to.equal(failure);
    isBroken = false;
    expect(db.n).to.equal(1);
  });

  it("a handler that gives nothing back is NOT_PROXYABLE", () => {
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toSelf()
      .inSharedScope()
      .onActivation(() => undefined as never);
    thrown("NOT_PROXYABLE", () => unwrap(container.get(Db)));
  });

  it("a @postConstruct that rejects makes ready reject", async () => {
    @injectable()
    class Broken {
      @postConstruct()
      prepare(): Promise<void> {
        return Promise.reject(new Error("no"));
      }
    }
    const container = new ScopedContainer();
    container.bind(Broken).toSelf().inSharedScope();
    const error = await rejected("CREATE_FAILED", ready(container.get(Broken)));
    expect((error.cause as Error).cause)
      .to.be.an("error")
      .with.property("message", "no");
  });
});

describe("a factory or an activation handler that returns the service's own proxy", () => {
  class Db {
    readonly n = 1;
  }
  const recipes: Record<string, (container: ScopedContainer, scope: Scope) => unknown> = {
    "a factory": (container, scope) =>
      container
        .bind(Db)
        .toDynamicValue((context) => context.get(Db))
        .inScope(scope),
    "an async factory": (container, scope) =>
      container
        .bind(Db)
        .toDynamicValue(async (context) => context.get(Db))
        .inScope(scope),
    "a handler of the binding": (container, scope) =>
      container
        .bind(Db)
        .toSelf()
        .inScope(scope)
        .onActivation((context) => context.get(Db)),
    "a handler of the container": (container, scope) => {
      container.bind(Db).toSelf().inScope(scope);
      container.onActivation(Db, (context) => context.get(Db));
    },
  };
  for (const [name, bind] of Object.entries(recipes)) {
    it(`${name}: NOT_PROXYABLE`, async () => {
      for (const scope of [sharedScope(), perAsyncContextScope(), pooledScope(1)]) {
        const container = new ScopedContainer();
        bind(container, scope);
        await runInContext(async () => {
          const error = await rejected("NOT_PROXYABLE", ready(container.get(Db)));
          expect(error.message).to.contain("Db").and.contain("its own proxy");
        });
      }
    });
  }
});
