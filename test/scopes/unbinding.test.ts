import "reflect-metadata";

import { inspect } from "node:util";

import { expect } from "chai";
import {
  bindToContext,
  hasInstance,
  lease,
  perAsyncContextScope,
  pooledScope,
  ready,
  release,
  runInContext,
  ScopedContainer,
  type Scope,
  scopedProxy,
  setFactory,
  setInstance,
  sharedScope,
  type Source,
  unwrap,
  use,
} from "inversify-scopes";

import { VirtualClock } from "../support/clock.js";
import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { collected } from "../support/gc.js";
import { serviceOf } from "../support/services.js";
import { warningsOf } from "../support/warnings.js";

class Db {
  async query(): Promise<string> {
    return "rows";
  }
  ping(): string {
    return "pong";
  }
}

const SCOPES: Record<string, () => Scope> = {
  shared: () => sharedScope(),
  "per-async-context": () => perAsyncContextScope(),
  pooled: () => pooledScope(1),
  "pooled, lease: 'call'": () => pooledScope({ maxSize: 1, lease: "call" }),
  "pooled, one at a time": () => pooledScope({ maxSize: 1, concurrency: "serialize" }),
};

describe("unbinding", () => {
  for (const [kind, scope] of Object.entries(SCOPES)) {
    it(`UNBOUND for every touch of a ${kind} service that is gone; looking is free`, async () => {
      const container = new ScopedContainer();
      container.bind(Db).toSelf().inScope(scope());
      const db = container.get(Db);
      await runInContext(async () => {
        await db.query();
        await container.unbindAsync(Db);
        expect(thrown("UNBOUND", () => db.ping()).message)
          .to.include("Db.ping")
          .and.include("unbind");
        thrown("UNBOUND", () => unwrap(db));
        await rejected("UNBOUND", db.query());
        await rejected("UNBOUND", ready(db));
        await rejected("UNBOUND", lease(db));
        await rejected(
          "UNBOUND",
          use(db, () => 1),
        );
        await release(db);
        expect(hasInstance(db)).to.equal(false);
        expect(inspect(db)).to.include("Db");
      });
    });

    it(`a source of ${kind} that is closed makes nothing new, whoever still knows it`, async () => {
      let source!: Source;
      const rule = scope();
      const db = serviceOf(Db, () => new Db(), { ...rule, open: (service) => (source = rule.open(service)) });
      setInstance(db, new Db());
      await runInContext(async () => {
        const touch = async (): Promise<never> => {
          throw source.acquireNow("ping") === undefined ? source.unavailableError("ping") : new Error("it made one");
        };
        await rejected("UNBOUND", touch());
        await rejected("UNBOUND", (async () => source.acquire())());
      });
    });
  }

  for (const [name, scope] of Object.entries({ perAsyncContextScope, pooledScope: () => pooledScope(1) })) {
    it(`${name}: a source that is closed does not see what has taken its place in a context`, async () => {
      const rule = scope();
      let source!: Source;
      const db = serviceOf(Db, () => new Db(), { ...rule, open: (service) => (source = rule.open(service)) });
      setInstance(db, new Db());
      const heirs = Array.from({ length: 3 }, () => serviceOf(Db, () => new Db(), perAsyncContextScope()));
      await runInContext(() => {
        for (const heir of heirs) heir.ping();
        expect(source.peek()).to.equal(undefined);
        thrown("UNBOUND", () => source.acquireNow());
      });
    });
  }

  it("a shared instance is ended by a scope that closes its source, and the proxy means it no more", () => {
    const ended: Db[] = [];
    const rule = sharedScope<Db>({ destroy: (db) => void ended.push(db) });
    let source!: Source;
    const db = serviceOf(Db, () => new Db(), { ...rule, open: (service) => (source = rule.open(service)) });
    db.ping();
    void source.close();
    expect(ended).to.have.length(1);
    thrown("UNBOUND", () => db.ping());
  });

  it("a pool that never was made is not made any more for an explicit lease", async () => {
    const rule = pooledScope(1);
    let source!: Source;
    const db = serviceOf(Db, () => new Db(), { ...rule, open: (service) => (source = rule.open(service)) });
    setInstance(db, new Db());
    await rejected("UNBOUND", source.lease({}));
  });

  it("nor for a call, whose lease would be its own", () => {
    const rule = pooledScope({ maxSize: 1, lease: "call" });
    let source!: Source;
    const db = serviceOf(Db, () => new Db(), { ...rule, open: (service) => (source = rule.open(service)) });
    setInstance(db, new Db());
    const call = { member: "ping", isCall: true, deferrable: false, run: (one: object) => (one as Db).ping() };
    thrown("UNBOUND", () => source.intercept!(call));
  });

  it("a pool that was made and closed tells its name, too", async () => {
    const rule = pooledScope(1);
    let source!: Source;
    const db = serviceOf(Db, () => new Db(), { ...rule, open: (service) => (source = rule.open(service)) });
    await use(db, () => {});
    setInstance(db, new Db());
    await runInContext(async () => {
      thrown("UNBOUND", () => source.acquireNow());
      expect(source.unavailableError().code).to.equal("UNBOUND");
      await rejected("UNBOUND", source.acquire());
    });
  });

  it("unbindAsync waits for the end of idle instances, not for leased ones", async () => {
    const ends = [gate(), gate()];
    let count = 0;
    const container = new ScopedContainer();
    const destroy = (): Promise<void> => ends[count++]!.promise;
    container.bind(Db).toSelf().inPooledScope({ maxSize: 2, destroy });
    const db = container.get(Db);
    const idle = await lease(db);
    const leased = await lease(db);
    await idle.release();
    let isOver = false;
    const unbound = container.unbindAsync(Db).then(() => (isOver = true));
    await turn();
    expect([isOver, count]).to.deep.equal([false, 1]);
    ends[0]!.open();
    await unbound;
    void leased.release();
    expect(count).to.equal(2);
    ends[1]!.open();
  });

  it("what it would wait for is forgotten when it is over", async () => {
    const container = new ScopedContainer();
    let failure: WeakRef<Error> | undefined;
    const destroy = async (): Promise<void> => {
      await turn();
      const error = new Error("no end");
      failure = new WeakRef(error);
      throw error;
    };
    container
      .bind(Db)
      .toSelf()
      .inPooledScope({ maxSize: 1, destroy, logger: { warn() {} } });
    await (await lease(container.get(Db))).discard();
    await collected(() => failure!.deref() === undefined);
  });

  it("unbindAsync does not wait for ever for a destroy that hangs", async () => {
    const clock = new VirtualClock();
    const warnings: string[] = [];
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toSelf()
      .inPooledScope({
        maxSize: 1,
        clock,
        destroyTimeoutMs: 100,
        destroy: () => new Promise(() => {}),
        logger: { warn: (message) => void warnings.push(message) },
      });
    await use(container.get(Db), () => {});
    const unbound = container.unbindAsync(Db);
    await clock.advance(100);
    await unbound;
    expect(warnings.join()).to.include("could not be destroyed");
  });

  it("a context that holds a per-context instance ends it, though the binding is gone", async () => {
    const ended: Db[] = [];
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toSelf()
      .inPerAsyncContextScope({ destroy: (db) => void ended.push(db) });
    const db = container.get(Db);
    await runInContext(async () => {
      db.ping();
      container.unbind(Db);
      await turn();
      expect(ended).to.have.length(0);
    });
    expect(ended).to.have.length(1);
  });

  it("setInstance and setFactory are not for services of a container", () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inSharedScope();
    const db = container.get(Db);
    const error = thrown("INVALID_OPTION", () => setInstance(db, new Db()));
    expect(error.service).to.equal("Db");
    expect(error.message)
      .to.match(/^setInstance: Db is bound/)
      .and.include("Rebind")
      .and.include("swapInstance");
    thrown("INVALID_OPTION", () => setFactory(db, () => new Db()));
  });
});

describe("a source, as a scope that wraps it sees it", () => {
  function sourceOf(scope: Scope, factory: () => Db | Promise<Db> = () => new Db()): Source {
    let source!: Source;
    serviceOf(Db, factory, { ...scope, open: (service) => (source = scope.open(service)) });
    return source;
  }

  for (const [kind, scope] of Object.entries(SCOPES)) {
    if (kind.includes("call")) continue;
    it(`later() may be asked first, and gives the instance that now() gives (${kind})`, async () => {
      const source = sourceOf(scope(), async () => new Db());
      await runInContext(async () => {
        const instance = await source.acquire();
        expect(source.acquireNow()).to.equal(instance);
        expect(await source.acquire()).to.equal(instance);
        expect(source.peek()).to.equal(instance);
      });
    });
  }

  it("a call lease has no instance of now, and lends none that could get lost", async () => {
    const source = sourceOf(pooledScope({ maxSize: 1, lease: "call" }));
    expect(source.acquireNow()).to.equal(undefined);
    expect(source.peek()).to.equal(undefined);
    expect(await reasonOf(source.acquire())).to.have.property("code", "NOT_READY");
    expect(source.leases!()).to.deep.equal([]);
  });

  it("later() of a context that has ended is refused (law 6)", async () => {
    for (const kind of ["pooled", "per-async-context"]) {
      const source = sourceOf(SCOPES[kind]!());
      let late!: () => Promise<object>;
      await runInContext(() => void (late = bindToContext(() => source.acquire())));
      thrown("CONTEXT_ENDED", () => void late());
    }
  });

  it("an explicit lease gives itself back at the end of its block", async () => {
    const ended: Db[] = [];
    const db = scopedProxy<Db>("db", { shape: Db, destroy: (instance) => void ended.push(instance) });
    setFactory(db, () => new Db(), "per-async-context");
    {
      await using own = await lease(db);
      expect(own.value.ping()).to.equal("pong");
    }
    expect(ended).to.have.length(1);
    await (await lease(db)).discard();
    expect(ended, "or is discarded").to.have.length(2);
  });

  it("an end that throws something that is no Error is told all the same", async () => {
    const db = scopedProxy<Db>("db", {
      shape: Db,
      destroy: () => {
        throw "just text";
      },
    });
    setFactory(db, () => new Db());
    db.ping();
    const warnings = await warningsOf(() => setInstance(db, new Db()));
    expect(warnings.join()).to.include("just text");
  });

  it("an instance without a disposer is simply let go", async () => {
    const db = serviceOf(Db, () => new Db(), "per-async-context");
    await runInContext(() => expect(db.ping()).to.equal("pong"));
  });
});
