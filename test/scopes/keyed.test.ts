import "reflect-metadata";

import { AsyncLocalStorage } from "node:async_hooks";

import { expect } from "chai";
import {
  currentContext,
  currentKey,
  diagram,
  hasInstance,
  keyedScope,
  type KeyedOptions,
  lease,
  poolOf,
  pools,
  pooledScope,
  perAsyncContextScope,
  ready,
  release,
  runInContext,
  type Scope,
  selectSource,
  type Source,
  ScopedContainer,
  sharedScope,
  shutdown,
  unwrap,
  use,
  verify,
} from "inversify-scopes";
import { expectNoLeases, swapScope } from "inversify-scopes/testing";

import { VirtualClock } from "../support/clock.js";
import { rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { collected } from "../support/gc.js";
import { serviceOf } from "../support/services.js";
import { warningsOf } from "../support/warnings.js";

/** Whose request it is; set where the context begins. */
class Tenant {
  id = "";
}

class Db {
  constructor(
    readonly tenant: string | undefined,
    readonly number: number,
  ) {}
  async query(until?: Promise<void>): Promise<string> {
    await until;
    return `${this.tenant}`;
  }
  async *rows(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }
  name(): string {
    return `${this.tenant} ${this.number}`;
  }
  many(): number[] {
    return [1];
  }
}

interface Fixture {
  readonly container: ScopedContainer;
  readonly tenant: Tenant;
  readonly db: Db;
  readonly clock: VirtualClock;
  readonly ended: string[];
  request<R>(id: string, body: () => R | Promise<R>): Promise<R>;
}

type More = Partial<KeyedOptions> & { create?: (db: Db) => Db | Promise<Db> };

function fixture(scopeOf: (ended: string[], clock: VirtualClock) => Scope | "shared", more: More = {}): Fixture {
  const clock = new VirtualClock();
  const ended: string[] = [];
  const container = new ScopedContainer();
  container.bind(Tenant).toSelf().inPerAsyncContextScope();
  const tenant = container.get(Tenant);
  const { create = (db: Db) => db, ...options } = more;
  const made = new Map<string | undefined, number>();
  container
    .bind(Db)
    .toDynamicValue(() => {
      const n = (made.get(currentKey()) ?? -1) + 1;
      made.set(currentKey(), n);
      return create(new Db(currentKey(), n));
    })
    .inScope(
      keyedScope({ key: () => tenant.id, scope: scopeOf(ended, clock), idleTimeoutMs: 1000, clock, ...options }),
    );
  const request = <R>(id: string, body: () => R | Promise<R>): Promise<R> =>
    runInContext({ name: `request of ${id}` }, () => {
      tenant.id = id;
      return body();
    });
  return { container, tenant, db: container.get(Db), clock, ended, request };
}

const POOLED = (ended: string[], clock: VirtualClock): Scope =>
  pooledScope<Db>({ maxSize: 1, clock, destroy: (db) => void ended.push(db.name()), acquireTimeoutMs: 500 });
const SHARED = (ended: string[]): Scope => sharedScope<Db>({ destroy: (db) => void ended.push(db.name()) });
const OF_CONTEXT = (ended: string[]): Scope =>
  perAsyncContextScope<Db>({ destroy: (db) => void ended.push(db.name()) });

describe("keyedScope of pools (scenario 57)", () => {
  it("each key's requests get its own instances, and the factory is told the key", async () => {
    const { db, request } = fixture(POOLED);
    const seen = await Promise.all(
      ["acme", "globex"].map((id) => request(id, async () => [await db.query(), db.name(), unwrap(db).tenant])),
    );
    expect(seen).to.eql([
      ["acme", "acme 0", "acme"],
      ["globex", "globex 0", "globex"],
    ]);
    await request("acme", () => expect(db.name()).to.equal("acme 0"));
  });

  it("factories and hooks run in the binding's async context, in none of ours, and are told the key (law 8)", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const note = (): void => void seen.push([storage.getStore(), currentContext(), currentKey()]);
    let key = "acme";
    const scope = pooledScope({ maxSize: 1, onAcquire: note, onRelease: note, destroy: note });
    const db = storage.run("binding", () =>
      serviceOf(Db, (n) => (note(), new Db("", n)), keyedScope({ key: () => key, scope })),
    );
    await storage.run("requester", () => runInContext(() => db.query()));
    key = "globex";
    await storage.run("requester", () => runInContext(() => release(db, { discard: true }).then(() => db.name())));
    expect(seen).to.have.lengthOf(6);
    expect(new Set(seen.slice(0, 3).map(String))).to.eql(new Set(["binding,,acme"]));
    expect(new Set(seen.slice(3).map(String))).to.eql(new Set(["binding,,globex"]));
    expect(currentKey()).to.equal(undefined);
  });

  it("keys do not wait for each other, and the errors name the key", async () => {
    const { db, request, clock } = fixture(POOLED);
    await request("acme", async () => {
      db.name();
      await request("globex", () => expect(db.name()).to.equal("globex 0"));
      await request("acme", async () => {
        expect(thrown("POOL_EXHAUSTED", () => db.name()).service).to.equal("Db of acme");
        expect((await rejected("POOL_DEADLOCK", db.query())).message).to.include("Db of acme");
      });
      const other = rejected(
        "POOL_TIMEOUT",
        use(db, ({ tenant }) => tenant),
      );
      await clock.advance(500);
      expect((await other).message).to.match(/^Db of acme: no instance within 500 ms/);
    });
  });

  it("a label of the pool gets the key", async () => {
    const { db, request } = fixture(() => pooledScope({ maxSize: 1, label: "main" }));
    await request("acme", () => expect(poolOf(db).label).to.equal("main of acme"));
  });

  it("the key changes within one context: the proxy means the new key's instance, and the leases are the context's", async () => {
    const { container, db, tenant, request } = fixture(POOLED);
    await request("acme", async () => {
      expect(db.name()).to.equal("acme 0");
      await runInContext({ name: "child" }, () => {
        tenant.id = "globex";
        expect(db.name()).to.equal("globex 0");
      });
      expect(db.name()).to.equal("acme 0");
      tenant.id = "initech";
      expect(db.name()).to.equal("initech 0");
      tenant.id = "acme";
      expect(db.name()).to.equal("acme 0");
      expect(() => expectNoLeases(container)).to.throw("2 lease(s)");
    });
    expectNoLeases(container);
  });

  it("idle keys are evicted: their pools are closed, and opened again when they come back", async () => {
    const { db, clock, ended, request } = fixture(POOLED);
    await request("acme", () => db.query());
    await clock.advance(600);
    await request("globex", () => db.query());
    await clock.advance(400);
    expect(ended).to.eql(["acme 0"]);
    await clock.advance(1000);
    expect(ended).to.eql(["acme 0", "globex 0"]);
    expect(clock.timers).to.equal(0);
    await request("acme", () => expect(db.name()).to.equal("acme 1"));
  });

  it("a key whose instance is in use is not idle, however long it takes; no timer keeps the process alive", async () => {
    const { db, clock, ended, request } = fixture(POOLED);
    const end = gate();
    const slow = request("acme", async () => {
      await db.query();
      await end.promise;
    });
    await turn();
    await clock.advance(5000);
    expect(ended).to.eql([]);
    expect(clock.keptTimers).to.equal(0);
    end.open();
    await slow;
    await clock.advance(2000);
    expect(ended).to.eql(["acme 0"]);
  });

  it("a key whose instance drains, or is waited for, is not idle (law 13)", async () => {
    const made = gate<Db>();
    const { db, clock, ended, request } = fixture(
      (all, time) =>
        pooledScope<Db>({
          maxSize: 1,
          clock: time,
          destroy: (one) => void all.push(one.name()),
          acquireTimeoutMs: Infinity,
          createTimeoutMs: Infinity,
          drainTimeoutMs: Infinity,
        }),
      { create: () => made.promise },
    );
    const waiting = request("acme", () => db.query());
    await clock.advance(3000);
    made.open(new Db("acme", 0));
    expect(await waiting).to.equal("acme");
    const end = gate();
    const [running] = await request("acme", () => [db.query(end.promise)]);
    await clock.advance(3000);
    expect(ended).to.eql([]);
    end.open();
    await running;
    await clock.advance(2000);
    expect(ended).to.eql(["acme 0"]);
  });

  it("unbinding closes every key's pool, and waits for those that were evicted; no timer is left", async () => {
    const endings: (() => void)[] = [];
    const { container, db, clock, request } = fixture((_, time) =>
      pooledScope({ maxSize: 1, clock: time, destroy: () => new Promise<void>((resolve) => endings.push(resolve)) }),
    );
    await request("acme", () => db.query());
    await clock.advance(1000);
    await request("globex", () => db.query());
    let isOver = false;
    const unbound = container.unbindAsync(Db).then(() => (isOver = true));
    await turn();
    expect(endings).to.have.lengthOf(2);
    endings[1]!();
    await turn();
    expect(isOver).to.equal(false);
    endings[0]!();
    await unbound;
    await request("acme", () => thrown("UNBOUND", () => db.name()));
    expect(clock.timers).to.equal(0);
  });

  it("release, lease, use, ready, needs, hasInstance and poolOf mean the key's pool", async () => {
    const { container, db, request } = fixture(POOLED, { create: async (made) => made });
    expect(hasInstance(db)).to.equal(false);
    await release(db);
    await rejected("NO_CONTEXT", lease(db));
    thrown("NO_CONTEXT", () => poolOf(db));
    await request("acme", async () => {
      expect(hasInstance(db)).to.equal(false);
      expect(pools(container)).to.eql([]);
      thrown("NOT_READY", () => db.name());
      await ready(db);
      expect(hasInstance(db)).to.equal(true);
      expect(poolOf(db).stats()).to.include({ label: "Db of acme", leased: 1 });
      expect(() => expectNoLeases(container)).to.throw("request of acme");
      await release(db);
      expect(await use(db, ({ tenant }) => tenant)).to.equal("acme");
      await ready(db);
    });
    await request("acme", () => runInContext({ nested: "reuse", needs: [db] }, () => db.name()));
    await request("globex", () => db.query());
    expect(pools(container).map(({ label }) => label)).to.eql(["Db of acme", "Db of globex"]);
    expectNoLeases(container);
    thrown("NO_CONTEXT", () => db.name());
  });

  it("each call may have an instance of its key, with no context", async () => {
    let key = "a";
    const scope = keyedScope({ key: () => key, scope: pooledScope({ maxSize: 1, lease: "call" }) });
    const db = serviceOf(Db, (n) => new Db(currentKey(), n), scope);
    const first = db.query();
    key = "b";
    expect(await Promise.all([first, db.query()])).to.eql(["a", "b"]);
  });
});

describe("keyedScope of shared instances", () => {
  it("one for each key, made once, ended with the binding", async () => {
    const { container, db, ended, request } = fixture(SHARED);
    await Promise.all(["acme", "globex", "acme"].map((id) => request(id, () => expect(db.name()).to.equal(`${id} 0`))));
    await container.unbindAsync(Db);
    expect(ended.toSorted()).to.eql(["acme 0", "globex 0"]);
  });

  it("may be named, and needs no context where the key does not", async () => {
    let key = "a";
    const db = serviceOf(Db, (n) => new Db(currentKey(), n), keyedScope({ key: () => key, scope: "shared" }));
    expect(db.name()).to.equal("a 0");
    key = "b";
    expect(db.name()).to.equal("b 0");
    thrown("INVALID_OPTION", () => poolOf(db));
  });

  it("an instance that an open context has touched is not evicted, however long that lasts (law 1)", async () => {
    const { db, clock, ended, request } = fixture(SHARED);
    const end = gate();
    const slow = request("acme", async () => {
      db.name();
      expect(db.name()).to.equal("acme 0");
      await end.promise;
      expect(db.name()).to.equal("acme 0");
    });
    await clock.advance(5000);
    expect(ended).to.eql([]);
    end.open();
    await slow;
    await clock.advance(2000);
    expect(ended).to.eql(["acme 0"]);
  });

  it("nor is one whose call or iterator has outlived its context, or that is leased (law 13)", async () => {
    const { db, clock, ended, request } = fixture(SHARED);
    const end = gate();
    const [running] = await request("acme", () => [db.query(end.promise), db.many()]);
    const [rows] = await request("globex", () => [db.rows()]);
    await rows.next();
    const held = await request("initech", () => lease(db));
    expect(held.value.name()).to.equal("initech 0");
    await clock.advance(5000);
    expect(ended).to.eql([]);
    end.open();
    await running;
    await rows.return(undefined);
    await held.release();
    await clock.advance(2000);
    expect(ended.toSorted()).to.eql(["acme 0", "globex 0", "initech 0"]);
  });

  it("a lease that fails holds nothing", async () => {
    const { db, clock, request } = fixture(SHARED, { create: () => Promise.reject(new Error("no")) });
    await request("acme", () => rejected("CREATE_FAILED", lease(db)));
    await clock.advance(1000);
    expect(clock.timers).to.equal(0);
  });

  it("what cannot be ended when it is evicted is told, and concerns nobody else", async () => {
    const { db, clock, request } = fixture(() => sharedScope({ destroy: () => Promise.reject(new Error("stuck")) }));
    await request("acme", () => db.name());
    const warnings = await warningsOf(() => clock.advance(1000));
    expect(warnings.join()).to.include("Db of acme could not be ended when it was evicted: Error: stuck");
    await request("acme", () => expect(db.name()).to.equal("acme 1"));
  });
});

describe("keyedScope of instances of a context", () => {
  it("a context has one for each key that it touches, until it ends", async () => {
    const { db, tenant, clock, ended, request } = fixture(OF_CONTEXT);
    await request("acme", async () => {
      expect(db.name()).to.equal("acme 0");
      tenant.id = "globex";
      expect(db.name()).to.equal("globex 0");
      await clock.advance(5000);
      tenant.id = "acme";
      expect(db.name()).to.equal("acme 0");
      expect(hasInstance(db)).to.equal(true);
      await release(db);
      expect(hasInstance(db)).to.equal(false);
      expect(db.name()).to.equal("acme 1");
    });
    expect(ended).to.eql(["acme 0", "acme 1", "globex 0"]);
  });
});

describe("the key of a keyedScope", () => {
  const withKey = (key: () => unknown) =>
    serviceOf(Db, (n) => new Db(currentKey(), n), keyedScope({ key: key as () => string, scope: "shared" }));

  for (const none of [undefined, null, 1, Symbol("acme"), {}, Promise.resolve("acme")]) {
    it(`that is no string (${typeof none}) is refused by the name of the service, at every touch`, async () => {
      const db = withKey(() => none);
      expect(thrown("INVALID_OPTION", () => db.name()).message).to.match(/^Db: what keyedScope's key\(\) returned/);
      await rejected("INVALID_OPTION", db.query());
      await rejected("INVALID_OPTION", ready(db));
      await rejected("INVALID_OPTION", lease(db));
      expect(hasInstance(db)).to.equal(false);
      await release(db);
    });
  }

  it("that cannot be told throws what it throws", async () => {
    const error = new Error("no tenant");
    const db = withKey(() => {
      throw error;
    });
    expect(() => db.name()).to.throw(error);
    expect(await db.query().catch((reason: unknown) => reason)).to.equal(error);
    expect(hasInstance(db)).to.equal(false);
  });

  it("may be any string: each its own instance, and none is printed as it is", () => {
    let key = "";
    const db = withKey(() => key);
    const hostile = [
      "__proto__",
      "constructor",
      "toString",
      "",
      " ",
      "a\nb",
      "\u001b[31m",
      "x".repeat(10_000),
      "\u{d800}",
    ];
    for (key of hostile) expect(db.name()).to.equal(`${key} 0`);
    for (key of hostile) expect(db.name()).to.equal(`${key} 0`);
    const failing = serviceOf(
      Db,
      () => Promise.reject(new Error("no")),
      keyedScope({ key: () => key, scope: "shared" }),
    );
    const messages = hostile.map((one) => ((key = one), thrown("NOT_READY", () => failing.name()).message));
    expect(messages[5]).to.include("Db of a\\nb.name");
    expect(messages[3]).to.include('Db of "".name');
    for (const message of messages) expect(message).to.match(/^[\x20-\x7e…]{1,700}$/);
  });
});

describe("a keyedScope in a container", () => {
  it("may be swapped, shows in diagram and is looked at by verify as what it is of", async () => {
    const { container, db, request } = fixture(POOLED);
    verify(container);
    expect(diagram(container)).to.include("keyed pooled");
    {
      await using _ = swapScope(container, Db, keyedScope({ key: () => "test", scope: "shared" }));
      expect(db.name()).to.equal("test 0");
    }
    await request("acme", () => expect(db.name()).to.equal("acme 0"));
  });

  for (const before of [false, true]) {
    for (const maxTotal of [2, Infinity]) {
      const when = before ? "after it was unbound" : "with its container";
      it(`a shutdown takes back what is leased of every key, ${when}, and ends all (maxTotal ${maxTotal})`, async () => {
        const told: string[] = [];
        const logger = { warn: (message: string) => void told.push(message) };
        const scopeOf = (ended: string[]): Scope =>
          pooledScope<Db>({ maxSize: 1, logger, destroy: (db) => void ended.push(db.name()) });
        const { container, db, ended } = fixture(scopeOf, { key: () => id, maxTotal });
        let id = "acme";
        const held = [await lease(db)];
        id = "globex";
        held.push(await lease(db));
        if (before) container.unbind(Db);
        await turn();
        expect(ended).to.eql([]);
        await shutdown(container);
        expect(ended.toSorted()).to.eql(["acme 0", "globex 0"]);
        expect(told.length).to.equal(2);
        for (const message of told) expect(message).to.include("taken back");
        for (const { signal } of held) expect(signal.aborted).to.equal(true);
      });
    }
  }

  it("captives are found: what is pooled outlives the context, also by key", () => {
    class OfRequest {}
    class Holder {
      constructor(readonly held: OfRequest) {}
    }
    const container = new ScopedContainer();
    container.bind(OfRequest).toSelf().inRequestScope();
    container
      .bind(Holder)
      .toResolvedValue((held: OfRequest) => new Holder(held), [OfRequest])
      .inScope(keyedScope({ key: () => "a", scope: pooledScope(1) }));
    expect(() => verify(container)).to.throw("CAPTIVE_DEPENDENCY");
  });

  it("a factory that touches a context's service is told so (law 8)", async () => {
    const { db, tenant, request } = fixture(POOLED, { create: (made) => (expect(tenant.id), made) });
    await request("acme", () => thrown("CAPTIVE_DEPENDENCY", () => db.name()));
  });

  it("late binding: a proxy without a container", async () => {
    let key = "a";
    const db = serviceOf(Db, (n) => new Db(currentKey(), n), keyedScope({ key: () => key, scope: pooledScope(2) }));
    await runInContext(() => {
      expect(db.name()).to.equal("a 0");
      key = "b";
      expect(db.name()).to.equal("b 0");
    });
  });

  it("its source makes nothing after the binding is gone", async () => {
    let source!: Source;
    const keyed = keyedScope({ key: () => "a", scope: "shared" });
    const db = serviceOf(Db, (n) => new Db(currentKey(), n), {
      name: "outer",
      open: (service) => (source = keyed.open(service)),
    });
    expect(unwrap(db)).to.equal(source.acquireNow());
    await source.close();
    thrown("UNBOUND", () => source.acquireNow("name"));
    expect(source.peek()).to.equal(undefined);
  });

  it("may be of a scope of one's own, whose leases count as use", async () => {
    let key = "a";
    const clock = new VirtualClock();
    const ended: string[] = [];
    const either: Scope = {
      name: "either",
      endsWithContext: true,
      open(service) {
        const sources = [1, 2].map(() =>
          pooledScope<Db>({ maxSize: 1, clock, destroy: (db) => void ended.push(db.name()) }).open(service),
        );
        return selectSource(service, { select: () => sources[0]!, sources: () => sources });
      },
    };
    const scope = keyedScope({ key: () => key, scope: either, idleTimeoutMs: 1000, clock, maxTotal: 1 });
    const db = serviceOf(Db, (n) => new Db(currentKey(), n), scope);
    const held = await lease(db);
    await clock.advance(3000);
    expect(ended).to.eql([]);
    await held.release();
    key = "b";
    await runInContext(async () => expect(await db.query()).to.equal("b"));
    expect(ended).to.eql(["a 0"]);
    await clock.advance(3000);
    expect(ended).to.eql(["a 0", "b 0"]);
  });

  it("wrong options are refused at once", () => {
    const key = (): string => "a";
    const wrong: [unknown, string][] = [
      [undefined, "options"],
      [{ scope: "shared" }, "key"],
      [{ key }, "scope"],
      [{ key, scope: "pooled" }, "scope"],
      [{ key: "a", scope: "shared" }, "key"],
      [{ key, scope: pooledScope(1), maxTotal: 0 }, "maxTotal"],
      [{ key, scope: pooledScope(1), maxTotal: 1.5 }, "maxTotal"],
      [{ key, scope: pooledScope(1), idleTimeoutMs: 0 }, "idleTimeoutMs"],
      [{ key, scope: pooledScope(1), idleTimeoutMs: 2 ** 31 }, "idleTimeoutMs"],
      [{ key, scope: pooledScope(1), idleTimeoutMs: Number.NaN }, "idleTimeoutMs"],
      [{ key, scope: pooledScope(1), idleTimeout: 1 }, "idleTimeout"],
      [{ key, scope: "per-async-context", maxTotal: 1 }, "maxTotal"],
      [{ key, scope: keyedScope({ key, scope: "per-async-context" }), maxTotal: 1 }, "maxTotal"],
      [{ key, scope: keyedScope({ key, scope: pooledScope(1), maxTotal: 2 }), maxTotal: 1 }, "maxTotal"],
    ];
    for (const [options, name] of wrong) {
      expect(thrown("INVALID_OPTION", () => keyedScope(options as never)).message).to.include(name);
    }
  });
});

describe("thousands of keys that come and go", () => {
  it("leave no timer, no source and no pool behind", async () => {
    const { container, db, clock, ended, request } = fixture(POOLED, { maxTotal: 50 });
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 200; i++) await request(`${round}-${i}`, () => db.name());
      expect(pools(container).length).to.equal(200);
      await clock.advance(2000);
      expect(pools(container)).to.eql([]);
      expect(clock.timers).to.equal(0);
    }
    expect(ended.length).to.equal(600);
  });

  it("leave no memory behind", async function () {
    this.timeout(20_000);
    const { db, clock, request } = fixture(POOLED, { maxTotal: 50 });
    const refs: WeakRef<object>[] = [];
    for (let i = 0; i < 300; i++)
      await request(`${i}`, () => void refs.push(new WeakRef(unwrap(db)), new WeakRef(poolOf(db))));
    await clock.advance(2000);
    await collected(() => refs.filter((ref) => ref.deref() !== undefined).length < 4);
  });
});
