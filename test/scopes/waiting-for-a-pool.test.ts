import { expect } from "chai";
import {
  lease,
  poolOf,
  pooledScope,
  ready,
  release,
  runInContext,
  scopedProxy,
  setFactory,
  use,
} from "inversify-scopes";
import type { PooledOptions } from "inversify-scopes";

import { VirtualClock } from "../support/clock.js";
import { reasonOf, rejected, thrown } from "../support/errors.js";
import { type Gate, gate, microtasks, turn } from "../support/gate.js";
import { serviceOf } from "../support/services.js";
import { warningsOf } from "../support/warnings.js";

class Db {
  users = 0;
  constructor(readonly id: number) {}
  async query(log?: string[], text = ""): Promise<number> {
    log?.push(text);
    return this.id;
  }
  ping(): number {
    return this.id;
  }
}

function pool(
  options: Partial<PooledOptions<Db>> = {},
  factory: (n: number) => Db | Promise<Db> = (n) => new Db(n),
): Db {
  return serviceOf(Db, factory, pooledScope<Db>({ maxSize: 1, ...options }), "db");
}

/** A context that holds the pool's instance until it is told to end. */
async function holder(db: Db, name = "holder"): Promise<Gate & { readonly done: Promise<void> }> {
  const end = gate();
  const done = runInContext({ name }, async () => {
    await ready(db);
    await end.promise;
  });
  await turn();
  return { ...end, done };
}

describe("waiting for a pool", () => {
  it("deferred calls of many contexts are served first come, first served (law 4, scenario 17)", async () => {
    const db = pool();
    const held = await holder(db);
    const log: string[] = [];
    const all = ["a", "b", "c"].map((name) =>
      runInContext(() => Promise.all([db.query(log, `${name}1`), db.query(log, `${name}2`)])),
    );
    await turn();
    expect(log).to.deep.equal([]);
    held.open();
    await Promise.all(all);
    expect(log).to.deep.equal(["a1", "a2", "b1", "b2", "c1", "c2"]);
  });

  it("whoever waited is served before whoever touches while the instance arrives", async () => {
    const db = pool();
    const held = await holder(db);
    const log: string[] = [];
    await runInContext(async () => {
      const waiting = db.query(log, "waited");
      const eager = (async () => {
        held.open();
        for (let i = 0; i < 30 && log.length === 0; i++) {
          await Promise.resolve();
          try {
            db.ping();
            if (log.length === 0) log.push("overtook");
          } catch {
            // Not there yet.
          }
        }
      })();
      await Promise.all([waiting, eager]);
    });
    expect(log).to.deep.equal(["waited"]);
  });

  it("the deadline of the pool: POOL_TIMEOUT names the holders, and no slot is lost (scenario 17)", async () => {
    const clock = new VirtualClock();
    const db = pool({ clock, acquireTimeoutMs: 200 });
    const held = await holder(db, "GET /slow");
    await runInContext(async () => {
      const call = rejected("POOL_TIMEOUT", db.query());
      await clock.advance(200);
      const error = await call;
      expect(error.holders?.map(({ holder }) => holder)).to.deep.equal(["GET /slow"]);
      held.open();
      await held.done;
      expect(db.ping()).to.equal(0);
    });
  });

  it("after a time-out the same context may wait again", async () => {
    const clock = new VirtualClock();
    const db = pool({ clock, acquireTimeoutMs: 200 });
    const held = await holder(db);
    await runInContext(async () => {
      const call = rejected("POOL_TIMEOUT", db.query());
      await clock.advance(200);
      await call;
      const again = db.query();
      held.open();
      expect(await again).to.equal(0);
    });
  });

  it("and what it takes after a time-out is its own, also when it is aborted", async () => {
    const clock = new VirtualClock();
    const db = pool({ clock, acquireTimeoutMs: 200 });
    const held = await holder(db);
    const abort = new AbortController();
    await runInContext({ signal: abort.signal }, async () => {
      const call = rejected("POOL_TIMEOUT", db.query());
      await clock.advance(200);
      await call;
      held.open();
      await held.done;
      expect(db.ping()).to.equal(0);
      abort.abort();
      expect(db.ping()).to.equal(0);
    });
  });

  it("maxWaiting: POOL_OVERLOADED at once", async () => {
    const db = pool({ maxWaiting: 1 });
    const held = await holder(db);
    const first = runInContext(() => db.query());
    await runInContext(() => rejected("POOL_OVERLOADED", db.query()));
    held.open();
    await first;
  });

  it("the context's signal aborts: whoever waits gets its reason, the next in the queue gets the instance", async () => {
    const db = pool();
    const held = await holder(db);
    const reason = new Error("the client left");
    const controller = new AbortController();
    const aborted = runInContext({ signal: controller.signal }, async () => {
      const both = Promise.all([reasonOf(db.query()), reasonOf(ready(db))]);
      await turn();
      controller.abort(reason);
      expect(await both).to.deep.equal([reason, reason]);
      expect(await reasonOf(Promise.resolve().then(() => db.ping()))).to.equal(reason);
    });
    const next = runInContext(() => db.query());
    await aborted;
    held.open();
    expect(await next).to.equal(0);
  });

  for (const [what, scope] of [
    ["its context", {}],
    ["a call's own", { lease: "call" }],
  ] as const) {
    it(`the reason may be null, and whoever waits for ${what} instance gets it as it is`, async () => {
      const db = pool(scope);
      const held = await lease(db);
      const abort = new AbortController();
      await runInContext({ signal: abort.signal }, async () => {
        const reasons = Promise.all([reasonOf(db.query()), reasonOf(lease(db, { signal: abort.signal }))]);
        await turn();
        abort.abort(null);
        expect(await reasons).to.deep.equal([null, null]);
      });
      await held.release();
    });
  }

  it("nor is a reason changed that is an error of another service", async () => {
    const db = pool();
    const held = await lease(db);
    const reason = thrown("NOT_SET", () => scopedProxy<Db>("other").ping());
    const abort = new AbortController();
    const waiting = reasonOf(lease(db, { signal: abort.signal }));
    abort.abort(reason);
    expect(await waiting).to.equal(reason);
    expect(reason.service).to.equal("other");
    await held.release();
  });

  it("the end of the context rejects what it still waits for, with its name and what to do (law 7)", async () => {
    const db = pool();
    const held = await holder(db);
    let call!: Promise<unknown>;
    await runInContext({ name: "GET /" }, () => void (call = rejected("CONTEXT_ENDED", db.query())));
    const error = (await call) as Error;
    expect(error.message).to.include("GET / ended while it still waited for db.").and.include("detach");
    held.open();
    await held.done;
    expect(await use(db, ({ id }) => id)).to.equal(0);
  });

  for (let offset = 0; offset < 20; offset++) {
    for (const how of ["ends", "is aborted"] as const) {
      it(`the context ${how} ${offset} reactions after the instance was given back: no slot is lost (law 10)`, async () => {
        const db = pool();
        const held = await holder(db);
        const body = gate();
        const controller = new AbortController();
        let call!: Promise<unknown>;
        const waiting = runInContext({ signal: controller.signal }, () => {
          call = db.query().catch((error: unknown) => (error as { code?: string }).code ?? error);
          return body.promise;
        });
        await turn();
        held.open();
        await microtasks(offset);
        if (how === "ends") body.open();
        else controller.abort("aborted");
        expect(await call).to.be.oneOf([0, "CONTEXT_ENDED", "aborted"]);
        body.open();
        await Promise.all([waiting, held.done]);
        await turn();
        expect(poolOf(db).stats()).to.include({ leased: 0, waiting: 0, idle: 1 });
        await runInContext(() => expect(db.ping()).to.equal(0));
      });
    }
  }

  it("never runs a queued call on an instance that another context has by now", async () => {
    // The call waits; its context ends in the very moment in which the instance arrives, and another waits behind it.
    for (let offset = 0; offset < 20; offset++) {
      const db = pool();
      const held = await holder(db);
      const body = gate();
      class Watched {
        static inUse = 0;
      }
      const first = runInContext(() => {
        db.query().then(
          () => {},
          () => {},
        );
        return body.promise;
      });
      const second = runInContext(async () => {
        await ready(db);
        expect(++Watched.inUse).to.equal(1);
        await turn();
        Watched.inUse--;
      });
      held.open();
      await microtasks(offset);
      body.open();
      await Promise.all([first, second, held.done]);
    }
  });

  it("a factory that fails for one who waits is told to that one; whoever is behind gets a try of its own", async () => {
    const made = [gate<Db>(), gate<Db>()];
    let calls = 0;
    const db = pool({ createBackoffMs: { min: 1, max: 1 } }, () => made[calls++]!.promise);
    const first = runInContext(() => rejected("CREATE_FAILED", db.query()));
    const second = runInContext(() => db.query());
    made[0]!.fail(new Error("down"));
    await first;
    made[1]!.open(new Db(1));
    expect(await second).to.equal(1);
  });

  it("a failure of what a synchronous touch began reaches whoever waits next; the factory is not called twice", async () => {
    const made = gate<Db>();
    let calls = 0;
    const db = pool({}, () => (calls++, made.promise));
    await runInContext(async () => {
      thrown("NOT_READY", () => db.ping());
      const call = rejected("CREATE_FAILED", db.query());
      made.fail(new Error("down"));
      expect((await call).cause).to.have.property("message", "down");
      expect(calls).to.equal(1);
    });
  });

  it("a failure of what a synchronous touch began, for which nobody waits, is told to the pool's logger", async () => {
    const warnings: string[] = [];
    const db = pool({ logger: { warn: (message) => void warnings.push(message) } }, async () => {
      throw new Error("down");
    });
    await runInContext(async () => {
      thrown("NOT_READY", () => db.ping());
      await turn();
    });
    expect(warnings.join()).to.include("down");
  });

  it("a call that nobody awaits leaves no unhandled rejection of ours in the pool", async () => {
    const db = pool();
    const held = await holder(db);
    const warnings = await warningsOf(async () => {
      await runInContext(() => void ready(db).catch(() => {}));
      held.open();
      await held.done;
    });
    expect(warnings).to.deep.equal([]);
  });

  it("unbinding while contexts wait: UNBOUND for them at once, the holder keeps its instance to the end", async () => {
    const ended: number[] = [];
    const db = scopedProxy<Db>("db", { shape: Db, destroy: ({ id }) => void ended.push(id) });
    setFactory(db, (n) => new Db(n), pooledScope(1));
    const held = await holder(db);
    const waiting = runInContext(() => rejected("UNBOUND", db.query()));
    await turn();
    setFactory(db, (n) => new Db(100 + n), pooledScope(1));
    await waiting;
    expect(ended).to.deep.equal([]);
    await runInContext(() => expect(db.ping()).to.equal(100));
    held.open();
    await held.done;
    expect(ended).to.deep.equal([0]);
  });

  it("release does nothing to one that is still awaited", async () => {
    const db = pool();
    const held = await holder(db);
    await runInContext(async () => {
      const call = db.query();
      await release(db);
      held.open();
      expect(await call).to.equal(0);
    });
  });

  it("a pool that was resized to nothing: POOL_EXHAUSTED without holders, no deadlock, until it grows", async () => {
    const db = pool();
    poolOf(db).resize(0);
    await runInContext(async () => {
      expect(thrown("POOL_EXHAUSTED", () => db.ping()).message).to.include("every instance of db is in use. Take it");
      const call = db.query();
      await turn();
      poolOf(db).resize(1);
      expect(await call).to.equal(0);
    });
  });

  it("the context is aborted by a hook of the pool while that prepares the instance for it: the instance goes back", async () => {
    const aborter = new AbortController();
    const stop = new Error("stop");
    const db = pool({ onAcquire: async () => aborter.abort(stop) });
    expect(await reasonOf(runInContext({ signal: aborter.signal }, () => db.query()))).to.equal(stop);
    await turn();
    expect(poolOf(db).stats()).to.include({ leased: 0, idle: 1, waiting: 0 });
  });
});
