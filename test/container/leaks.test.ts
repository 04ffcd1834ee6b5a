import "reflect-metadata";
import { Plugin, type PluginApi, type PluginContext } from "@inversifyjs/plugin";
import { expect } from "chai";
import { type Container, inject, injectable, postConstruct, preDestroy, type ServiceIdentifier } from "inversify";
import { runInContext, ScopedContainer } from "inversify-scopes";

/** One that inversify has to plan. */
@injectable()
class Db {
  n = 1;
  @postConstruct()
  open(): void {}
}

/** Shows what inversify itself has bound. */
class Bound extends Plugin<Container> {
  static services: () => ServiceIdentifier[];
  // oxlint-disable-next-line no-useless-constructor
  constructor(container: Container, context: PluginContext) {
    super(container, context);
  }

  static planned = new Set<unknown>();

  override load(api: PluginApi): void {
    const context = this._context;
    Bound.planned = new Set();
    api.onPlan(({ serviceIdentifier }) => void Bound.planned.add(serviceIdentifier));
    Bound.services = () => [...context.bindingService.getNonParentBoundServices()];
  }
}

function observed(): ScopedContainer {
  const container = new ScopedContainer();
  container.register(Bound);
  return container;
}

const scopes = {
  inSharedScope: (container: Container) => container.bind(Db).toSelf().inSharedScope(),
  inPerAsyncContextScope: (container: Container) => container.bind(Db).toSelf().inPerAsyncContextScope(),
  inPooledScope: (container: Container) => container.bind(Db).toSelf().inPooledScope(1),
};

describe("hidden bindings", () => {
  for (const [scope, bind] of Object.entries(scopes)) {
    it(`${scope}: bound, used and unbound many times, nothing is left (inversify's issue 1810)`, async () => {
      const container = observed();
      for (let i = 0; i < 100; i++) {
        bind(container);
        await runInContext(() => container.get(Db).n);
        expect(Bound.services()).to.have.length(2);
        container.unbind(Db);
      }
      expect(Bound.services()).to.eql([]);
    });

    it(`${scope}: none is there before the first use`, () => {
      const container = observed();
      bind(container);
      container.get(Db);
      expect(Bound.services()).to.eql([Db]);
    });

    it(`${scope}: none is left by snapshots`, async () => {
      const container = observed();
      const use = () => runInContext(() => container.get(Db).n);
      bind(container);
      await use();
      container.snapshot();
      container.unbind(Db);
      container.restore();
      await use();
      expect(Bound.services()).to.have.length.at.most(2);
      container.snapshot();
      container.restore();
      container.unbind(Db);
      expect(Bound.services()).to.eql([]);

      container.snapshot();
      bind(container);
      await use();
      container.restore();
      expect(Bound.services()).to.eql([]);
    });

    it(`${scope}: none is left by a scope that was said and taken back`, async () => {
      const container = observed();
      const syntax = bind(container);
      await runInContext(() => container.get(Db).n);
      (syntax as ReturnType<ReturnType<Container["bind"]>["toSelf"]>).inTransientScope();
      expect(Bound.services()).to.eql([Db]);
    });
  }

  it("are not made for what needs no plan: a class of which nothing is injected, and a factory that is given the context", () => {
    const container = observed();
    const seen: string[] = [];
    class Plain {
      readonly n = 1;
    }
    @injectable()
    class Ended {
      readonly n = 1;
      @preDestroy()
      close(): void {
        seen.push("closed");
      }
    }
    container.bind(Plain).toSelf().inSharedScope();
    container.bind(Ended).toSelf().inSharedScope();
    container
      .bind<Plain>("made")
      .toDynamicValue((context) => context.get(Plain))
      .inSharedScope({ shape: Plain });
    const use = (): number[] => [Plain, Ended, "made"].map((service) => container.get<Plain>(service).n);
    expect(use()).to.eql([1, 1, 1]);
    expect(Bound.services()).to.have.members([Plain, Ended, "made"]);
    container.unbindAll();
    expect(seen).to.eql(["closed"]);
  });

  it("are made for a class of which something is injected, also if its constructor takes nothing", () => {
    const container = observed();
    @injectable()
    class Reader {
      @inject("url") readonly url!: string;
    }
    container.bind("url").toConstantValue("pg://");
    container.bind(Reader).toSelf().inSharedScope();
    expect(container.get(Reader).url).to.equal("pg://");
    expect(Bound.services()).to.have.length(3);
  });

  it("have identifiers that are used again: inversify keeps plans of every identifier for ever", () => {
    const container = observed();
    container.bind("url").toConstantValue("pg://");
    for (let i = 0; i < 20; i++) {
      container
        .bind<Db>("db")
        .toResolvedValue((_url: string) => new Db(), ["url"])
        .inSharedScope();
      expect(container.get<Db>("db").n).to.equal(1);
      container.unbind("db");
    }
    expect(Bound.planned.size).to.equal(2);
  });

  it("have identifiers that are used again also after a binding that never had one", () => {
    const container = observed();
    for (const isUsed of [true, false, true]) {
      container.bind(Db).toSelf().inSharedScope();
      if (isUsed) expect(container.get(Db).n).to.equal(1);
      container.unbind(Db);
    }
    expect(Bound.planned.size).to.equal(2);
  });

  it("none is left by what was unbound before it was used, though others that were used hold it", () => {
    const container = observed();
    container.bind(Db).toSelf().inSharedScope();
    container
      .bind("holder")
      .toResolvedValue((db: Db) => ({ db }), [Db])
      .inSharedScope();
    expect(container.get<{ db: Db }>("holder").db).to.equal(container.get(Db));
    container.unbind(Db);
    container.unbind("holder");
    expect(Bound.services()).to.eql([]);
  });

  it("used again stand for the new service: its constraints and its @preDestroy", () => {
    const container = observed();
    const seen: string[] = [];
    @injectable()
    class Greeter {
      @inject("who") readonly who!: string;
      @preDestroy()
      goodbye(): void {
        seen.push(`goodbye, ${this.who}`);
      }
    }
    const [first, second] = [Symbol("service"), Symbol("service")];
    container.bind("who").toConstantValue("first").whenParentIs(first);
    container.bind("who").toConstantValue("second").whenParentIs(second);
    for (const service of [first, second, first]) {
      container.bind<Greeter>(service).to(Greeter).inSharedScope();
      expect(container.get<Greeter>(service).who).to.be.a("string");
      container.unbind(service);
    }
    expect(seen).to.eql(["goodbye, first", "goodbye, second", "goodbye, first"]);
  });

  it("are not among getAll and isBound", () => {
    const container = observed();
    container.bind(Db).toSelf().inSharedScope();
    expect(container.get(Db).n).to.equal(1);
    expect(container.getAll(Db)).to.have.length(1);
    for (const service of Bound.services()) {
      if (service !== Db) expect(container.isBound(Symbol.for(String(service)))).to.equal(false);
    }
  });

  it("handlers need a context of inversify's, whose binding is gone again", () => {
    const container = observed();
    container
      .bind(Db)
      .toSelf()
      .inSharedScope()
      .onActivation((_, db) => db);
    expect(container.get(Db).n).to.equal(1);
    expect(Bound.services()).to.have.length(2);
  });

  it("handlers and factories need one context for all instances", async () => {
    const container = observed();
    const contexts = new Set<unknown>();
    const before = Bound.planned.size;
    container
      .bind(Db)
      .toDynamicValue((context) => (contexts.add(context), new Db()))
      .inPerAsyncContextScope();
    for (const _ of [1, 2, 3]) await runInContext(() => container.get(Db).n);
    container.onActivation(Db, (context, db) => (contexts.add(context), db));
    for (const _ of [1, 2, 3]) await runInContext(() => container.get(Db).n);
    expect(contexts.size).to.equal(1);
    // The proxy and the context: a builder is called without a plan of its own.
    expect(Bound.planned.size).to.equal(before + 2);
  });
});
