import "reflect-metadata";
import { Plugin, type PluginApi, type PluginContext } from "@inversifyjs/plugin";
import { expect } from "chai";
import { type Container, injectable, type ServiceIdentifier } from "inversify";
import { type Finding, perAsyncContext, ScopedContainer, ScopeError, sharedScope, verify } from "inversify-scopes";
import { holding } from "../support/holding.js";

function findings(container: Container): readonly Finding[] {
  try {
    verify(container);
  } catch (error) {
    if (error instanceof ScopeError) return error.findings ?? [];
    throw error;
  }
  return [];
}

/** Each in short: its code, its service, and what it begins with, up to the first colon. */
function told(container: Container): string[][] {
  return findings(container).map(({ code, service, message }) => [code, service, message.split(":", 1)[0]!]);
}

/** Shows what inversify itself has bound. */
class Bound extends Plugin<Container> {
  static services: () => ServiceIdentifier[];
  // oxlint-disable-next-line no-useless-constructor
  constructor(container: Container, context: PluginContext) {
    super(container, context);
  }

  override load(_api: PluginApi): void {
    Bound.services = () => [...this._context.bindingService.getNonParentBoundServices()];
  }
}

describe("verify reads", () => {
  describe("stock classes that are found only under a name", () => {
    function named(): ScopedContainer {
      const container = new ScopedContainer();
      container.bind("request").to(holding()).inRequestScope();
      container.bind("keeper").to(holding("request")).inSingletonScope().whenNamed("a");
      return container;
    }

    it("as all others", () => {
      expect(told(named())).to.eql([["CAPTIVE_DEPENDENCY", "keeper", "keeper → request"]]);
    });

    it("and leaves no binding of its own behind, whether they can be planned or not", () => {
      for (const missing of [[], ["request"]]) {
        const container = named();
        container.register(Bound);
        for (const service of missing) container.unbind(service);
        const before = Bound.services();
        findings(container);
        expect(Bound.services()).to.eql(before);
      }
    });
  });

  describe("circles that inversify tells", () => {
    const resolved = (container: Container, name: string, ...needs: string[]): void =>
      void container.bind(name).toResolvedValue((..._unused: unknown[]) => ({}), needs);

    it("of factories with dependencies: it is told of one that is in it", () => {
      const container = new ScopedContainer();
      container.bind("unrelated").toConstantValue(1);
      container.bind("other").to(holding()).inSharedScope();
      resolved(container, "a", "b");
      resolved(container, "b", "a");
      expect(told(container)).to.eql([["SCOPE_CYCLE", "a", "a → b → a"]]);
    });

    it("without what only leads there", () => {
      const container = new ScopedContainer();
      resolved(container, "start", "way");
      resolved(container, "way", "a");
      resolved(container, "a", "b");
      resolved(container, "b", "a");
      expect(told(container)).to.eql([["SCOPE_CYCLE", "start", "a → b → a"]]);
    });

    it("of one that needs itself", () => {
      const container = new ScopedContainer();
      resolved(container, "self", "self");
      expect(told(container)).to.eql([["SCOPE_CYCLE", "self", "self → self"]]);
    });
  });

  it("nothing through a proxy: what it stands for keeps its own", () => {
    const container = new ScopedContainer();
    container.bind("request").to(holding()).inRequestScope();
    container.bind("unit").to(holding("request")).inPerAsyncContextScope();
    container.bind("keeper").to(holding("unit")).inSharedScope();
    expect(told(container)).to.eql([]);
  });

  it("a constant as what it is, though it be an async function", () => {
    class Clock {
      now(): number {
        return 1;
      }
    }
    const container = new ScopedContainer();
    container.bind("fetch").toConstantValue(async () => {});
    container
      .bind(Clock)
      .toResolvedValue((_unused: unknown) => new Clock(), ["fetch"])
      .inSharedScope();
    expect(told(container)).to.eql([]);
  });

  it("scopes of one's own that have no options", () => {
    const container = new ScopedContainer();
    container.bind("own").to(holding()).inScope({ name: "own", open: sharedScope().open });
    expect(told(container)).to.eql([]);
  });

  it("as what a class that is captured was decorated", () => {
    @perAsyncContext()
    @injectable()
    class User {}
    const container = new ScopedContainer();
    container.bind(User).toSelf().inTransientScope();
    container.bind("keeper").to(holding(User)).inSingletonScope();
    const { message } = findings(container).find(({ code }) => code === "CAPTIVE_DEPENDENCY")!;
    expect(message).to.contain("of User, which is decorated as per-async-context, but bound without it. Bind User per");
  });
});
