import { expect } from "chai";
import { inspect } from "node:util";
import { poolOf, ready, runInContext, ScopedContainer, ScopeError, use } from "inversify-scopes";

import { summarizeError } from "../../src/base/summarize-error.js";
import { show } from "../../src/base/show.js";
import { turn } from "../support/gate.js";
import { poolOf as poolUnderTest, take } from "../support/pool.js";
import { warningsDuring } from "../support/warnings.js";

const trap = (): never => {
  throw new Error("trap");
};

/** What programs throw that throws itself when it is looked at. */
const VALUES: { readonly [what: string]: () => unknown } = {
  "a revoked Proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "a revoked Proxy of a function": () => {
    const { proxy, revoke } = Proxy.revocable(() => {}, {});
    revoke();
    return proxy;
  },
  "a Proxy whose traps throw": () =>
    new Proxy(new Error("x"), {
      get: trap,
      set: trap,
      has: trap,
      getPrototypeOf: trap,
      getOwnPropertyDescriptor: trap,
    }),
  "a Proxy that says it has everything": () => new Proxy(new Error("x"), { has: () => true, get: trap }),
  "an error whose own inspect throws": () => Object.assign(new Error("x"), { [inspect.custom]: trap }),
  "an error whose getters throw": () =>
    Object.defineProperties(
      new Error("x"),
      Object.fromEntries(
        ["name", "message", "cause", "code", "then", "constructor"].map((name) => [name, { get: trap }]),
      ),
    ),
  "an object without a prototype": () => Object.create(null) as unknown,
  "a symbol": () => Symbol("x"),
  nothing: () => undefined,
};

class Db {
  async query(): Promise<string> {
    return "rows";
  }
  count(): number {
    return 1;
  }
}

describe("a rejection that resists being looked at", () => {
  for (const [what, make] of Object.entries(VALUES)) {
    it(`${what}: is shown, and is no ScopeError`, () => {
      for (const text of [summarizeError(make()), show(make()), show([make()])]) expect(text).to.be.a("string");
      expect(make() instanceof ScopeError).to.equal(false);
    });

    for (const scope of ["inSharedScope", "inPerAsyncContextScope", "inPooledScope"] as const) {
      it(`${what}, ${scope}: one caller gets an error, the next one an instance, and nothing is lost`, async () => {
        let n = 0;
        const container = new ScopedContainer();
        const bound = container.bind(Db).toDynamicValue(async () => {
          if (n++ === 0) throw make();
          return new Db();
        });
        if (scope === "inPooledScope") bound.inPooledScope({ maxSize: 1, label: "Db" });
        else bound[scope]();
        const db = container.get(Db);
        const outcomes = await Promise.allSettled([runInContext(() => db.query())]);
        expect(outcomes[0]).to.have.nested.property("reason.code", "CREATE_FAILED");
        expect(await runInContext(() => db.query())).to.equal("rows");
        if (scope === "inPooledScope") expect(poolOf(db).stats()).to.include({ creating: 0, size: 1, leased: 0 });
        await container.unbindAllAsync();
      });
    }

    it(`${what}, for which nobody waits: one warning, and ready() makes another`, async () => {
      let n = 0;
      const container = new ScopedContainer();
      container
        .bind(Db)
        .toDynamicValue(async () => {
          if (n++ === 0) throw make();
          return new Db();
        })
        .inSharedScope();
      const db = container.get(Db);
      const warnings = await warningsDuring(async () => {
        expect(() => db.count()).to.throw(ScopeError);
        await turn();
      });
      expect(warnings.length).to.equal(1);
      await ready(db);
      expect(await use(db, (one) => one.query())).to.equal("rows");
    });

    for (const hook of [
      "onCreate",
      "onAcquire",
      "onRelease",
      "healthCheck",
      "destroy",
      "describe",
      "logger",
    ] as const) {
      for (const how of ["thrown", "rejected", "returned"] as const) {
        it(`${what}, ${how} by ${hook}: the pool goes on`, async () => {
          let n = 0;
          const bad = (): unknown => {
            if (n++ > 0) return undefined;
            if (how === "thrown") throw make();
            return how === "returned" ? make() : Promise.reject(make());
          };
          const { pool } = poolUnderTest({
            maxSize: 1,
            checkOn: hook === "healthCheck" ? ["acquire", "release"] : [],
            ...(hook === "logger" ? { logger: { warn: bad } } : { [hook]: bad }),
          });
          await pool.acquire().then(
            async (lease) => {
              pool.stats();
              await lease.release();
              await lease.release();
            },
            () => undefined,
          );
          const [lease] = await take(pool, 1);
          await lease?.release();
          await pool.close();
          expect(pool.stats()).to.include({ state: "closed", size: 0 });
        });
      }
    }
  }

  it("facts of describe that cannot be shown: whoever waits is told of its time-out all the same", async () => {
    const { pool, clock } = poolUnderTest({ maxSize: 1, describe: () => ({ [inspect.custom]: trap }) });
    await take(pool, 1);
    const waiting = pool.acquire({ timeoutMs: 5 }).catch((error: unknown) => error);
    await clock.advance(5);
    expect(await waiting).to.have.property("code", "POOL_TIMEOUT");
  });

  it("a promise that throws when it is followed counts as failed, once", async () => {
    const odd = Object.defineProperty(Promise.resolve(), "constructor", { get: trap });
    const { pool, clock } = poolUnderTest({ maxSize: 1, onAcquire: () => (odds++ === 0 ? odd : undefined) });
    let odds = 0;
    const [lease] = await take(pool, 1);
    await clock.advance(60_000);
    expect(pool.stats()).to.include({ leased: 1, timedOutStillRunning: 0, hookFailures: 1 });
    await lease?.release();
  });
});
