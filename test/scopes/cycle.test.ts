import "reflect-metadata";

import { expect } from "chai";
import { runInContext, scopedProxy, setFactory } from "inversify-scopes";

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
});
