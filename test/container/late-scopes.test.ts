import "reflect-metadata";
import { expect } from "chai";
import { Container, ContainerModule } from "inversify";
import { type Scope, ScopedContainer, isScopedProxy, sharedScope, unwrap } from "inversify-scopes";
import { thrown } from "../support/errors.js";

class Thing {
  n = 1;
}

class Holder {
  constructor(readonly thing: Thing) {}
}

/** A service that holds a thing, as inversify plans it. */
function bindHolder(container: Container): void {
  container
    .bind(Holder)
    .toResolvedValue((thing: Thing) => new Holder(thing), [Thing])
    .inTransientScope();
}

describe("a scope that is said after its binding was made", () => {
  it("replaces no binding that nothing has met: its number stays, and its constraint", () => {
    const container = new ScopedContainer();
    const syntax = container.bind(Thing).toSelf();
    const { id } = syntax.getIdentifier();
    syntax.whenNamed("a");
    syntax.inSharedScope();
    expect(syntax.getIdentifier().id).to.equal(id);
    expect(isScopedProxy(container.get(Thing, { name: "a" }))).to.equal(true);
    expect(container.isBound(Thing)).to.equal(false);
  });

  it("takes the handlers along, which are for instances and not for proxies", () => {
    const container = new ScopedContainer();
    const seen: unknown[] = [];
    const syntax = container.bind(Thing).toSelf();
    syntax.onActivation((_, thing) => (seen.push(thing), thing));
    syntax.inSharedScope();
    const thing = container.get(Thing);
    expect(seen).to.eql([]);
    expect(thing.n).to.equal(1);
    expect(seen).to.eql([unwrap(thing)]);
  });

  it("holds for plans that were made before", () => {
    const container = new ScopedContainer();
    bindHolder(container);
    const syntax = container.bind(Thing).toSelf();
    expect(isScopedProxy(container.get(Holder).thing)).to.equal(false);
    syntax.inSharedScope();
    expect(isScopedProxy(container.get(Holder).thing)).to.equal(true);
    expect(isScopedProxy(container.get(Thing))).to.equal(true);
  });

  it("with its constraint", () => {
    const container = new ScopedContainer();
    const syntax = container.bind(Thing).toSelf();
    syntax.whenNamed("a");
    expect(isScopedProxy(container.get(Thing, { name: "a" }))).to.equal(false);
    syntax.inSharedScope();
    expect(isScopedProxy(container.get(Thing, { name: "a" }))).to.equal(true);
    expect(container.isBound(Thing)).to.equal(false);
  });

  it("and for those of children, which know no scopes", () => {
    const parent = new ScopedContainer();
    const child = new Container({ parent });
    bindHolder(child);
    const syntax = parent.bind(Thing).toSelf();
    expect(isScopedProxy(child.get(Holder).thing)).to.equal(false);
    syntax.inSharedScope();
    expect(isScopedProxy(child.get(Holder).thing)).to.equal(true);
    expect(isScopedProxy(new Container({ parent }).get(Thing))).to.equal(true);
  });

  it("and where an open scope asks the container for something", () => {
    const container = new ScopedContainer();
    bindHolder(container);
    const asking: Scope = {
      name: "asking",
      open(service) {
        container.get(Holder);
        return sharedScope().open(service);
      },
    };
    container.bind(Thing).toSelf().inScope(asking);
    expect(isScopedProxy(container.get(Holder).thing)).to.equal(true);
  });

  it("and after restore(), whose bindings are copies", () => {
    const container = new ScopedContainer();
    const syntax = container.bind(Thing).toSelf();
    container.snapshot();
    container.restore();
    syntax.inSharedScope();
    syntax.whenNamed("a");
    expect(isScopedProxy(container.get(Thing, { name: "a" }))).to.equal(true);
    expect(container.isBound(Thing)).to.equal(false);
  });

  it("makes a constant that snapshots know, before the proxy was made and after", () => {
    const container = new ScopedContainer();
    container
      .bind<Thing>("dynamic")
      .toDynamicValue(() => new Thing())
      .inSharedScope({ shape: Thing });
    container.snapshot();
    const proxy = container.get<Thing>("dynamic");
    container.unbindAll();
    container.restore();
    expect(container.get("dynamic")).to.equal(proxy);
    expect(proxy.n).to.equal(1);
  });

  it("binds again what was unbound meanwhile", () => {
    const container = new ScopedContainer();
    const syntax = container.bind(Thing).toSelf();
    container.unbind(Thing);
    syntax.inSharedScope();
    expect(isScopedProxy(container.get(Thing))).to.equal(true);
  });

  it("binds nothing if it is refused", () => {
    const container = new ScopedContainer();
    const syntax = container.bind(Thing).toSelf();
    thrown("INVALID_OPTION", () => syntax.inPooledScope(0));
    expect(container.isBound(Thing)).to.equal(false);
  });

  it("leaves the binding in its module", () => {
    const container = new ScopedContainer();
    const module = new ContainerModule(({ bind }) => {
      bind(Thing).toSelf().inSharedScope();
    });
    container.load(module);
    expect(container.get(Thing).n).to.equal(1);
    container.unload(module);
    expect(container.isBound(Thing)).to.equal(false);
  });
});
