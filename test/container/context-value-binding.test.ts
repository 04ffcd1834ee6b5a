import "reflect-metadata";
import { expect } from "chai";
import { Container, ContainerModule, inject, injectable, named } from "inversify";
import {
  contextValue,
  diagram,
  perAsyncContext,
  runInContext,
  ScopedContainer,
  scopedModule,
  ScopesPlugin,
  verify,
} from "inversify-scopes";
import { expectNoLeases, swapInstance, swapScope } from "inversify-scopes/testing";
import { thrown } from "../support/errors.js";

class Tenant {
  constructor(readonly name = "acme") {}
  hello(): string {
    return `hello, ${this.name}`;
  }
}

function tenantOf(container: Container): Tenant {
  return container.get(Tenant);
}

async function helloIn(proxy: Tenant, name: string, given = proxy): Promise<string> {
  return runInContext({ values: [contextValue(given, new Tenant(name))] }, () => proxy.hello());
}

describe("bind(S).toContextValue()", () => {
  it("on any container with the plugin, in modules too", async () => {
    const container = new Container();
    container.register(ScopesPlugin);
    container.load(new ContainerModule(({ bind }) => void bind(Tenant).toContextValue({ proxy: "full" })));
    expect(await helloIn(tenantOf(container), "acme")).to.equal("hello, acme");
    expect(container.get(Tenant)).to.equal(container.get(Tenant));
  });

  it("a child container gets its parent's", async () => {
    const parent = new ScopedContainer();
    parent.bind(Tenant).toContextValue();
    expect(await helloIn(tenantOf(new Container({ parent })), "acme")).to.equal("hello, acme");
  });

  it("options that concern an instance, and unknown ones, are INVALID_OPTION, and nothing is bound", () => {
    const container = new ScopedContainer();
    for (const options of [{ destroy: () => {} }, { defer: ["hello"] }, { shap: Tenant }, { proxy: "half" }, 5]) {
      const error = thrown("INVALID_OPTION", () => container.bind(Tenant).toContextValue(options as never));
      expect(error.message).to.include("Tenant: toContextValue: ");
    }
    expect(container.isBound(Tenant)).to.equal(false);
  });

  it("takes constraints as every binding does", async () => {
    @injectable()
    class Pair {
      constructor(
        @inject("tenant") @named("from") readonly from: Tenant,
        @inject("tenant") @named("to") readonly to: Tenant,
      ) {}
    }
    const container = new ScopedContainer();
    container.bind<Tenant>("tenant").toContextValue({ shape: Tenant }).whenNamed("from");
    container.bind<Tenant>("tenant").toContextValue({ shape: Tenant }).whenNamed("to");
    container.bind(Pair).toSelf();
    const { from, to } = container.get(Pair);
    const values = [contextValue(from, new Tenant("a")), contextValue(to, new Tenant("b"))];
    await runInContext({ values }, () => expect([from.name, to.name]).to.eql(["a", "b"]));
  });

  it("there is no scope and no instance to be said of it: INVALID_OPTION", () => {
    const container = new ScopedContainer();
    const syntax = container.bind(Tenant).toContextValue() as unknown as Record<string, (given?: unknown) => unknown>;
    for (const method of ["inSingletonScope", "inSharedScope", "inPooledScope", "inScope", "onActivation"]) {
      const error = thrown("INVALID_OPTION", () => syntax[method]!(() => {}));
      expect(error.message).to.include(`Tenant: ${method}() means nothing after toContextValue()`);
    }
  });

  it("handlers of the container are for what it makes", async () => {
    const container = new ScopedContainer();
    const told: unknown[] = [];
    container.bind(Tenant).toContextValue();
    container.onActivation(Tenant, (_, value: Tenant) => (told.push(value), value));
    container.onDeactivation(Tenant, (value: Tenant) => void told.push(value));
    await helloIn(tenantOf(container), "acme");
    await container.unbindAsync(Tenant);
    expect(told).to.eql([]);
  });

  it("unbound, the proxy and its pairs say UNBOUND", async () => {
    const container = new ScopedContainer();
    const identifier = container.bind(Tenant).toContextValue().getIdentifier();
    const tenant = tenantOf(container);
    await runInContext({ values: [contextValue(tenant, new Tenant())] }, () => {
      tenant.hello();
      container.unbind(identifier);
      thrown("UNBOUND", () => tenant.hello());
    });
    thrown("UNBOUND", () => contextValue(tenant, new Tenant()));
    expect(container.isBound(Tenant)).to.equal(false);
  });

  it("back by restore(), pairs from before still count", async () => {
    const container = new ScopedContainer();
    container.bind(Tenant).toContextValue();
    const tenant = tenantOf(container);
    const values = [contextValue(tenant, new Tenant("before"))];
    container.snapshot();
    container.unbind(Tenant);
    container.restore();
    expect(await runInContext({ values }, () => tenant.hello())).to.equal("hello, before");
    expect(await helloIn(tenant, "after")).to.equal("hello, after");
  });

  it("rebound, proxies injected before follow, whichever of the two is given", async () => {
    const container = new ScopedContainer();
    container.bind(Tenant).toConstantValue(new Tenant("constant"));
    container.rebind(Tenant).toSelf().inSharedScope();
    const old = tenantOf(container);
    expect(old.hello()).to.equal("hello, acme");
    container.rebind(Tenant).toContextValue();
    container.rebind(Tenant).toContextValue();
    const now = tenantOf(container);
    expect(await helloIn(old, "old", old)).to.equal("hello, old");
    expect(await helloIn(old, "now", now)).to.equal("hello, now");
    expect(await helloIn(now, "both", old)).to.equal("hello, both");
    container.rebind(Tenant).toSelf().inSharedScope();
    expect(old.hello()).to.equal("hello, acme");
    thrown("INVALID_OPTION", () => contextValue(old, new Tenant()));
    thrown("INVALID_OPTION", () => contextValue(now, new Tenant()));
  });

  it("decorated classes and provider methods get it as any service", async () => {
    @perAsyncContext()
    class Greeting {
      constructor(@inject(Tenant) readonly tenant: Tenant) {}
      text(): string {
        return this.tenant.hello();
      }
    }
    class Line {
      constructor(readonly text: string) {}
    }
    class Providers {
      @perAsyncContext({ inject: [Tenant] })
      line(tenant: Tenant): Line {
        return new Line(tenant.hello());
      }
    }
    const container = new ScopedContainer();
    container.bind(Tenant).toContextValue();
    container.load(scopedModule(Greeting, Providers));
    verify(container);
    const [greeting, line] = [container.get(Greeting), container.get(Line)];
    const values = [contextValue(tenantOf(container), new Tenant("acme"))];
    await runInContext({ values }, () => expect([greeting.text(), line.text]).to.eql(["hello, acme", "hello, acme"]));
  });
});

describe("wiring and tests with context values", () => {
  it("verify has nothing to say of one, and tells of a provider that is one, and of a class decorated otherwise", () => {
    const container = new ScopedContainer();
    container.bind(Tenant).toContextValue();
    container.bind<Tenant>("unknown").toContextValue();
    verify(container);

    @perAsyncContext()
    class User {}
    container.bind(User).toContextValue();
    expect(thrown("INVALID_OPTION", () => verify(container)).message).to.include(
      "User is decorated as per-async-context, but bound as context-value",
    );
  });

  it("the diagram shows what is given", () => {
    const container = new ScopedContainer();
    container.bind(Tenant).toContextValue();
    expect(diagram(container)).to.equal(`flowchart LR\n  n0[/"Tenant<br/>context-value"/]\n`);
  });

  it("swapInstance stands before what contexts are given; undone, they have it again", async () => {
    const container = new ScopedContainer();
    container.bind(Tenant).toContextValue();
    const tenant = tenantOf(container);
    await runInContext({ values: [contextValue(tenant, new Tenant("given"))] }, async () => {
      const swap = swapInstance(container, Tenant, { hello: () => "fake" });
      expect(tenant.hello()).to.equal("fake");
      expect(await helloIn(tenant, "not seen")).to.equal("fake");
      await swap.undo();
      expect(tenant.hello()).to.equal("hello, given");
    });
    expectNoLeases(container);
  });

  it("under a scope that is swapped in, there is nothing to make it by", () => {
    const container = new ScopedContainer();
    container.bind(Tenant).toContextValue();
    using _ = swapScope(container, Tenant, "shared");
    const error = thrown("INVALID_OPTION", () => tenantOf(container).hello());
    expect(error.message).to.include("Tenant is bound by toContextValue()").and.include("swapInstance");
  });
});
