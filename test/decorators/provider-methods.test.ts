import "reflect-metadata";
import { expect } from "chai";
import { inject, injectable, postConstruct } from "inversify";
import {
  isScopedProxy,
  perAsyncContext,
  pooled,
  ready,
  runInContext,
  ScopedContainer,
  scopedModule,
  shared,
  unwrap,
} from "inversify-scopes";
import { rejected, thrown } from "../support/errors.js";
import { turn } from "../support/gate.js";

class Db {
  constructor(readonly url: string) {}
}

class Mailer {
  readonly name: string = "mailer";
}

interface Settings {
  readonly url: string;
}

class Providers {
  static made = 0;
  #secret = "secret";

  constructor(@inject("settings") readonly settings: Settings) {
    Providers.made++;
  }

  @pooled(2, { provides: Db })
  async db(): Promise<Db> {
    await Promise.resolve();
    return new Db(`${this.settings.url}?${this.#secret}`);
  }

  @shared()
  mailer(): Mailer {
    return new Mailer();
  }

  @perAsyncContext({ provides: "clock" })
  clock(): { readonly now: number } {
    return { now: 42 };
  }
}

function setUp(): ScopedContainer {
  const container = new ScopedContainer();
  container.bind("settings").toConstantValue({ url: "pg://" });
  return container;
}

describe("scope decorators on methods of a provider class", () => {
  it("make the method a factory, of `provides` or of the method's return class", async () => {
    const container = setUp();
    container.load(scopedModule(Providers));
    const mailer = container.get(Mailer);
    expect(mailer).to.be.instanceOf(Mailer);
    expect(isScopedProxy(mailer)).to.equal(true);
    expect(mailer.name).to.equal("mailer");
    await runInContext(() => expect(container.get<{ now: number }>("clock").now).to.equal(42));
  });

  it("may be asynchronous; `this` is the provider, made once by the container with its own injections", async () => {
    const container = setUp();
    container.load(scopedModule(Providers));
    const before = Providers.made;
    const db = container.get(Db);
    await runInContext({ needs: [db] }, () => expect(db.url).to.equal("pg://?secret"));
    await runInContext({ needs: [db] }, () => runInContext({ needs: [db] }, () => {}));
    expect(container.get(Mailer).name).to.equal("mailer");
    expect(Providers.made).to.equal(before + 1);
  });

  it("use the provider that is bound already", async () => {
    const container = setUp();
    container.bind(Providers).toConstantValue(new Providers({ url: "of my own" }));
    container.load(scopedModule(Providers));
    const db = container.get(Db);
    await runInContext({ needs: [db] }, () => expect(db.url).to.equal("of my own?secret"));
  });

  it("work in two containers, each with a provider of its own", async () => {
    const [one, two] = [setUp(), setUp()];
    const module = scopedModule(Providers);
    one.load(module);
    two.load(module);
    two.rebind("settings").toConstantValue({ url: "two" });
    const [first, second] = [one.get(Db), two.get(Db)];
    await runInContext({ needs: [first, second] }, () =>
      expect([first.url, second.url]).to.eql(["pg://?secret", "two?secret"]),
    );
  });

  it("are inherited as methods are, also where the subclass overrides them", () => {
    class TestProviders extends Providers {
      override mailer(): Mailer {
        return { name: "fake" };
      }
    }
    const container = setUp();
    container.load(scopedModule(TestProviders));
    expect(container.get(Mailer).name).to.equal("fake");
    expect(container.isBound(Db)).to.equal(true);
  });

  it("decorated anew in a subclass have its scope", () => {
    class TestProviders extends Providers {
      @perAsyncContext()
      override mailer(): Mailer {
        return new Mailer();
      }
    }
    const container = setUp();
    container.load(scopedModule(TestProviders));
    thrown("NO_CONTEXT", () => container.get(Mailer).name);
  });

  it("may be on a class that has a scope itself", () => {
    @shared()
    class SharedProviders {
      constructor(readonly mailer: Mailer) {}

      @shared({ provides: "name" })
      name(): { readonly name: string } {
        return { name: this.mailer.name };
      }
    }
    const container = new ScopedContainer();
    container.bind(Mailer).toSelf();
    container.load(scopedModule(SharedProviders));
    expect(isScopedProxy(container.get(SharedProviders))).to.equal(true);
    expect(container.get<{ name: string }>("name").name).to.equal("mailer");
  });

  it("may be on an @injectable() class, whose constructor is told by types alone", () => {
    @injectable()
    class Typed {
      constructor(readonly mailer: Mailer) {}

      @shared()
      db(): Db {
        return new Db(this.mailer.name);
      }
    }
    const container = new ScopedContainer();
    container.bind(Mailer).toSelf();
    container.load(scopedModule(Typed));
    expect(container.get(Db).url).to.equal("mailer");
  });

  it("that fail, fail the touch with the cause", async () => {
    const failure = new Error("no");
    class Broken {
      @shared()
      db(): Db {
        throw failure;
      }

      @shared({ provides: Mailer })
      mailer(): Promise<Mailer> {
        return Promise.reject(failure);
      }
    }
    const container = new ScopedContainer();
    container.load(scopedModule(Broken));
    expect(thrown("CREATE_FAILED", () => container.get(Db).url).cause).to.equal(failure);
    expect((await rejected("CREATE_FAILED", ready(container.get(Mailer)))).cause).to.equal(failure);
  });

  it("of a provider that lives no longer than a context cannot make what lives longer", () => {
    @perAsyncContext()
    class OfContext {
      @shared()
      mailer(): Mailer {
        return new Mailer();
      }
    }
    const container = new ScopedContainer();
    container.load(scopedModule(OfContext));
    return runInContext(() => {
      const error = thrown("CAPTIVE_DEPENDENCY", () => container.get(Mailer).name);
      expect(error.message).to.contain("Mailer").and.contain("OfContext");
    });
  });

  describe("of a provider that is made asynchronously: calls that can wait do, others are NOT_READY; all is made once", () => {
    let made: string[] = [];
    beforeEach(() => (made = []));

    class Asked {
      readonly name = "asked";
      hello(): string {
        return `hello ${this.name}`;
      }
      async later(): Promise<string> {
        return `later ${this.name}`;
      }
    }
    class Base {
      constructor() {
        made.push("provider");
      }
      make(): Asked {
        made.push("asked");
        return new Asked();
      }
    }
    class Preparing extends Base {
      isPrepared = false;
      async prepare(): Promise<void> {
        await turn();
        this.isPrepared = true;
      }
      override make(): Asked {
        expect(this.isPrepared).to.equal(true);
        return super.make();
      }
    }
    const providers: Record<string, () => new () => Base> = {
      "by an async @postConstruct": () => {
        class Providers extends Preparing {
          @postConstruct()
          override prepare(): Promise<void> {
            return super.prepare();
          }

          @shared()
          override make(): Asked {
            return super.make();
          }
        }
        return Providers;
      },
      "by an async dependency": () => {
        class Providers extends Base {
          @inject("url") readonly url!: string;

          @shared()
          override make(): Asked {
            expect(this.url).to.equal("pg://");
            return super.make();
          }
        }
        return Providers;
      },
      "and is shared itself": () => {
        @shared()
        class Providers extends Preparing {
          @postConstruct()
          override prepare(): Promise<void> {
            return super.prepare();
          }

          @shared()
          override make(): Asked {
            return super.make();
          }
        }
        return Providers;
      },
      "and is pooled itself, for a call": () => {
        @pooled(1, { lease: "call" })
        class Providers extends Preparing {
          @postConstruct()
          override prepare(): Promise<void> {
            return super.prepare();
          }

          @shared()
          override make(): Asked {
            return super.make();
          }
        }
        return Providers;
      },
      "and makes one for each context": () => {
        @shared()
        class Providers extends Preparing {
          @postConstruct()
          override prepare(): Promise<void> {
            return super.prepare();
          }

          @perAsyncContext()
          override make(): Asked {
            return super.make();
          }
        }
        return Providers;
      },
      "and lives as long as the context, as what it makes": () => {
        @perAsyncContext()
        class Providers extends Preparing {
          @postConstruct()
          override prepare(): Promise<void> {
            return super.prepare();
          }

          @perAsyncContext()
          override make(): Asked {
            return super.make();
          }
        }
        return Providers;
      },
    };
    for (const [how, providerClass] of Object.entries(providers)) {
      it(how, async () => {
        const asked = (): Asked => {
          const container = new ScopedContainer();
          container
            .bind("url")
            .toDynamicValue(async () => turn().then(() => "pg://"))
            .inSingletonScope();
          container.load(scopedModule(providerClass()));
          return container.get(Asked);
        };
        await runInContext(async () => {
          const proxy = asked();
          await ready(proxy);
          expect(proxy.hello()).to.equal("hello asked");
        });
        expect(made).to.eql(["provider", "asked"]);
        await runInContext(async () => expect(await asked().later()).to.equal("later asked"));
        expect(made).to.eql(["provider", "asked", "provider", "asked"]);
        await runInContext(async () => {
          const proxy = asked();
          thrown("NOT_READY", () => proxy.hello());
          await ready(proxy);
          expect(proxy.hello()).to.equal("hello asked");
        });
        expect(made).to.have.length(6);
      });
    }
  });

  describe("used wrongly are INVALID_OPTION, naming class and method", () => {
    const wrong: Record<string, { readonly decorate: () => unknown; readonly names: string }> = {
      "a promise without `provides`": {
        decorate: () => {
          class Wrong {
            @shared()
            async db(): Promise<Db> {
              return new Db("");
            }
          }
          return Wrong;
        },
        names: "@shared on Wrong.db",
      },
      "an interface without `provides`": {
        decorate: () => {
          class Wrong {
            @perAsyncContext()
            settings(): Settings {
              return { url: "" };
            }
          }
          return Wrong;
        },
        names: "@perAsyncContext on Wrong.settings",
      },
      "a static method": {
        decorate: () => {
          class Wrong {
            @pooled(2)
            static db(): Db {
              return new Db("");
            }
          }
          return Wrong;
        },
        names: "@pooled on Wrong.db",
      },
      "a getter": {
        decorate: () => {
          class Wrong {
            // @ts-expect-error -- no method
            @shared()
            get db(): Db {
              return new Db("");
            }
          }
          return Wrong;
        },
        names: "@shared on Wrong.db",
      },
      "a field": {
        decorate: () => {
          class Wrong {
            // @ts-expect-error -- no method
            @shared()
            db = new Db("");
          }
          return Wrong;
        },
        names: "@shared on Wrong.db",
      },
      "two scopes on one method": {
        decorate: () => {
          class Wrong {
            @shared()
            @pooled(2)
            db(): Db {
              return new Db("");
            }
          }
          return Wrong;
        },
        names: "@shared on Wrong.db",
      },
    };
    it("a return type that is no class: a primitive, an array, a function, nothing", () => {
      for (const type of [Array, BigInt, Boolean, Function, Number, Object, Promise, String, Symbol, undefined]) {
        class Wrong {
          made(): unknown {
            return {};
          }
        }
        Reflect.defineMetadata("design:returntype", type, Wrong.prototype, "made");
        const descriptor = Reflect.getOwnPropertyDescriptor(Wrong.prototype, "made");
        const { message } = thrown("INVALID_OPTION", () => shared()(Wrong.prototype, "made", descriptor as never));
        expect(message).to.contain("Wrong.made").and.contain("its return type names no class");
      }
    });

    it("one that the compiler has not written down: it says why there is none", () => {
      class Wrong {
        made(): Db {
          return new Db("");
        }
      }
      const descriptor = Reflect.getOwnPropertyDescriptor(Wrong.prototype, "made");
      const decorate = (): void => shared()(Wrong.prototype, "made", descriptor as never);
      const why = /say { provides: TheService } \(compilers without "emitDecoratorMetadata", .* `import type`/;
      expect(thrown("INVALID_OPTION", decorate).message).to.match(why);
      Reflect.defineMetadata("design:type", Function, Wrong.prototype, "made");
      expect(thrown("INVALID_OPTION", decorate).message).not.to.match(why);
    });

    it("`provides` that is no service identifier", () => {
      for (const provides of [42, {}, [], true, "", null, 1n]) {
        class Wrong {
          db(): Db {
            return new Db("");
          }
        }
        const wrong = shared({ provides: provides as never }) as (target: object, method: string) => void;
        expect(thrown("INVALID_OPTION", () => wrong(Wrong.prototype, "db")).message).to.contain(
          "@shared on Wrong.db: provides is",
        );
      }
    });

    for (const [mistake, { decorate, names }] of Object.entries(wrong)) {
      it(mistake, () => expect(thrown("INVALID_OPTION", decorate).message).to.contain(names));
    }
  });

  it("give instances, not proxies, to unwrap", () => {
    const container = setUp();
    container.load(scopedModule(Providers));
    expect(unwrap(container.get(Mailer))).to.be.instanceOf(Mailer);
  });
});
