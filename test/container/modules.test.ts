import "reflect-metadata";
import { expect } from "chai";
import { ContainerModule } from "inversify";
import { isScopedProxy, runInContext, ScopedContainer } from "inversify-scopes";
import { thrown } from "../support/errors.js";

class Db {
  n = 1;
}

/** What the module's instances go through. */
function setUp(): { readonly container: ScopedContainer; readonly module: ContainerModule; readonly seen: string[] } {
  const seen: string[] = [];
  const module = new ContainerModule(({ bind, onActivation, onDeactivation }) => {
    bind(Db)
      .toSelf()
      .inPooledScope({ maxSize: 2, destroy: () => void seen.push("destroyed") });
    onActivation(Db, (_, db) => {
      seen.push(`activated, proxy: ${isScopedProxy(db)}`);
      return db;
    });
    onDeactivation(Db, (db) => void seen.push(`deactivated, proxy: ${isScopedProxy(db)}`));
  });
  return { container: new ScopedContainer(), module, seen };
}

const life = ["activated, proxy: false", "deactivated, proxy: false", "destroyed"];

describe("modules", () => {
  it("load binds in scopes, unload ends the services; handlers of the module see the real instances", async () => {
    const { container, module, seen } = setUp();
    container.load(module);
    const db = container.get(Db);
    await runInContext(() => expect(db.n).to.equal(1));
    expect(seen).to.eql(life.slice(0, 1));
    container.unload(module);
    expect(seen).to.eql(life);
    expect(container.isBound(Db)).to.equal(false);
    await runInContext(() => thrown("UNBOUND", () => db.n));
  });

  it("loadAsync and unloadAsync do, and unloadAsync waits for what takes time", async () => {
    const seen: string[] = [];
    const container = new ScopedContainer();
    const module = new ContainerModule(async ({ bind }) => {
      await Promise.resolve();
      bind(Db)
        .toSelf()
        .inSharedScope({
          destroy: async () => {
            await Promise.resolve();
            seen.push("destroyed");
          },
        });
    });
    await container.loadAsync(module);
    const db = container.get(Db);
    expect(db.n).to.equal(1);
    await container.unloadAsync(module);
    expect(seen).to.eql(["destroyed"]);
    thrown("UNBOUND", () => db.n);
  });

  it("unload ends only what the module bound", () => {
    const { container, module } = setUp();
    container
      .bind("other")
      .toDynamicValue(() => new Db())
      .inSharedScope();
    container.load(module);
    const other = container.get<Db>("other");
    container.unload(module);
    expect(other.n).to.equal(1);
  });

  it("may be loaded again after unloading, and in several containers", async () => {
    const { container, module } = setUp();
    const another = new ScopedContainer();
    another.load(module);
    container.load(module);
    container.unload(module);
    container.load(module);
    await runInContext(() => {
      expect(container.get(Db).n).to.equal(1);
      expect(another.get(Db).n).to.equal(1);
    });
    expect(container.get(Db)).to.not.equal(another.get(Db));
  });

  it("may unbind and rebind what the container has bound", async () => {
    const container = new ScopedContainer();
    container
      .bind("a")
      .toDynamicValue(() => new Db())
      .inSharedScope();
    container
      .bind("b")
      .toDynamicValue(() => new Db())
      .inSharedScope();
    container
      .bind("c")
      .toDynamicValue(() => new Db())
      .inSharedScope();
    container
      .bind("d")
      .toDynamicValue(() => new Db())
      .inSharedScope();
    const [a, b, c, d] = ["a", "b", "c", "d"].map((service) => container.get<Db>(service));
    await container.loadAsync(
      new ContainerModule(async ({ unbind, unbindAsync, rebind, rebindAsync, isBound }) => {
        unbind("a");
        await unbindAsync("b");
        expect(isBound("a")).to.equal(false);
        rebind<Db>("c").to(Db).inSharedScope();
        (await rebindAsync<Db>("d")).to(Db).inPerAsyncContextScope();
      }),
    );
    for (const old of [a, b]) thrown("UNBOUND", () => old!.n);
    expect(c!.n).to.equal(1);
    thrown("NO_CONTEXT", () => d!.n);
    expect(container.isBound("b")).to.equal(false);
    expect(container.get<Db>("c").n).to.equal(1);
    thrown("NO_CONTEXT", () => container.get<Db>("d").n);
  });

  it("that fail to load leave what they had bound, as with stock inversify", () => {
    const container = new ScopedContainer();
    const module = new ContainerModule(({ bind }) => {
      bind("before")
        .toDynamicValue(() => new Db())
        .inSharedScope();
      bind(Db).toSelf().inPooledScope(-1);
    });
    thrown("INVALID_OPTION", () => container.load(module));
    expect(container.isBound("before")).to.equal(true);
    expect(container.isBound(Db)).to.equal(false);
    container.unload(module);
    expect(container.isBound("before")).to.equal(false);
  });
});
