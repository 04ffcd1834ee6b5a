import { AsyncLocalStorage } from "node:async_hooks";
import { expect } from "chai";
import {
  currentContext,
  pooledScope,
  ready,
  runInContext,
  scopedProxy,
  setFactory,
  sharedScope,
} from "inversify-scopes";
import { rejected, thrown } from "../support/errors.js";
import { turn } from "../support/gate.js";
import { warningsDuring } from "../support/warnings.js";
import { perContext, Thing } from "../support/things.js";

describe("factories and hooks of shared and pooled instances run in no context (law 8)", () => {
  const storage = new AsyncLocalStorage<string>();
  const scopes = {
    shared: () => sharedScope(),
    pooled: () => pooledScope(2),
  };
  for (const [name, scope] of Object.entries(scopes)) {
    it(`of a ${name} service, for every AsyncLocalStorage: that of the binding, ours cleared (law 8)`, async () => {
      const seen: unknown[] = [];
      const look = (): void => void seen.push(storage.getStore(), currentContext());
      const proxy = scopedProxy<Thing>("thing", { shape: Thing });
      const factory = async (): Promise<Thing> => {
        look();
        await turn();
        look();
        return new Thing();
      };
      storage.run("at binding", () => setFactory(proxy, factory, scope()));
      await storage.run("first requester", () => runInContext({ needs: [proxy] }, () => proxy.hello()));
      expect(seen).to.eql(["at binding", undefined, "at binding", undefined]);
    });

    it(`a ${name} service's factory that touches a per-async-context one is told so, naming both (law 8)`, async () => {
      const user = perContext("user");
      const proxy = scopedProxy<Thing>("cache", { shape: Thing });
      setFactory(proxy, () => new Thing(user.hello()), scope());
      await runInContext(async () => {
        const error = thrown("CAPTIVE_DEPENDENCY", () => proxy.hello());
        expect(error.message).to.include("cache").and.include("user.hello");
      });
      const late = scopedProxy<Thing>("late cache", { shape: Thing });
      setFactory(
        late,
        async () => {
          await turn();
          return new Thing(user.hello());
        },
        scope(),
      );
      // A pool warns of what it could not make, besides.
      await warningsDuring(() =>
        runInContext(async () => {
          const error = await rejected("CAPTIVE_DEPENDENCY", late.later());
          expect(error.message).to.include("late cache").and.include("user.hello");
        }),
      );
    });
  }

  it("a context begun inside a factory is one without a parent", async () => {
    const user = perContext("user");
    const proxy = scopedProxy<Thing>("warm", { shape: Thing });
    setFactory(proxy, async () => {
      await runInContext(() => {
        expect(currentContext()?.parent).to.equal(undefined);
        user.hello();
      });
      return new Thing("warm");
    });
    await runInContext(async () => {
      await ready(proxy);
      expect(proxy.hello()).to.equal("hello from warm");
    });
  });

  it("a per-async-context factory runs in its context, and may touch what else is in it", async () => {
    const user = perContext("user");
    const order = scopedProxy<Thing>("order", { shape: Thing });
    setFactory(
      order,
      async () => {
        await turn();
        return new Thing(`${currentContext()?.name} of ${user.hello()}`);
      },
      "per-async-context",
    );
    await runInContext({ name: "request" }, async () => {
      expect(await order.later("")).to.equal(" from request of hello from user");
    });
  });
});
