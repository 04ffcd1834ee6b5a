import "reflect-metadata";
import { expect } from "chai";
import { injectable, preDestroy } from "inversify";
import pg from "pg";
import {
  perAsyncContext,
  runInContext,
  ScopedContainer,
  scopedModule,
  type ScopeError,
  verify,
} from "inversify-scopes";
import { thrown } from "../support/errors.js";

class Client {
  own!: () => Promise<void>;
  async query(): Promise<string> {
    return "rows";
  }
  end(): void {}
}
@injectable()
class Ended extends Client {
  @preDestroy()
  finish(): void {}
}

/** As TypeScript, SWC, Babel and esbuild write it for targets that lack `async`. */
class Below2017 {
  typescript(): unknown {
    return __awaiter(this);
  }
  swc(): unknown {
    return _async_to_generator(this)();
  }
  babel(): unknown {
    return _asyncToGenerator(this)();
  }
  esbuild(): unknown {
    return __async(this);
  }
  other(): number {
    return 1;
  }
}
const __awaiter = (of: unknown): unknown => of;
const _async_to_generator = (of: unknown) => (): unknown => of;
const _asyncToGenerator = _async_to_generator;
const __async = __awaiter;

function findings(bind: (container: ScopedContainer) => unknown): string[] {
  const container = new ScopedContainer();
  bind(container);
  try {
    verify(container);
  } catch (error) {
    return (error as ScopeError).findings!.map(({ code, message }) => `${code} ${message}`);
  }
  return [];
}

describe("verify: instances that nothing ends", () => {
  const text =
    "INVALID_OPTION Client has a method end, but nothing says that it ends an instance: say { destroy: (it) => it.end() }, " +
    "or { destroy: () => {} } if there is nothing to end.";

  it("whatever the scope", () => {
    expect(findings((any) => any.bind(Client).toSelf().inSharedScope())).to.eql([text]);
    expect(findings((any) => any.bind(Client).toSelf().inPerAsyncContextScope())).to.eql([text]);
    expect(findings((any) => any.bind(Client).toSelf().inPooledScope(2))).to.eql([text]);
  });

  it("also of a class that an example has, and of the example itself", () => {
    const make = (): object => new Client();
    const by = (shape: object) => findings((any) => any.bind("client").toDynamicValue(make).inSharedScope({ shape }));
    expect(by(new Client())).to.have.length(1);
    expect(by({ close: () => {} })).to.have.length(1);
    expect(by({ clothes: () => {} })).to.have.length(0);
  });

  for (const [what, bind] of Object.entries<(container: ScopedContainer) => unknown>({
    "the option destroy": (any) =>
      any
        .bind(Client)
        .toSelf()
        .inSharedScope({ destroy: (client) => client.end() }),
    "@preDestroy": (any) => any.bind(Ended).toSelf().inSharedScope(),
    "the binding's onDeactivation": (any) =>
      any
        .bind(Client)
        .toSelf()
        .inSharedScope()
        .onDeactivation(() => {}),
    "the container's onDeactivation": (any) => {
      any.bind(Client).toSelf().inSharedScope();
      any.onDeactivation(Client, () => {});
    },
    "what is given to contexts": (any) => any.bind<Client>("given").toContextValue({ shape: Client }),
    "what is not in a scope of ours": (any) => any.bind(Client).toSelf().inSingletonScope(),
  })) {
    it(`${what}: no finding`, () => expect(findings(bind)).to.eql([]));
  }
});

describe("verify: names in defer that the class does not have", () => {
  const destroy = (): void => {};

  it("what neither a member nor the text of the class tells", () => {
    const [found, ...more] = findings((any) =>
      any
        .bind(Client)
        .toSelf()
        .inSharedScope({ destroy, defer: ["own", "query", "qeury"] as never }),
    );
    expect(more).to.eql([]);
    expect(found).to.equal("INVALID_OPTION Client: defer names qeury, which is no method of it. Did you mean query?");
  });

  it("what the class has, or its text names as a field, is no finding", () => {
    const bind = (any: ScopedContainer): unknown =>
      any
        .bind(Client)
        .toSelf()
        .inSharedScope({ destroy, defer: ["own", "query"] });
    expect(findings(bind)).to.eql([]);
  });

  it("of what a factory makes the first instance tells", () => {
    const bind = (any: ScopedContainer): unknown =>
      any
        .bind(Client)
        .toDynamicValue(() => new Client())
        .inSharedScope({ destroy, defer: ["qeury"] as never });
    expect(findings(bind)).to.eql([]);
  });
});

describe("verify: async members that no user calls", () => {
  class Driver {
    query(): Promise<void> {
      return this._handle();
    }
    async _handle(): Promise<void> {}
    async [Symbol.asyncDispose](): Promise<void> {}
  }
  class Rows {
    async *[Symbol.asyncIterator](): AsyncGenerator<number> {}
  }
  const destroy = (client: pg.Client): Promise<void> => client.end();

  it("are none that can wait: those whose names begin with _, and the one that ends the instance", () => {
    const make = async (): Promise<Driver> => new Driver();
    const [found, ...more] = findings((any) => any.bind(Driver).toDynamicValue(make).inPooledScope(2));
    expect(more).to.eql([]);
    expect(found).to.match(/^NOT_READY Driver .* no async member whose call could wait.*`defer`/);
    const deferring = (any: ScopedContainer): unknown =>
      any
        .bind(Driver)
        .toDynamicValue(make)
        .inPooledScope({ maxSize: 2, defer: ["query"] });
    expect(findings(deferring)).to.eql([]);
  });

  it("so pg's Client, which has one of these, is to be told what waits", () => {
    const make = async (): Promise<pg.Client> => new pg.Client();
    const bound = (options: { readonly defer?: ["query"] }) => (any: ScopedContainer) =>
      any
        .bind(pg.Client)
        .toDynamicValue(make)
        .inPooledScope({ maxSize: 2, destroy, ...options });
    expect(findings(bound({})).join("\n")).to.match(/^NOT_READY Client .*`defer`/);
    expect(findings(bound({ defer: ["query"] }))).to.eql([]);
  });

  it("what a language's symbol names is called by users", () => {
    const make = async (): Promise<Rows> => new Rows();
    expect(findings((any) => any.bind(Rows).toDynamicValue(make).inPooledScope(2))).to.eql([]);
  });
});

describe("a class compiled for a target below ES2017", () => {
  const bound = (container: ScopedContainer): unknown =>
    container
      .bind(Below2017)
      .toDynamicValue(async () => new Below2017())
      .inPerAsyncContextScope();

  it("verify says so where nothing waits for that reason", () => {
    expect(findings(bound)[0]).to.include(
      "no async member whose call could wait (it was compiled for a target below ES2017",
    );
  });

  it("so does the error of a touch", async () => {
    const container = new ScopedContainer();
    bound(container);
    const client = container.get(Below2017);
    await runInContext(() => {
      for (const name of ["typescript", "swc", "babel", "esbuild"] as const) {
        const { message } = thrown("NOT_READY", () => client[name]());
        expect(message).to.include(`${name} was compiled for a target below ES2017`).and.include("es2017 or later");
      }
      expect(thrown("NOT_READY", () => client.other()).message).to.include("If other returns a promise");
    });
  });

  it("a factory that was async before it was compiled is known for it", () => {
    const make = () => __awaiter(undefined) as Promise<Below2017>;
    const found = findings((any) => any.bind(Below2017).toDynamicValue(make).inPerAsyncContextScope());
    expect(found[0]).to.include("its factory is async");
  });

  it("so is a provider method", () => {
    class Providers {
      @perAsyncContext({ provides: Below2017 })
      client(): Promise<Below2017> {
        return __awaiter(undefined) as Promise<Below2017>;
      }
    }
    const found = findings((any) => any.load(scopedModule(Providers)));
    expect(found[0]).to.include("its factory is async").and.to.include("compiled for a target below ES2017");
  });
});

describe("verify: a service of no known class", () => {
  it("is told the ways there are, also for what is called itself", () => {
    const [found] = findings((any) =>
      any
        .bind("knex")
        .toDynamicValue(async () => () => 1)
        .inPerAsyncContextScope(),
    );
    expect(found).to.include("`shape` (a class, an example, or Function if it is called itself)");
  });

  it("no finding if anything of it is said to wait", () => {
    for (const defer of [["query"], "all" as const, () => true]) {
      const bind = (any: ScopedContainer): unknown =>
        any
          .bind("db")
          .toDynamicValue(async () => ({}))
          .inPerAsyncContextScope({ defer });
      expect(findings(bind)).to.eql([]);
    }
    expect(
      findings((any) =>
        any
          .bind("db")
          .toDynamicValue(async () => ({}))
          .inPerAsyncContextScope({ defer: [] }),
      ),
    ).to.have.length(1);
  });
});
