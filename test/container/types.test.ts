import "reflect-metadata";
import { expect } from "chai";
import type { BindWhenOnFluentSyntax } from "inversify";
import { perAsyncContext, pooled, type PooledOptions, ScopedContainer, shared } from "inversify-scopes";
import { thrown } from "../support/errors.js";

class Db {
  query(sql: string): Promise<string[]> {
    return Promise.resolve([sql]);
  }

  queryOrCount(sql: string): Promise<string[]>;
  queryOrCount(sql: string, count: true): number;
  queryOrCount(): unknown {
    return 0;
  }

  close(): void {}
  url = "";
}

/** Compiled, not run: each `@ts-expect-error` is the test. */
describe("types", () => {
  const container = new ScopedContainer();
  const bind = () => container.bind(Db).toSelf();

  it("`defer` takes members one of whose overloads returns a promise, and no others", () => {
    bind().inSharedScope({ defer: ["query"] });
    bind().inPerAsyncContextScope({ defer: ["query", "queryOrCount"] });
    bind().inPooledScope({ maxSize: 1, defer: ["query"] });
    const wrong = [
      // @ts-expect-error close() returns no promise
      () => bind().inSharedScope({ defer: ["close"] }),
      // @ts-expect-error a field
      () => bind().inPooledScope({ maxSize: 1, defer: ["url"] }),
      // @ts-expect-error no member
      () => bind().inPooledScope({ maxSize: 1, defer: ["qeury"] }),
    ];
    expect(wrong).to.have.length(3);
  });

  it("hooks are given the service", () => {
    bind().inPooledScope({ maxSize: 1, destroy: (db) => db.close(), onRelease: (db) => void (db.url = "") });
    bind().inSharedScope({ destroy: (db: Db) => db.close() });
    const options: PooledOptions<Db> = { maxSize: 1, healthCheck: async (db) => (await db.query("")).length > 0 };
    bind().inPooledScope(options);
    const wrong = [
      // @ts-expect-error a member that is not there
      () => bind().inPooledScope({ maxSize: 1, destroy: (db) => db.clos() }),
      // @ts-expect-error `create` is the binding's recipe
      () => bind().inPooledScope({ maxSize: 1, create: () => new Db() }),
      // @ts-expect-error maxSize is missing
      () => bind().inPooledScope({ maxUses: 1 }),
    ];
    for (const bindWrong of wrong.slice(1)) thrown("INVALID_OPTION", bindWrong);
  });

  it("what follows a scope is inversify's syntax, of the service", () => {
    const syntax: BindWhenOnFluentSyntax<Db> = bind().inPooledScope(1);
    syntax.whenNamed("main").onActivation((_, db) => {
      db.close();
      return db;
    });
    // @ts-expect-error the handler must give back a Db
    syntax.onActivation(() => 1);
    // @ts-expect-error a constant has no scope
    const constant = () => container.bind(Db).toConstantValue(new Db()).inSharedScope();
    expect(constant).to.throw(TypeError);
  });

  it("decorators check `defer` and hooks where `provides` is a class", () => {
    pooled(1, { provides: Db, defer: ["query"] });
    shared({ destroy: (db: Db) => db.close(), defer: ["query"] });
    perAsyncContext({ provides: "db", defer: ["query", Symbol.iterator] });
    shared({ defer: ["query"] });
    pooled(1, { onRelease: (db) => void db });
    // @ts-expect-error close() returns no promise
    pooled(1, { provides: Db, defer: ["close"] });
    // @ts-expect-error close() returns no promise
    shared({ provides: Db, defer: ["close"] });
    // @ts-expect-error a member that is not there
    perAsyncContext({ provides: Db, destroy: (db) => db.clos() });
    // @ts-expect-error unknown option
    const misspelt = shared({ destory: () => {} });
    thrown("INVALID_OPTION", () => misspelt(class Wrong {}));
  });
});
