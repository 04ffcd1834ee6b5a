import { AsyncLocalStorage } from "node:async_hooks";

import { expect } from "chai";
import fc from "fast-check";
import {
  currentKey,
  detach,
  keyedScope,
  lease,
  poolOf,
  pooledScope,
  type PooledOptions,
  ready,
  runInContext,
  type ScopeError,
  type Source,
  unwrap,
} from "inversify-scopes";

import { VirtualClock } from "../support/clock.js";
import { rejected, thrown } from "../support/errors.js";
import { gate, settle, turn } from "../support/gate.js";
import { serviceOf } from "../support/services.js";

class Db {
  constructor(
    readonly key: string,
    readonly number: number,
  ) {}
  async query(): Promise<string> {
    return this.key;
  }
  name(): string {
    return `${this.key} ${this.number}`;
  }
}

interface Fixture {
  readonly db: Db;
  readonly clock: VirtualClock;
  /** `+key` made, `-key` destroyed, names of those who were served. */
  readonly log: string[];
  /** Instances that are being made, are there, or are being destroyed: now, and at most so far. */
  readonly live: number;
  readonly most: number;
  /** A context with a key that waits for an instance and keeps it until it is told; its name is logged when it is served. */
  hold(key: string, name?: string, signal?: AbortSignal): Held;
}
interface Held {
  readonly over: Promise<void>;
  end(): void;
}

type More = Partial<PooledOptions<Db>> & { create?: (key: string) => unknown };

const tenant = new AsyncLocalStorage<string>();

function fixture(maxTotal: number, { create = () => undefined, destroy, ...options }: More = {}): Fixture {
  const clock = new VirtualClock();
  const log: string[] = [];
  const all = { live: 0, most: 0 };
  const scope = keyedScope<Db>({
    key: () => tenant.getStore() ?? "none",
    clock,
    idleTimeoutMs: 10_000_000,
    maxTotal,
    scope: pooledScope<Db>({
      maxSize: 100,
      clock,
      acquireTimeoutMs: 1000,
      createBackoffMs: { min: 1, max: 1 },
      logger: { warn() {} },
      ...options,
      async destroy(db) {
        await destroy?.(db);
        log.push(`-${db.key}`);
        all.live--;
      },
    }),
  });
  const make = (n: number): Db | Promise<Db> => {
    const of = currentKey()!;
    all.most = Math.max(all.most, ++all.live);
    const made = (): Db => (log.push(`+${of}`), new Db(of, n));
    let result: unknown;
    try {
      result = create(of);
    } catch (error) {
      all.live--;
      throw error;
    }
    if (!(result instanceof Promise)) return made();
    return result.then(made, (error: unknown) => {
      all.live--;
      throw error;
    });
  };
  const db = serviceOf(Db, make, scope);
  return {
    db,
    clock,
    log,
    get live() {
      return all.live;
    },
    get most() {
      return all.most;
    },
    hold(of, name = of, signal) {
      const { promise, open } = gate();
      const over = tenant.run(of, () =>
        runInContext({ name, ...(signal === undefined ? {} : { signal }) }, async () => {
          await ready(db);
          log.push(name);
          await promise;
        }),
      );
      return { over, end: open };
    },
  };
}

describe("maxTotal of a keyedScope", () => {
  it("idle instances of other keys make room, the one unused longest first", async () => {
    const { hold, log } = fixture(2);
    for (const key of ["a", "b", "a", "c"]) {
      const held = hold(key);
      await settle();
      held.end();
      await held.over;
    }
    expect(log).to.eql(["+a", "a", "+b", "b", "a", "-b", "+c", "c"]);
  });

  it("a synchronous touch makes room too, where destroy is synchronous", async () => {
    const ended: string[] = [];
    const scope = keyedScope({
      key: () => tenant.getStore()!,
      maxTotal: 1,
      scope: pooledScope<Db>({ maxSize: 1, destroy: (db) => void ended.push(db.key) }),
    });
    const db = serviceOf(Db, (n) => new Db(currentKey()!, n), scope);
    for (const key of ["a", "b"])
      await tenant.run(key, () => runInContext(() => expect(db.name()).to.equal(`${key} 0`)));
    expect(ended).to.eql(["a"]);
    await tenant.run("a", () =>
      runInContext(async () => {
        db.name();
        await tenant.run("b", () =>
          detach({ name: "other" }, () => {
            const error = thrown("POOL_EXHAUSTED", () => db.name());
            expect(error.service).to.equal("Db of b");
            expect(error.message).to.include("held by context #");
            expect(error.publicMessage).not.to.include("held by");
          }),
        );
      }),
    );
  });

  it("first come, first served over all keys: what comes back goes, if an older one of another key waits", async () => {
    const pools = fixture(1);
    const { hold, log } = pools;
    const first = hold("a", "a1");
    await settle();
    const rest = [hold("b", "b1"), hold("a", "a2"), hold("b", "b2"), hold("c", "c1")];
    await settle();
    for (const held of [first, ...rest]) {
      held.end();
      await held.over;
      await settle();
    }
    expect(log.filter((line) => line.length === 2 && !"+-".includes(line[0]!))).to.eql(["a1", "b1", "a2", "b2", "c1"]);
    expect(pools.most).to.equal(1);
  });

  it("nobody starves behind a key that is asked for all the time", async () => {
    const { hold, log } = fixture(1);
    let held = hold("a", "a0");
    await settle();
    const other = hold("b", "b");
    for (let i = 1; i < 3; i++) {
      const next = hold("a", `a${i}`);
      await settle();
      held.end();
      await held.over;
      await settle();
      if (i === 1) {
        other.end();
        await other.over;
      }
      held = next;
      await settle();
    }
    held.end();
    await held.over;
    expect(log.filter((line) => /^[ab]\d?$/.test(line))).to.eql(["a0", "b", "a1", "a2"]);
  });

  it("no more go than are waited for, and what is given away late is not given away twice", async () => {
    const endings: (() => void)[] = [];
    const { hold, log, db } = fixture(3, { destroy: () => new Promise<void>((resolve) => endings.push(resolve)) });
    const three = ["a", "a", "a"].map((key) => hold(key));
    await settle();
    for (const { end } of three) end();
    await Promise.all(three.map(({ over }) => over));
    const b = hold("b");
    const c = hold("c");
    await settle();
    expect(endings.length).to.equal(2);
    tenant.run("a", () => expect(poolOf(db).stats()).to.include({ idle: 1, destroying: 2 }));
    // The one that is left serves its own key, though others wait: room is on its way for them.
    const a = hold("a", "a again");
    await settle();
    expect(log.at(-1)).to.equal("a again");
    for (const end of endings) end();
    await settle();
    expect(log.slice(-4).toSorted()).to.eql(["+b", "+c", "b", "c"]);
    for (const held of [a, b, c]) held.end();
    await Promise.all([a.over, b.over, c.over]);
  });

  it("what comes back stays with its key, where room is on its way for those who wait longer", async () => {
    const endings: (() => void)[] = [];
    const { hold, log } = fixture(2, { destroy: () => new Promise<void>((resolve) => endings.push(resolve)) });
    const [a, c] = [hold("a"), hold("c", "c1")];
    await settle();
    a.end();
    await a.over;
    const [b, c2] = [hold("b"), hold("c", "c2")];
    await settle();
    expect(endings.length).to.equal(1);
    c.end();
    await c.over;
    await settle();
    expect(log.at(-1)).to.equal("c2");
    endings[0]!();
    await settle();
    expect(log.at(-1)).to.equal("b");
    c2.end();
    b.end();
    await Promise.all([c2.over, b.over]);
  });

  it("who waits for room is told by POOL_TIMEOUT who holds all of it, of whichever key", async () => {
    const { hold, clock } = fixture(1);
    const a = hold("a", "holder of a");
    await settle();
    const b = rejected("POOL_TIMEOUT", hold("b").over);
    await clock.advance(1000);
    const error = await b;
    expect(error.message).to.match(/^Db of b: no instance within 1000 ms: .*1 of 1.*Held by holder of a for 1000 ms/s);
    expect(error.message).to.include("enlarge maxTotal");
    expect(error.service).to.equal("Db of b");
    a.end();
    await a.over;
  });

  it("POOL_DEADLOCK: contexts that hold all there is and wait for another key's", async () => {
    const { db, hold } = fixture(1);
    const a = hold("a");
    await settle();
    const waits = hold("b");
    await settle();
    a.end();
    await a.over;
    waits.end();
    await waits.over;
    await tenant.run("a", () =>
      runInContext({ name: "outer" }, async () => {
        await db.query();
        await tenant.run("b", async () => {
          const error = await rejected("POOL_DEADLOCK", db.query());
          expect(error.message).to.include("outer waits for Db of b, held by outer");
        });
      }),
    );
  });

  it("a lease that no context holds may come back: no deadlock", async () => {
    const { db, clock } = fixture(1);
    const held = await tenant.run("a", () => lease(db));
    await tenant.run("b", () =>
      runInContext(async () => {
        const waiting = db.query();
        await settle();
        await held.release();
        expect(await waiting).to.equal("b");
      }),
    );
    expect(clock.keptTimers).to.equal(0);
  });

  it("a failed creation gives its slot back, to whoever waits longest", async () => {
    const made = gate<undefined>();
    const { hold, log } = fixture(1, { create: (key) => (key === "a" ? made.promise : undefined) });
    const a = rejected("CREATE_FAILED", hold("a").over);
    const b = hold("b");
    await settle();
    expect(log).to.eql([]);
    made.fail(new Error("no"));
    await a;
    await settle();
    expect(log).to.eql(["+b", "b"]);
    b.end();
    await b.over;
  });

  it("who gives up leaves the room to the next", async () => {
    const { hold, log } = fixture(1);
    const a = hold("a");
    await settle();
    const abort = new AbortController();
    const b = hold("b", "b", abort.signal).over.catch((error: unknown) => error);
    await settle();
    const c = hold("c");
    await settle();
    abort.abort("enough");
    expect(await b).to.equal("enough");
    a.end();
    await a.over;
    await settle();
    expect(log).to.eql(["+a", "a", "-a", "+c", "c"]);
    c.end();
    await c.over;
  });

  it("when the binding goes, nobody gets what becomes free then", async () => {
    const made: string[] = [];
    const scope = pooledScope({ maxSize: 1 });
    const keyed = keyedScope({ key: () => tenant.getStore()!, scope, maxTotal: 1 });
    let source!: Source;
    const make = (n: number): Db => (made.push(currentKey()!), new Db(currentKey()!, n));
    const db = serviceOf(Db, make, { ...keyed, open: (service) => (source = keyed.open(service)) });
    const held = await tenant.run("a", () => lease(db));
    const waiting = rejected(
      "UNBOUND",
      tenant.run("b", () => lease(db)),
    );
    await settle();
    const closing = source.close();
    await held.release();
    await Promise.all([waiting, closing]);
    expect(made).to.eql(["a"]);
  });

  it("minSize is made ahead where nobody waits, and never at the cost of others", async () => {
    const pools = fixture(3, { minSize: 2 });
    const { hold, db } = pools;
    const sizeOf = (key: string): number => tenant.run(key, () => poolOf(db).stats().size);
    const a = hold("a");
    await settle();
    expect(sizeOf("a")).to.equal(2);
    const b = hold("b");
    await settle();
    expect([sizeOf("a"), sizeOf("b")]).to.eql([2, 1]);
    const c = hold("c");
    await settle();
    expect([sizeOf("a"), sizeOf("b"), sizeOf("c")]).to.eql([1, 1, 1]);
    a.end();
    await a.over;
    expect([sizeOf("a"), sizeOf("b"), sizeOf("c")]).to.eql([1, 1, 1]);
    tenant.run("a", () => poolOf(db).recycle());
    await settle();
    expect(sizeOf("a") + sizeOf("b") + sizeOf("c")).to.equal(3);
    expect([pools.live, pools.most]).to.eql([3, 3]);
    for (const held of [b, c]) {
      held.end();
      await held.over;
    }
  });

  it("idle ones that are checked from time to time make room too", async () => {
    const { hold, log, clock } = fixture(1, { healthCheck: async () => true, healthCheckIntervalMs: 100 });
    const a = hold("a");
    await settle();
    a.end();
    await a.over;
    await clock.advance(150);
    const b = hold("b");
    await settle();
    expect(log).to.eql(["+a", "a", "-a", "+b", "b"]);
    b.end();
    await b.over;
  });

  it("one that nobody wants any more when its check is over makes room later", async () => {
    const checks: (() => void)[] = [];
    const { hold, log, clock } = fixture(1, {
      healthCheck: () => new Promise<void>((resolve) => checks.push(resolve)),
      healthCheckIntervalMs: 100,
    });
    const a = hold("a");
    await settle();
    a.end();
    await a.over;
    await clock.advance(100);
    const abort = new AbortController();
    const b = hold("b", "b", abort.signal).over.catch(() => {});
    await settle();
    abort.abort();
    await b;
    checks[0]!();
    await settle();
    const c = hold("c");
    await settle();
    expect(log).to.eql(["+a", "a", "-a", "+c", "c"]);
    c.end();
    await c.over;
  });

  it("one that is being checked when it is asked for goes after its check", async () => {
    const checks: ((ok: boolean) => void)[] = [];
    const { hold, log, clock } = fixture(1, {
      healthCheck: () => new Promise((resolve) => checks.push(resolve)),
      healthCheckIntervalMs: 100,
    });
    const a = hold("a");
    await settle();
    a.end();
    await a.over;
    await clock.advance(100);
    const b = hold("b");
    await settle();
    expect(log).to.eql(["+a", "a"]);
    checks[0]!(true);
    await settle();
    expect(log).to.eql(["+a", "a", "-a", "+b", "b"]);
    b.end();
    await b.over;
  });
});

describe("a keyedScope under any interleaving", function () {
  this.timeout(60_000);
  const keys = ["a", "b", "c", "d"];
  const command = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant("take" as const), key: fc.constantFrom(...keys) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("end" as const), which: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("abort" as const), which: fc.nat(20) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("open" as const), which: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 50, 1000) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("settle" as const) }) },
  );
  interface Plan {
    readonly maxTotal: number;
    readonly maxSize: number;
    readonly minSize: number;
    readonly createConcurrency: number;
    readonly isAsync: boolean;
    readonly idleTimeoutMs: number;
    readonly fails: readonly boolean[];
    readonly hooks: boolean;
  }
  const plan: fc.Arbitrary<Plan> = fc.record({
    maxTotal: fc.integer({ min: 1, max: 3 }),
    maxSize: fc.integer({ min: 1, max: 3 }),
    minSize: fc.integer({ min: 0, max: 1 }),
    createConcurrency: fc.constantFrom(1, Infinity),
    isAsync: fc.boolean(),
    idleTimeoutMs: fc.constantFrom(40, 100_000),
    fails: fc.array(fc.boolean(), { maxLength: 3 }),
    hooks: fc.boolean(),
  });

  it("never has more than maxTotal, mixes no keys, lends nothing twice, and settles all who wait", async () => {
    await fc.assert(
      fc.asyncProperty(plan, fc.array(command, { maxLength: 40 }), async (how, commands) => {
        const { maxTotal, maxSize, minSize, createConcurrency, isAsync, idleTimeoutMs, fails, hooks } = how;
        const clock = new VirtualClock();
        const gates: (() => void)[] = [];
        const passed = (): Promise<void> | undefined =>
          isAsync ? new Promise((resolve) => gates.push(resolve)) : undefined;
        let live = 0;
        let failed = 0;
        let isOver = false;
        const users = new Map<Db, number>();
        const make = (n: number): Db | Promise<Db> => {
          expect(++live).to.be.at.most(maxTotal);
          const key = currentKey()!;
          const fail = !isOver && fails[failed++] === true;
          const made = (): Db => {
            if (!fail) return new Db(key, n);
            live--;
            throw new Error("no");
          };
          return passed()?.then(made) ?? made();
        };
        const scope = keyedScope<Db>({
          key: () => tenant.getStore()!,
          clock,
          idleTimeoutMs,
          maxTotal,
          scope: pooledScope<Db>({
            maxSize,
            minSize,
            createConcurrency,
            clock,
            createTimeoutMs: Infinity,
            destroyTimeoutMs: Infinity,
            acquireTimeoutMs: 30,
            createBackoffMs: { min: 1, max: 2 },
            logger: { warn() {} },
            ...(hooks
              ? {
                  onAcquire: () => passed(),
                  onRelease: () => passed(),
                  checkOn: ["acquire"],
                  healthCheck: passed,
                  checkTimeoutMs: Infinity,
                }
              : {}),
            destroy: (db) => {
              expect(users.get(db) ?? 0).to.equal(0);
              const gone = (): void => void live--;
              return passed()?.then(gone) ?? gone();
            },
          }),
        });
        const db = serviceOf(Db, make, scope);
        const open: { readonly end: () => void; readonly abort: () => void; readonly over: Promise<unknown> }[] = [];
        const take = (key: string): void => {
          const { promise, open: end } = gate();
          const abort = new AbortController();
          const over = tenant
            .run(key, () =>
              runInContext({ signal: abort.signal }, async () => {
                await ready(db);
                const own = unwrap(db);
                expect(own.key).to.equal(key);
                expect(users.get(own) ?? 0).to.equal(0);
                users.set(own, 1);
                await promise;
                users.set(own, 0);
              }),
            )
            .catch((error: unknown) => {
              if (error === "enough") return;
              expect((error as ScopeError).code).to.be.oneOf(["POOL_TIMEOUT", "CREATE_FAILED"]);
            });
          open.push({ end, abort: () => abort.abort("enough"), over });
        };
        const at = <T>(all: readonly T[], which: number): T | undefined => all[which % Math.max(1, all.length)];
        for (const one of commands) {
          if (one.do === "take") take(one.key);
          else if (one.do === "end") at(open, one.which)?.end();
          else if (one.do === "abort") at(open, one.which)?.abort();
          else if (one.do === "open") at(gates, one.which)?.();
          else if (one.do === "wait") await clock.advance(one.ms);
          else await turn();
          expect(live).to.be.at.most(maxTotal);
        }
        isOver = true;
        for (const { end } of open) end();
        const passAll = (): void => {
          for (const pass of gates.splice(0)) pass();
        };
        /** Lets all go on until it is settled. */
        const finish = async (what: string, promise: Promise<unknown>): Promise<void> => {
          const state = { isSettled: false };
          const settled = (): void => void (state.isSettled = true);
          promise.then(settled, settled);
          for (let i = 0; i < 60 && !state.isSettled; i++) {
            passAll();
            await turn();
            if (i % 5 === 4) await clock.advance(5);
          }
          expect(state.isSettled, what).to.equal(true);
          await promise;
        };
        await finish("all who wait", Promise.all(open.map(({ over }) => over)));
        // No slot is lost: each key can have all there are, one after the other.
        for (const key of keys) {
          const take = () => tenant.run(key, () => lease(db, { timeoutMs: 1_000_000 }));
          const leases = Promise.all(Array.from({ length: Math.min(maxTotal, maxSize) }, take));
          await finish(`all of ${key}`, leases);
          await finish(`${key} again`, Promise.all((await leases).map((one) => one.release())));
        }
      }),
      { numRuns: 300 },
    );
  });
});
