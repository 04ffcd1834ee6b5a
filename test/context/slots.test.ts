import { expect } from "chai";
import type { Container } from "inversify";
import { hasInstance, runInContext, ScopedContainer } from "inversify-scopes";
import { als } from "../../src/context/store.js";
import { gate } from "../support/gate.js";
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
});
