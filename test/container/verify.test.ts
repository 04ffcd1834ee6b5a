import "reflect-metadata";
import { expect } from "chai";
import { Container, inject, injectable, named, optional, postConstruct } from "inversify";
import {
  type ErrorCode,
  type Finding,
  perAsyncContext,
  pooled,
  ready,
  runInContext,
  ScopedContainer,
  scopedModule,
  ScopeError,
  ScopesPlugin,
  shared,
  verify,
  type VerifyOptions,
} from "inversify-scopes";
import { thrown } from "../support/errors.js";

@injectable()
class Clock {
  now(): number {
    return 42;
  }
}

@injectable()
class Repository {
  constructor(@inject(Clock) readonly clock: Clock) {}
  list(): string[] {
    return [];
  }
}

@injectable()
class Controller {
  constructor(@inject(Repository) readonly repository: Repository) {}
}

function findings(container: Container, options?: VerifyOptions): readonly Finding[] {
  try {
    verify(container, options);
  } catch (error) {
    if (error instanceof ScopeError) return error.findings ?? [];
    throw error;
  }
  return [];
}

function onlyFinding(container: Container, code: ErrorCode): string {
  const found = findings(container);
  expect(
    found.map((finding) => finding.code),
    JSON.stringify(found),
  ).to.eql([code]);
  return found[0]!.message;
}

describe("verify", () => {
  it("is content with proxies wherever they are injected, and with stock bindings", () => {
    const container = new ScopedContainer();
    container.bind(Clock).toSelf().inPerAsyncContextScope();
    container.bind(Repository).toSelf().inPooledScope(2);
    container.bind(Controller).toSelf().inSingletonScope();
    container.bind("transient").to(Repository);
    container.bind("constant").toConstantValue(1);
    container.bind("dynamic").toDynamicValue(() => 1);
    container.bind<() => number>("factory").toFactory(() => () => 1);
    container.bind("alias").toService(Clock);
    container.bind("named").to(Repository).whenNamed("a");
    container
      .bind("resolved")
      .toResolvedValue((clock: Clock) => clock, [Clock])
      .inSharedScope();
    verify(container);
    verify(new ScopedContainer());
  });

  it("throws one error, of the first finding's code, that lists every finding", () => {
    const container = new ScopedContainer();
    container.bind(Repository).toSelf().inSharedScope();
    container.bind(Controller).toSelf().inSharedScope();
    container
      .bind<string[]>("list")
      .toDynamicValue(() => [])
      .inSharedScope({ shape: class List extends Array<string> {} });
    const error = thrown("CREATE_FAILED", () => verify(container));
    expect(error).to.be.instanceOf(ScopeError);
    const all = error.findings!;
    expect(all.map(({ code, service }) => [code, service])).to.eql([
      ["CREATE_FAILED", "Repository"],
      ["NOT_PROXYABLE", "list"],
    ]);
    for (const { message } of all) expect(error.message).to.contain(message);
    expect(error.message).to.contain("2 finding(s)");
    expect(error.service).to.equal("Repository");
  });

  it("runs no user code: no constructor, factory, handler", () => {
    const container = new ScopedContainer();
    const never = (): never => {
      throw new Error("was run");
    };
    @injectable()
    class Explosive {
      constructor() {
        never();
      }
    }
    container.bind(Explosive).toSelf().inSingletonScope();
    container.bind("shared").to(Explosive).inSharedScope().onActivation(never);
    container.bind("dynamic").toDynamicValue(never).inPooledScope({ maxSize: 1, shape: Explosive });
    container.bind("resolved").toResolvedValue(never).inSingletonScope();
    container.onActivation(Explosive, never);
    verify(container);
    expect(() => container.get(Explosive)).to.throw("was run");
  });

  it("leaves nothing behind, and finds the same again, also after services were used", () => {
    const container = new ScopedContainer();
    container.bind(Clock).toSelf().inSharedScope();
    container.bind("named").to(Repository).whenNamed("a");
    container.bind(Repository).toSelf().inSharedScope();
    verify(container);
    expect(container.get(Repository).clock.now()).to.equal(42);
    expect(container.getAll(Repository)).to.have.length(1);
    verify(container);
    container.unbind(Clock);
    expect(onlyFinding(container, "CREATE_FAILED")).to.contain("Clock");
  });

  it("needs a container with the plugin, and known options", () => {
    expect(thrown("INVALID_OPTION", () => verify(new Container())).message).to.equal(
      "verify: container is an instance of Container, but must be a Container with the ScopesPlugin. Say " +
        "container.register(ScopesPlugin) before anything is bound.",
    );
    thrown("INVALID_OPTION", () => verify(new ScopedContainer(), { need: [] } as never));
    thrown("INVALID_OPTION", () => verify(new ScopedContainer(), { needs: Clock } as never));
  });

  describe("captive dependencies", () => {
    it("inversify's request scope in a singleton, a shared or a pooled service, also through others", () => {
      for (const bind of [
        (container: Container) => container.bind(Controller).toSelf().inSingletonScope(),
        (container: Container) => container.bind(Controller).toSelf().inSharedScope(),
        (container: Container) => container.bind(Controller).toSelf().inPooledScope({ maxSize: 1, lease: "call" }),
        (container: Container) => container.bind(Controller).toSelf().inPooledScope(1),
      ]) {
        const container = new ScopedContainer();
        container.bind(Clock).toSelf().inRequestScope();
        container.bind(Repository).toSelf().inTransientScope();
        bind(container);
        const message = onlyFinding(container, "CAPTIVE_DEPENDENCY");
        expect(message).to.contain("Controller → Repository → Clock");
      }
    });

    it("not in what ends with the context, nor in transients; and a singleton in between is the captor", () => {
      const container = new ScopedContainer();
      container.bind(Clock).toSelf().inRequestScope();
      container.bind("transient").to(Repository);
      container.bind("context").to(Repository).inPerAsyncContextScope();
      verify(container);
      container.bind(Repository).toSelf().inSingletonScope();
      container.bind(Controller).toSelf().inSingletonScope();
      expect(onlyFinding(container, "CAPTIVE_DEPENDENCY")).to.match(/^Repository → Clock:/);
    });

    it("what is decorated as shorter-lived, but bound without that", () => {
      @perAsyncContext()
      class User {}
      @injectable()
      class Audit {
        constructor(@inject(User) readonly user: User) {}
      }
      const container = new ScopedContainer();
      container.bind(User).toSelf().inTransientScope();
      container.bind(Audit).toSelf().inSingletonScope();
      expect(findings(container).map(({ code, service }) => [code, service])).to.eql([
        ["INVALID_OPTION", "User"],
        ["CAPTIVE_DEPENDENCY", "Audit"],
      ]);
    });

    it("what is decorated as pooled, but bound without that, in a singleton; a pooled one may have one of its own", () => {
      @pooled(1)
      class Parser {}
      @injectable()
      class Reader {
        constructor(@inject(Parser) readonly parser: Parser) {}
      }
      const container = new ScopedContainer();
      container.bind(Parser).toSelf().inTransientScope();
      container.bind(Reader).toSelf().inPooledScope(1);
      expect(findings(container).map(({ service }) => service)).to.eql(["Parser"]);
      container.rebind(Reader).toSelf().inSingletonScope();
      expect(findings(container).map(({ service }) => service)).to.eql(["Parser", "Reader"]);
    });

    it("a provider that can be touched only in a context, for what its methods make pooled or shared", async () => {
      const methods = { pooled: pooled(1, { provides: "made", shape: Clock }), shared: shared({ provides: "made" }) };
      for (const ofClass of [perAsyncContext(), pooled(1)]) {
        for (const [scope, ofMethod] of Object.entries(methods)) {
          class Providers {
            made(): Clock {
              return new Clock();
            }
          }
          ofMethod(Providers.prototype, "made", Reflect.getOwnPropertyDescriptor(Providers.prototype, "made"));
          ofClass(Providers);
          const container = new ScopedContainer();
          container.load(scopedModule(Providers));
          const message = onlyFinding(container, "CAPTIVE_DEPENDENCY");
          expect(message).to.contain(`made (${scope})`).and.contain("Providers").and.contain("only in a context");
          await runInContext(() => {
            thrown("CAPTIVE_DEPENDENCY", () => container.get<Clock>("made").now());
          });
        }
      }
    });

    it("a provider that lives no longer than a context, for what its methods make shared", () => {
      @perAsyncContext()
      class Providers {
        @shared()
        clock(): Clock {
          return new Clock();
        }

        @perAsyncContext({ provides: "other" })
        other(): Clock {
          return new Clock();
        }
      }
      const container = new ScopedContainer();
      container.load(scopedModule(Providers));
      const message = onlyFinding(container, "CAPTIVE_DEPENDENCY");
      expect(message).to.contain("Clock (shared)").and.contain("Providers");
    });
  });

  describe("circles", () => {
    it("of stock services, told once with the path", () => {
      @injectable()
      class A {
        constructor(@inject("b") readonly b: unknown) {}
      }
      @injectable()
      class B {
        constructor(@inject("a") readonly a: unknown) {}
      }
      const container = new ScopedContainer();
      container.bind("a").to(A);
      container.bind("b").to(B);
      expect(onlyFinding(container, "SCOPE_CYCLE")).to.match(/^(a → b → a|b → a → b):/);
      container.rebind("b").to(B).inSharedScope();
      verify(container);
    });

    it("of providers that make each other", () => {
      class First {
        @shared({ provides: "second" })
        second(): object {
          return {};
        }
      }
      class Second {
        @shared({ provides: "first" })
        first(): object {
          return {};
        }
      }
      const container = new ScopedContainer();
      container.load(scopedModule(First, Second));
      verify(container);
      container.rebind(First).toService("first");
      container.rebind(Second).toService("second");
      expect(onlyFinding(container, "SCOPE_CYCLE")).to.match(/^(first → second → first|second → first → second):/);
      thrown("SCOPE_CYCLE", () => container.get<{ x: unknown }>("first").x);
    });

    it("beside others that do not close, or close elsewhere", () => {
      class Providers {
        @shared({ provides: "made" })
        made(): object {
          return {};
        }
      }
      class Outside {
        @shared({ provides: "outside" })
        outside(): object {
          return {};
        }
      }
      const container = new ScopedContainer();
      container.load(scopedModule(Providers, Outside));
      container.rebind(Providers).toService("made");
      container.rebind(Outside).toService("made");
      expect(onlyFinding(container, "SCOPE_CYCLE")).to.match(/^made → made:/);
      container.rebind(Providers).toSelf();
      verify(container);
    });

    it("of a provider and what it makes, which it needs through others", () => {
      class Providers {
        @shared({ provides: "made" })
        made(): object {
          return {};
        }
      }
      @injectable()
      class Special extends Providers {
        constructor(@inject("inner") readonly inner: unknown) {
          super();
        }
      }
      const container = new ScopedContainer();
      container.load(scopedModule(Providers));
      container.rebind(Providers).to(Special);
      container.bind("inner").toService("made");
      verify(container);
    });
  });

  describe("what is made asynchronously and cannot wait", () => {
    @injectable()
    class Slow extends Clock {
      @postConstruct()
      async prepare(): Promise<void> {}
    }
    /** Its async member may wait for the instance. */
    class Waiting {
      async now(): Promise<number> {
        return 42;
      }
    }

    const asynchronous: Record<string, (container: ScopedContainer) => unknown> = {
      "an async factory": (container) =>
        container
          .bind(Clock)
          .toDynamicValue(async () => new Clock())
          .inSharedScope(),
      "an async factory with dependencies": (container) =>
        container
          .bind(Clock)
          .toResolvedValue(async () => new Clock(), [])
          .inPerAsyncContextScope(),
      "an async activation handler": (container) =>
        container
          .bind(Clock)
          .toSelf()
          .inPooledScope(1)
          .onActivation(async (_, clock) => clock),
      "an async provider method": (container) => {
        class Providers {
          @shared({ provides: Clock })
          async clock(): Promise<Clock> {
            return new Clock();
          }
        }
        container.load(scopedModule(Providers));
      },
      "a method of a provider with an async @postConstruct": (container) => {
        class Providers {
          @postConstruct()
          async prepare(): Promise<void> {}

          @shared()
          clock(): Clock {
            return new Clock();
          }
        }
        container.load(scopedModule(Providers));
      },
      "a method of a provider with an async dependency": (container) => {
        class Providers {
          constructor(@inject("url") readonly url: string) {}

          @shared()
          clock(): Clock {
            return new Clock();
          }
        }
        container
          .bind("url")
          .toDynamicValue(async () => "")
          .inSingletonScope();
        container.load(scopedModule(Providers));
      },
      "a method of a shared provider with an async @postConstruct": (container) => {
        @shared()
        class Providers {
          @postConstruct()
          async prepare(): Promise<void> {}

          @shared()
          clock(): Clock {
            return new Clock();
          }
        }
        container.load(scopedModule(Providers));
      },
      "an async dependency": (container) => {
        container
          .bind("url")
          .toDynamicValue(async () => "")
          .inSingletonScope();
        container.bind("config").toResolvedValue((url: string) => url, ["url"]);
        container
          .bind(Clock)
          .toResolvedValue((_unused: unknown) => new Clock(), ["config"])
          .inSharedScope();
      },
      "a dependency with an async factory of its own dependencies": (container) => {
        container.bind("config").toResolvedValue(async () => 1, []);
        container
          .bind(Clock)
          .toResolvedValue((_unused: unknown) => new Clock(), ["config"])
          .inSharedScope();
      },
    };
    for (const [what, bind] of Object.entries(asynchronous)) {
      it(`${what}, for a class without an async member`, () => {
        const container = new ScopedContainer();
        bind(container);
        const message = onlyFinding(container, "NOT_READY");
        expect(message).to.contain("Clock").and.contain("needs").and.contain("ready").and.contain("defer");
        expect(message).to.match(/^Clock is made asynchronously \((@postConstruct \w+|its [\w ]+) is async\), but/);
        expect(findings(container, { needs: [Clock] })).to.eql([]);
      });
    }

    /** What no class tells of: inversify's usual style, an interface, a symbol and a factory. */
    const unknown: Record<string, [ErrorCode, remedies: RegExp, (binding: any) => void]> = {
      "pooled and limited": ["POOL_EXHAUSTED", /at most 3.*needs/, (any) => any(() => new Clock()).inPooledScope(3)],
      "pooled, and made asynchronously": [
        "NOT_READY",
        /its factory is async.*needs/,
        (any) => any(async () => new Clock()).inPooledScope(Infinity),
      ],
      "per async context, and made asynchronously": [
        "NOT_READY",
        /its factory is async.*needs/,
        (any) => any(async () => new Clock()).inPerAsyncContextScope({ shape: Object }),
      ],
      "pooled for each call": [
        "NOT_READY",
        /its factory is async.*use\(proxy, fn\)/,
        (any) => any(async () => new Clock()).inPooledScope({ maxSize: Infinity, lease: "call" }),
      ],
    };
    for (const [what, [code, remedies, bind]] of Object.entries(unknown)) {
      it(`a service without a known class, no call of which can wait: ${what}`, () => {
        const service = Symbol("Clock");
        const container = new ScopedContainer();
        bind((factory: () => Clock) => container.bind(service).toDynamicValue(factory));
        expect(onlyFinding(container, code))
          .to.match(/^Clock is .*`shape`.*`defer`/)
          .and.match(remedies)
          .and.match(/and say so: verify\(container, \{ needs: \[Clock\] \}\)\.$/);
        expect(findings(container, { needs: [service] })).to.eql([]);
      });
    }

    it("not one without a known class that waits, is there at once, or is made once for all", () => {
      const container = new ScopedContainer();
      const bound = (name: string, factory: () => Clock | Promise<Clock>) =>
        container.bind<any>(name).toDynamicValue(factory);
      const late = async (): Promise<Clock> => new Clock();
      bound("names what waits", late).inPooledScope({ maxSize: 1, defer: ["now"] });
      bound("tells its class", late).inPooledScope({
        maxSize: 1,
        shape: class {
          async now(): Promise<void> {}
        },
      });
      bound("synchronous and unlimited", () => new Clock()).inPooledScope(Infinity);
      bound("synchronous", () => new Clock()).inPerAsyncContextScope();
      bound("shared", late).inSharedScope();
      expect(findings(container)).to.eql([]);
    });

    it("only the circle, where providers make each other", () => {
      class Winder {
        wind(): void {}
      }
      class First {
        @shared()
        winder(): Winder {
          return new Winder();
        }
      }
      class Second {
        @shared()
        clock(): Clock {
          return new Clock();
        }
      }
      const container = new ScopedContainer();
      container.load(scopedModule(First, Second));
      container.rebind<unknown>(First).toService(Clock);
      container.rebind<unknown>(Second).toService(Winder);
      onlyFinding(container, "SCOPE_CYCLE");
    });

    it("a dependency with an async @postConstruct", () => {
      const container = new ScopedContainer();
      container.bind("slow").to(Slow).inSingletonScope();
      container
        .bind(Clock)
        .toResolvedValue((_unused: unknown) => new Clock(), ["slow"])
        .inSharedScope();
      expect(onlyFinding(container, "NOT_READY")).to.contain("slow is async");
    });

    it("not where a member is async or deferred, the class is unknown, or the instance is there already", async () => {
      const container = new ScopedContainer();
      container
        .bind(Waiting)
        .toDynamicValue(async () => new Waiting())
        .inSharedScope();
      container
        .bind("unknown")
        .toDynamicValue(async () => new Clock())
        .inSharedScope();
      container
        .bind<{ now(): Promise<number> }>("deferred")
        .toDynamicValue(async () => new Waiting())
        .inSharedScope({ shape: Clock, defer: ["now"] });
      container
        .bind(Clock)
        .toDynamicValue(async () => new Clock())
        .inSharedScope();
      await ready(container.get(Clock));
      verify(container);
    });

    it("an async @postConstruct makes a member async, which may wait", () => {
      const container = new ScopedContainer();
      container.bind(Slow).toSelf().inSharedScope();
      verify(container);
      container.rebind(Slow).toSelf().inSharedScope({ shape: Clock });
      expect(onlyFinding(container, "NOT_READY")).to.contain("@postConstruct prepare is async");
    });
  });

  describe("scopes of classes", () => {
    @shared()
    class Settings {}

    it("that autobind ignores", () => {
      @injectable()
      class Client {
        constructor(@inject(Settings) readonly settings: Settings) {}
      }
      const container = new ScopedContainer({ autobind: true });
      container.bind(Client).toSelf().inSingletonScope();
      expect(onlyFinding(container, "INVALID_OPTION")).to.contain("autobind ignores class scopes");
    });

    it("that a binding contradicts", () => {
      const container = new ScopedContainer();
      container.bind(Settings).toSelf().inPooledScope(2);
      expect(onlyFinding(container, "INVALID_OPTION")).to.contain("decorated as shared, but bound as pooled");
      container.rebind(Settings).toSelf().inSingletonScope();
      expect(onlyFinding(container, "INVALID_OPTION")).to.contain("decorated as shared, but bound as singleton");
      container.rebind(Settings).toSelf().inSharedScope();
      verify(container);
    });
  });

  it("classes that no proxy can stand for as they are bound", () => {
    class List extends Array<string> {}
    class Callable extends Function {}
    const container = new ScopedContainer();
    container.bind(List).toSelf().inSharedScope();
    container.bind(Callable).toSelf().inSharedScope();
    const messages = findings(container).map(({ message }) => message);
    expect(messages).to.have.length(2);
    expect(messages[0]).to.contain("List extends Array").and.contain("{ shape: Array }");
    expect(messages[1]).to.contain("Callable extends Function");
    container.unbind(Callable);
    container.rebind(List).toSelf().inSharedScope({ shape: Array });
    verify(container);
  });

  it("scoped services of which a dependency is missing; stock ones may get it from whoever asks", () => {
    const container = new ScopedContainer();
    container.bind("stock").to(Repository);
    container.bind(Repository).toSelf().inSharedScope().whenNamed("a");
    container.bind(Controller).toSelf().whenNamed("b");
    expect(onlyFinding(container, "CREATE_FAILED")).to.contain('Repository "a" cannot be made').and.contain("Clock");
    container.bind(Clock).toSelf();
    verify(container);
  });

  it("what a provider method makes, if its provider cannot be planned: something is missing, or bound twice", () => {
    class Providers {
      constructor(@inject(Clock) readonly clock: Clock) {}

      @shared()
      repository(): Repository {
        return new Repository(this.clock);
      }
    }
    const container = new ScopedContainer();
    container.load(scopedModule(Providers));
    expect(onlyFinding(container, "CREATE_FAILED")).to.contain("Repository cannot be made").and.contain("Clock");
    container.bind(Clock).toSelf();
    verify(container);
    container.bind(Providers).toSelf();
    expect(onlyFinding(container, "CREATE_FAILED")).to.match(/^Repository cannot be made: Ambiguous/);
    container.unbind(Providers);
    expect(onlyFinding(container, "CREATE_FAILED")).to.match(/^Repository cannot be made: No bindings found/);
  });

  it("looks at constraints as users do", () => {
    const container = new ScopedContainer();
    @injectable()
    class Client {
      constructor(
        @inject("clock") @named("utc") readonly clock: Clock,
        @inject("none") @optional() readonly none: unknown,
      ) {}
    }
    container.bind("clock").to(Clock).inRequestScope().whenParentIs(Client);
    container.bind("client").to(Client).inSharedScope();
    expect(findings(container).map(({ code }) => code)).to.eql(["CREATE_FAILED"]);
    container.rebind("client").toConstantValue(1);
    container.bind(Client).toSelf().inSharedScope();
    expect(onlyFinding(container, "CAPTIVE_DEPENDENCY")).to.contain("Client → clock");
  });

  it("reads a parent's bindings where they are injected", () => {
    const parent = new ScopedContainer();
    parent.bind(Clock).toSelf().inRequestScope();
    parent.bind("untouched").to(Repository).inSingletonScope();
    const child = new Container({ parent });
    child.register(ScopesPlugin);
    child.bind(Repository).toSelf().inSingletonScope();
    expect(onlyFinding(child, "CAPTIVE_DEPENDENCY")).to.match(/^Repository → Clock/);
    expect(onlyFinding(parent, "CAPTIVE_DEPENDENCY")).to.match(/^untouched → Clock/);
  });
});
