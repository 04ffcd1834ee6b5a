import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect } from "chai";
import type { Container } from "inversify";
import { hasInstance, release, runInContext, ScopedContainer } from "inversify-scopes";
import { als } from "../../src/context/store.js";
import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { Thing } from "../support/things.js";

/** How many places a new context has when it begins to hold something. */
function places(container: Container): Promise<number> {
  return runInContext(() => {
    container.get(Thing).hello();
    return als.getStore()!.slots.length;
  });
}

function bound(): { container: ScopedContainer; proxy: Thing } {
  const container = new ScopedContainer();
  container
    .bind(Thing)
    .toDynamicValue(() => new Thing())
    .inPerAsyncContextScope();
  return { container, proxy: container.get(Thing) };
}

describe("the places of bindings in contexts", () => {
  it("a context that was there before a binding can use it", async () => {
    await runInContext(() => {
      bound().proxy.hello();
      const { proxy } = bound();
      expect(proxy.hello()).to.equal(proxy.hello());
      expect(hasInstance(proxy)).to.equal(true);
    });
  });

  it("don't become more when bindings come and go, also while contexts are open", async () => {
    const { container: stays } = bound();
    const first = await places(stays);
    const open = gate();
    const request = runInContext(() => open.promise);
    for (let i = 0; i < 50; i++) {
      const { container, proxy } = bound();
      await runInContext(() => proxy.hello());
      container.unbind(Thing);
    }
    expect(await places(stays)).to.be.at.most(first + 2);
    open.open();
    await request;
  });

  it("are not used anew while a context still holds what a removed binding left in them", async () => {
    const { container, proxy } = bound();
    await runInContext(() => {
      const old = proxy.which();
      container.unbind(Thing);
      const fresh = bound();
      expect(hasInstance(fresh.proxy)).to.equal(false);
      expect(fresh.proxy.which()).to.not.equal(old);
    });
  });

  it("are used anew when the last such context has ended", async () => {
    const { container: stays } = bound();
    const first = await places(stays);
    for (let i = 0; i < 20; i++) {
      const { container, proxy } = bound();
      await runInContext(() => {
        proxy.hello();
        container.unbind(Thing);
      });
    }
    expect(await places(stays)).to.be.at.most(first + 2);
  });

  it("a failed factory and a cancelled one give them back, too", async () => {
    const { container: stays } = bound();
    const first = await places(stays);
    for (let i = 0; i < 20; i++) {
      const container = new ScopedContainer();
      container
        .bind(Thing)
        .toDynamicValue(i % 2 === 0 ? () => Promise.reject(new Error("no")) : () => new Promise<Thing>(() => {}))
        .inPerAsyncContextScope();
      await runInContext(
        () =>
          void container
            .get(Thing)
            .later()
            .catch(() => {}),
      );
      container.unbind(Thing);
    }
    expect(await places(stays)).to.be.at.most(first + 2);
  });

  it("an ended context has none of its own, whoever keeps it", async () => {
    const { proxy } = bound();
    const ended = await Promise.all(
      [1, 2].map(() =>
        runInContext(() => {
          proxy.hello();
          return als.getStore()!;
        }),
      ),
    );
    expect(ended[0]!.slots, "all of them share one").to.equal(ended[1]!.slots);
    expect(ended[0]!.slots.filter((place) => place !== undefined)).to.eql([]);
  });

  /** Two bindings made now, seen from one context: each must have an instance of its own there. */
  async function expectOwnPlaces(): Promise<void> {
    const [a, b] = [bound().proxy, bound().proxy];
    await runInContext(() => {
      expect(a.which()).to.not.equal(b.which());
      expect(a.which()).to.equal(a.which());
    });
  }

  for (const [how, unbindTwice] of Object.entries({
    "where unbinding refuses to wait and is asked again": async (container: ScopedContainer): Promise<unknown> => {
      expect(() => container.unbindAll()).to.throw("Unexpected asynchronous deactivation");
      return container.unbindAllAsync();
    },
    "where it is asked twice at once": (container: ScopedContainer): Promise<unknown> =>
      Promise.allSettled([container.unbindAllAsync(), container.unbindAllAsync()]),
  })) {
    it(`are given back once, also ${how}`, async () => {
      const { container, proxy } = bound();
      container
        .bind("slow")
        .toConstantValue({})
        .onDeactivation(() => Promise.resolve());
      container.get("slow");
      await runInContext(() => proxy.hello());
      await unbindTwice(container);
      await expectOwnPlaces();
    });
  }

  it("a call that waits for its turn when its service is unbound is told so, and takes no place that may be another's", async () => {
    const container = new ScopedContainer();
    container
      .bind(Thing)
      .toDynamicValue(() => new Thing())
      .inPooledScope({ maxSize: 1, concurrency: "serialize" });
    const thing = container.get(Thing);
    await runInContext(async () => {
      const first = thing.later();
      const second = rejected("UNBOUND", thing.later());
      void release(thing);
      container.unbind(Thing);
      const { proxy } = bound();
      const own = proxy.which();
      await Promise.all([first, second]);
      expect(proxy.which()).to.equal(own);
    });
    await expectOwnPlaces();
  });

  it("one context that takes two instances of a pool, since it is called back while it takes the first, counts once", async () => {
    const container = new ScopedContainer();
    container
      .bind(Thing)
      .toDynamicValue(() => new Thing())
      .inPooledScope({ maxSize: 2, label: "called back" });
    const thing = container.get(Thing);
    let calls = 0;
    const onCreate = (message: unknown): void => {
      if ((message as { pool: string }).pool === "called back" && calls++ === 0) void thing.later();
    };
    subscribe("inversify-scopes:pool:create", onCreate);
    try {
      await runInContext(async () => {
        thing.hello();
        await turn();
      });
    } finally {
      unsubscribe("inversify-scopes:pool:create", onCreate);
    }
    await runInContext(() => {
      const old = thing.which();
      container.unbind(Thing);
      expect(bound().proxy.which()).to.not.equal(old);
    });
    await expectOwnPlaces();
  });
});
