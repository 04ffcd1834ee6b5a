import "reflect-metadata";

import { expect } from "chai";
import {
  lease,
  perAsyncContextScope,
  pooledScope,
  poolOf,
  ready,
  runInContext,
  type Scope,
  scopedProxy,
  setFactory,
  sharedScope,
  use,
} from "inversify-scopes";

import { rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";

class A {
  name(): string {
    return "a";
  }
  async load(): Promise<string> {
    return "a";
  }
}

/** Failures are what these tests make: nobody needs to read of them, or to wait after them. */
const quiet = { logger: { warn(): void {} }, createBackoffMs: { min: 1, max: 1 } };

/** Scopes whose factories run outside every context. */
const scopes: Readonly<Record<string, () => Scope>> = {
  shared: () => sharedScope(),
  "lent by call": () => pooledScope({ maxSize: 1, lease: "call", ...quiet }),
  "lent by call, room for more": () => pooledScope({ maxSize: Infinity, lease: "call", ...quiet }),
};

/** How a factory needs another service. */
const needs: Readonly<Record<string, (other: A) => unknown>> = {
  "a call": (other) => other.load(),
  "a call after an await": async (other) => {
    await turn();
    return other.load();
  },
  ready: (other) => ready(other),
  "ready after an await": async (other) => {
    await turn();
    return ready(other);
  },
  use: (other) => use(other, () => undefined),
  "use after an await": async (other) => {
    await turn();
    return use(other, () => undefined);
  },
};

function pair(first: Scope, second: Scope, need: (other: A) => unknown): [A, A] {
  const [one, two] = ["one", "two"].map((name) => scopedProxy<A>(name, { shape: A })) as [A, A];
  setFactory(one, async () => (await need(two), new A()), first);
  setFactory(two, async () => (await need(one), new A()), second);
  return [one, two];
}

describe("SCOPE_CYCLE through pools (S14)", () => {
  for (const [firstName, first] of Object.entries(scopes)) {
    for (const [secondName, second] of Object.entries(scopes)) {
      for (const [needName, need] of Object.entries(needs)) {
        it(`${firstName} needs ${secondName}, which needs it, by ${needName}: told at once, with the path`, async () => {
          const [one, two] = pair(first(), second(), need);
          for (const proxy of [one, two]) {
            const error = await rejected("SCOPE_CYCLE", proxy.load());
            expect(error.message).to.match(/one → two → one|two → one → two/);
          }
          await runInContext(async () => void (await rejected("SCOPE_CYCLE", one.load())));
        });
      }
    }

    for (const [needName, need] of Object.entries(needs)) {
      it(`${firstName} needs itself by ${needName}`, async () => {
        const one = scopedProxy<A>("one", { shape: A });
        let made = 0;
        setFactory(one, async () => (made++, await need(one), new A()), first());
        const error = await rejected("SCOPE_CYCLE", one.load());
        expect(error.message).to.include("one → one");
        expect(made, "and there is no end of trying").to.be.lessThan(3);
      });
    }

    it(`${firstName}: synchronous factories that touch each other`, () => {
      for (const [, second] of Object.entries(scopes)) {
        const [one, two] = ["one", "two"].map((name) => scopedProxy<A>(name, { shape: A })) as [A, A];
        setFactory(one, () => (two.name(), new A()), first());
        setFactory(two, () => (one.name(), new A()), second());
        expect(thrown("SCOPE_CYCLE", () => one.name()).message).to.include("one → two → one");
        expect(thrown("SCOPE_CYCLE", () => two.name()).message).to.include("two → one → two");
      }
      const own = scopedProxy<A>("own", { shape: A });
      setFactory(own, () => (own.name(), new A()), first());
      expect(thrown("SCOPE_CYCLE", () => own.name()).message).to.include("own → own");
    });

    it(`${firstName}: three in a circle, closed by whoever comes last`, async () => {
      const names = ["one", "two", "three"];
      const proxies = names.map((name) => scopedProxy<A>(name, { shape: A }));
      const go = gate();
      const all = [first, scopes["lent by call"]!, scopes["shared"]!];
      for (const [i, proxy] of proxies.entries()) {
        const next = proxies[(i + 1) % 3]!;
        setFactory(proxy, async () => (await go.promise, await next.load(), new A()), all[i]!());
      }
      const loading = proxies.map((proxy) => rejected("SCOPE_CYCLE", proxy.load()));
      go.open();
      const messages = (await Promise.all(loading)).map(({ message }) => message);
      for (const message of messages)
        expect(message).to.match(/one → two → three → one|two → three → one → two|three → one → two → three/);
    });
  }

  it("a per-async-context service that leases itself, inside a shared one that it needs", async () => {
    const [user, cache] = ["user", "cache"].map((name) => scopedProxy<A>(name, { shape: A })) as [A, A];
    setFactory(user, async () => (await turn(), await cache.load(), new A()), perAsyncContextScope());
    setFactory(cache, async () => (await use(user, () => undefined), new A()), sharedScope());
    await rejected("SCOPE_CYCLE", cache.load());
  });

  it("is none where an instance is there that may come back", async () => {
    const [pool, cache] = ["pool", "cache"].map((name) => scopedProxy<A>(name, { shape: A })) as [A, A];
    // Only the second needs the cache, which is made with the first.
    setFactory(
      pool,
      async (n) => {
        if (n > 0) await cache.load();
        return new A();
      },
      pooledScope({ maxSize: 2, lease: "call", ...quiet }),
    );
    const held = await lease(pool);
    setFactory(cache, async () => (await turn(), await pool.load(), new A()));
    const second = pool.load();
    const loading = cache.load();
    await turn();
    await turn();
    await held.release();
    expect(await Promise.all([second, loading])).to.deep.equal(["a", "a"]);
    expect(poolOf(pool).stats()).to.include({ leased: 0, waiting: 0 });
  });

  it("is none for factories that have waited, and go on", async () => {
    const [pool, cache] = ["pool", "cache"].map((name) => scopedProxy<A>(name, { shape: A })) as [A, A];
    const go = gate();
    setFactory(
      pool,
      async (n) => (n === 0 ? undefined : await go.promise, new A()),
      pooledScope({ maxSize: 1, lease: "call", ...quiet }),
    );
    setFactory(cache, async () => (await pool.load(), await go.promise, new A()));
    const loading = cache.load();
    await turn();
    // The cache has what it needed of the pool; an instance that is made anew may need the cache.
    expect(await pool.load()).to.equal("a");
    go.open();
    expect(await loading).to.equal("a");
  });
});
