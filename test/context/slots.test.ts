import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect } from "chai";
import { hasInstance, release, runInContext, ScopedContainer } from "inversify-scopes";
import { als } from "../../src/context/store.js";
import { reasonOf, rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { Thing } from "../support/things.js";

/** How long a new context's table is after some work in it. */
function lengthAfter(work: () => unknown): Promise<number> {
  return runInContext(async () => {
    await work();
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

function failing(): Thing {
  throw new Error("no");
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

  it("are as many as a context needs, however many bindings there are, and were, unbound or not (law 16)", async () => {
    const { proxy: old } = bound();
    const alone = await lengthAfter(() => old.hello());
    const open = gate();
    const request = runInContext(() => open.promise);
    for (let i = 0; i < 500; i++) {
      const { container, proxy } = bound();
      await runInContext(() => proxy.hello());
      if (i % 2 === 0) container.unbind(Thing);
    }
    expect(await lengthAfter(() => old.hello()), "of a binding from before").to.equal(alone);
    expect(await lengthAfter(() => bound().proxy.hello()), "of a new one").to.equal(alone);
    open.open();
    await request;
  });

  it("are few for each of many services that one context uses, which were bound together or far apart (law 16)", async () => {
    const proxies = Array.from({ length: 640 }, () => bound().proxy);
    for (const step of [1, 7, 64]) {
      const used = proxies.filter((_, i) => i % step === 0);
      const length = await lengthAfter(() => used.forEach((proxy) => proxy.hello()));
      // Four places are a cell.
      expect(length / 4 / used.length, `every ${step}th`).to.be.at.most(8);
    }
  });

  it("are each binding's own, also where their numbers collide, for whatever is done to the proxies", async () => {
    const all = Array.from({ length: 257 }, bound);
    const things = all.filter((_, i) => i % 64 === 0).map(({ proxy }) => proxy);
    await runInContext(async () => {
      const ids = things.map((thing) => thing.which());
      expect(new Set(ids)).to.have.length(things.length);
      for (const [i, thing] of things.entries()) {
        thing.text = `text ${i}`;
        expect(thing.id).to.equal(ids[i]);
        expect(hasInstance(thing)).to.equal(true);
        expect(await thing.later()).to.equal("later from thing");
      }
      expect(things.map((thing) => thing.text)).to.eql(things.map((_, i) => `text ${i}`));
      for (const released of things) {
        const others = things.filter((thing) => thing !== released);
        const before = others.map((thing) => thing.which());
        await release(released);
        expect(hasInstance(released)).to.equal(false);
        expect(others.map((thing) => thing.which())).to.eql(before);
        expect(released.which()).to.be.above(Math.max(...before, ...ids));
      }
    });
  });

  it("don't become more in a context that goes on while bindings come and go", async () => {
    await runInContext(async () => {
      bound().proxy.hello();
      for (let i = 0; i < 500; i++) {
        const { container, proxy } = bound();
        proxy.hello();
        await release(proxy);
        container.unbind(Thing);
      }
      expect(als.getStore()!.slots.length).to.be.at.most(32);
    });
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

  it("a failed factory and a cancelled one give them back, too", async () => {
    const cancelled = new AbortController();
    const length = await lengthAfter(async () => {
      for (let i = 0; i < 200; i++) {
        const container = new ScopedContainer();
        container
          .bind(Thing)
          .toDynamicValue(i % 2 === 0 ? () => Promise.reject(new Error("no")) : failing)
          .inPerAsyncContextScope();
        await Promise.resolve(container.get(Thing).later()).catch(() => {});
      }
    });
    expect(length).to.be.at.most(16);
    const { length: left } = await runInContext({ signal: cancelled.signal }, async () => {
      const container = new ScopedContainer();
      container
        .bind(Thing)
        .toDynamicValue(() => new Promise<Thing>(() => {}))
        .inPerAsyncContextScope();
      const waiting = reasonOf(container.get(Thing).later());
      cancelled.abort();
      await waiting;
      return als.getStore()!.slots.filter((place) => typeof place === "object");
    });
    expect(left).to.equal(0);
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
    expect(ended[0]!.slots.filter((place) => typeof place === "object")).to.eql([]);
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

  it("a call that waits for its turn when its service is unbound is told so, and takes no other's place", async () => {
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
