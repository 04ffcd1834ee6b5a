import "reflect-metadata";
import { expect } from "chai";
import { decorate, inject, injectable, LazyServiceIdentifier, optional } from "inversify";
import {
  perAsyncContext,
  pooled,
  ready,
  runInContext,
  ScopedContainer,
  scopedModule,
  shared,
  verify,
} from "inversify-scopes";
import { thrown } from "../support/errors.js";

class Config {
  constructor(readonly name = "config") {}
}

class Client {
  constructor(readonly of: string) {}
}

function withConfig(name = "config"): ScopedContainer {
  const container = new ScopedContainer();
  container.bind(Config).toConstantValue(new Config(name));
  return container;
}

type Decorate = (target: object, method: string, descriptor?: unknown) => void;

describe("provider methods and their parameters", () => {
  it("are given what their classes tell", () => {
    class Providers {
      @shared()
      client(config: Config, more = "!"): Client {
        return new Client(config.name + more);
      }
    }
    const container = withConfig();
    container.load(scopedModule(Providers));
    expect(container.get(Client).of).to.equal("config!");
  });

  it("or `inject`: identifiers, lazy ones, named, tagged, optional and all of a kind", () => {
    class Providers {
      @shared({
        inject: [
          "url",
          new LazyServiceIdentifier(() => Config),
          { serviceIdentifier: "part", name: "a" },
          { serviceIdentifier: "none", optional: true },
          { serviceIdentifier: "all", isMultiple: true },
        ],
      })
      client(url: string, { name }: Config, part: string, none: undefined, all: readonly string[]): Client {
        return new Client([url, name, part, String(none), ...all].join());
      }
    }
    const container = withConfig();
    container.bind("url").toConstantValue("url");
    container.bind("part").toConstantValue("part").whenNamed("a");
    for (const one of ["x", "y"]) container.bind("all").toConstantValue(one);
    container.load(scopedModule(Providers));
    expect(container.get(Client).of).to.equal("url,config,part,undefined,x,y");
  });

  it("are waited for, with the provider, where they are made asynchronously", async () => {
    @shared()
    class Providers {
      @perAsyncContext({ provides: Client, inject: ["later"] })
      async client(later: string): Promise<Client> {
        return new Client(later);
      }
    }
    const container = new ScopedContainer();
    container
      .bind("later")
      .toDynamicValue(async () => "arrived")
      .inSingletonScope();
    container.load(scopedModule(Providers));
    const client = container.get(Client);
    await runInContext(async () => {
      await ready(client);
      expect(client.of).to.equal("arrived");
    });
  });

  it("are seen by verify: what a shared service would keep", () => {
    class Providers {
      @shared({ provides: Client })
      client(config: Config): Client {
        return new Client(config.name);
      }
    }
    const container = new ScopedContainer();
    container
      .bind(Config)
      .toDynamicValue(() => new Config())
      .inRequestScope();
    container.load(scopedModule(Providers));
    expect(thrown("CAPTIVE_DEPENDENCY", () => verify(container)).message).to.contain("Client → Config");
  });

  describe("of which nothing tells what they are given are refused, naming class, method and parameter:", () => {
    const client = (...[url]: readonly string[]): Client => new Client(url!);
    type Wrong = readonly [Decorate, ((...args: never[]) => Client) | undefined, (readonly unknown[])?];
    const wrong: Record<string, Wrong> = {
      "a primitive": [shared({ provides: Client }) as Decorate, undefined, [String]],
      "no metadata": [pooled(2, { provides: Client }) as Decorate, undefined],
      "fewer than there are": [shared({ provides: Client, inject: [] }) as Decorate, undefined],
      "what is no identifier": [shared({ provides: Client, inject: [42 as never] }) as Decorate, undefined],
      "a hole": [shared({ provides: Client, inject: [undefined as never] }) as Decorate, client],
    };
    for (const [what, [decorator, method = (url: string) => client(url), types]] of Object.entries(wrong)) {
      it(what, () => {
        class Wrong {}
        Object.defineProperty(Wrong.prototype, "client", { value: method, configurable: true });
        if (types !== undefined) Reflect.defineMetadata("design:paramtypes", types, Wrong.prototype, "client");
        const { message } = thrown("INVALID_OPTION", () => decorator(Wrong.prototype, "client"));
        expect(message).to.match(/@\w+ on Wrong\.client: nothing tells what parameter 1 is given/);
      });
    }

    it("`inject` that is no array", () => {
      class Wrong {
        client(): Client {
          return new Client("");
        }
      }
      const decorator = shared({ inject: Client as never }) as Decorate;
      expect(thrown("INVALID_OPTION", () => decorator(Wrong.prototype, "client")).message).to.contain(
        "@shared on Wrong.client: inject is the function Client, but must be an array",
      );
    });
  });
});

describe("provider methods with a name or a tag", () => {
  class Providers {
    @shared({ name: "main" })
    main(): Client {
      return new Client("main");
    }
    @shared({ name: "spare" })
    spare(): Client {
      return new Client("spare");
    }
    @shared({ tag: { key: "size", value: 2 } })
    big(): Client {
      return new Client("big");
    }
    @shared({ tag: { key: "size", value: 1 } })
    small(): Client {
      return new Client("small");
    }
    @shared({ tag: { key: "weight", value: 2 } })
    heavy(): Client {
      return new Client("heavy");
    }
  }

  it("are told apart by them", () => {
    const container = new ScopedContainer();
    container.load(scopedModule(Providers));
    expect(container.get(Client, { name: "main" }).of).to.equal("main");
    expect(container.get(Client, { name: "spare" }).of).to.equal("spare");
    expect(container.get(Client, { tag: { key: "size", value: 2 } }).of).to.equal("big");
    expect(container.get(Client, { tag: { key: "size", value: 1 } }).of).to.equal("small");
    expect(container.get(Client, { tag: { key: "weight", value: 2 } }).of).to.equal("heavy");
  });

  it("cannot have both, and neither is for classes", () => {
    class Wrong {
      client(): Client {
        return new Client("");
      }
    }
    const message = (decorator: unknown, ...args: readonly unknown[]): string =>
      thrown("INVALID_OPTION", () => (decorator as (...args: unknown[]) => void)(...args)).message;
    const both = shared({ provides: Client, name: "a", tag: { key: "b", value: 1 } });
    expect(message(both, Wrong.prototype, "client")).to.contain("@shared on Wrong.client: it has a `name` and a `tag`");
    expect(message(shared({ name: "a" }), Wrong)).to.contain("@shared on Wrong: `name` is for provider methods");
    expect(message(shared({ name: {} as never }), Wrong)).to.contain("name is an object");
    expect(message(shared({ tag: "b" as never }), Wrong)).to.contain("tag is");
  });
});

describe("a provider", () => {
  it("belongs to the container that loads it, as a decorated class does", () => {
    for (const scope of [shared(), injectable()]) {
      class Providers {
        @inject(Config) readonly config!: Config;
        @shared()
        client(): Client {
          return new Client(this.config.name);
        }
      }
      scope(Providers);
      const parent = withConfig("parent");
      parent.load(scopedModule(Providers));
      const child = new ScopedContainer({ parent });
      child.bind(Config).toConstantValue(new Config("child"));
      child.load(scopedModule(Providers));
      expect([parent.get(Client).of, child.get(Client).of]).to.eql(["parent", "child"]);
    }
  });

  it("that has a scope and is bound already is used as it is", () => {
    @shared()
    class Providers {
      constructor(readonly config: Config) {}
      @shared()
      client(): Client {
        return new Client(this.config.name);
      }
    }
    const container = new ScopedContainer();
    container.bind(Providers).toDynamicValue(() => new Providers(new Config("own")));
    container.load(scopedModule(Providers));
    expect(container.get(Client).of).to.equal("own");
  });

  it("may be decorated by inversify's `decorate`, also for a method that it inherits", () => {
    class Base {
      client(): Client {
        return new Client("decorated");
      }
    }
    class Providers extends Base {}
    decorate(shared({ provides: Client }), Providers, "client");
    const container = new ScopedContainer();
    container.load(scopedModule(Providers));
    expect(container.get(Client).of).to.equal("decorated");
    thrown("INVALID_OPTION", () => decorate(shared({ provides: Client }), Providers, "nothing"));
  });

  describe("whose module was not loaded", () => {
    const used: string[] = [];
    class Providers {
      constructor(@optional() @inject("any") readonly any: unknown) {
        used.push("made");
      }
      @shared()
      client(): Client {
        return new Client("");
      }
    }
    injectable()(Providers);
    @injectable()
    class User {
      constructor(@inject(Providers) readonly providers: Providers) {}
    }
    const text =
      "Providers is bound, but what its methods make (client) is not. Say container.load(scopedModule(Providers))";

    it("is an error each time that it is used, before it is made", () => {
      const container = new ScopedContainer();
      container.bind(Providers).toSelf();
      container.bind(User).toSelf();
      for (const service of [Providers, Providers, User, User]) {
        expect(thrown("INVALID_OPTION", () => container.get<unknown>(service)).message).to.contain(text);
      }
      expect(used).to.eql([]);
      container.load(scopedModule(Providers));
      expect(container.get(User).providers).to.be.instanceOf(Providers);
    });

    it("is a finding", () => {
      const container = new ScopedContainer();
      container.bind(Providers).toSelf();
      container.bind(User).toSelf();
      const error = thrown("INVALID_OPTION", () => verify(container));
      expect(error.findings?.map(({ message }) => message)).to.have.length(1);
      expect(error.message).to.contain(text);
      container.load(scopedModule(Providers));
      verify(container);
    });

    it("the same where it has a scope of its own, at the first touch", () => {
      @shared()
      class Scoped extends Providers {
        readonly n = 1;
      }
      const container = new ScopedContainer();
      container.bind(Scoped).toSelf();
      for (let i = 0; i < 2; i++) thrown("INVALID_OPTION", () => container.get(Scoped).n);
      thrown("INVALID_OPTION", () => verify(container));
    });

    it("not where the parent's is used, or a subclass stands for it", () => {
      class Tested extends Providers {}
      injectable()(Tested);
      const parent = new ScopedContainer();
      parent.bind(Providers).to(Tested);
      parent.load(scopedModule(Providers));
      const child = new ScopedContainer({ parent });
      child.bind(User).toSelf();
      expect(child.get(User).providers).to.be.instanceOf(Tested);
      verify(child);
      verify(parent);
    });
  });
});

describe("one service that is provided twice is told when it is loaded, naming both:", () => {
  class Providers {
    @shared()
    client(): Client {
      return new Client("one");
    }
  }
  class Tested extends Providers {}
  class Other {
    @pooled(2)
    another(): Client {
      return new Client("two");
    }
  }
  class Named {
    @shared({ name: "main" })
    named(): Client {
      return new Client("never found");
    }
  }
  class Both extends Providers {
    @shared()
    other(): Client {
      return new Client("two");
    }
  }
  @shared()
  class Settings {}
  class OfSettings {
    @shared()
    settings(): Settings {
      return new Settings();
    }
  }

  type Class = abstract new () => object;
  const twice: Record<string, readonly [readonly (readonly Class[])[], readonly string[]]> = {
    "a module": [
      [[Providers], [Providers]],
      ["Providers.client", "loaded already"],
    ],
    "a decorated class": [
      [[Settings], [Settings]],
      ["the class Settings", "loaded already"],
    ],
    "a provider and its subclass": [[[Providers, Tested]], ["Providers.client", "Tested.client"]],
    "a provider, and later its subclass": [
      [[Providers], [Tested]],
      ["Providers.client", "Tested.client"],
    ],
    "two providers": [[[Providers, Other]], ["Providers.client", "Other.another"]],
    "one with a name, which every request for it finds beside the other": [[[Providers], [Named]], ["Named.named"]],
    "two methods of one provider": [[[Both]], ["Both.client", "Both.other"]],
    "a class and a method": [[[Settings, OfSettings]], ["the class Settings", "OfSettings.settings"]],
  };
  for (const [what, [modules, names]] of Object.entries(twice)) {
    it(what, () => {
      const container = new ScopedContainer();
      const [last, ...before] = modules.map((classes) => scopedModule(...classes)).toReversed();
      container.load(...before.toReversed());
      const { message } = thrown("INVALID_OPTION", () => container.load(last!));
      for (const name of names) expect(message).to.contain(name);
      // Nothing of what was refused is bound.
      expect(container.isBound(Client) || container.isBound(Settings)).to.equal(before.length > 0);
    });
  }

  it("not after the first was unloaded, or rebound by hand, nor beside bindings made by hand", () => {
    const container = new ScopedContainer();
    const first = scopedModule(Providers);
    container.load(first);
    container.unload(first);
    container.load(scopedModule(Tested));
    container
      .rebind(Client)
      .toDynamicValue(() => new Client("by hand"))
      .inSharedScope();
    container.load(scopedModule(Other));
    expect(container.getAll(Client)).to.have.length(2);
  });
});
