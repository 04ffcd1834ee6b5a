import "reflect-metadata";
import { expect } from "chai";
import type { BindInFluentSyntax } from "inversify";
import { isScopedProxy, runInContext, ScopedContainer, sharedScope } from "inversify-scopes";
import { thrown } from "../support/errors.js";

class Thing {
  n = 1;
}

class Thenable {
  then(): void {}
}

type Syntax = BindInFluentSyntax<Thing>;

const anything = (value: unknown): never => value as never;

describe("the binding syntax", () => {
  it("binds once, whichever scope is said and however often", () => {
    const container = new ScopedContainer();
    const syntax = container.bind(Thing).toSelf();
    syntax.inSharedScope();
    syntax.inPooledScope(2);
    syntax.inPerAsyncContextScope();
    expect(container.getAll(Thing)).to.have.length(1);
    thrown("NO_CONTEXT", () => container.get(Thing).n);
  });

  it("goes back to a scope of inversify's", () => {
    const container = new ScopedContainer();
    const syntax = container.bind(Thing).toSelf();
    syntax.inSharedScope();
    syntax.inSingletonScope();
    expect(container.getAll(Thing)).to.have.length(1);
    expect(isScopedProxy(container.get(Thing))).to.equal(false);
    expect(container.get(Thing)).to.equal(container.get(Thing));
  });

  it("goes back with factories too", () => {
    const container = new ScopedContainer();
    const dynamic = container.bind<Thing>("dynamic").toDynamicValue(() => new Thing());
    const resolved = container.bind<Thing>("resolved").toResolvedValue((thing: Thing) => thing, ["dynamic"]);
    for (const syntax of [dynamic, resolved]) {
      syntax.inPooledScope(1);
      syntax.inTransientScope();
    }
    for (const service of ["dynamic", "resolved"]) {
      expect(isScopedProxy(container.get(service))).to.equal(false);
      expect(container.get(service)).to.not.equal(container.get(service));
    }
  });

  it("ends what a scope that was said before has made", () => {
    const container = new ScopedContainer();
    const ended: Thing[] = [];
    const syntax = container.bind(Thing).toSelf();
    syntax.inSharedScope({ destroy: (thing) => void ended.push(thing) });
    const before = container.get(Thing);
    before.n = 2;
    syntax.inSharedScope();
    expect(ended.map(({ n }) => n)).to.eql([2]);
    thrown("UNBOUND", () => before.n);
    expect(container.get(Thing).n).to.equal(1);
  });

  it("keeps what was said of the binding, in any order", async () => {
    const container = new ScopedContainer();
    const seen: string[] = [];
    const syntax = container.bind(Thing).toSelf();
    syntax.whenNamed("a");
    syntax.onActivation((_, thing) => {
      seen.push(`activated ${isScopedProxy(thing)}`);
      return thing;
    });
    syntax.inSharedScope();
    syntax.onDeactivation((thing) => void seen.push(`deactivated ${isScopedProxy(thing)}`));
    expect(container.isBound(Thing)).to.equal(false);
    expect(container.get(Thing, { name: "a" }).n).to.equal(1);
    await container.unbindAsync(Thing);
    expect(seen).to.eql(["activated false", "deactivated false"]);
  });

  it("keeps it also when going back to a scope of inversify's", () => {
    const container = new ScopedContainer();
    const seen: string[] = [];
    const syntax = container.bind(Thing).toSelf();
    syntax.inSharedScope();
    syntax.whenNamed("a").onActivation((_, thing) => {
      seen.push("activated");
      return thing;
    });
    syntax.onDeactivation(() => void seen.push("deactivated"));
    syntax.inSingletonScope();
    expect(container.isBound(Thing)).to.equal(false);
    container.get(Thing, { name: "a" });
    container.unbindAll();
    expect(seen).to.eql(["activated", "deactivated"]);
  });

  it("hears handlers that are said after a constraint, for real instances only", () => {
    const container = new ScopedContainer();
    const seen: boolean[] = [];
    container
      .bind(Thing)
      .toSelf()
      .inSharedScope()
      .whenNamed("a")
      .onActivation((_, thing) => {
        seen.push(isScopedProxy(thing));
        return thing;
      })
      .when(() => true);
    const thing = container.get(Thing);
    expect(seen).to.eql([]);
    expect(thing.n).to.equal(1);
    expect(seen).to.eql([false]);
  });

  it("takes constraints and handlers of constants and factories as inversify does", () => {
    const container = new ScopedContainer();
    const seen: unknown[] = [];
    container
      .bind<number>("constant")
      .toConstantValue(1)
      .whenNamed("a")
      .onActivation((_, n) => n + 1);
    container
      .bind<() => number>("factory")
      .toFactory(() => () => 7)
      .onActivation((_, make) => () => make() + 1)
      .whenNamed("a");
    container
      .bind<number>("other")
      .toConstantValue(3)
      .onDeactivation((n) => void seen.push(n))
      .whenNamed("a");
    expect(container.isBound("constant")).to.equal(false);
    expect(container.get("constant", { name: "a" })).to.equal(2);
    expect(container.get<() => number>("factory", { name: "a" })()).to.equal(8);
    container.get("other", { name: "a" });
    container.unbindAll();
    expect(seen).to.eql([3]);
  });

  const sayings = {
    "in no scope yet": () => {},
    shared: (syntax: Syntax) => syntax.inSharedScope(),
    "per async context": (syntax: Syntax) => syntax.inPerAsyncContextScope(),
    pooled: (syntax: Syntax) => syntax.inPooledScope(1),
    "in one scope after the other": (syntax: Syntax) => [syntax.inSharedScope(), syntax.inPooledScope(1)],
    "in a stock scope after one of ours": (syntax: Syntax) => [syntax.inSharedScope(), syntax.inSingletonScope()],
  };
  for (const [name, say] of Object.entries(sayings)) {
    for (const way of ["unbind", "unbindAsync"] as const) {
      it(`has an identifier that ${way}s this binding and no other, whenever it was taken (${name})`, async () => {
        const container = new ScopedContainer();
        const syntax = container.bind(Thing).toSelf();
        const early = syntax.getIdentifier();
        say(syntax);
        const late = syntax.getIdentifier();
        container.bind<unknown>(Thing).toConstantValue("other");
        expect(early).to.eql(late);
        expect({ ...early }, "as inversify's own").to.have.property("id", late.id);
        const [first] = container.getAll(Thing);
        await container[way](early);
        expect(container.getAll(Thing)).to.eql(["other"]);
        if (isScopedProxy(first)) await runInContext(() => thrown("UNBOUND", () => first.n));
        // Harmless when repeated.
        await container[way](late);
        expect(container.getAll(Thing)).to.eql(["other"]);
      });
    }
  }

  describe("leaves nothing half-bound", () => {
    const mistakes = {
      "an unknown option": (container: ScopedContainer) =>
        container
          .bind(Thing)
          .toSelf()
          .inSharedScope(anything({ destory: () => {} })),
      "a wrong value": (container: ScopedContainer) => container.bind(Thing).toSelf().inPooledScope(0),
      "no options for a pool": (container: ScopedContainer) =>
        container.bind(Thing).toSelf().inPooledScope(anything(undefined)),
      "an unknown scope": (container: ScopedContainer) => container.bind(Thing).toSelf().inScope(anything("request")),
      "a scope without a source": (container: ScopedContainer) =>
        container
          .bind(Thing)
          .toSelf()
          .inScope({ name: "broken", open: () => anything(undefined) }),
      "a scope without a name": (container: ScopedContainer) =>
        container
          .bind(Thing)
          .toSelf()
          .inScope(anything({ open: sharedScope().open })),
      "a source that cannot be closed": (container: ScopedContainer) =>
        container
          .bind(Thing)
          .toSelf()
          .inScope({
            name: "broken",
            open: (service) => Object.assign(sharedScope().open(service), { close: undefined as never }),
          }),
      "a scope whose options are wrong": (container: ScopedContainer) =>
        container
          .bind(Thing)
          .toSelf()
          .inPerAsyncContextScope(anything({ proxy: "none" })),
    };
    for (const [mistake, bind] of Object.entries(mistakes)) {
      it(`after ${mistake}: INVALID_OPTION`, () => {
        const container = new ScopedContainer();
        thrown("INVALID_OPTION", () => bind(container));
        expect(container.isBound(Thing)).to.equal(false);
      });
    }

    it("tells the service, what was said and what is wrong with it", () => {
      const container = new ScopedContainer();
      const error = thrown("INVALID_OPTION", () => container.bind(Thing).toSelf().inScope(anything("request")));
      expect(error.message).to.match(/^Thing: inScope.*"request"/);
      expect(error.service).to.equal("Thing");
      expect(error.cause).to.have.property("code", "INVALID_OPTION");
    });

    it("hands on, as it is, what options throw that are read", () => {
      const container = new ScopedContainer();
      const failure = new Error("no such secret");
      const options = {
        get destroy(): never {
          throw failure;
        },
      };
      expect(() => container.bind(Thing).toSelf().inSharedScope(options)).to.throw(failure);
      expect(container.isBound(Thing)).to.equal(false);
    });

    it("after a class that cannot be proxied: NOT_PROXYABLE", () => {
      const container = new ScopedContainer();
      const error = thrown("NOT_PROXYABLE", () => container.bind(Thenable).toSelf().inSharedScope());
      expect(error.message).to.contain("Thenable");
      expect(container.isBound(Thenable)).to.equal(false);
    });

    it("after a mistake in a second scope of the same binding; a third try binds", () => {
      const container = new ScopedContainer();
      const syntax = container.bind(Thing).toSelf();
      syntax.inSharedScope();
      thrown("INVALID_OPTION", () => syntax.inPooledScope(-1));
      expect(container.isBound(Thing)).to.equal(false);
      syntax.inScope(sharedScope());
      expect(container.get(Thing).n).to.equal(1);
    });
  });

  it("names services without a name", async () => {
    const container = new ScopedContainer();
    const anonymous = Symbol();
    container.bind<Thing>(anonymous).to(Thing).inPerAsyncContextScope();
    container
      .bind((() => class {})())
      .toSelf()
      .inPerAsyncContextScope();
    expect(thrown("NO_CONTEXT", () => container.get<Thing>(anonymous).n).message).to.contain("a service");
    await runInContext(() => {});
  });
});
