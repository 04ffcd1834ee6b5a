import { AsyncLocalStorage } from "node:async_hooks";

import { expect } from "chai";
import {
  currentContext,
  lease,
  type PooledOptions,
  pooledScope,
  runInContext,
  type Scope,
  type ScopeError,
  scopedProxy,
  setFactory,
  sharedScope,
} from "inversify-scopes";
import { type Clock, Pool } from "inversify-scopes/pool";
import { useFakeTimers } from "sinon";

import { VirtualClock } from "../support/clock.js";
import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { serviceOf } from "../support/services.js";

class Thing {
  async work(): Promise<string> {
    return "done";
  }
  name(): string {
    return "thing";
  }
}

const storage = new AsyncLocalStorage<string>();

/** What a function of a pool sees of the world. */
type Seen = Record<string, [string | undefined, string | undefined]>;

function hooksOf(seen: Seen): Partial<PooledOptions<Thing>> {
  const note = (name: string) => (): void => {
    seen[name] = [storage.getStore(), currentContext()?.name];
  };
  return {
    onCreate: note("onCreate"),
    onAcquire: note("onAcquire"),
    onRelease: note("onRelease"),
    destroy: note("destroy"),
    healthCheck: note("healthCheck"),
    checkOn: ["acquire"],
    maxUses: 2,
  };
}

describe("factories and hooks run in no context (law 8)", () => {
  it("of a pool: in the async context in which the service was bound, for every AsyncLocalStorage", async () => {
    const seen: Seen = {};
    const db = scopedProxy<Thing>("db", { shape: Thing });
    storage.run("binding", () => {
      const create = (): Thing => {
        seen["create"] = [storage.getStore(), currentContext()?.name];
        return new Thing();
      };
      setFactory(db, create, pooledScope<Thing>({ maxSize: 1, ...hooksOf(seen) }));
    });
    for (let i = 0; i < 2; i++) await storage.run("requester", () => runInContext({ name: "c" }, () => db.work()));
    const there = ["binding", undefined];
    expect(seen).to.deep.equal({
      create: there,
      onCreate: there,
      onAcquire: there,
      onRelease: there,
      healthCheck: there,
      destroy: there,
    });
  });

  it("of a pool made late: those of its binding, not those of the first who touches it", async () => {
    const seen: Seen = {};
    const db = storage.run("binding", () =>
      serviceOf(Thing, () => new Thing(), pooledScope<Thing>({ maxSize: 1, ...hooksOf(seen) })),
    );
    for (let i = 0; i < 2; i++) await storage.run("requester", () => runInContext({ name: "c" }, () => db.work()));
    for (const [name, [store, context]] of Object.entries(seen)) {
      expect([name, store, context]).to.deep.equal([name, "binding", undefined]);
    }
    expect(Object.keys(seen)).to.have.length(5);
  });

  it("what they start later does not see the first requester either", async () => {
    const seen: unknown[] = [];
    const due = gate();
    const socket = (): Thing => {
      setImmediate(() => {
        seen.push(storage.getStore(), currentContext());
        due.open();
      });
      return new Thing();
    };
    const db = storage.run("binding", () => serviceOf(Thing, socket, pooledScope(1)));
    await storage.run("requester", () => runInContext(() => db.work()));
    await due.promise;
    expect(seen).to.deep.equal(["binding", undefined]);
  });

  it("the timers of a pool run there too: idle instances are ended in no context", async () => {
    const clock = new VirtualClock();
    const seen: Seen = {};
    const options = { maxSize: 1, clock, idleTimeoutMs: 100, ...hooksOf(seen) };
    const db = storage.run("binding", () => serviceOf(Thing, () => new Thing(), pooledScope<Thing>(options)));
    await storage.run("requester", () => runInContext({ name: "c" }, () => db.work()));
    await clock.advance(200);
    expect(seen["destroy"]).to.deep.equal(["binding", undefined]);
  });

  it("whoever moves the clock: a timer of the test fires in that context, what a pool does then runs in none", async () => {
    const timers = useFakeTimers();
    try {
      const seen: Seen = {};
      const clock: Clock = {
        now: () => Date.now(),
        setTimeout: (callback, ms) => setTimeout(callback, ms),
        clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
      };
      const options = { maxSize: 1, minIdle: 1, maxAgeMs: 1_000, clock, ...hooksOf(seen) };
      const db = storage.run("binding", () => serviceOf(Thing, () => new Thing(), pooledScope<Thing>(options)));
      await runInContext({ name: "c" }, () => db.work());
      delete seen["onCreate"];
      setTimeout(() => (seen["of the test"] = [storage.getStore(), currentContext()?.name]), 1);
      await storage.run("tester", () => runInContext({ name: "mover" }, () => timers.tickAsync(5_000)));
      expect(seen).to.deep.include({ onCreate: ["binding", undefined], destroy: ["binding", undefined] });
      expect(seen["of the test"]).to.deep.equal(["tester", "mover"]);
    } finally {
      timers.restore();
    }
  });

  it("whoever waited goes on in its own context", async () => {
    const db = serviceOf(Thing, async () => new Thing(), pooledScope(1));
    await Promise.all(
      ["a", "b"].map((name) =>
        storage.run(name, () =>
          runInContext({ name }, async () => {
            await db.work();
            expect([storage.getStore(), currentContext()?.name]).to.deep.equal([name, name]);
          }),
        ),
      ),
    );
  });

  it("the destroy of a shared instance runs there", async () => {
    const seen: Seen = {};
    const { destroy } = hooksOf(seen) as { destroy: (thing: Thing) => void };
    const thing = storage.run("binding", () => serviceOf(Thing, () => new Thing(), sharedScope({ destroy })));
    thing.name();
    await storage.run("requester", () => runInContext({ name: "c" }, () => setFactory(thing, () => new Thing())));
    expect(seen["destroy"]).to.deep.equal(["binding", undefined]);
  });
});

describe("CAPTIVE_DEPENDENCY (law 8)", () => {
  const user = serviceOf(Thing, () => new Thing(), "per-async-context", "user");
  const db = serviceOf(Thing, () => new Thing(), pooledScope(1), "db");

  const scopes: Record<string, () => Scope> = { shared: () => sharedScope(), pooled: () => pooledScope(1) };
  for (const [kind, scope] of Object.entries(scopes)) {
    for (const short of [user, db]) {
      const name = short === user ? "user" : "db";

      it(`a factory of a ${kind} service touches ${name}: both are named, and the error comes out as it is`, async () => {
        const cache = serviceOf(Thing, () => (short.name(), new Thing()), scope(), "cache");
        await runInContext(() => {
          const error = thrown("CAPTIVE_DEPENDENCY", () => cache.name());
          expect(error.service).to.equal(name);
          expect(error.message).to.equal(
            `${name}.name was touched by a factory or hook of cache, which outlives every context, but ${name} is ` +
              `${short === user ? "per-async-context" : "pooled"}. Let cache keep the proxy and touch it in its methods, ` +
              "or bind cache per async context.",
          );
        });
      });

      it(`also after its first await, and whoever awaits it is told (${kind}, ${name})`, async () => {
        const cache = serviceOf(Thing, async () => (await turn(), await short.work(), new Thing()), scope(), "cache");
        await runInContext(() => rejected("CAPTIVE_DEPENDENCY", cache.work()));
        await rejected("CAPTIVE_DEPENDENCY", lease(cache));
      });
    }
  }

  for (const hook of ["onCreate", "onAcquire", "onRelease", "healthCheck", "destroy"] as const) {
    it(`a pool's ${hook} touches a context's service`, async () => {
      const errors: unknown[] = [];
      const touch = (): void => {
        try {
          user.name();
        } catch (error) {
          errors.push((error as { code: string }).code);
        }
      };
      const options = {
        maxSize: 1,
        maxUses: 2,
        [hook]: touch,
        ...(hook === "healthCheck" ? { checkOn: ["acquire"] } : {}),
      };
      const cache = serviceOf(Thing, () => new Thing(), pooledScope(options as PooledOptions), "cache");
      for (let i = 0; i < 2; i++) await runInContext(() => cache.work());
      expect(errors).to.include("CAPTIVE_DEPENDENCY");
    });
  }

  it("what a factory has started touches one later: captive too, never NO_CONTEXT, never the first requester's", async () => {
    let later!: Promise<unknown>;
    const cache = serviceOf(
      Thing,
      () => {
        later = turn().then(() => reasonOf(Promise.resolve().then(() => user.name())));
        return new Thing();
      },
      sharedScope(),
      "cache",
    );
    await runInContext(async () => {
      cache.name();
      const error = (await later) as ScopeError;
      expect(error.code).to.equal("CAPTIVE_DEPENDENCY");
      expect(error.message).to.equal(
        "user.name was touched by a callback of what the factory of cache has opened or started, which outlives every " +
          "context, but user is per-async-context. Tie the callback to its context with bindToContext(fn), or enclose its " +
          "work in runInContext(fn).",
      );
    });
  });

  it("a shared service may touch shared ones, and pools that lend for each call", async () => {
    const base = serviceOf(Thing, () => new Thing(), sharedScope(), "base");
    const calls = serviceOf(Thing, () => new Thing(), pooledScope({ maxSize: 1, lease: "call" }), "calls");
    const top = serviceOf(Thing, async () => (base.name(), await calls.work(), new Thing()), sharedScope(), "top");
    expect(await top.work()).to.equal("done");
  });

  it("of a pool without a binding too, wherever it was made: CAPTIVE_DEPENDENCY names it", async () => {
    const db = scopedProxy<Thing>("db", { shape: Thing });
    setFactory(db, () => new Thing(), "per-async-context");
    for (const make of [
      <R>(fn: () => R): Promise<R> => runInContext({ name: "request" }, fn),
      <R>(fn: () => R): R => fn(),
    ]) {
      const seen: unknown[] = [];
      const pool = await make(
        () =>
          new Pool({
            label: "sockets",
            maxSize: 1,
            create: () => {
              seen.push(currentContext());
              return { error: thrown("CAPTIVE_DEPENDENCY", () => db.name()) };
            },
          }),
      );
      const { message } = await pool.use(({ error }) => error);
      expect(seen).to.deep.equal([undefined]);
      expect(message).to.include("db.name was touched by a factory or hook of sockets");
    }
  });
});
