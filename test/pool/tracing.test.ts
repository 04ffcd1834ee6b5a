import "reflect-metadata";
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel";

import { expect } from "chai";
import { poolOf as poolBehind, runInContext, ScopedContainer } from "inversify-scopes";
import { type AcquireTraceEvent, type CreateTraceEvent, Pool } from "inversify-scopes/pool";

import { rejected, thrown } from "../support/errors.js";
import { gate } from "../support/gate.js";
import { poolOf, Thing } from "../support/pool.js";
import { traces } from "../support/traces.js";

const ASYNC = ["start", "end", "asyncStart", "asyncEnd"];
const FAILED = ["start", "end", "error", "asyncStart", "asyncEnd"];

describe("the TracingChannel inversify-scopes:acquire", () => {
  const acquisitions = (fn: () => unknown) => traces<AcquireTraceEvent>("inversify-scopes:acquire", fn);

  it("tells of an acquisition from the wish to the lease, and how long that took", async () => {
    const { pool, clock } = poolOf({ maxSize: 1 });
    const heard = await acquisitions(async () => {
      const lease = await pool.acquire();
      const waiting = pool.acquire();
      await clock.advance(30);
      await lease.release();
      await waiting;
    });
    expect(heard).to.deep.equal([
      { events: ASYNC, told: { pool: "Test", source: pool, waitedMs: 0 } },
      { events: ASYNC, told: { pool: "Test", source: pool, waitedMs: 30 } },
    ]);
  });

  it("of one that fails, with its error", async () => {
    const { pool, clock } = poolOf({ maxSize: 1 });
    let error: unknown;
    const heard = await acquisitions(async () => {
      await pool.acquire();
      const late = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 5 }));
      await clock.advance(5);
      error = await late;
    });
    expect(heard[1]).to.deep.equal({ events: FAILED, told: { pool: "Test", source: pool, waitedMs: 5, error } });
  });

  it("of tryAcquire, if it gives a lease or fails; an attempt that gives nothing is no acquisition", async () => {
    const cause = new Error("down");
    const { pool } = poolOf({
      maxSize: 1,
      create: (n) => {
        if (n === 0) throw cause;
        return new Thing(n);
      },
    });
    let error: unknown;
    const heard = await acquisitions(() => {
      error = thrown("CREATE_FAILED", () => pool.tryAcquire());
      expect(pool.tryAcquire()).to.not.equal(undefined);
      expect(pool.tryAcquire()).to.equal(undefined);
    });
    expect(heard).to.deep.equal([
      { events: FAILED, told: { pool: "Test", source: pool, waitedMs: 0, error } },
      { events: ASYNC, told: { pool: "Test", source: pool, waitedMs: 0 } },
    ]);
  });

  describe("behind a proxy", () => {
    class Db {
      async query(): Promise<string> {
        return "rows";
      }
    }
    let container: ScopedContainer;
    let db: Db;
    beforeEach(() => {
      container = new ScopedContainer();
      container
        .bind(Db)
        .toDynamicValue(async () => new Db())
        .inPooledScope({ maxSize: 1, label: "db" });
      db = container.get(Db);
    });
    afterEach(() => container.unbindAllAsync());

    it("names the service and the context, of those that need not wait and of those that must", async () => {
      const contextIds: number[] = [];
      const heard = await acquisitions(async () => {
        await runInContext({ name: "first" }, () => db.query()); // made
        await runInContext({ name: "second" }, () => db.query()); // idle
      });
      const source = poolBehind(db);
      for (const { told } of heard) {
        expect(told.waitedMs).to.be.at.least(0);
        contextIds.push(told.contextId!);
        Reflect.deleteProperty(told, "waitedMs");
      }
      const [one, two] = contextIds;
      const common = { pool: "db", source, service: "Db" };
      expect(heard).to.deep.equal([
        { events: ASYNC, told: { ...common, context: "first", contextId: one } },
        { events: ASYNC, told: { ...common, context: "second", contextId: two } },
      ]);
      expect(two).to.be.greaterThan(one!);
    });

    it("fails when the context ends first", async () => {
      const reason = new Error("left");
      const abort = new AbortController();
      const end = gate();
      const heard = await acquisitions(async () => {
        const holder = runInContext({ name: "holder" }, () => db.query().then(() => end.promise));
        const other = runInContext({ name: "left", signal: abort.signal }, () => db.query());
        abort.abort(reason);
        await other.catch(() => {});
        end.open();
        await holder;
      });
      const { events, told } = heard.find(({ told: { context } }) => context === "left")!;
      expect(events).to.deep.equal(FAILED);
      expect(told.error).to.equal(reason);
    });

    it("fails at once where it would wait for ever", async () => {
      const heard = await acquisitions(() =>
        runInContext(async () => {
          await db.query();
          await rejected(
            "POOL_DEADLOCK",
            runInContext({ name: "inner" }, () => db.query()),
          );
        }),
      );
      const { events, told } = heard.find(({ told: { context } }) => context === "inner")!;
      expect(events).to.deep.equal(FAILED);
      expect(told.error).to.have.property("code", "POOL_DEADLOCK");
    });
  });

  it("hands no listener an instance or a lease", async () => {
    const { pool } = poolOf();
    const [heard] = await acquisitions(() => pool.acquire());
    expect(heard!.told).to.have.all.keys("pool", "source", "waitedMs");
  });

  it("is heard by whoever listens to but one of its events", async () => {
    const { pool } = poolOf();
    const heard: string[] = [];
    for (const event of ["start", "end", "asyncStart", "asyncEnd"] as const) {
      const listener = (): void => void heard.push(event);
      const name = `tracing:inversify-scopes:acquire:${event}`;
      subscribe(name, listener);
      await pool.tryAcquire()!.release();
      unsubscribe(name, listener);
      await pool.tryAcquire()!.release();
    }
    expect(heard).to.deep.equal(ASYNC);
  });

  it("its later events run in the async context of whoever acquires, with what was bound to its start", async () => {
    const span = new AsyncLocalStorage<string>();
    const request = new AsyncLocalStorage<string>();
    const { start } = tracingChannel("inversify-scopes:acquire");
    const seen: unknown[] = [];
    const listener = (): void => void seen.push([request.getStore(), span.getStore()]);
    start.bindStore(span, () => "span");
    subscribe("tracing:inversify-scopes:acquire:asyncEnd", listener);
    const container = new ScopedContainer();
    container
      .bind("db")
      .toDynamicValue(() => ({ query: async () => {} }))
      .inPooledScope({ maxSize: 1, defer: ["query"] });
    const db = container.get<{ query(): Promise<void> }>("db");
    const held = gate();
    const first = request.run("one", () => runInContext(() => db.query().then(() => held.promise)));
    const second = request.run("two", () => runInContext(() => db.query()));
    held.open();
    await Promise.all([first, second]);
    start.unbindStore(span);
    unsubscribe("tracing:inversify-scopes:acquire:asyncEnd", listener);
    expect(seen).to.deep.equal([
      ["one", "span"],
      ["two", "span"],
    ]);
    await container.unbindAllAsync();
  });
});

describe("the TracingChannel inversify-scopes:create", () => {
  const creations = (fn: () => unknown) => traces<CreateTraceEvent>("inversify-scopes:create", fn);

  it("tells of create and onCreate together, be they synchronous or not", async () => {
    const { pool, clock } = poolOf({
      create: (n) => new Promise((resolve) => void clock.setTimeout(() => resolve(new Thing(n)), 40)),
      onCreate: () => new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), 2)),
    });
    const sync = poolOf();
    const heard = await creations(async () => {
      const waiting = pool.acquire();
      await clock.advance(50);
      await waiting;
      await sync.pool.acquire();
    });
    expect(heard).to.deep.equal([
      { events: ASYNC, told: { pool: "Test", source: pool, instance: 0, durationMs: 42 } },
      { events: ASYNC, told: { pool: "Test", source: sync.pool, instance: 0, durationMs: 0 } },
    ]);
  });

  it("of one that fails, or takes too long", async () => {
    const cause = new Error("down");
    const { pool, clock } = poolOf({
      createTimeoutMs: 10,
      create: (n) => {
        if (n === 0) throw cause;
        return new Promise<Thing>(() => {});
      },
    });
    let late: unknown;
    const heard = await creations(async () => {
      await rejected("CREATE_FAILED", pool.acquire());
      const waiting = rejected("CREATE_TIMEOUT", pool.acquire());
      await clock.advance(10);
      late = await waiting;
    });
    expect(heard).to.deep.equal([
      { events: FAILED, told: { pool: "Test", source: pool, instance: 0, durationMs: 0, error: cause } },
      { events: FAILED, told: { pool: "Test", source: pool, instance: 1, durationMs: 10, error: late } },
    ]);
  });

  it("runs in the async context of the pool, as create does, and names the service", async () => {
    const request = new AsyncLocalStorage<string>();
    const span = new AsyncLocalStorage<string>();
    const { start } = tracingChannel("inversify-scopes:create");
    const seen: unknown[] = [];
    const bound = (told: object): string => {
      const { service } = told as CreateTraceEvent;
      seen.push(service, request.getStore());
      return "span";
    };
    const container = new ScopedContainer();
    container
      .bind("db")
      .toDynamicValue(() => (seen.push(span.getStore()), { ping: () => 1 }))
      .inPooledScope(1);
    const db = container.get<{ ping(): number }>("db");
    start.bindStore(span, bound);
    await request.run("one", () => runInContext(() => db.ping()));
    start.unbindStore(span);
    expect(seen).to.deep.equal(["db", undefined, "span"]);
    await container.unbindAllAsync();
  });

  it("the pool alone needs no context for any of it", async () => {
    const pool = new Pool({ create: () => new Thing(0), maxSize: 1, label: "alone" });
    const [heard] = await creations(() => pool.use(() => {}));
    expect(heard!.told.pool).to.equal("alone");
    await pool.close();
  });
});
