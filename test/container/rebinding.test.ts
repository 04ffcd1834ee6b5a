import "reflect-metadata";
import { expect } from "chai";
import { ContainerModule, inject, injectable, type BindInFluentSyntax, type BindToFluentSyntax } from "inversify";
import {
  hasInstance,
  lease,
  poolOf,
  ready,
  release,
  runInContext,
  ScopedContainer,
  scopedModule,
  shared,
  unwrap,
} from "inversify-scopes";
import { swapInstance } from "inversify-scopes/testing";
import { rejected, thrown } from "../support/errors.js";

class Mailer {
  readonly server: string = "old";

  async send(): Promise<string> {
    return `sent by ${this.server}`;
  }

  plain(): string {
    return this.server;
  }

  self(): this {
    return this;
  }
}

class Better extends Mailer {
  override readonly server = "new";

  extra(): string {
    return "extra";
  }
}

type In = BindInFluentSyntax<Mailer>;

const scopes: Readonly<Record<string, (syntax: In) => unknown>> = {
  shared: (syntax) => syntax.inSharedScope(),
  "per-async-context": (syntax) => syntax.inPerAsyncContextScope(),
  pooled: (syntax) => syntax.inPooledScope(1),
  "pooled, lease: call": (syntax) => syntax.inPooledScope({ maxSize: 1, lease: "call" }),
};

const stock: Readonly<Record<string, (syntax: BindToFluentSyntax<Mailer>) => unknown>> = {
  "a stock singleton": (syntax) => syntax.to(Better).inSingletonScope(),
  "a transient class": (syntax) => syntax.to(Better),
  "a class in request scope": (syntax) => syntax.to(Better).inRequestScope(),
  "a constant": (syntax) => syntax.toConstantValue(new Better()),
  "a dynamic value": (syntax) => syntax.toDynamicValue(() => new Better()),
  "a resolved value": (syntax) => syntax.toResolvedValue(() => new Better()),
};

function rig(scope: (syntax: In) => unknown = scopes["shared"]!): {
  readonly container: ScopedContainer;
  readonly mailer: Mailer;
} {
  const container = new ScopedContainer();
  scope(container.bind(Mailer).toSelf());
  return { container, mailer: container.get(Mailer) };
}

const used = (mailer: Mailer): Promise<string[]> =>
  runInContext(async () => [await mailer.send(), mailer.plain(), mailer.server]);

const NEW = ["sent by new", "new", "new"];

describe("rebind: proxies that are already injected mean the new binding", () => {
  for (const [before, bindBefore] of Object.entries(scopes)) {
    for (const [after, bindAfter] of Object.entries(scopes)) {
      it(`${before}, then ${after}`, async () => {
        const { container, mailer } = rig(bindBefore);
        expect(await used(mailer)).to.eql(["sent by old", "old", "old"]);
        bindAfter(container.rebind(Mailer).to(Better));
        expect(await used(mailer)).to.eql(NEW);
      });
    }

    for (const [after, bindAfter] of Object.entries(stock)) {
      it(`${before}, then ${after}`, async () => {
        const { container, mailer } = rig(bindBefore);
        await used(mailer);
        bindAfter(container.rebind(Mailer));
        expect(await used(mailer)).to.eql(NEW);
      });
    }
  }

  it("also those that nothing has touched before", async () => {
    const { container, mailer } = rig();
    container.rebind(Mailer).to(Better).inSharedScope();
    expect(await used(mailer)).to.eql(NEW);
  });

  it("injected into a singleton, by rebindAsync", async () => {
    @injectable()
    class Signup {
      constructor(@inject(Mailer) readonly mailer: Mailer) {}
    }
    const { container } = rig(scopes["pooled"]);
    container.bind(Signup).toSelf().inSingletonScope();
    const signup = container.get(Signup);
    await used(signup.mailer);
    (await container.rebindAsync(Mailer)).to(Better).inPooledScope(1);
    expect(await used(signup.mailer)).to.eql(NEW);
  });

  for (const way of ["rebind", "rebindAsync"] as const) {
    it(`by ${way} of a module`, async () => {
      const { container, mailer } = rig();
      const module = new ContainerModule(async (options) => {
        (await options[way](Mailer)).to(Better).inSharedScope();
      });
      await container.loadAsync(module);
      expect(await used(mailer)).to.eql(NEW);
    });
  }

  it("to a class whose decorator says the scope", async () => {
    @shared()
    class Best extends Better {}
    const { container, mailer } = rig();
    container.rebind(Mailer).to(Best);
    expect(await used(mailer)).to.eql(NEW);
    expect(container.get(Mailer)).to.be.instanceOf(Best);
    container.load(scopedModule(Best));
    container.rebind(Mailer).toService(Best);
    expect(unwrap(mailer)).to.equal(container.get(Best));
  });

  it("whose scope is said later, and said again", async () => {
    const { container, mailer } = rig();
    const syntax = container.rebind(Mailer).to(Better);
    expect(mailer.plain()).to.equal("new");
    syntax.inPooledScope(3);
    expect(poolOf(mailer).stats().maxSize).to.equal(3);
    syntax.inPooledScope(4);
    expect(poolOf(mailer).stats().maxSize).to.equal(4);
    syntax.inSingletonScope();
    expect(unwrap(mailer)).to.be.instanceOf(Better);
    thrown("INVALID_OPTION", () => poolOf(mailer));
  });

  it("each time, one after the other, by way of a stock one too", async () => {
    const { container, mailer } = rig();
    container.rebind(Mailer).toConstantValue(new Better());
    container.rebind(Mailer).to(Better).inPerAsyncContextScope();
    const second = container.get(Mailer);
    container.rebind(Mailer).toDynamicValue(() => new Mailer());
    for (const proxy of [mailer, second]) expect(await used(proxy)).to.eql(["sent by old", "old", "old"]);
    container.rebind(Mailer).to(Better).inPooledScope(1);
    for (const proxy of [mailer, second]) expect(await used(proxy)).to.eql(NEW);
  });

  describe("the old proxy and the new one", () => {
    it("are two, and mean the same", () => {
      const { container, mailer } = rig();
      container.rebind(Mailer).to(Better).inSharedScope();
      const fresh = container.get(Mailer);
      expect(fresh).to.not.equal(mailer);
      expect(unwrap(mailer)).to.equal(unwrap(fresh));
      // A method that returns its instance gives the proxy by which it was called.
      expect(mailer.self()).to.equal(mailer);
      expect(fresh.self()).to.equal(fresh);
    });

    it("show the members of the new class, too", () => {
      const { container, mailer } = rig();
      container.rebind(Mailer).to(Better).inSharedScope();
      expect((mailer as Better).extra()).to.equal("extra");
    });

    it("are told apart by nothing that is done to proxies", async () => {
      const { container, mailer } = rig();
      container.rebind(Mailer).to(Better).inPooledScope({ maxSize: 2, label: "new mailers" });
      const fresh = container.get(Mailer);
      await runInContext({ needs: [mailer] }, async () => {
        expect([hasInstance(mailer), hasInstance(fresh)]).to.eql([true, true]);
        await ready(mailer);
        await using own = await lease(mailer);
        expect(own.value).to.be.instanceOf(Better).and.not.equal(unwrap(fresh));
        await release(mailer);
        expect(hasInstance(fresh)).to.equal(false);
      });
      expect(poolOf(mailer)).to.equal(poolOf(fresh));
      expect(poolOf(mailer).label).to.equal("new mailers");
    });

    it("see what a test puts in the new one's place", () => {
      const { container, mailer } = rig();
      container.rebind(Mailer).to(Better).inSharedScope();
      using _ = swapInstance(container, Mailer, { plain: () => "fake" });
      expect(mailer.plain()).to.equal("fake");
    });
  });

  describe("a stock binding", () => {
    it("singleton: the old proxy means the container's one", () => {
      const { container, mailer } = rig();
      container.rebind(Mailer).to(Better).inSingletonScope();
      expect(unwrap(mailer)).to.equal(container.get(Mailer));
    });

    it("transient: the old proxy means one of its own, kept as whoever is injected keeps it", () => {
      const { container, mailer } = rig();
      container.rebind(Mailer).to(Better);
      expect(unwrap(mailer)).to.equal(unwrap(mailer)).and.not.equal(container.get(Mailer));
    });

    it("asynchronous: calls wait for it; it is made once", async () => {
      const { container, mailer } = rig();
      let made = 0;
      container
        .rebind(Mailer)
        .toDynamicValue(async () => (made++, new Better()))
        .inSingletonScope();
      thrown("NOT_READY", () => mailer.plain());
      expect(await mailer.send()).to.equal("sent by new");
      expect(mailer.plain()).to.equal("new");
      expect(made).to.equal(1);
      expect(unwrap(mailer)).to.equal(await container.getAsync(Mailer));
    });

    it("under the name by which the old one was injected", () => {
      const container = new ScopedContainer();
      container.bind(Mailer).toSelf().inSharedScope().whenNamed("news");
      const mailer = container.get(Mailer, { name: "news" });
      container.rebind(Mailer).to(Better).whenNamed("news");
      expect(mailer.plain()).to.equal("new");
    });

    it("that cannot be resolved: CREATE_FAILED, and it is tried again", () => {
      const { container, mailer } = rig();
      let isDown = true;
      container.rebind(Mailer).toDynamicValue(() => {
        if (isDown) throw new Error("down");
        return new Better();
      });
      expect(thrown("CREATE_FAILED", () => mailer.plain()).service).to.equal("Mailer");
      isDown = false;
      expect(mailer.plain()).to.equal("new");
    });

    it("made in no context: what a proxy keeps must not remember who touched it first", async () => {
      class User {
        readonly name = "ann";
      }
      const { container, mailer } = rig();
      container.bind(User).toSelf().inPerAsyncContextScope();
      const user = container.get(User);
      container.rebind(Mailer).toDynamicValue(() => Object.assign(new Better(), { by: user.name }));
      await runInContext(() => thrown("CAPTIVE_DEPENDENCY", () => mailer.plain()));
    });

    it("is made anew after a restore()", () => {
      const { container, mailer } = rig();
      container.rebind(Mailer).to(Better).inSingletonScope();
      container.snapshot();
      const before = unwrap(mailer);
      container.restore();
      expect(unwrap(mailer)).to.equal(container.get(Mailer)).and.not.equal(before);
    });

    it("is ended by the container alone", async () => {
      const ended: string[] = [];
      const { container, mailer } = rig();
      container
        .rebind(Mailer)
        .toConstantValue(Object.assign(new Better(), { [Symbol.dispose]: () => void ended.push("disposed") }))
        .onDeactivation(() => void ended.push("deactivated"));
      mailer.plain();
      container.unbind(Mailer);
      expect(ended).to.eql(["deactivated"]);
    });
  });

  describe("instances of the old binding", () => {
    it("end as by unbind: a shared one now, a context's with its context", async () => {
      const ended: string[] = [];
      const container = new ScopedContainer();
      container
        .bind(Mailer)
        .toSelf()
        .inPerAsyncContextScope({ destroy: ({ server }) => void ended.push(server) });
      const mailer = container.get(Mailer);
      await runInContext(() => {
        const old = unwrap(mailer);
        container
          .rebind(Mailer)
          .to(Better)
          .inPerAsyncContextScope({ destroy: ({ server }) => void ended.push(server) });
        expect(unwrap(mailer)).to.be.instanceOf(Better).and.not.equal(old);
        expect(ended).to.eql([]);
      });
      expect(ended).to.eql(["new", "old"]);
    });

    it("ends after what holds it, also before anything follows the rebind", async () => {
      const ended: string[] = [];
      const container = new ScopedContainer();
      container
        .bind(Mailer)
        .toSelf()
        .inPerAsyncContextScope({ destroy: ({ server }) => void ended.push(server) });
      container
        .bind("book")
        .toResolvedValue((mailer: Mailer) => ({ mailer, close() {} }), [Mailer])
        .inPerAsyncContextScope({ destroy: () => void ended.push("book") });
      let rebound!: BindToFluentSyntax<Mailer>;
      await runInContext(() => {
        unwrap(container.get<object>("book"));
        unwrap(container.get(Mailer));
        rebound = container.rebind(Mailer);
      });
      expect(ended).to.eql(["book", "old"]);
      rebound.to(Better).inSingletonScope();
    });
  });

  describe("UNBOUND", () => {
    const isUnbound = (mailer: Mailer): unknown => runInContext(() => thrown("UNBOUND", () => mailer.plain()));

    it("until something is bound", async () => {
      const { container, mailer } = rig();
      const syntax = container.rebind(Mailer);
      await isUnbound(mailer);
      await rejected("UNBOUND", mailer.send());
      syntax.to(Better).inSharedScope();
      expect(mailer.plain()).to.equal("new");
    });

    for (const [name, scope] of Object.entries(scopes)) {
      it(`until something is bound, also at a second rebind (${name})`, async () => {
        const { container, mailer } = rig(scope);
        scope(container.rebind(Mailer).to(Better));
        const second = container.get(Mailer);
        const syntax = container.rebind(Mailer);
        for (const proxy of [mailer, second]) {
          await isUnbound(proxy);
          await rejected("UNBOUND", proxy.send());
          await rejected("UNBOUND", ready(proxy));
          await rejected("UNBOUND", lease(proxy));
          await release(proxy);
          expect(hasInstance(proxy)).to.equal(false);
        }
        scope(syntax.toSelf());
        for (const proxy of [mailer, second]) expect(await used(proxy)).to.eql(["sent by old", "old", "old"]);
      });
    }

    it("poolOf() is the last binding's pool, which is closed", async () => {
      const { container, mailer } = rig(scopes["pooled"]);
      container.rebind(Mailer).to(Better).inPooledScope(2);
      const pool = poolOf(mailer);
      const syntax = container.rebind(Mailer);
      expect(poolOf(mailer)).to.equal(pool);
      await rejected("POOL_CLOSED", pool.acquire());
      syntax.toSelf().inPooledScope(3);
      expect(poolOf(mailer)).to.not.equal(pool);
    });

    it("until the first of several rebinds at once has bound something: it takes the place", async () => {
      const { container, mailer } = rig();
      container.rebind(Mailer).toSelf().inSharedScope();
      const [first, other] = await Promise.all([container.rebindAsync(Mailer), container.rebindAsync(Mailer)]);
      await isUnbound(mailer);
      other.toSelf().inSharedScope();
      await isUnbound(mailer);
      first.to(Better).inSharedScope();
      expect(mailer.plain()).to.equal("new");
    });

    for (const [name, bind] of Object.entries({
      ...stock,
      shared: (to: BindToFluentSyntax<Mailer>) => to.to(Better).inSharedScope(),
    })) {
      it(`once the new one is gone (${name}), whatever is bound after that`, async () => {
        const { container, mailer } = rig();
        bind(container.rebind(Mailer));
        mailer.plain();
        container.unbind(Mailer);
        await isUnbound(mailer);
        container.bind(Mailer).toSelf().inSharedScope();
        await isUnbound(mailer);
      });
    }

    it("also by way of another service that stands for the proxy", () => {
      const { container, mailer } = rig();
      const syntax = container.rebind(Mailer);
      container
        .bind<Mailer>("other")
        .toDynamicValue(() => mailer)
        .inSharedScope();
      const other = container.get<Mailer>("other");
      thrown("UNBOUND", () => other.plain());
      syntax.to(Better).inSharedScope();
      expect(other.plain()).to.equal("new");
    });

    it("by unbind and bind, which is no rebind", async () => {
      const { container, mailer } = rig();
      container.unbind(Mailer);
      container.bind(Mailer).to(Better).inSharedScope();
      await isUnbound(mailer);
      // Nor does a rebind after that bring it back.
      container.rebind(Mailer).to(Better).inSharedScope();
      await isUnbound(mailer);
    });

    it("where there were several: nothing tells whose place the new one takes", async () => {
      const { container, mailer } = rig();
      container.bind(Mailer).toSelf().inSharedScope();
      container.rebind(Mailer).to(Better).inSharedScope();
      await isUnbound(mailer);
    });

    it("where the rebind fails", async () => {
      const container = new ScopedContainer();
      container
        .bind(Mailer)
        .toSelf()
        .inSharedScope({ destroy: () => Promise.reject(new Error("no way")) });
      const mailer = container.get(Mailer);
      mailer.plain();
      const error: unknown = await container.rebindAsync(Mailer).catch((reason: unknown) => reason);
      expect(error).to.have.property("message", "no way");
      await isUnbound(mailer);
    });
  });

  describe("with snapshots", () => {
    it("the old binding comes back, and its proxy means it again", () => {
      const { container, mailer } = rig();
      container.snapshot();
      container.rebind(Mailer).to(Better).inSharedScope();
      const fresh = container.get(Mailer);
      expect(mailer.plain()).to.equal("new");
      container.restore();
      expect(mailer.plain()).to.equal("old");
      thrown("UNBOUND", () => fresh.plain());
    });

    it("the new binding comes back, and the old proxy means it", () => {
      const { container, mailer } = rig();
      container.rebind(Mailer).to(Better).inSharedScope();
      container.snapshot();
      container.unbind(Mailer);
      thrown("UNBOUND", () => mailer.plain());
      container.restore();
      expect(mailer.plain()).to.equal("new");
      container.rebind(Mailer).toSelf().inSharedScope();
      expect(mailer.plain()).to.equal("old");
    });

    it("a binding that comes back while it is being replaced is not replaced", async () => {
      const { container, mailer } = rig();
      container.rebind(Mailer).to(Better).inSharedScope();
      const second = container.get(Mailer);
      container.snapshot();
      const rebinding = container.rebindAsync(Mailer);
      container.restore();
      const syntax = await rebinding;
      expect([mailer.plain(), second.plain()]).to.eql(["new", "new"]);
      syntax.toSelf().inSharedScope();
      expect([mailer.plain(), second.plain()]).to.eql(["new", "new"]);
      expect(container.getAll(Mailer).map((each) => each.plain())).to.eql(["new", "old"]);
    });
  });

  describe("to the old proxy itself", () => {
    it("as a constant: INVALID_OPTION", () => {
      const { container, mailer } = rig();
      container.rebind(Mailer).toConstantValue(mailer);
      expect(thrown("INVALID_OPTION", () => mailer.plain()).message).to.match(
        /^rebind\b.*the new binding.*Mailer itself/,
      );
    });

    it("as what a factory makes: NOT_PROXYABLE", () => {
      const { container, mailer } = rig();
      container
        .rebind(Mailer)
        .toDynamicValue(() => mailer)
        .inSharedScope();
      thrown("NOT_PROXYABLE", () => mailer.plain());
      thrown("NOT_PROXYABLE", () => container.get(Mailer).plain());
    });
  });

  it("of what is not bound, or not in a scope of ours, does what inversify's does", () => {
    const container = new ScopedContainer();
    container.rebind("a").toConstantValue(1);
    expect(container.get("a")).to.equal(1);
    container.rebind("a").toConstantValue(2);
    expect(container.get("a")).to.equal(2);
  });
});
