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

  it("subclasses do not inherit the scope", () => {
    @injectable()
    class Special extends Settings {}
    const container = new ScopedContainer();
    container.bind(Special).toSelf();
    expect(isScopedProxy(container.get(Special))).to.equal(false);
    expect(thrown("INVALID_OPTION", () => scopedModule(Special)).message).to.contain("Special");
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

  describe("used wrongly are INVALID_OPTION, naming class and member", () => {
    const wrong: Record<string, { readonly decorate: () => unknown; readonly names: string }> = {
      "a misspelt option": { decorate: () => shared(anything({ destory: () => {} })), names: "destory" },
      "no maxSize": { decorate: () => pooled(anything({ maxSize: 8 })), names: "maxSize" },
      "an impossible maxSize": { decorate: () => pooled(0), names: "maxSize" },
      "options that are none": { decorate: () => perAsyncContext(anything(null)), names: "@perAsyncContext" },
      "`provides` on a class": {
        decorate: () => shared({ provides: "x" })(class Wrong {}),
        names: "@shared on Wrong",
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
      "something that is no class": { decorate: () => shared()({}), names: "@shared" },
      "a constructor's parameter": {
        decorate: () => shared()(class Wrong {}, undefined, anything(0)),
        names: "a parameter of Wrong",
      },
      "the decorators of the language": {
        decorate: () => shared()(class Wrong {}, anything({ kind: "class" })),
        names: "experimentalDecorators",
      },
    };
    for (const [mistake, { decorate, names }] of Object.entries(wrong)) {
      it(mistake, () => expect(thrown("INVALID_OPTION", decorate).message).to.contain(names));
    }
  });
});
