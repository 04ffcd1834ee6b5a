import "reflect-metadata";
import { expect } from "chai";
import { inject, injectable } from "inversify";
import {
  bindToContext,
  currentContext,
  poolOf,
  runInContext,
  ScopedContainer,
  sharedScope,
  unwrap,
} from "inversify-scopes";
import { expectNoLeases, swapInstance, swapScope } from "inversify-scopes/testing";

import { thrown } from "../support/errors.js";
import { collected } from "../support/gc.js";
import { gate } from "../support/gate.js";

class Db {
  readonly statements: string[] = [];
  async query(sql: string): Promise<string> {
    this.statements.push(sql);
    return "real";
  }
}
class User {
  name = "nobody";
}

@injectable()
class Orders {
  constructor(
    @inject(Db) readonly db: Db,
    @inject(User) readonly user: User,
  ) {}
  async list(): Promise<string> {
    return `${await this.db.query(`select for ${this.user.name}`)} for ${this.user.name}`;
  }
}

function build(): ScopedContainer {
  const container = new ScopedContainer();
  container.bind(Db).toSelf().inPooledScope(1);
  container.bind(User).toSelf().inPerAsyncContextScope();
  container.bind(Orders).toSelf().inSingletonScope();
  return container;
}

describe("scenarios: in the tests of users", () => {
  describe("a context around a test's body, though hooks share no async context with it (S66)", () => {
    const container = build();
    const orders = container.get(Orders);
    /** Opened by a hook and held until another lets it end; the body joins it. */
    let inContext!: <R>(fn: () => R) => R;
    const over = [gate()];
    let ended!: Promise<void>;

    beforeEach(async () => {
      over[0] = gate();
      await new Promise<void>((resolve) => {
        ended = runInContext({ name: "test" }, () => {
          inContext = bindToContext((fn: () => any) => fn());
          resolve();
          return over[0]!.promise;
        });
      });
      inContext(() => (orders.user.name = "ann"));
    });
    afterEach(async () => {
      over[0]!.open();
      await ended;
      expectNoLeases(container);
    });

    it("is not current by itself", () => {
      expect(currentContext()).to.equal(undefined);
      thrown("NO_CONTEXT", () => orders.user.name);
    });
    it("is what the hook has prepared", () =>
      inContext(async () => expect(await orders.list()).to.equal("real for ann")));
    it("is another for the next test", () =>
      inContext(async () => {
        expect(currentContext()?.name).to.equal("test");
        orders.user.name = "bob";
        expect(await orders.list()).to.equal("real for bob");
      }));

    const itInContext = (title: string, body: () => Promise<void>): unknown =>
      it(title, () => runInContext({ name: title }, body));
    itInContext("or the body is run in one", async () => {
      expect(currentContext()?.name).to.equal("or the body is run in one");
      expect(await orders.list()).to.equal("real for nobody");
    });
  });

  it("of a second application in the process nothing is the first's, and of the first nothing is left (S67)", async () => {
    const second = build();
    const firstApplication = async (): Promise<[WeakRef<ScopedContainer>, WeakRef<Db>]> => {
      const first = build();
      expect(first.get(Db)).to.not.equal(second.get(Db));
      await runInContext(async () => {
        first.get(User).name = "of the first";
        expect(second.get(User).name).to.equal("nobody");
        await first.get(Orders).list();
      });
      const db = new WeakRef(await runInContext(() => unwrap(first.get(Db))));
      await first.unbindAllAsync();
      return [new WeakRef(first), db];
    };
    const [gone, goneDb] = await firstApplication();
    await collected(() => (gone.deref() ?? goneDb.deref()) === undefined);
    expect(await runInContext(() => second.get(Orders).list())).to.equal("real for nobody");
    await second.unbindAllAsync();
  });

  it("`pooled` is swapped for one shared fake, seen by what is injected already, and back at the test's end (S68)", async () => {
    const container = build();
    const orders = container.get(Orders);
    const fake = { statements: [], query: async () => "fake" };
    {
      using _ = swapInstance(container, Db, fake as unknown as Db);
      expect(await runInContext(() => orders.list())).to.equal("fake for nobody");
    }
    {
      using _ = swapScope(container, Db, sharedScope());
      expect(await orders.db.query("in no context")).to.equal("real");
    }
    expect(await runInContext(() => orders.list())).to.equal("real for nobody");
    thrown("NO_CONTEXT", () => orders.db.statements);
    await container.unbindAllAsync();
  });

  it("whether leases are left, or what is bound outside of contexts, is asked of one container, not of the process (S69)", async () => {
    const [one, two] = [build(), build()];
    await runInContext(async () => {
      await one.get(Orders).list();
      thrown("LEASES_LEFT", () => expectNoLeases(one));
      expectNoLeases(two);
      expect(poolOf(two.get(Db)).stats().leased).to.equal(0);
    });
    expectNoLeases(one);
    const error = thrown("NO_CONTEXT", () => two.get(Db).statements);
    expect(error.service).to.equal("Db");
    await Promise.all([one.unbindAllAsync(), two.unbindAllAsync()]);
  });
});
