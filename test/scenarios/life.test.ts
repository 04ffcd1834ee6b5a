import "reflect-metadata";
import { expect } from "chai";
import { preDestroy } from "inversify";
import { currentContext, runInContext, ScopedContainer } from "inversify-scopes";

import { runProgram } from "../support/child.js";
import { gate } from "../support/gate.js";

describe("scenarios: beginnings and ends", () => {
  it("no AsyncLocalStorage is made for a context, a lease, a call or a wait (S31)", async () => {
    const printed = await runProgram(`
      import { syncBuiltinESMExports } from "node:module";
      const hooks = process.getBuiltinModule("node:async_hooks");
      let made = 0;
      const { AsyncLocalStorage } = hooks;
      class Counted extends AsyncLocalStorage { constructor(...args) { super(...args); made++; } }
      Object.defineProperty(hooks, "AsyncLocalStorage", { value: Counted, configurable: true });
      syncBuiltinESMExports();
      const scopes = await import(${JSON.stringify(import.meta.resolve("inversify-scopes"))});
      const { runInContext, scopedProxy, setFactory, pooledScope, use, bindToContext, detach } = scopes;
      class Db { async query() { return 1; } }
      const db = scopedProxy("db", { shape: Db });
      setFactory(db, async () => new Db(), pooledScope({ maxSize: 2, concurrency: "serialize" }));
      const user = scopedProxy("user", { shape: Db });
      setFactory(user, async () => new Db(), "per-async-context");
      const loaded = made;
      for (let i = 0; i < 100; i++) {
        await Promise.all([1, 2, 3].map(() => runInContext({ needs: [user] }, async () => {
          await Promise.all([db.query(), db.query()]);
          await runInContext(() => user.query());
          bindToContext(() => {})();
          await detach(() => user.query());
        })));
        await use(db, (own) => own.query());
      }
      console.log(loaded, made);
    `);
    const [loaded, made] = printed.split(" ").map(Number);
    expect(loaded).to.be.within(1, 2);
    expect(made).to.equal(loaded);
  });

  it("at shutdown the running contexts are awaited, children before parents; then the container ends what is left (S44)", async () => {
    const log: string[] = [];
    class Unit {
      begin(): void {}
      @preDestroy()
      async end(): Promise<void> {
        log.push(`unit of ${currentContext()?.name}`);
      }
    }
    class Pooled {
      begin(): void {}
    }
    class Settings {
      read(): void {}
      @preDestroy()
      end(): void {
        log.push("settings");
      }
    }
    const container = new ScopedContainer();
    container.bind(Unit).toSelf().inPerAsyncContextScope();
    container
      .bind(Pooled)
      .toSelf()
      .inPooledScope({ maxSize: 1, destroy: () => void log.push("pooled") });
    container.bind(Settings).toSelf().inSharedScope();
    const [unit, pooled, settings] = [container.get(Unit), container.get(Pooled), container.get(Settings)];
    const work = gate();
    const running = runInContext({ name: "parent" }, () => {
      unit.begin();
      pooled.begin();
      settings.read();
      void runInContext({ name: "child" }, async () => {
        unit.begin();
        await work.promise;
      });
    });
    work.open();
    await running;
    await container.unbindAllAsync();
    expect(log.slice(0, 2)).to.eql(["unit of child", "unit of parent"]);
    expect(log.slice(2).toSorted()).to.eql(["pooled", "settings"]);
  });
});
