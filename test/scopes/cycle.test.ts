import "reflect-metadata";

import { expect } from "chai";
import {
  lease,
  pooledScope,
  ready,
  runInContext,
  type ScopeError,
  scopedProxy,
  setFactory,
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

function services(names: string[], scope: "shared" | "per-async-context"): Map<string, A> {
  const proxies = new Map(names.map((name) => [name, scopedProxy<A>(name, { shape: A })]));
  for (const [i, name] of names.entries()) {
    const next = proxies.get(names[(i + 1) % names.length]!)!;
    setFactory(
      proxies.get(name)!,
      () => {
        next.name();
        return new A();
      },
      scope,
    );
  }
  return proxies;
}

describe("SCOPE_CYCLE", () => {
  for (const scope of ["shared", "per-async-context"] as const) {
    describe(scope, () => {
      it("a factory that touches its own service", async () => {
        const proxies = services(["one"], scope);
        await runInContext(() => {
          const error = thrown("SCOPE_CYCLE", () => proxies.get("one")!.name());
          expect(error.message).to.include("one → one");
          expect(error.service).to.equal("one");
        });
      });

      it("three factories in a circle: the path is told", async () => {
        const proxies = services(["one", "two", "three"], scope);
        await runInContext(() => {
          const error = thrown("SCOPE_CYCLE", () => proxies.get("two")!.name());
          expect(error.message).to.include("two → three → one → two");
        });
      });

      it("asynchronous factories that wait for each other: told at once, not by a time-out", async () => {
        const one = scopedProxy<A>("one", { shape: A });
        const two = scopedProxy<A>("two", { shape: A });
        setFactory(one, async () => (await two.load(), new A()), scope);
        setFactory(two, async () => (await one.load(), new A()), scope);
        await runInContext(async () => {
          const error = await rejected("SCOPE_CYCLE", one.load());
          expect(error.message).to.match(/one → two → one|two → one → two/);
        });
      });

      it("an asynchronous circle that closes only after an await", async () => {
        const one = scopedProxy<A>("one", { shape: A });
        const two = scopedProxy<A>("two", { shape: A });
        const make = (other: A) => async (): Promise<A> => {
          await Promise.resolve();
          await other.load();
          return new A();
        };
        setFactory(one, make(two), scope);
        setFactory(two, make(one), scope);
        await runInContext(async () => void (await rejected("SCOPE_CYCLE", one.load())));
      });

      it("two factories that need a third are no cycle", async () => {
        const base = scopedProxy<A>("base", { shape: A });
        setFactory(base, async () => new A(), scope);
        const users = ["left", "right"].map((name) => {
          const proxy = scopedProxy<A>(name, { shape: A });
          setFactory(proxy, async () => (await base.load(), new A()), scope);
          return proxy;
        });
        await runInContext(async () => {
          expect(await Promise.all(users.map((user) => user.load()))).to.deep.equal(["a", "a"]);
        });
      });
    });
  }

  it("is none for what a factory has started and that goes on after it", async () => {
    const [ticked, made] = [gate(), gate()];
    const [cache, source] = ["cache", "source"].map((name) => scopedProxy<A>(name, { shape: A })) as [A, A];
    let background!: Promise<string>;
    setFactory(cache, async () => {
      background = ticked.promise.then(() => source.load());
      return new A();
    });
    setFactory(source, async () => {
      await cache.load();
      await made.promise;
      return new A();
    });
    const loading = source.load();
    await turn();
    // The source has waited for the cache, which is made; its background task may wait for the source.
    ticked.open();
    await turn();
    made.open();
    expect(await Promise.all([loading, background])).to.deep.equal(["a", "a"]);
  });

  it("nor for what a factory has had of a pool, and has given back", async () => {
    const [user, pooled] = ["user", "pooled"].map((name) => scopedProxy<A>(name, { shape: A })) as [A, A];
    const made = gate();
    setFactory(
      pooled,
      async (n) => {
        if (n > 0) await user.load();
        return new A();
      },
      pooledScope({ maxSize: 1, maxUses: 1 }),
    );
    setFactory(user, async () => {
      await use(pooled, (a) => a.name());
      await made.promise;
      return new A();
    });
    const loading = user.load();
    await turn();
    const other = use(pooled, (a) => a.name());
    await turn();
    made.open();
    expect(await Promise.all([loading, other])).to.deep.equal(["a", "a"]);
  });

  it("nor for what a factory has asked a pool for, and gets when it is made already", async () => {
    const [user, pooled] = ["user", "pooled"].map((name) => scopedProxy<A>(name, { shape: A })) as [A, A];
    setFactory(pooled, () => new A(), pooledScope(1));
    let asked!: Promise<string>;
    setFactory(user, () => {
      asked = use(pooled, (a) => a.load());
      return new A();
    });
    const held = await lease(pooled);
    expect(user.name()).to.equal("a");
    await held.release();
    expect(await asked).to.equal("a");
  });

  for (const scope of ["shared", "per-async-context"] as const) {
    it(`is none for what a factory had started that failed (${scope})`, async () => {
      const [failing, other] = ["failing", "other"].map((name) => scopedProxy<A>(name, { shape: A })) as [A, A];
      let background!: Promise<string>;
      const made = gate();
      setFactory(
        failing,
        () => {
          background = turn().then(() => other.load());
          throw new Error("down");
        },
        scope,
      );
      setFactory(other, async () => (await made.promise, new A()), scope);
      await runInContext(async () => {
        thrown("CREATE_FAILED", () => failing.name());
        await turn();
        made.open();
        expect(await background).to.equal("a");
      });
    });
  }

  it("is none for who needs what two of its needs need", async () => {
    const names = ["base", "left", "right", "top", "other"];
    const [base, left, right, top, other] = names.map((name) => scopedProxy<A>(name, { shape: A })) as [A, A, A, A, A];
    const made = gate();
    const needing =
      (...needs: A[]) =>
      async (): Promise<A> => {
        await Promise.all(needs.map((need) => need.load()));
        return new A();
      };
    setFactory(base, async () => (await made.promise, new A()));
    setFactory(left, needing(base));
    setFactory(right, needing(base));
    setFactory(top, needing(left, right));
    setFactory(other, needing(top));
    const loading = [top.load(), other.load()];
    made.open();
    expect(await Promise.all(loading)).to.deep.equal(["a", "a"]);
  });

  describe("of per-async-context services that lease each other, each with an instance of its own", () => {
    /** What one and two do with each other in their factories, after they have waited or not. */
    function pair(
      ofOne: (two: A) => Promise<unknown>,
      ofTwo: (one: A) => Promise<unknown>,
      before: () => Promise<void> | undefined,
    ): readonly [A, A] {
      const one = scopedProxy<A>("one", { shape: A });
      const two = scopedProxy<A>("two", { shape: A });
      const factory = (needs: () => Promise<unknown>) => async (): Promise<A> => {
        await before();
        await needs();
        return new A();
      };
      setFactory(
        one,
        factory(() => ofOne(two)),
        "per-async-context",
      );
      setFactory(
        two,
        factory(() => ofTwo(one)),
        "per-async-context",
      );
      return [one, two];
    }
    const uses = (proxy: A): Promise<unknown> => use(proxy, (a) => a.name());
    const waits: Record<string, () => Promise<void> | undefined> = {
      "at once": () => undefined,
      "after an await": turn,
    };
    for (const [when, before] of Object.entries(waits)) {
      it(`${when}: by use and use`, async () => {
        const [one] = pair(uses, uses, before);
        await runInContext(async () => {
          const { message } = await rejected("SCOPE_CYCLE", ready(one));
          expect(message).to.match(/^two → one → two:|^one → two → one:/);
          expect((await rejected("SCOPE_CYCLE", one.load())).message).to.equal(message);
        });
      });

      it(`${when}: by use and ready`, async () => {
        const [one, two] = pair(uses, ready, before);
        await runInContext(async () => {
          expect((await rejected("SCOPE_CYCLE", ready(one))).message).to.match(/^one → two → one:/);
          await rejected("SCOPE_CYCLE", uses(two));
        });
      });

      it(`${when}: outside every context too`, async () => {
        const [one] = pair(uses, uses, before);
        expect((await rejected("SCOPE_CYCLE", uses(one))).message).to.match(/^one → two → one:/);
      });

      it(`${when}: and in the factory of a shared service`, async () => {
        const [one] = pair(uses, uses, before);
        const shared = scopedProxy<A>("shared", { shape: A });
        setFactory(shared, async () => (await uses(one), new A()), "shared");
        expect((await rejected("SCOPE_CYCLE", shared.load())).message).to.match(/^one → two → one:/);
      });
    }

    it("is none where one only leases the other, however often", async () => {
      const [one] = pair(
        (two) => Promise.all([uses(two), uses(two), turn().then(() => uses(two))]),
        () => Promise.resolve(),
        turn,
      );
      await runInContext(async () => {
        expect(await one.load()).to.equal("a");
        expect(await Promise.all([uses(one), uses(one)])).to.deep.equal(["a", "a"]);
      });
      expect(await uses(one)).to.equal("a");
    });

    it("nor where what a factory has started goes on after it", async () => {
      const one = scopedProxy<A>("one", { shape: A });
      const gone = gate();
      let later: Promise<unknown> | undefined;
      setFactory(
        one,
        () => {
          later ??= gone.promise.then(() => uses(one));
          return new A();
        },
        "per-async-context",
      );
      await uses(one);
      gone.open();
      expect(await later).to.equal("a");
    });

    it("a factory outside every context that touches what needs one is told that there is none", async () => {
      const user = scopedProxy<A>("user", { shape: A });
      setFactory(user, () => new A(), "per-async-context");
      const one = scopedProxy<A>("one", { shape: A });
      setFactory(one, () => (user.name(), new A()), "per-async-context");
      expect(((await rejected("CREATE_FAILED", uses(one))).cause as ScopeError).code).to.equal("NO_CONTEXT");
    });
  });
});
