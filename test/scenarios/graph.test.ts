import "reflect-metadata";
import { expect } from "chai";
import { type Factory, inject, injectable } from "inversify";
import { currentContext, ready, runInContext, ScopedContainer, unwrap, verify } from "inversify-scopes";

import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { warningsDuring } from "../support/warnings.js";

class User {
  static made = 0;
  readonly id = ++User.made;
  name = "nobody";
  which(): number {
    return this.id;
  }
}

class Db {
  constructor(readonly url = "db1") {}
  async query(): Promise<string> {
    return `rows of ${this.url}`;
  }
}

describe("scenarios: the graph of services", () => {
  let container: ScopedContainer;
  beforeEach(() => {
    container = new ScopedContainer();
    container.bind(User).toSelf().inPerAsyncContextScope();
  });
  afterEach(() => container.unbindAllAsync());

  it("a singleton sees each request's own object; what needs it while it is made is refused before anything runs (S3)", async () => {
    @injectable()
    class Controller {
      constructor(@inject(User) private readonly user: User) {}
      which(): number {
        return this.user.which();
      }
    }
    container.bind(Controller).toSelf().inSingletonScope();
    const controller = container.get(Controller);
    const one = await runInContext(() => [controller.which(), controller.which()]);
    const two = await runInContext(() => [controller.which(), controller.which()]);
    expect(one[0]).to.equal(one[1]);
    expect(two[0]).to.equal(two[1]);
    expect(one[0]).to.not.equal(two[0]);

    // What is no proxy would be kept for ever.
    @injectable()
    class Keeper {
      constructor(@inject("clock") readonly clock: Date) {}
    }
    container
      .bind("clock")
      .toDynamicValue(() => new Date(0))
      .inRequestScope();
    container.bind(Keeper).toSelf().inSingletonScope();
    const { message } = thrown("CAPTIVE_DEPENDENCY", () => verify(container));
    expect(message).to.include("Keeper → clock");
  });

  it("a factory binding that closes over scoped things uses the context in which it is called (S4)", async () => {
    container
      .bind<Factory<string>>("greeting")
      .toFactory((context) => () => `user ${context.get(User).which()} in ${currentContext()?.name}`);
    const greeting = container.get<Factory<string>>("greeting");
    const first = await runInContext({ name: "first" }, () => greeting());
    const second = await runInContext({ name: "second" }, () => greeting());
    expect([first, second]).to.eql([`user ${User.made - 1} in first`, `user ${User.made} in second`]);
  });

  it("a dynamic value that resolves another scoped thing sees the same instance as everybody in the context (S5)", async () => {
    class Report {
      constructor(readonly user: User) {}
      async owner(): Promise<number> {
        return this.user.which();
      }
    }
    container
      .bind(Report)
      .toDynamicValue((context) => new Report(context.get(User)))
      .inPerAsyncContextScope();
    container
      .bind<Report>("later")
      .toDynamicValue(async (context) => new Report(await context.getAsync(User)))
      .inPerAsyncContextScope({ shape: Report });
    const [user, report, later] = [container.get(User), container.get(Report), container.get<Report>("later")];
    await runInContext(async () => {
      const mine = user.which();
      expect(await report.owner()).to.equal(mine);
      expect(await later.owner()).to.equal(mine);
    });
  });

  it("two lazily injected properties of one service are the same object in a context (S6)", async () => {
    @injectable()
    class Page {
      @inject(User) readonly head!: User;
      @inject(User) readonly foot!: User;
    }
    container.bind(Page).toSelf();
    const page = container.get(Page);
    expect(page.head).to.equal(page.foot);
    await runInContext(() => {
      page.head.name = "ann";
      expect(page.foot.name).to.equal("ann");
      expect(unwrap(page.head)).to.equal(unwrap(page.foot));
    });
  });

  it("with an asynchronous factory a controller is made synchronously, and its first query waits (S7)", async () => {
    const connected = gate<Db>();
    container
      .bind(Db)
      .toDynamicValue(() => connected.promise)
      .inPerAsyncContextScope();
    @injectable()
    class Controller {
      constructor(@inject(Db) private readonly db: Db) {}
      list(): Promise<string> {
        return this.db.query();
      }
    }
    container.bind(Controller).toSelf();
    await runInContext(async () => {
      const rows = container.get(Controller).list();
      connected.open(new Db());
      expect(await rows).to.equal("rows of db1");
    });
  });

  it("an asynchronous shared factory runs once for all who touch it at once; a failed flight is tried again (S8)", async () => {
    let flights = 0;
    container
      .bind(Db)
      .toDynamicValue(async () => {
        await turn();
        if (++flights === 1) throw new Error("down");
        return new Db();
      })
      .inSharedScope();
    const db = container.get(Db);
    const failed = await Promise.all([1, 2, 3].map(() => rejected("CREATE_FAILED", db.query())));
    expect(failed.map(({ cause }) => (cause as Error).message)).to.eql(["down", "down", "down"]);
    expect(flights).to.equal(1);
    expect(new Set(await Promise.all([1, 2, 3].map(() => db.query())))).to.eql(new Set(["rows of db1"]));
    expect(flights).to.equal(2);
  });

  it("getAll and aliases over asynchronous things resolve synchronously, and asynchronously alike (S10)", async () => {
    for (const url of ["db1", "db2"]) {
      container
        .bind(Db)
        .toDynamicValue(async () => new Db(url))
        .inSharedScope();
    }
    container.bind("alias").toService(Db);
    const all = container.getAll(Db);
    expect(await container.getAllAsync(Db)).to.eql(all);
    expect(container.getAll("alias")).to.eql(all);
    expect(await Promise.all(all.map((db) => db.query()))).to.eql(["rows of db1", "rows of db2"]);
  });

  it("what is needed by what is acquired is acquired first, both asynchronously (S14)", async () => {
    const log: string[] = [];
    class Session {
      constructor(readonly db: Db) {}
      async load(): Promise<string> {
        return this.db.query();
      }
    }
    container
      .bind(Db)
      .toDynamicValue(async () => {
        await turn();
        log.push("db");
        return new Db();
      })
      .inPerAsyncContextScope();
    container
      .bind(Session)
      .toResolvedValue(
        async (db: Db) => {
          await ready(db);
          log.push("session");
          return new Session(db);
        },
        [Db],
      )
      .inPerAsyncContextScope();
    await runInContext(async () => {
      expect(await container.get(Session).load()).to.equal("rows of db1");
    });
    expect(log).to.eql(["db", "session"]);
  });

  it("at start-up `ready` makes shared things in the order of their needs, and tells which of them failed (S15)", async () => {
    const log: string[] = [];
    const started = (name: string, ...needs: string[]): void => {
      container
        .bind<Db>(name)
        .toDynamicValue(async (context) => {
          await ready(...needs.map((need) => context.get<Db>(need)));
          if (name === "broken") throw new Error("no such host");
          log.push(name);
          return new Db(name);
        })
        .inSharedScope();
    };
    started("server", "cache", "db");
    started("cache", "db");
    started("db");
    started("broken", "db");
    const all = ["server", "cache", "db"].map((name) => container.get<Db>(name));
    await ready(...all);
    expect(log).to.eql(["db", "cache", "server"]);
    await warningsDuring(async () => {
      const error = (await reasonOf(ready(...all, container.get<Db>("broken")))) as Error;
      expect(error).to.include({ code: "CREATE_FAILED", service: "broken" });
      expect(error.message).to.include("no such host");
    });
  });
});
