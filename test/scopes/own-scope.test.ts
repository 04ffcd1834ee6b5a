import "reflect-metadata";

import { readFileSync } from "node:fs";

import { expect } from "chai";
import {
  selectSource,
  hasInstance,
  lease,
  perAsyncContextScope,
  pooledScope,
  ready,
  release,
  runInContext,
  type Scope,
  sharedScope,
  type Source,
  unwrap,
} from "inversify-scopes";

import { Sessions } from "../../examples/own-scope/session.js";
import { rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { serviceOf } from "../support/services.js";
import { warningsOf } from "../support/warnings.js";

/** Whose request it is; set where the context begins. */
class Tenant {
  id = "";
}

class Db {
  constructor(
    readonly tenant: string,
    readonly number: number,
  ) {}
  async query(): Promise<string> {
    return this.tenant;
  }
  name(): string {
    return `${this.tenant} ${this.number}`;
  }
}

function requestOf<R>(tenant: Tenant, id: string, body: () => R | Promise<R>): Promise<R> {
  return runInContext({ name: `request of ${id}` }, () => {
    tenant.id = id;
    return body();
  });
}

describe("docs/own-scope.md", () => {
  const docs = readFileSync(new URL("../../../docs/own-scope.md", import.meta.url), "utf8");
  for (const name of ["session"]) {
    it(`shows the very code of examples/own-scope/${name}.ts that these tests run`, () => {
      const code = readFileSync(new URL(`../../../examples/own-scope/${name}.ts`, import.meta.url), "utf8");
      expect(docs).to.include(
        code
          .slice(code.indexOf("\n/**") + 1)
          .replaceAll(/^export /gm, "")
          .trimEnd(),
      );
    });
  }
});

describe("a session scope", () => {
  class Cart {
    readonly items: string[] = [];
    isEnded = false;
    async add(item: string): Promise<number> {
      return this.items.push(item);
    }
    [Symbol.dispose](): void {
      this.isEnded = true;
    }
  }

  function fixture(factory: () => Cart | Promise<Cart> = () => new Cart()) {
    const session = serviceOf(Tenant, () => new Tenant(), perAsyncContextScope(), "session");
    const sessions = new Sessions(session);
    const cart = serviceOf(Cart, factory, sessions.scope(), "cart");
    return { session, sessions, cart };
  }

  it("the requests of one session share an instance; those of another have their own (S2)", async () => {
    const { session, cart } = fixture();
    await requestOf(session, "ann", () => cart.add("pear"));
    await requestOf(session, "bob", () => cart.add("plum"));
    await requestOf(session, "ann", () => expect(cart.items).to.deep.equal(["pear"]));
    await rejected("NO_CONTEXT", cart.add("x"));
  });

  it("the end of a session ends its instances; a new session of the same id has new ones", async () => {
    const { session, sessions, cart } = fixture();
    const first = await requestOf(session, "ann", () => unwrap(cart));
    await sessions.end("nobody");
    await sessions.end("ann");
    expect(first.isEnded).to.equal(true);
    await requestOf(session, "ann", () => expect(cart.items).to.deep.equal([]));
  });

  it("an asynchronous factory runs once for all requests of the session, which wait (law 4)", async () => {
    const made = gate<Cart>();
    let calls = 0;
    const { session, cart } = fixture(() => (calls++, made.promise));
    const adding = ["a", "b"].map((item) => requestOf(session, "ann", () => cart.add(item)));
    made.open(new Cart());
    expect(await Promise.all(adding)).to.deep.equal([1, 2]);
    expect(calls).to.equal(1);
  });

  it("a session's factory runs in no context, and says so when it touches one (law 8)", async () => {
    const user = serviceOf(Tenant, () => new Tenant(), perAsyncContextScope(), "user");
    const { session, cart } = fixture(() => (expect(user.id), new Cart()));
    await requestOf(session, "ann", () => thrown("CAPTIVE_DEPENDENCY", () => cart.items));
  });
});

describe("selectSource", () => {
  const either = (isSecond: () => boolean, scopes: readonly Scope[]): Scope => ({
    name: "either",
    open(service) {
      const sources = scopes.map((scope) => scope.open(service));
      return selectSource(service, { select: () => sources[isSecond() ? 1 : 0]!, sources: () => sources });
    },
  });

  it("follows the choice at each touch, whatever kinds of scopes it chooses among", async () => {
    let isSecond = false;
    const scopes = [sharedScope(), pooledScope({ maxSize: 1, lease: "call" })];
    const db = serviceOf(
      Db,
      (n) => new Db("n", n),
      either(() => isSecond, scopes),
      "db",
    );
    expect(db.name()).to.equal("n 0");
    await ready(db);
    isSecond = true;
    expect(db.name()).to.equal("n 0");
    await ready(db);
    thrown("RESULT_ESCAPES", () => unwrap(db));
    isSecond = false;
    expect(unwrap(db).name()).to.equal("n 0");
  });

  it("says what the chosen one says (law 5)", async () => {
    const db = serviceOf(
      Db,
      async () => new Db("n", 0),
      either(() => false, [sharedScope()]),
      "db",
    );
    thrown("NOT_READY", () => db.name());
    await ready(db);
    expect(db.name()).to.equal("n 0");
  });

  it("offers the whole of Source to a scope that builds on it", async () => {
    let source!: Source;
    const inner = either(() => false, [sharedScope()]);
    const outer: Scope = { name: "outer", open: (service) => (source = inner.open(service)) };
    const db = serviceOf(Db, async () => new Db("n", 0), outer, "db");
    expect(source.acquireNow("name")).to.equal(undefined);
    expect(source.unavailableError("name").code).to.equal("NOT_READY");
    expect(await source.acquire()).to.equal(source.peek());
    expect(unwrap(db)).to.equal(source.acquireNow());
    expect(source.leases!()).to.deep.equal([]);
  });

  it("a call that waited behind one that gave the instance back gets the next one", async () => {
    class Greedy extends Db {
      override async query(): Promise<string> {
        void release(db, { discard: true });
        return "greedy";
      }
    }
    const made = [gate<Db>(), gate<Db>()];
    const db = serviceOf(
      Db,
      (n) => made[n]!.promise,
      either(() => false, [pooledScope(1)]),
      "db",
    );
    await runInContext(async () => {
      const calls = [db.query(), db.query(), ready(db)];
      made[0]!.open(new Greedy("greedy", 0));
      await turn();
      made[1]!.open(new Db("next", 1));
      expect(await Promise.all(calls)).to.deep.equal(["greedy", "next", undefined]);
      expect(db.name()).to.equal("next 1");
    });
  });

  it("a choice that comes to no source is told by the name of the service, at every touch", async () => {
    const scope = (choose: () => unknown): Scope => ({
      name: "forgetful",
      open: (service) => selectSource(service, { select: choose as () => Source, sources: () => [] }),
    });
    for (const nothing of [undefined, null, {}, "primary"]) {
      const db = serviceOf(
        Db,
        (n) => new Db("n", n),
        scope(() => nothing),
        "db",
      );
      expect(thrown("INVALID_OPTION", () => db.name()).message).to.match(
        /^db: what selectSource's select\(\) returned/,
      );
      await rejected("INVALID_OPTION", db.query());
      await rejected("INVALID_OPTION", ready(db));
      await rejected("INVALID_OPTION", lease(db));
      expect(hasInstance(db)).to.equal(false);
      await release(db);
    }
  });

  it("a choice that is no function is refused when the service is bound", () => {
    for (const choice of [{}, { choose: () => undefined }, { choose: 1, opened: () => [] }, undefined]) {
      const scope: Scope = { name: "bare", open: (service) => selectSource(service, choice as never) };
      thrown("INVALID_OPTION", () => serviceOf(Db, (n) => new Db("n", n), scope, "db"));
    }
  });

  it("takes its place in the order of needs, by when it was bound", async () => {
    const order: string[] = [];
    const named = (name: string): Db => {
      const create = async (n: number): Promise<Db> => (order.push(name), new Db(name, n));
      return serviceOf(
        Db,
        create,
        either(() => false, [pooledScope(1)]),
        name,
      );
    };
    const [first, second] = [named("first"), named("second")];
    await runInContext({ needs: [second, first] }, () => expect(order).to.deep.equal(["first", "second"]));
  });

  for (const [count, text] of [
    [1, "no end 0"],
    [2, "2 sources could not be closed"],
  ] as const) {
    it(`closes all it has opened, whatever fails (${count})`, async () => {
      const scopes = Array.from({ length: count }, (_, i) =>
        sharedScope({ destroy: () => Promise.reject(new Error(`no end ${i}`)) }),
      );
      let second = false;
      const db = serviceOf(
        Db,
        (n) => new Db("n", n),
        either(() => second, scopes),
        "db",
      );
      db.name();
      second = count === 2;
      db.name();
      const other = (): Db => new Db("other", 0);
      const { setFactory } = await import("inversify-scopes");
      const warnings = await warningsOf(() => setFactory(db, other));
      expect(warnings.join()).to.include(text);
      expect(db.name()).to.equal("other 0");
    });
  }
});

describe("a source with an instance for everybody, and more to do for each operation", () => {
  it("does that for each operation, and nobody looks past it", () => {
    const seen: PropertyKey[] = [];
    const inner = sharedScope();
    const watched: Scope = {
      name: "watched",
      open(service) {
        const db = new Db("shared", 1);
        const source = inner.open(service);
        return {
          shared: db,
          acquireNow: () => db,
          acquire: async () => db,
          unavailableError: () => source.unavailableError(),
          peek: () => db,
          release: (options) => source.release(options),
          lease: (options) => source.lease(options),
          intercept({ member, run }) {
            seen.push(member);
            return run(db);
          },
          close: () => source.close(),
        };
      },
    };
    const db = serviceOf(Db, () => expect.fail("made"), watched);
    expect([db.name(), db.name(), db.number]).to.eql(["shared 1", "shared 1", 1]);
    expect(seen).to.eql(["name", "name", "number"]);
  });
});
