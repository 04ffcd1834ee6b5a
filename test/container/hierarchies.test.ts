import "reflect-metadata";
import { expect } from "chai";
import { Container, inject, injectable } from "inversify";
import { isScopedProxy, runInContext, ScopedContainer, ScopesPlugin, unwrap } from "inversify-scopes";

@injectable()
class Db {
  constructor(@inject("url") readonly url: string) {}
}

@injectable()
class Repository {
  constructor(@inject(Db) readonly db: Db) {}
}

function family(): { readonly parent: ScopedContainer; readonly child: Container } {
  const parent = new ScopedContainer();
  parent.bind("url").toConstantValue("of the parent");
  parent.bind(Db).toSelf().inSharedScope();
  return { parent, child: new Container({ parent }) };
}

describe("child containers", () => {
  it("give the same proxy of the parent's binding, with or without the plugin", () => {
    const { parent, child } = family();
    expect(child.get(Db)).to.equal(parent.get(Db));
    child.register(ScopesPlugin);
    expect(child.get(Db)).to.equal(parent.get(Db));
    child.bind(Repository).toSelf();
    expect(child.get(Repository).db).to.equal(parent.get(Db));
  });

  it("do not lend their bindings to the parent's service: its dependencies come from the owner", () => {
    const { child } = family();
    child.bind("url").toConstantValue("of the child");
    expect(child.get(Db).url).to.equal("of the parent");
  });

  it("with the plugin may bind the service themselves, with dependencies of both", () => {
    const { parent, child } = family();
    child.register(ScopesPlugin);
    child.bind(Repository).toSelf().inSharedScope();
    child.bind(Db).toSelf().inSharedScope();
    child.bind("url").toConstantValue("of the child");
    const { db } = unwrap(child.get(Repository));
    expect(db).to.equal(child.get(Db));
    expect(db.url).to.equal("of the child");
    expect(parent.get(Db).url).to.equal("of the parent");
  });

  it("do not inherit the plugin: their own bind is stock", () => {
    const { child } = family();
    expect(child.bind(Repository).toSelf()).to.not.have.property("inSharedScope");
    expect(() => child.bind(Repository).toSelf().inSharedScope()).to.throw(
      TypeError,
      "inSharedScope is not a function",
    );
  });

  it("see the parent's binding change", () => {
    const { parent, child } = family();
    const before = child.get(Db);
    parent.rebind(Db).toSelf().inPerAsyncContextScope();
    expect(child.get(Db)).to.not.equal(before);
    expect(child.get(Db)).to.equal(parent.get(Db));
    expect(isScopedProxy(child.get(Db))).to.equal(true);
  });

  it("share the context with the parent", async () => {
    const { parent, child } = family();
    parent.rebind(Db).toSelf().inPerAsyncContextScope();
    await runInContext(() => expect(unwrap(child.get(Db))).to.equal(unwrap(parent.get(Db))));
  });

  it("that unbind their own bindings leave the parent's alone", () => {
    const { parent, child } = family();
    child.register(ScopesPlugin);
    const identifier = parent.get(Db);
    child.bind(Db).toSelf().inSharedScope();
    child.unbind(Db);
    expect(child.get(Db)).to.equal(identifier);
    child.unbindAll();
    expect(parent.get(Db).url).to.equal("of the parent");
  });

  it("do not end a service of the parent's, whatever they unbind", () => {
    const { parent, child } = family();
    child.register(ScopesPlugin);
    const identifier = parent.bind("other").to(Db).inSharedScope().getIdentifier();
    const other = parent.get<Db>("other");
    child.unbind(Db);
    child.unbind(identifier);
    expect(parent.get(Db).url).to.equal("of the parent");
    expect(other.url).to.equal("of the parent");
  });
});
