import "reflect-metadata";
import { expect } from "chai";
import { inject, injectable, postConstruct } from "inversify";
import { lease, ready, runInContext, ScopedContainer, unwrap, use } from "inversify-scopes";
import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";

class Connection {
  n = 1;
}

describe("what is made asynchronously", () => {
  let made = 0;
  beforeEach(() => (made = 0));

  /** The ways in which making an instance may take time, each counting in `made`. */
  const recipes: Record<string, (container: ScopedContainer) => unknown> = {
    "an async factory": (container) =>
      container
        .bind<Connection>("connection")
        .toDynamicValue(async () => {
          made++;
          await Promise.resolve();
          return new Connection();
        })
        .inScope("shared"),
    "a factory that returns a promise, with dependencies": (container) => {
      container.bind("url").toConstantValue("pg://");
      container
        .bind<Connection>("connection")
        .toResolvedValue(
          (_url: string) => {
            made++;
            return Promise.resolve(new Connection());
          },
          ["url"],
        )
        .inSharedScope();
    },
    "a factory with an async dependency": (container) => {
      container.bind<string>("url").toDynamicValue(async () => "pg://");
      container
        .bind<Connection>("connection")
        .toResolvedValue(
          (url: string) => {
            made++;
            expect(url).to.equal("pg://");
            return new Connection();
          },
          ["url"],
        )
        .inSharedScope();
    },
    "a class with an async @postConstruct": (container) => {
      @injectable()
      class Slow extends Connection {
        @postConstruct()
        async prepare(): Promise<void> {
          made++;
          await Promise.resolve();
        }
      }
      container.bind<Connection>("connection").to(Slow).inSharedScope();
    },
    "a class with an async transient dependency": (container) => {
      @injectable()
      class Client extends Connection {
        constructor(@inject("url") readonly url: string) {
          super();
          made++;
          expect(url).to.equal("pg://");
        }
      }
      container.bind<string>("url").toDynamicValue(async () => "pg://");
      container.bind<Connection>("connection").to(Client).inSharedScope();
    },
    "a class with an async singleton dependency": (container) => {
      @injectable()
      class Client extends Connection {
        constructor(@inject("url") readonly url: string) {
          super();
          made++;
          expect(url).to.equal("pg://");
        }
      }
      container
        .bind<string>("url")
        .toDynamicValue(async () => "pg://")
        .inSingletonScope();
      container.bind<Connection>("connection").to(Client).inSharedScope();
    },
    "an async activation handler": (container) =>
      container
        .bind<Connection>("connection")
        .to(Connection)
        .inSharedScope()
        .onActivation(async (_, connection) => {
          made++;
          return connection;
        }),
  };

  for (const [name, bind] of Object.entries(recipes)) {
    it(`${name}: a synchronous touch is NOT_READY, ready waits, user code runs once`, async () => {
      const container = new ScopedContainer();
      bind(container);
      const connection = container.get<Connection>("connection");
      thrown("NOT_READY", () => connection.n);
      thrown("NOT_READY", () => connection.n);
      await ready(connection);
      await ready(connection);
      expect(connection.n).to.equal(1);
      expect(made).to.equal(1);
    });
  }

  it("runs once for each instance of a pool and for each context", async () => {
    for (const scope of ["per-async-context", "pooled"] as const) {
      made = 0;
      const container = new ScopedContainer();
      @injectable()
      class Slow extends Connection {
        @postConstruct()
        async prepare(): Promise<void> {
          made++;
        }
      }
      const syntax = container.bind(Slow).toSelf();
      if (scope === "pooled") syntax.inPooledScope(3);
      else syntax.inScope(scope);
      const connection = container.get(Slow);
      const work = () =>
        runInContext({ needs: [connection] }, async () => {
          expect(connection.n).to.equal(1);
          await turn();
        });
      await Promise.all([work(), work(), work()]);
      expect(made).to.equal(3);
    }
  });

  it("what is sometimes synchronous is synchronous then", async () => {
    const slow = gate();
    let isSlow = true;
    const container = new ScopedContainer();
    container
      .bind(Connection)
      .toDynamicValue(() => (isSlow ? slow.promise.then(() => new Connection()) : new Connection()))
      .inPerAsyncContextScope();
    const connection = container.get(Connection);
    await runInContext(async () => {
      thrown("NOT_READY", () => connection.n);
      slow.open();
      await ready(connection);
      expect(connection.n).to.equal(1);
    });
    isSlow = false;
    await runInContext(() => expect(connection.n).to.equal(1));
  });
});

describe("what cannot be made", () => {
  const failure = new Error("no route to host");

  const failing: Record<string, (container: ScopedContainer) => unknown> = {
    "a factory that throws": (container) =>
      container
        .bind<Connection>("connection")
        .toDynamicValue(() => {
          throw failure;
        })
        .inSharedScope(),
    "a factory with dependencies that throws": (container) =>
      container
        .bind<Connection>("connection")
        .toResolvedValue((): Connection => {
          throw failure;
        }, [])
        .inSharedScope(),
    "a constructor that throws": (container) => {
      class Broken extends Connection {
        constructor() {
          super();
          throw failure;
        }
      }
      container.bind<Connection>("connection").to(Broken).inSharedScope();
    },
  };

  for (const [name, bind] of Object.entries(failing)) {
    it(`${name}: the touch throws CREATE_FAILED with the cause, at once`, () => {
      const container = new ScopedContainer();
      bind(container);
      const connection = container.get<Connection>("connection");
      const error = thrown("CREATE_FAILED", () => connection.n);
      expect(error.cause).to.equal(failure);
      expect(error.service).to.equal("connection");
    });
  }

  const rejecting: Record<string, (container: ScopedContainer) => unknown> = {
    "an async factory": (container) =>
      container
        .bind<Connection>("connection")
        .toDynamicValue(() => Promise.reject(failure))
        .inPooledScope(1),
    "an async dependency": (container) => {
      @injectable()
      class Client extends Connection {
        constructor(@inject("url") readonly url: string) {
          super();
        }
      }
      container.bind<string>("url").toDynamicValue(() => Promise.reject(failure));
      container.bind<Connection>("connection").to(Client).inPooledScope(1);
    },
    "an async @postConstruct": (container) => {
      @injectable()
      class Slow extends Connection {
        @postConstruct()
        prepare(): Promise<void> {
          return Promise.reject(failure);
        }
      }
      container.bind<Connection>("connection").to(Slow).inPooledScope(1);
    },
  };

  for (const [name, bind] of Object.entries(rejecting)) {
    it(`${name} that rejects: ready, lease and use reject with CREATE_FAILED, and nothing is left unhandled`, async () => {
      const unhandled: unknown[] = [];
      const note = (reason: unknown): void => void unhandled.push(reason);
      process.on("unhandledRejection", note);
      try {
        const container = new ScopedContainer();
        bind(container);
        const connection = container.get<Connection>("connection");
        for (const attempt of [lease(connection), use(connection, () => {}), runInContext(() => ready(connection))]) {
          const error = await rejected("CREATE_FAILED", attempt);
          expect(rootCause(error)).to.equal(failure);
        }
        await turn();
        await turn();
        expect(unhandled).to.eql([]);
      } finally {
        process.off("unhandledRejection", note);
      }
    });
  }

  function rootCause(error: unknown): unknown {
    const { cause } = error as Error;
    return cause === undefined ? error : rootCause(cause);
  }

  it("a dependency that is not bound: the touch names it", () => {
    @injectable()
    class Client extends Connection {
      constructor(@inject("url") readonly url: string) {
        super();
      }
    }
    const container = new ScopedContainer();
    container.bind(Client).toSelf().inSharedScope();
    const error = thrown("CREATE_FAILED", () => unwrap(container.get(Client)));
    expect(error.message).to.contain("url");
    container.bind("url").toConstantValue("pg://");
    expect(container.get(Client).url).to.equal("pg://");
  });

  it("stock services in a circle: the touch tells the circle", () => {
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
    container
      .bind(Connection)
      .toResolvedValue((_a: unknown) => new Connection(), ["a"])
      .inSharedScope();
    const error = thrown("CREATE_FAILED", () => container.get(Connection).n);
    expect(error.message).to.contain("Circular dependency found");
  });

  it("a promise of nothing is NOT_PROXYABLE", async () => {
    const container = new ScopedContainer();
    container
      .bind<Connection>("connection")
      .toDynamicValue(() => Promise.resolve(undefined as never))
      .inSharedScope();
    const reason = await reasonOf(ready(container.get<Connection>("connection")));
    expect(reason).to.have.property("code", "NOT_PROXYABLE");
  });
});
