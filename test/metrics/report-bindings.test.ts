import "reflect-metadata";
import { expect } from "chai";
import { inject, injectable } from "inversify";
import { perAsyncContext, pooled, ScopedContainer, scopedModule } from "inversify-scopes";
import { report } from "inversify-scopes/metrics";

class Db {}
@perAsyncContext()
class User {}
@injectable()
class Clock {}
@injectable()
class Orders {
  constructor(
    @inject(Db) readonly db: Db,
    @inject(User) readonly user: User,
    @inject(Clock) readonly clock: Clock,
  ) {}
}
@injectable()
class Providers {
  @pooled(2, { provides: Db })
  db(): Db {
    return new Db();
  }
}

describe("report: bindings", () => {
  const rig = (): ScopedContainer => {
    const container = new ScopedContainer({ defaultScope: "Singleton" });
    container.load(scopedModule(User, Providers));
    container.bind(Clock).toSelf();
    container.bind(Orders).toSelf();
    container.bind("port").toConstantValue(80);
    return container;
  };
  /** Each edge as `from how to`. */
  const edgesOf = (container: ScopedContainer): string[] => {
    const { bindings } = report(container);
    const names = new Map(bindings.map(({ id, service }) => [id, service]));
    return bindings.flatMap(({ service, edges }) => edges.map(({ to, how }) => `${service} ${how} ${names.get(to)}`));
  };

  it("each with its scope, and with what is injected how, and who makes it", () => {
    const container = rig();
    const scopes = report(container).bindings.map(({ service, scope }) => `${service}: ${scope}`);
    expect(scopes).to.have.members([
      "User: per-async-context",
      "Providers: singleton",
      "Db: pooled",
      "Clock: singleton",
      "Orders: singleton",
      "port: constant",
    ]);
    expect(edgesOf(container)).to.have.members([
      "Orders proxy Db",
      "Orders proxy User",
      "Orders instance Clock",
      "Providers makes Db",
    ]);
  });

  it("are read once, and again when bindings have come or gone, here or in the parent", () => {
    const parent = rig();
    const child = new ScopedContainer({ parent });
    child.bind("own").to(Orders);
    const first = report(child).bindings;
    expect(report(child).bindings).to.equal(first);
    child.bind("more").toConstantValue(1);
    const second = report(child).bindings;
    expect(second.map(({ service }) => service)).to.include.members(["own", "more", "Clock"]);
    parent.unbind(Clock);
    expect(report(child).bindings).to.not.equal(second);
    parent.unbindAll();
    child.unbindAll();
    expect(report(child).bindings).to.eql([]);
  });

  it("nothing is resolved", () => {
    const container = new ScopedContainer();
    const fail = (): never => expect.fail("made");
    container.bind(Db).toDynamicValue(fail).inSharedScope();
    container.bind("stock").toDynamicValue(fail);
    expect(report(container).bindings).to.have.length(2);
  });
});
