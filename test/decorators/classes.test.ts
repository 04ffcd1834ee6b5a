import "reflect-metadata";
import { expect } from "chai";
import { inject, injectable, postConstruct } from "inversify";
import {
  isScopedProxy,
  perAsyncContext,
  pooled,
  runInContext,
  ScopedContainer,
  scopedModule,
  shared,
  unwrap,
} from "inversify-scopes";
import * as subpath from "inversify-scopes/decorators";
import { thrown } from "../support/errors.js";

@shared()
class Settings {
  readonly port = 8080;
}

/** Dependencies are told by types alone: the decorator implies `@injectable()`. */
@perAsyncContext()
class CurrentUser {
  name = "nobody";
  constructor(readonly settings: Settings) {}
}

@pooled(1, { maxUses: 2 })
class Db {
  static made = 0;
  readonly n = ++Db.made;
  @inject(Settings) readonly settings!: Settings;
}

type Applied = (target: unknown, context?: unknown) => void;
const anything = (value: unknown): never => value as never;

describe("@shared, @perAsyncContext and @pooled on classes", () => {
  function setUp(): ScopedContainer {
    const container = new ScopedContainer();
    container.bind(Settings).toSelf();
    container.bind(CurrentUser).toSelf();
    container.bind("db").to(Db);
    return container;
  }

  it("are the scope of bind().to() and .toSelf()", async () => {
    const container = setUp();
    expect(container.get(Settings).port).to.equal(8080);
    expect(container.get(Settings)).to.equal(container.get(Settings));
    const user = container.get(CurrentUser);
    const db = container.get<Db>("db");
    thrown("NO_CONTEXT", () => user.name);
    thrown("NO_CONTEXT", () => db.n);
    const made = Db.made;
    await runInContext(() => {
      user.name = "eve";
      expect(user.settings).to.equal(container.get(Settings));
      expect(db.settings.port).to.equal(8080);
    });
    await runInContext(() => expect([user.name, db.n]).to.eql(["nobody", made + 1]));
    await runInContext(() => expect(db.n).to.equal(made + 2));
  });

  it("are the same from the main entry and from inversify-scopes/decorators", () => {
    expect([subpath.shared, subpath.perAsyncContext, subpath.pooled]).to.eql([shared, perAsyncContext, pooled]);
  });

  it("stand with @injectable() above or below, and twice bound", () => {
    @shared()
    @injectable()
    class Above {
      constructor(@inject(Settings) readonly settings: Settings) {}
    }
    @injectable()
    @shared()
    class Below {
      constructor(readonly settings: Settings) {}
    }
    const container = setUp();
    for (const service of [Above, Below]) {
      container.bind<Above | Below>(service).to(service);
      container.bind<Above | Below>("alias").to(service);
      expect(isScopedProxy(container.get(service))).to.equal(true);
      expect(container.get<Above | Below>(service).settings.port).to.equal(8080);
    }
  });

  it("a scope that is said when binding comes before the class's", async () => {
    const container = new ScopedContainer();
    container.bind(Settings).toSelf().inPerAsyncContextScope();
    thrown("NO_CONTEXT", () => container.get(Settings).port);
    container.rebind(Settings).toSelf().inSingletonScope();
    expect(isScopedProxy(container.get(Settings))).to.equal(false);
    expect(container.get(Settings)).to.equal(container.get(Settings));
    container.rebind(Settings).toSelf().inTransientScope().whenNamed("a");
    expect(container.get(Settings, { name: "a" })).to.not.equal(container.get(Settings, { name: "a" }));
  });

  it("take constraints and handlers after them", () => {
    const container = new ScopedContainer();
    const seen: boolean[] = [];
    container
      .bind(Settings)
      .toSelf()
      .whenNamed("main")
      .onActivation((_, settings) => {
        seen.push(isScopedProxy(settings));
        return settings;
      });
    expect(container.isBound(Settings)).to.equal(false);
    expect(container.get(Settings, { name: "main" }).port).to.equal(8080);
    expect(seen).to.eql([false]);
  });

  it("are inherited by subclasses, decorated as @injectable() or not at all", async () => {
    class Bare extends CurrentUser {
      override name = "bare";
    }
    @injectable()
    class Special extends Bare {}
    const container = setUp();
    for (const service of [Bare, Special]) {
      container.bind(service).toSelf();
      const user = container.get(service);
      thrown("NO_CONTEXT", () => user.name);
      await runInContext(() => {
        user.name = "eve";
        expect(user.name).to.equal("eve");
      });
      await runInContext(() => expect(user.name).to.equal("bare"));
    }
    const other = new ScopedContainer();
    other.load(scopedModule(Special));
    thrown("NO_CONTEXT", () => other.get(Special).name);
  });

  it("subclasses may have a scope of their own", async () => {
    @perAsyncContext()
    class Special extends Settings {}
    const container = new ScopedContainer();
    container.bind(Settings).toSelf();
    container.bind(Special).toSelf();
    expect(container.get(Settings).port).to.equal(8080);
    thrown("NO_CONTEXT", () => container.get(Special).port);
  });

  it("run @postConstruct of the real instance", () => {
    @shared()
    class Prepared {
      isPrepared = false;
      @postConstruct()
      prepare(): void {
        this.isPrepared = true;
      }
    }
    const container = new ScopedContainer();
    container.bind(Prepared).toSelf();
    expect(unwrap(container.get(Prepared)).isPrepared).to.equal(true);
  });

  describe("whose constructor's parameters have no types to be found by say so when they are bound,", () => {
    // As compilers without `emitDecoratorMetadata` leave them.
    class Typed {
      constructor(readonly settings: Settings) {}
    }
    const says = (bind: () => unknown): string => thrown("INVALID_OPTION", bind).message;

    it("as a class with a scope", () => {
      class Scoped extends Typed {
        constructor(override readonly settings: Settings) {
          super(settings);
        }
      }
      shared()(Scoped);
      const message = says(() => new ScopedContainer().bind(Scoped).toSelf());
      expect(message).to.match(
        /^Scoped: nothing tells what its constructor's parameters are given\. To mend it, say @inject/,
      );
      expect(message).to.contain("emitDecoratorMetadata");
    });

    it("as a provider without @injectable()", () => {
      class Providers {
        constructor(readonly settings: Settings) {}
        @shared({ provides: "made" })
        make(): object {
          return this.settings;
        }
      }
      const message = says(() => new ScopedContainer().load(scopedModule(Providers)));
      expect(message).to.contain("Providers: nothing tells").and.contain("put @injectable() on the class");
    });

    it("not other classes, of which inversify tells, nor other failures", () => {
      injectable()(Typed);
      const container = new ScopedContainer();
      expect(() => container.bind(Typed).toSelf()).to.throw("Found unexpected missing metadata");
      expect(() => container.bind("no class").to(anything(undefined))).to.throw(TypeError);
    });
  });

  describe("used wrongly are INVALID_OPTION, naming class and member", () => {
    const wrong: Record<string, { readonly decorate: () => unknown; readonly names: string }> = {
      "a misspelt option": {
        decorate: () => shared(anything({ destory: () => {} }))(class Wrong {}),
        names: "@shared on Wrong: there is no option destory. Did you mean destroy?",
      },
      "`provide` for `provides`": {
        decorate: () => shared(anything({ provide: Settings }))(class Wrong {}),
        names: "@shared on Wrong: there is no option provide. Did you mean provides?",
      },
      "no maxSize": {
        decorate: () => pooled(anything({ maxSize: 8 }))(class Wrong {}),
        names: "@pooled on Wrong: maxSize is an object",
      },
      "maxSize said twice": {
        decorate: () => pooled(8, anything({ maxSize: 8 }))(class Wrong {}),
        names: "@pooled on Wrong: maxSize is 8, but must be said once, as the first argument",
      },
      "an impossible maxSize": {
        decorate: () => pooled(-1)(class Wrong {}),
        names: "@pooled on Wrong: maxSize is -1",
      },
      "a hook that is none": {
        decorate: () => pooled(2, { onRelease: anything(1) })(class Wrong {}),
        names: "@pooled on Wrong: onRelease is 1",
      },
      "options that do not go together": {
        decorate: () => pooled(2, { minSize: 3 })(class Wrong {}),
        names: "@pooled on Wrong: minSize is 3",
      },
      "`create`, which is the class": {
        decorate: () => pooled(2, anything({ create: () => ({}) }))(class Wrong {}),
        names: "@pooled on Wrong: create is the function create, but must be left out",
      },
      "options that are none": {
        decorate: () => perAsyncContext(anything(null))(class Wrong {}),
        names: "@perAsyncContext on Wrong: options is null",
      },
      "the decorators of the language on a method": {
        decorate: () => (shared({ provides: "x" }) as Applied)(() => {}, { kind: "method", name: "client" }),
        names: "@shared on client: it was called as a decorator of the language",
      },
      "the same without parentheses, on a class without a name": {
        decorate: () => (pooled as Applied)({}, { kind: "class", name: undefined }),
        names: "@pooled on something",
      },
      "no parentheses, on a method": {
        decorate: () => (perAsyncContext as (...args: unknown[]) => unknown)(class Wrong {}.prototype, "db", {}),
        names: "@perAsyncContext on Wrong.db: it lacks its parentheses",
      },
      "a parameter of a method": {
        decorate: () => shared({ provides: "x" })(class Wrong {}.prototype, "db", anything(0)),
        names: "a parameter of @shared on Wrong.db",
      },
      "no parentheses": {
        decorate: () => (shared as (target: unknown) => unknown)(class Wrong {}),
        names: "@shared on Wrong: it lacks its parentheses; say @shared()",
      },
      "no parentheses, and so no maxSize": {
        decorate: () => (pooled as (target: unknown) => unknown)(class Wrong {}),
        names: "@pooled on Wrong: it lacks its parentheses; say @pooled(8)",
      },
      "`provides` on a class": {
        decorate: () => shared({ provides: "x" })(class Wrong {}),
        names: "@shared on Wrong: `provides` is for provider methods",
      },
      "two scopes on one class": {
        decorate: () => {
          @shared()
          @pooled(2)
          class Twice {}
          return Twice;
        },
        names: "@shared on Twice",
      },
      "something that is no class": { decorate: () => shared()(anything({})), names: "@shared" },
      "a constructor's parameter": {
        decorate: () => shared()(class Wrong {}, anything(undefined), anything(0)),
        names: "a parameter of Wrong",
      },
      "the decorators of the language": {
        decorate: () => (shared() as Applied)(class Wrong {}, { kind: "class", name: "Wrong" }),
        names: "experimentalDecorators",
      },
    };
    for (const [mistake, { decorate, names }] of Object.entries(wrong)) {
      it(mistake, () => expect(thrown("INVALID_OPTION", decorate).message).to.contain(names));
    }
  });
});
