import "reflect-metadata";
import { expect } from "chai";
import { Container, ContainerModule, injectable, preDestroy } from "inversify";
import {
  isScopedProxy,
  lease,
  runInContext,
  type Scope,
  ScopedContainer,
  ScopesPlugin,
  perAsyncContextScope,
  pooledScope,
  sharedScope,
} from "inversify-scopes";
import { reasonOf } from "../support/errors.js";
import { turn } from "../support/gate.js";

const log: string[] = [];

@injectable()
class Db {
  n = 1;

  @preDestroy()
  async goodbye(): Promise<void> {
    await Promise.resolve();
    log.push("@preDestroy");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
    log.push("asyncDispose");
  }
}

class SyncDb {
  n = 1;

  [Symbol.dispose](): void {
    log.push("dispose");
  }
}

function noting(name: string): (value: unknown) => Promise<void> {
  return async (value) => {
    await Promise.resolve();
    log.push(isScopedProxy(value) ? `${name}: the proxy` : name);
  };
}

const inOrder = ["@preDestroy", "binding", "container", "asyncDispose"];

function setUp(scope: Scope): ScopedContainer {
  const container = new ScopedContainer();
  container.bind(Db).toSelf().inScope(scope).onDeactivation(noting("binding"));
  container.onDeactivation(Db, noting("container"));
  return container;
}

describe("deactivation", () => {
  beforeEach(() => log.splice(0));

  it("at the end of a context: @preDestroy, the binding's handler, the container's, then the instance's disposer", async () => {
    const container = setUp(perAsyncContextScope());
    await runInContext(() => {
      expect(container.get(Db).n).to.equal(1);
      expect(log).to.eql([]);
    });
    expect(log).to.eql(inOrder);
  });

  it("when a shared service is unbound", async () => {
    const container = setUp(sharedScope());
    expect(container.get(Db).n).to.equal(1);
    await container.unbindAsync(Db);
    expect(log).to.eql(inOrder);
  });

  it("when a pool destroys an instance, not when it comes back", async () => {
    const container = setUp(pooledScope({ maxSize: 1, maxUses: 2 }));
    await runInContext(() => container.get(Db).n);
    expect(log).to.eql([]);
    await runInContext(() => container.get(Db).n);
    await turn();
    expect(log).to.eql(inOrder);
  });

  it("when a leased instance comes back after its binding has gone, with the handlers of then", async () => {
    const container = setUp(pooledScope(1));
    const held = await lease(container.get(Db));
    await container.unbindAsync(Db);
    container.onDeactivation(Db, noting("later"));
    await held.release();
    await turn();
    expect(log).to.eql(inOrder);
  });

  it("by the `destroy` option in the place of the instance's disposer", async () => {
    const container = setUp(sharedScope({ destroy: () => void log.push("destroy") }));
    expect(container.get(Db).n).to.equal(1);
    await container.unbindAllAsync();
    expect(log).to.eql([...inOrder.slice(0, 3), "destroy"]);
  });

  it("is synchronous where all of it is", () => {
    const container = new ScopedContainer();
    container
      .bind(SyncDb)
      .toSelf()
      .inSharedScope()
      .onDeactivation(() => void log.push("binding"));
    expect(container.get(SyncDb).n).to.equal(1);
    container.unbind(SyncDb);
    expect(log).to.eql(["binding", "dispose"]);
  });

  it("of what was never made does nothing", async () => {
    const container = setUp(sharedScope());
    container.get(Db);
    await container.unbindAllAsync();
    expect(log).to.eql([]);
  });

  it("goes through all steps, whatever fails, and reports one error or all", async () => {
    const container = setUp(perAsyncContextScope());
    const failures = [new Error("first"), new Error("second")];
    const fail = (n: number) => () => {
      throw failures[n];
    };
    container.onDeactivation(Db, fail(0));
    expect(await reasonOf(runInContext(() => container.get(Db).n))).to.equal(failures[0]);
    expect(log).to.eql(inOrder);
    container.onDeactivation(Db, fail(1));
    const both = await reasonOf(runInContext(() => container.get(Db).n));
    expect((both as AggregateError).errors).to.eql(failures);
    expect((both as AggregateError).message).to.equal("2 steps of an instance's end failed");
    expect(log).to.eql([...inOrder, ...inOrder]);
  });

  it("goes through all synchronous steps too", () => {
    const container = new ScopedContainer();
    const failure = new Error("no");
    container
      .bind(SyncDb)
      .toSelf()
      .inSharedScope()
      .onDeactivation(() => {
        throw failure;
      });
    expect(container.get(SyncDb).n).to.equal(1);
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    container.unbind(SyncDb);
    expect(log).to.eql(["dispose"]);
    return warned.then(({ message }) => expect(message).to.contain("no"));
  });

  it("hears handlers of modules; those are the handlers of the time of unloading", async () => {
    const container = new ScopedContainer();
    const module = new ContainerModule(({ bind, onDeactivation }) => {
      bind(SyncDb).toSelf().inSharedScope();
      onDeactivation(SyncDb, noting("module"));
    });
    container.load(module);
    expect(container.get(SyncDb).n).to.equal(1);
    await container.unloadAsync(module);
    expect(log).to.eql(["module", "dispose"]);
  });

  it("hears the handlers of a parent, after the child's", async () => {
    const parent = new ScopedContainer();
    parent.onDeactivation(SyncDb, noting("parent"));
    const child = new Container({ parent });
    child.register(ScopesPlugin);
    child.bind(SyncDb).toSelf().inSharedScope();
    child.onDeactivation(SyncDb, noting("child"));
    expect(child.get(SyncDb).n).to.equal(1);
    await child.unbindAllAsync();
    expect(log).to.eql(["child", "parent", "dispose"]);
  });

  it("passes over a @preDestroy method that a handler's replacement does not have", async () => {
    const container = new ScopedContainer();
    container
      .bind<Pick<Db, "n">>("db")
      .to(Db)
      .inSharedScope({ shape: Object })
      .onActivation(() => ({ n: 2 }));
    expect(container.get<Db>("db").n).to.equal(2);
    await container.unbindAllAsync();
    expect(log).to.eql([]);
  });

  it("handlers of stock singletons are called as without the plugin", async () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inSingletonScope().onDeactivation(noting("binding"));
    container.onDeactivation(Db, noting("container"));
    container.get(Db);
    await container.unbindAsync(Db);
    expect(log).to.eql(inOrder.slice(0, 3));
  });
});
