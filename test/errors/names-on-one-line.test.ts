import "reflect-metadata";

import { inspect } from "node:util";
import { expect } from "chai";
import { Container } from "inversify";
import {
  currentContext,
  perAsyncContext,
  lease,
  ready,
  runInContext,
  ScopedContainer,
  scopedModule,
  ScopeError,
  scopedProxy,
  shared,
  verify,
} from "inversify-scopes";
import { Pool } from "inversify-scopes/pool";
import { expectNoLeases } from "inversify-scopes/testing";

import { reasonOf, rejected, thrown } from "../support/errors.js";
import { warningsDuring } from "../support/warnings.js";

class Db {
  ping(): string {
    return "pong";
  }
}

/** What somebody sends as the path of a request, to write into a log, or onto a terminal. */
const EVIL = 'GET /\n{"level":"info"}\r\u001b[31mred\u0085\u2028\u2029\u202eevil\u200f\u2066\ufeff\ud800\u{e0041}\t';
const SHOWN =
  'GET /\\n{"level":"info"}\\r\\u001b[31mred\\u0085\\u2028\\u2029\\u202eevil\\u200f\\u2066\\ufeff\\ud800\\u{e0041}\\t';

const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** The text without the lines that are meant as such: of stacks, and one for each finding or lease. */
function foreignLines(text: string): string[] {
  return text.split("\n").filter((line) => HARMFUL.test(line) || line.startsWith("{"));
}

function named(service: symbol | string, options: object = {}): { container: ScopedContainer; db: Db } {
  const container = new ScopedContainer();
  container
    .bind<any>(service)
    .toDynamicValue(() => new Db())
    .inPooledScope({ maxSize: 1, acquireTimeoutMs: 5, ...options });
  return { container, db: container.get<any>(service) as Db };
}

describe("names are shown escaped, on one line (law 11)", () => {
  const errors: Record<string, () => Promise<ScopeError>> = {
    NO_CONTEXT: async () => thrown("NO_CONTEXT", () => named(EVIL).db.ping()),
    "NO_CONTEXT, of a member": async () => thrown("NO_CONTEXT", () => (named("db").db as any)[EVIL]),
    "NO_CONTEXT, of a symbol": async () => thrown("NO_CONTEXT", () => (named("db").db as any)[Symbol(EVIL)]),
    "POOL_EXHAUSTED, its holders": async () => {
      const { db } = named("db");
      return runInContext({ name: EVIL }, async () => {
        db.ping();
        return runInContext({ name: "inner" }, () => thrown("POOL_EXHAUSTED", () => db.ping()));
      });
    },
    "POOL_TIMEOUT, its holders": async () => {
      const { db } = named("db");
      return runInContext({ name: EVIL }, async () => {
        await using _ = await lease(db);
        return await rejected("POOL_TIMEOUT", ready(db));
      });
    },
    "POOL_TIMEOUT, its last failure": async () => {
      const create = (): Db => {
        throw new Error(EVIL);
      };
      const pool = new Pool({ label: "pool", maxSize: 1, create });
      for (let i = 0; i < 3; i++) await reasonOf(pool.acquire({ timeoutMs: 5 }));
      return rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 5 }));
    },
    "POOL_DEADLOCK, its contexts": async () => {
      const { db } = named(EVIL);
      return runInContext({ name: EVIL }, async () => {
        db.ping();
        return runInContext({ name: EVIL }, () => rejected("POOL_DEADLOCK", ready(db)));
      });
    },
    "LEASES_LEFT, service and holder": async () => {
      const { db, container } = named(EVIL);
      return runInContext({ name: EVIL }, () => {
        db.ping();
        return thrown("LEASES_LEFT", () => expectNoLeases(container));
      });
    },
    "CREATE_FAILED, the message of the cause": async () => {
      const container = new ScopedContainer();
      container
        .bind<any>("db")
        .toDynamicValue(() => Promise.reject(new Error(EVIL)))
        .inSharedScope();
      return rejected("CREATE_FAILED", ready(container.get<any>("db")));
    },
    CONTEXT_ENDED: async () => {
      const { db } = named(EVIL);
      return runInContext({ name: EVIL }, () => ({
        error: new Promise<ScopeError>((resolve) =>
          setImmediate(() => resolve(thrown("CONTEXT_ENDED", () => db.ping()))),
        ),
      })).then(({ error }) => error);
    },
    "INVALID_OPTION, a value and a name": async () =>
      rejected(
        "INVALID_OPTION",
        runInContext({ [EVIL]: EVIL } as object, () => {}),
      ),
    "INVALID_OPTION, a given text": async () =>
      rejected(
        "INVALID_OPTION",
        runInContext({ nested: EVIL } as object, () => {}),
      ),
    "what verify finds": async () => thrown("POOL_EXHAUSTED", () => verify(named(EVIL).container)),
    NOT_SET: async () => thrown("NOT_SET", () => scopedProxy<Db>(EVIL).ping()),
  };
  for (const [name, make] of Object.entries(errors)) {
    it(name, async () => {
      const { message, publicMessage } = await make();
      expect(foreignLines(message)).to.eql([]);
      expect(message).to.include("\\u202eevil");
      expect(publicMessage).to.not.match(HARMFUL);
    });
  }

  it("the whole of it", () => {
    const { message } = thrown("NOT_SET", () => scopedProxy<Db>(EVIL).ping());
    expect(message.slice(0, message.indexOf(".ping"))).to.equal(SHOWN);
  });

  it("ordinary names are left as they are, those of other languages too", () => {
    for (const name of ["GET /orders?limit=10", "Bestellungen für Zoë", "注文", "🚀 launch", "a\\nb"]) {
      expect(thrown("NOT_SET", () => scopedProxy<Db>(name).ping()).message)
        .to.match(/^.*\.ping was/)
        .and.include(name);
    }
  });

  it("the names themselves, as data, stay as they were given", async () => {
    const { db } = named(EVIL);
    await runInContext({ name: EVIL }, async () => {
      expect(currentContext()?.name).to.equal(EVIL);
      db.ping();
      await runInContext({ name: "inner" }, () => {
        const error = thrown("POOL_EXHAUSTED", () => db.ping());
        expect(error).to.include({ service: EVIL, context: "inner" });
        expect(error.holders?.[0]?.holder).to.equal(EVIL);
      });
    });
  });

  it("long names are cut, and what to do is still said", async () => {
    const long = "x".repeat(100_000);
    const { db } = named(long);
    const error = await runInContext({ name: long }, async () => {
      db.ping();
      return runInContext({ name: long }, () => thrown("POOL_EXHAUSTED", () => db.ping()));
    });
    expect(error.message).to.have.length.below(2_000);
    expect(error.message).to.include("x…").and.include("nested");
    expect(thrown("NO_CONTEXT", () => (db as any)[long]).message).to.have.length.below(2_000);
    expect(new ScopeError("NOT_SET", long).message).to.have.length.below(5_000);
  });

  it("what has no name has a name all the same", () => {
    for (const service of [
      "",
      Symbol(),
      Symbol(""),
      class {},
      (() => class {})(),
      class {
        static name = { password: 1 };
      },
    ]) {
      const container = new ScopedContainer();
      container
        .bind<any>(service as symbol)
        .toDynamicValue(() => new Db())
        .inPooledScope(1);
      const error = thrown("NO_CONTEXT", () => container.get<any>(service as symbol).ping());
      expect(error.message).to.match(/^(?:a service|service)\.ping was touched/);
    }
  });

  describe("a class may be called by anything", () => {
    const names: Record<string, PropertyDescriptor> = {
      "a symbol": { value: Symbol("name") },
      "a method": { value: () => "name" },
      "an object": { value: { password: 1 } },
      "a getter that throws": {
        get() {
          throw new Error("no name");
        },
      },
      "a harmful text": { value: EVIL },
    };
    /** A class with that name. */
    function called(name: PropertyDescriptor, base: new () => object = Object): any {
      const made = class extends base {
        async close(): Promise<void> {}
      };
      return Object.defineProperty(made, "name", name);
    }
    const ways: Record<string, (made: any) => unknown> = {
      "a thenable one": (made) => {
        made.prototype.then = () => {};
        new ScopedContainer().bind("service").to(made).inSharedScope();
      },
      "a wrong option": (made) => shared({ none: 1 } as object)(made),
      "decorated twice": (made) => [shared(), shared()].map((decorate) => decorate(made)),
      "decorated without parentheses": (made) => (shared as any)(made),
      "what is no method": (made) => shared()(made.prototype as object, "none", undefined),
      "a parameter": (made) => (shared() as any)(made, undefined, 0),
      "a module of what is not decorated": (made) => scopedModule(made),
      "a module that lists it twice": (made) => {
        shared()(made);
        scopedModule(made, made);
      },
      "a module without the plugin": (made) => {
        shared()(made);
        new Container().load(scopedModule(made));
      },
      "two modules with it": (made) => {
        shared()(made);
        new ScopedContainer().load(scopedModule(made), scopedModule(made));
      },
      "a provider whose methods are not bound": (made) => {
        shared({ provides: "made" })(made.prototype as object, "close", undefined);
        const container = new ScopedContainer();
        container.bind(made).toSelf().inSingletonScope();
        verify(container);
      },
      "what verify finds": (made) => {
        const container = new ScopedContainer();
        container
          .bind(made)
          .toDynamicValue(async () => new made())
          .inPooledScope(1);
        verify(container);
      },
      "an instance of another class": (made) => {
        const container = new ScopedContainer();
        container
          .bind("service")
          .toDynamicValue(() => new Map())
          .inSharedScope({ shape: made });
        return container.get<any>("service").close();
      },
    };
    for (const [kind, name] of Object.entries(names)) {
      for (const [way, use] of Object.entries(ways)) {
        it(`${kind}: ${way}`, async () => {
          const error = await reasonOf(Promise.resolve(called(name)).then(use));
          expect(error).to.be.instanceOf(ScopeError);
          const { message } = error as ScopeError;
          expect(foreignLines(message)).to.eql([]);
          expect(message).to.match(kind === "a harmful text" ? /GET/ : /without a name|a service/);
        });
      }

      it(`${kind}: a list`, () => {
        const container = new ScopedContainer();
        container
          .bind("service")
          .to(called(name, Array as never))
          .inSharedScope();
        expect(foreignLines(thrown("NOT_PROXYABLE", () => verify(container)).message)).to.eql([]);
      });

      it(`${kind}: a proxy is looked at`, () => {
        const container = new ScopedContainer();
        container.bind("service").to(called(name)).inSharedScope();
        const shown = kind === "a harmful text" ? SHOWN : "Proxy";
        expect(inspect(container.get("service"))).to.equal(`${shown} [service: no instance here]`);
      });
    }

    it("the name of a service is shown so, too", () => {
      expect(inspect(named(EVIL).db)).to.equal(`Proxy [${SHOWN}: no instance here]`);
    });
  });

  it("warnings, too", async () => {
    const container = new ScopedContainer();
    @perAsyncContext()
    class Late {
      async work(): Promise<void> {
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    }
    container.bind(EVIL).to(Late);
    const failing = scopedFailing();
    const warnings = await warningsDuring(async () => {
      await runInContext({ name: EVIL, graceMs: 1 }, () => void container.get<Late>(EVIL).work());
      const pool = new Pool({
        label: EVIL,
        maxSize: 1,
        create: () => new Db(),
        destroy: () => {
          throw new Error(EVIL);
        },
      });
      await (await pool.acquire()).discard();
      await failing();
    });
    expect(warnings.map(({ code }) => code)).to.eql(["CALLS_STILL_RUNNING", "POOL_DESTROY_FAILED", "UNRECEIVED_ERROR"]);
    for (const { message } of warnings) {
      expect(foreignLines(message)).to.eql([]);
      expect(message).to.include("\\u202eevil");
    }
  });
});

/** A service that is made for nobody, and cannot be made. */
function scopedFailing(): () => Promise<unknown> {
  const container = new ScopedContainer();
  container
    .bind<any>(EVIL)
    .toDynamicValue(() => Promise.reject(new Error(EVIL)))
    .inSharedScope();
  return async () => thrown("NOT_READY", () => container.get<any>(EVIL).x);
}
