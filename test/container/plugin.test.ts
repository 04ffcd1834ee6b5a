import "reflect-metadata";
import { Plugin, type PluginApi, type PluginContext } from "@inversifyjs/plugin";
import { expect } from "chai";
import { Container } from "inversify";
import { isScopedProxy, ScopedContainer, ScopesPlugin } from "inversify-scopes";

class Db {
  n = 1;
}

class OwnBind extends Plugin<Container> {
  // oxlint-disable-next-line no-useless-constructor
  constructor(container: Container, context: PluginContext) {
    super(container, context);
  }

  override load(api: PluginApi): void {
    api.define("bind", () => {});
  }
}

class Spy extends Plugin<Container> {
  static planned: unknown[] = [];
  // oxlint-disable-next-line no-useless-constructor
  constructor(container: Container, context: PluginContext) {
    super(container, context);
  }

  override load(api: PluginApi): void {
    api.onPlan(({ serviceIdentifier }) => void Spy.planned.push(serviceIdentifier));
  }
}

describe("the plugin", () => {
  it("gives any container the scopes", () => {
    const container = new Container();
    container.register(ScopesPlugin);
    container.bind(Db).toSelf().inSharedScope();
    expect(isScopedProxy(container.get(Db))).to.equal(true);
  });

  it("comes with ScopedContainer, which takes a Container's options", () => {
    const parent = new ScopedContainer();
    parent.bind(Db).toSelf().inSharedScope();
    const container = new ScopedContainer({ parent, defaultScope: "Singleton" });
    expect(container).to.be.instanceOf(Container);
    expect(container.get(Db)).to.equal(parent.get(Db));
    container.bind("n").toDynamicValue(() => ({}));
    expect(container.get("n")).to.equal(container.get("n"));
  });

  it("may be registered twice, also with bindings in between", () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inSharedScope();
    const db = container.get(Db);
    container.register(ScopesPlugin);
    container.register(ScopesPlugin);
    expect(container.get(Db)).to.equal(db);
    container.bind("other").to(Db).inSharedScope();
    expect(container.getAll("other")).to.have.length(1);
  });

  it("and another plugin that defines bind cannot both be: inversify says so", () => {
    const container = new ScopedContainer();
    expect(() => container.register(OwnBind)).to.throw('Container already has a method named "bind"');
    const other = new Container();
    other.register(OwnBind);
    expect(() => other.register(ScopesPlugin)).to.throw('Container already has a method named "bind"');
  });

  it("stands beside plugins that look at plans", () => {
    const container = new Container();
    container.register(Spy);
    container.register(ScopesPlugin);
    container.bind(Db).toSelf().inSharedScope();
    Spy.planned = [];
    expect(container.get(Db).n).to.equal(1);
    expect(Spy.planned).to.contain(Db);
  });

  it("patches no prototype: other containers are as they were", () => {
    const names = Object.getOwnPropertyNames(Container.prototype);
    const before = names.map((name) => Reflect.get(Container.prototype, name) as unknown);
    new ScopedContainer().bind(Db).toSelf().inSharedScope();
    expect(names.map((name) => Reflect.get(Container.prototype, name) as unknown)).to.eql(before);
    expect(new Container().bind(Db).toSelf()).to.not.have.property("inSharedScope");
  });

  it("is missing where inSharedScope, inPooledScope and the others are not functions", () => {
    const container = new Container();
    const bind = () => container.bind(Db).toSelf();
    expect(() => bind().inSharedScope()).to.throw(TypeError, "inSharedScope is not a function");
    expect(() => bind().inPerAsyncContextScope()).to.throw(TypeError, "inPerAsyncContextScope is not a function");
    expect(() => bind().inPooledScope(8)).to.throw(TypeError, "inPooledScope is not a function");
    expect(() => bind().inScope("shared")).to.throw(TypeError, "inScope is not a function");
  });

  it("leaves what was bound before as it is", () => {
    const container = new Container();
    container.bind(Db).toSelf().inSingletonScope();
    const db = container.get(Db);
    container.register(ScopesPlugin);
    expect(container.get(Db)).to.equal(db);
    container.unbind(Db);
    expect(container.isBound(Db)).to.equal(false);
  });
});
