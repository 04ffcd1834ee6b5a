import "reflect-metadata";
import { expect } from "chai";
import { Container } from "inversify";
import { selectSource, pooledScope, poolOf, pools, runInContext, ScopedContainer, type Scope } from "inversify-scopes";
import { swapScope } from "inversify-scopes/testing";
import { thrown } from "../support/errors.js";

class Db {
  async query(): Promise<string> {
    return "rows";
  }
}
class Parser {}
class User {}

describe("pools", () => {
  const rig = (): ScopedContainer => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inPooledScope(2);
    container.bind(User).toSelf().inPerAsyncContextScope();
    container.bind(Parser).toSelf().inPooledScope({ maxSize: 1, lease: "call", label: "parsers" });
    return container;
  };

  it("are those of the container's pooled services, in the order of the bindings, touched or not", () => {
    const container = rig();
    expect(pools(container).map(({ label }) => label)).to.eql(["Db", "parsers"]);
    expect(pools(container)).to.eql([poolOf(container.get(Db)), poolOf(container.get(Parser))]);
  });

  it("come and go with the bindings", () => {
    const container = rig();
    container.unbind(Db);
    container.bind("late").to(Db).inPooledScope(1);
    expect(pools(container).map(({ label }) => label)).to.eql(["parsers", "late"]);
    container.unbindAll();
    expect(pools(container)).to.eql([]);
  });

  it("not of the parent", () => {
    expect(pools(new ScopedContainer({ parent: rig() }))).to.eql([]);
  });

  it("those of a scope that chooses, as far as they are opened", async () => {
    const opened = new Map<string, ReturnType<Scope["open"]>>();
    let tenant = "red";
    const perTenant: Scope = {
      name: "per tenant",
      endsWithContext: true,
      open: (service) =>
        selectSource(service, {
          select() {
            const source = opened.get(tenant) ?? pooledScope(1).open({ ...service, name: `Db of ${tenant}` });
            opened.set(tenant, source);
            return source;
          },
          sources: () => opened.values(),
        }),
    };
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inScope(perTenant);
    const db = container.get(Db);
    expect(pools(container)).to.eql([]);
    for (tenant of ["red", "blue"]) await runInContext(() => db.query());
    expect(pools(container).map(({ label }) => label)).to.eql(["Db of red", "Db of blue"]);
  });

  it("what a test has put in a service's place is seen", () => {
    const container = rig();
    using _ = swapScope(container, User, pooledScope({ maxSize: 1, label: "users" }));
    expect(pools(container).map(({ label }) => label)).to.eql(["Db", "users", "parsers"]);
  });

  it("may lend an instance before anybody has injected the service, whose proxy then knows its fields", async () => {
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toDynamicValue(() => Object.assign(new Db(), { port: 5432 }))
      .inPooledScope(1);
    const [pool] = pools(container);
    await (await pool!.acquire()).release();
    const db = container.get(Db);
    expect("port" in db).to.equal(true);
  });

  it("need a container with the plugin", () => {
    expect(thrown("INVALID_OPTION", () => pools(new Container())).message).to.match(/^pools\b/);
  });
});
