import "reflect-metadata";
import { expect } from "chai";
import { inject, injectable } from "inversify";
import { runInContext, ScopedContainer, unwrap } from "inversify-scopes";
import { thrown } from "../support/errors.js";

class Db {
  n = 1;
}

@injectable()
class Repository {
  constructor(@inject("db") readonly db: Db) {}
}

function shared(container: ScopedContainer, service: string, ended: string[] = []): void {
  container
    .bind<Db>(service)
    .to(Db)
    .inSharedScope({ destroy: () => void ended.push(service) });
}

describe("snapshot and restore", () => {
  it("leave alone what has not changed: proxies and instances stay", () => {
    const container = new ScopedContainer();
    shared(container, "db");
    const db = container.get<Db>("db");
    db.n = 2;
    container.snapshot();
    container.restore();
    expect(container.get<Db>("db")).to.equal(db);
    expect(db.n).to.equal(2);
  });

  it("leave alone what users have bound to symbols and texts, in scopes of ours or not", () => {
    const container = new ScopedContainer();
    const [symbol, registered] = [Symbol("db"), Symbol.for("db")];
    for (const service of [symbol, registered, "db"]) container.bind(service).toConstantValue(1);
    const other = Symbol("other");
    container.bind<Db>(other).to(Db).inSharedScope();
    expect(container.get<Db>(other).n).to.equal(1);
    container.snapshot();
    container.restore();
    for (const service of [symbol, registered, "db"]) expect(container.get(service)).to.equal(1);
    expect(container.get<Db>(other).n).to.equal(1);
  });

  it("bring back what was unbound: proxies injected before live again, with a new instance", () => {
    const ended: string[] = [];
    const container = new ScopedContainer();
    shared(container, "db", ended);
    container.bind(Repository).toSelf().inSingletonScope();
    const { db } = container.get(Repository);
    db.n = 2;
    container.snapshot();
    container.unbind("db");
    thrown("UNBOUND", () => db.n);
    expect(ended).to.eql(["db"]);
    container.restore();
    expect(db.n).to.equal(1);
    expect(container.get<Db>("db")).to.equal(db);
    container.unbind("db");
    expect(ended).to.eql(["db", "db"]);
    thrown("UNBOUND", () => db.n);
  });

  it("end what was bound since, with the handlers of then", () => {
    const ended: string[] = [];
    const container = new ScopedContainer();
    container.snapshot();
    shared(container, "db", ended);
    container.onDeactivation("db", () => void ended.push("deactivated"));
    const db = container.get<Db>("db");
    expect(db.n).to.equal(1);
    container.restore();
    expect(ended).to.eql(["deactivated", "db"]);
    thrown("UNBOUND", () => db.n);
    expect(container.isBound("db")).to.equal(false);
  });

  it("undo a rebind", async () => {
    const ended: string[] = [];
    const container = new ScopedContainer();
    shared(container, "db", ended);
    const before = container.get<Db>("db");
    container.snapshot();
    container.rebind<Db>("db").to(Db).inPerAsyncContextScope();
    const since = container.get<Db>("db");
    await runInContext(() => since.n);
    container.restore();
    await runInContext(() => thrown("UNBOUND", () => since.n));
    expect(before.n).to.equal(1);
  });

  it("hold nested, and keep pools, contexts' instances and constraints right", async () => {
    const container = new ScopedContainer();
    container.bind<Db>("db").to(Db).inPerAsyncContextScope().whenParentIs(Repository);
    container.bind(Repository).toSelf().inPooledScope(2);
    const repository = container.get(Repository);
    await runInContext(() => expect(repository.db.n).to.equal(1));
    container.snapshot();
    container.snapshot();
    container.unbind(Repository);
    container.restore();
    await runInContext(() => expect(repository.db.n).to.equal(1));
    container.unbindAll();
    container.restore();
    await runInContext(() => expect(repository.db.n).to.equal(1));
  });

  it("leave the making of instances alone: one for each context, whether first used before or after the snapshot", async () => {
    for (const isUsedBefore of [true, false]) {
      const container = new ScopedContainer();
      container.bind("db").toConstantValue(new Db());
      container.bind(Repository).toSelf().inPerAsyncContextScope();
      const make = () => runInContext(() => unwrap(container.get(Repository)));
      if (isUsedBefore) await make();
      container.snapshot();
      if (!isUsedBefore) await make();
      container.restore();
      const instances = new Set([await make(), await make(), await make()]);
      expect(instances.size).to.equal(3);
    }
  });

  it("do not bring back a service whose proxy is only left as somebody's constant", () => {
    const container = new ScopedContainer();
    shared(container, "db");
    const db = container.get<Db>("db");
    container.bind("constant").toConstantValue(db);
    container.unbind("db");
    container.snapshot();
    container.restore();
    thrown("UNBOUND", () => db.n);
  });

  it("in the midst of a context let its instances end with it", async () => {
    const container = new ScopedContainer();
    const ended: number[] = [];
    container
      .bind<Db>("db")
      .to(Db)
      .inPerAsyncContextScope({ destroy: ({ n }) => void ended.push(n) });
    const db = container.get<Db>("db");
    await runInContext(() => {
      db.n = 2;
      container.snapshot();
      container.unbind("db");
      container.restore();
      expect(ended).to.eql([]);
    });
    expect(ended).to.contain(2);
  });

  it("of nothing is inversify's error", () => {
    const container = new ScopedContainer();
    shared(container, "db");
    expect(() => container.restore()).to.throw("No snapshot available");
    expect(container.get<Db>("db").n).to.equal(1);
  });
});
