import "reflect-metadata";
import { expect } from "chai";
import { Container } from "inversify";
import { ScopedContainer, sharedScope } from "inversify-scopes";
import { expectNoSwaps, swapInstance, swapScope } from "inversify-scopes/testing";
import { reasonOf, thrown } from "../support/errors.js";
import { turn } from "../support/gate.js";

class Db {
  n = 1;
  async query(): Promise<string> {
    return "real";
  }
}

function setUp(): { readonly container: ScopedContainer; readonly db: Db } {
  const container = new ScopedContainer();
  container.bind(Db).toSelf().inSharedScope();
  return { container, db: container.get(Db) };
}

describe("a swap is undone", () => {
  it("by name, at once; what it made has ended when the promise resolves", async () => {
    const { container, db } = setUp();
    const log: string[] = [];
    const destroy = async (): Promise<void> => {
      await turn();
      log.push("ended");
    };
    const swap = swapScope(container, Db, sharedScope({ destroy }));
    db.n = 2;
    const undone = swap.undo();
    expect(db.n).to.equal(1);
    expect(log).to.eql([]);
    await undone;
    expect(log).to.eql(["ended"]);
    await swap.undo();
    swap[Symbol.dispose]();
    expect(log).to.eql(["ended"]);
  });

  it("by `await using`, which waits too", async () => {
    const { container, db } = setUp();
    const log: string[] = [];
    {
      await using _ = swapScope(container, Db, sharedScope({ destroy: () => turn().then(() => log.push("ended")) }));
      db.n = 2;
    }
    expect([db.n, ...log]).to.eql([1, "ended"]);
  });

  it("with what could not be ended as its error, of one and of several", async () => {
    const container = new ScopedContainer();
    for (const name of ["a", "b"]) container.bind<Db>("db").to(Db).inSharedScope().whenNamed(name);
    const [a, b] = ["a", "b"].map((name) => container.get<Db>("db", { name }));
    const scope = sharedScope<Db>({
      destroy: ({ n }) => {
        throw new Error(`stuck ${n}`);
      },
    });
    const one = swapScope(container, "db", scope);
    a!.n = 2;
    expect(await reasonOf(one.undo())).to.have.property("message", "stuck 2");
    const both = swapScope(container, "db", scope);
    [a!.n, b!.n] = [3, 4];
    const error = (await reasonOf(both.undo())) as AggregateError;
    expect(error.errors.map(({ message }: Error) => message)).to.eql(["stuck 3", "stuck 4"]);
    expect([a!.n, b!.n]).to.eql([1, 1]);
  });

  it("with the spies that were put on the proxy meanwhile; those from before stay", async () => {
    const { container, db } = setUp();
    const spy = (answer: string, key: "query" | "other"): void =>
      void Object.defineProperty(db, key, { value: async () => answer, configurable: true, writable: true });
    {
      using _ = swapInstance(container, Db, { query: async () => "faked" });
      expect(await db.query()).to.equal("faked");
      spy("spied", "query");
      spy("added", "other");
      expect(await db.query()).to.equal("spied");
    }
    expect(await db.query()).to.equal("real");
    expect(Object.keys(db)).to.not.include("other");
    spy("before", "query");
    {
      using _ = swapInstance(container, Db, { query: async () => "faked" });
      spy("spied", "query");
    }
    expect(await db.query()).to.equal("before");
  });

  it("of a full proxy, which shows what the fake has", async () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inSharedScope({ proxy: "full" });
    const db = container.get(Db);
    {
      using _ = swapInstance(container, Db, { query: async () => "faked" });
      db.query = async () => "spied";
      expect(await db.query()).to.equal("spied");
    }
    expect(await db.query()).to.equal("real");
    db.query = async () => "before";
    {
      using _ = swapInstance(container, Db, { query: async () => "faked" });
      db.query = async () => "spied";
    }
    expect(await db.query()).to.equal("before");
  });

  it("of a full proxy of which no class is known: the spy is the fake's, and goes with it", async () => {
    const container = new ScopedContainer();
    container
      .bind<Db>("db")
      .toDynamicValue(() => new Db())
      .inSharedScope();
    const db = container.get<Db>("db");
    {
      using _ = swapInstance(container, "db", { query: async () => "faked" });
      db.query = async () => "spied";
      expect(await db.query()).to.equal("spied");
    }
    expect(await db.query()).to.equal("real");
  });
});

describe("expectNoSwaps", () => {
  it("names the services that are still swapped", () => {
    const { container } = setUp();
    container.bind("other").to(Db).inSharedScope();
    expectNoSwaps(container);
    const swaps = [
      swapInstance(container, Db, {}),
      swapInstance(container, Db, {}),
      swapScope<unknown>(container, "other", "per-async-context"),
    ];
    const error = thrown("SWAPS_LEFT", () => expectNoSwaps(container));
    expect(error.service).to.equal("Db");
    expect(error.message).to.contain("2 service(s) are still swapped: Db (2 times), other.");
    for (const swap of swaps) swap[Symbol.dispose]();
    expectNoSwaps(container);
  });

  it("not those whose binding is gone", () => {
    const { container } = setUp();
    swapInstance(container, Db, {});
    container.unbind(Db);
    expectNoSwaps(container);
  });

  it("refuses what is no container with the plugin", () => {
    thrown("INVALID_OPTION", () => expectNoSwaps(new Container()));
  });
});
