import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import {
  bindToContext,
  currentContext,
  hasInstance,
  isScopedProxy,
  lease,
  perAsyncContextScope,
  pooledScope,
  ready,
  release,
  runInContext,
  type Scope,
  scopedProxy,
  setFactory,
  setInstance,
  sharedScope,
  unwrap,
  use,
} from "inversify-scopes";
import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate } from "../support/gate.js";
import { Thing } from "../support/things.js";

function proxyOf(scope: Scope, make: () => Thing | Promise<Thing> = () => new Thing()): Thing {
  const proxy = scopedProxy<Thing>("thing", { shape: Thing });
  setFactory(proxy, make, scope);
  return proxy;
}

function counting(log: string[]): { destroy: () => void } {
  return { destroy: () => void log.push("ended") };
}

describe("functions on proxies", () => {
  it("isScopedProxy knows them from everything else, and touches nothing", async () => {
    const proxy = proxyOf(perAsyncContextScope());
    const callable = scopedProxy("fn", { shape: Function });
    expect([isScopedProxy(proxy), isScopedProxy(callable)]).to.eql([true, true]);
    await runInContext(() => expect(isScopedProxy(unwrap(proxy))).to.equal(false));
    for (const other of [undefined, null, 1, "a", {}, () => {}, Object.create(proxy)]) {
      expect(isScopedProxy(other)).to.equal(false);
    }
  });

  it("each refuses what is no proxy with INVALID_OPTION", async () => {
    for (const other of [undefined, null, "thing", {}, new Thing()] as never[]) {
      expect(thrown("INVALID_OPTION", () => unwrap(other)).message).to.match(/^unwrap: /);
      expect(thrown("INVALID_OPTION", () => hasInstance(other)).message).to.match(/^hasInstance: /);
      expect((await rejected("INVALID_OPTION", ready(other))).message).to.match(/^ready: /);
      expect((await rejected("INVALID_OPTION", release(other))).message).to.match(/^release: /);
      expect((await rejected("INVALID_OPTION", lease(other))).message).to.match(/^lease: /);
      for (const asked of [ready(other), release(other), lease(other), use(other, () => {})]) {
        const error = await rejected("INVALID_OPTION", asked);
        expect(error.message).to.include("isScopedProxy");
      }
    }
    expect(thrown("INVALID_OPTION", () => unwrap(new Thing())).message).to.include(
      "unwrap: proxy is an instance of Thing, but must be an injected lazy proxy. Bind it in a scope, in a container with",
    );
    for (const [bound, shown] of [
      [Thing, "the function Thing"],
      ["thing", '"thing"'],
      [Symbol("thing"), "Symbol(thing)"],
    ] as const) {
      expect(thrown("INVALID_OPTION", () => unwrap(bound as never)).message).to.equal(
        `unwrap: proxy is ${shown}, but must be an injected lazy proxy: what container.get gives for it (see isScopedProxy).`,
      );
    }
    const nameless = Object.assign(Object.create(null) as object, { constructor: undefined });
    for (const plain of [{}, Object.create(null) as object, nameless, new (class {})()]) {
      expect(thrown("INVALID_OPTION", () => unwrap(plain)).message).to.include("proxy is an object, but");
    }
    expect(
      (
        await rejected(
          "INVALID_OPTION",
          use({}, () => {}),
        )
      ).message,
    ).to.match(/^use: /);
  });

  it("their options are checked", async () => {
    const proxy = proxyOf(pooledScope(1));
    await rejected("INVALID_OPTION", lease(proxy, { timeoutMs: -1 }));
    await rejected("INVALID_OPTION", lease(proxy, { timeout: 1 } as never));
    await rejected("INVALID_OPTION", lease(proxy, { signal: {} as never }));
    await rejected("INVALID_OPTION", release(proxy, { discard: "yes" as never }));
    await rejected("INVALID_OPTION", use(proxy, undefined as never));
    for (const wrong of [{ timeoutMs: -1 }, { timeout: 1 }, { signal: {} }, null, 5] as never[]) {
      const error = await rejected(
        "INVALID_OPTION",
        use(proxy, () => expect.fail("not called"), wrong),
      );
      expect(error.message).to.match(/^use: /);
    }
  });

  it("unwrap takes now what can be taken, or throws what a touch throws (S62)", async () => {
    const proxy = proxyOf(pooledScope(1));
    thrown("NO_CONTEXT", () => unwrap(proxy));
    await runInContext(() => {
      expect(unwrap(proxy)).to.be.instanceOf(Thing).and.not.equal(proxy);
      expect(unwrap(proxy)).to.equal(unwrap(proxy));
    });
    const late = proxyOf(perAsyncContextScope(), async () => new Thing());
    await runInContext(() => {
      const error = thrown("NOT_READY", () => unwrap(late));
      expect(error.message).to.include("thing");
    });
  });

  it("unwrap of a service that lends for each call has nothing to give that would last", async () => {
    const proxy = proxyOf(pooledScope({ maxSize: 1, lease: "call" }));
    thrown("RESULT_ESCAPES", () => unwrap(proxy));
    expect(await use(proxy, (thing) => thing.hello())).to.equal("hello from thing");
  });

  it("hasInstance tells each scope's truth", async () => {
    const proxies = [sharedScope(), perAsyncContextScope(), pooledScope(1)].map((scope) => proxyOf(scope));
    expect(proxies.map(hasInstance)).to.eql([false, false, false]);
    await runInContext(() => {
      for (const proxy of proxies) proxy.hello();
      expect(proxies.map(hasInstance)).to.eql([true, true, true]);
    });
    expect(proxies.map(hasInstance)).to.eql([true, false, false]);
    const late = proxyOf(perAsyncContextScope(), async () => new Thing());
    await runInContext(async () => {
      const call = late.later();
      expect(hasInstance(late), "on its way is not there").to.equal(false);
      await call;
      expect(hasInstance(late)).to.equal(true);
    });
  });

  it("release ends or gives back; it does nothing where nothing is, and to a shared one", async () => {
    const log: string[] = [];
    const shared = proxyOf(sharedScope(counting(log)));
    const mine = proxyOf(perAsyncContextScope(counting(log)));
    const pooled = proxyOf(pooledScope({ maxSize: 1, onRelease: () => void log.push("back") }));
    await release(mine);
    await runInContext(async () => {
      await release(mine);
      await release(pooled);
      expect(log).to.eql([]);
      const ids = [shared, mine, pooled].map((proxy) => proxy.which());
      for (const proxy of [shared, mine, pooled]) await release(proxy);
      expect(log).to.eql(["ended", "back"]);
      expect([shared, mine, pooled].map(hasInstance)).to.eql([true, false, false]);
      expect(shared.which()).to.equal(ids[0]);
      expect(mine.which()).to.not.equal(ids[1]);
      expect(pooled.which()).to.equal(ids[2]);
      await release(pooled, { discard: true });
      expect(pooled.which()).to.not.equal(ids[2]);
    });
  });

  it("release hands on what the disposer throws", async () => {
    const own = new Error("disposer");
    const proxy = proxyOf(
      perAsyncContextScope({
        destroy() {
          throw own;
        },
      }),
    );
    await runInContext(async () => {
      proxy.hello();
      expect(await reasonOf(release(proxy))).to.equal(own);
    });
  });

  it("lease: Infinity, or more than a timer can be set to, is no limit", async () => {
    const { signal } = new AbortController();
    for (const scope of [sharedScope(), perAsyncContextScope(), pooledScope(2)]) {
      const proxy = proxyOf(scope, async () => {
        await setTimeout(3); // a timer that is set to too much fires after 1 ms
        return new Thing();
      });
      const [one, other] = await Promise.all([
        lease(proxy, { timeoutMs: Infinity }),
        lease(proxy, { timeoutMs: 2 ** 31, signal }),
      ]);
      expect([one.value, other.value].every((thing) => thing instanceof Thing)).to.equal(true);
      await Promise.all([one.release(), other.release()]);
    }
  });

  it("lease: shared: the shared one; per-async-context: a new one, ended on release; pooled: one of one's own", async () => {
    const log: string[] = [];
    const shared = proxyOf(sharedScope(counting(log)));
    const mine = proxyOf(perAsyncContextScope(counting(log)));
    const pooled = proxyOf(pooledScope(2));
    const leases = await Promise.all([lease(shared), lease(mine), lease(pooled)]);
    expect(leases[0].value).to.equal(unwrap(shared));
    await runInContext(() => {
      expect(leases[1].value).to.not.equal(unwrap(mine));
      expect(leases[2].value).to.not.equal(unwrap(pooled));
    });
    log.length = 0;
    for (const each of leases) {
      expect(each.signal.aborted).to.equal(false);
      await each.release();
      await each.release();
      thrown("LEASE_ENDED", () => each.value);
    }
    expect(log).to.eql(["ended"]);
    expect(shared.hello()).to.equal("hello from thing");
  });

  it("lease: await using gives back at the end of the block", async () => {
    const proxy = proxyOf(pooledScope(1));
    const ids: number[] = [];
    for (let i = 0; i < 3; i++) {
      const own = await lease(proxy, { timeoutMs: 1_000 });
      try {
        ids.push(own.value.which());
      } finally {
        await own[Symbol.asyncDispose]();
      }
    }
    expect(new Set(ids).size).to.equal(1);
  });

  it("lease: an aborted signal, before and while it waits, rejects with its reason, and no slot is lost", async () => {
    const proxy = proxyOf(pooledScope(1));
    const reason = new Error("enough");
    expect(await reasonOf(lease(proxy, { signal: AbortSignal.abort(reason) }))).to.equal(reason);
    const held = await lease(proxy);
    const abort = new AbortController();
    const waiting = reasonOf(lease(proxy, { signal: abort.signal }));
    abort.abort(reason);
    expect(await waiting).to.equal(reason);
    await held.release();
    await (await lease(proxy)).release();
  });

  it("lease: a waiter goes on in its own async context", async () => {
    const proxy = proxyOf(pooledScope(1));
    const held = await lease(proxy);
    const running = runInContext({ name: "waiter" }, async () => {
      const own = await lease(proxy);
      const { name } = currentContext()!;
      await own.release();
      return name;
    });
    await runInContext({ name: "giver" }, () => held.release());
    expect(await running).to.equal("waiter");
  });

  it("use: with or without a context; gives back also when fn throws (Python's `with` loses it)", async () => {
    const proxy = proxyOf(pooledScope(1));
    const own = new Error("fn");
    for (let i = 0; i < 3; i++) {
      expect(
        await reasonOf(
          use(proxy, () => {
            throw own;
          }),
        ),
      ).to.equal(own);
      expect(await reasonOf(use(proxy, () => Promise.reject(own)))).to.equal(own);
    }
    expect(await use(proxy, (thing) => thing.later("x"))).to.equal("x from thing");
    await runInContext(async () =>
      expect(await use(proxy, async (thing) => thing.hello())).to.equal("hello from thing"),
    );
  });

  it("use: waits no longer than its options say, and no slot is lost", async () => {
    const proxy = proxyOf(pooledScope(1));
    const reason = new Error("enough");
    const never = (): never => expect.fail("not called");
    expect(await reasonOf(use(proxy, never, { signal: AbortSignal.abort(reason) }))).to.equal(reason);
    const held = await lease(proxy);
    await rejected("POOL_TIMEOUT", use(proxy, never, { timeoutMs: 1 }));
    const abort = new AbortController();
    const waiting = reasonOf(use(proxy, never, { signal: abort.signal }));
    abort.abort(reason);
    expect(await waiting).to.equal(reason);
    await held.release();
    expect(await use(proxy, (thing) => thing.hello(), { timeoutMs: Infinity })).to.equal("hello from thing");
  });

  it("use: the error of fn comes first, that of giving back is suppressed on it", async () => {
    const disposer = new Error("disposer");
    const proxy = proxyOf(
      perAsyncContextScope({
        destroy() {
          throw disposer;
        },
      }),
    );
    const own = new Error("fn") as Error & { suppressed?: unknown };
    expect(await reasonOf(use(proxy, () => Promise.reject(own)))).to.equal(own);
    expect(own.suppressed).to.eql([disposer]);
    expect(await reasonOf(use(proxy, () => "fine"))).to.equal(disposer);
  });

  it("ready(…) of a service that lends for each call waits until a call would not", async () => {
    const arrival = gate<Thing>();
    const proxy = proxyOf(pooledScope({ maxSize: 1, lease: "call" }), () => arrival.promise);
    thrown("NOT_READY", () => proxy.hello());
    arrival.open(new Thing());
    await ready(proxy);
    expect(proxy.hello()).to.equal("hello from thing");
  });

  it("work with what setInstance set", async () => {
    const proxy = scopedProxy<Thing>("thing", { shape: Thing });
    thrown("NOT_SET", () => unwrap(proxy));
    await rejected("NOT_SET", ready(proxy));
    await rejected("NOT_SET", lease(proxy));
    await release(proxy);
    const thing = new Thing();
    setInstance(proxy, thing);
    await ready(proxy);
    expect(unwrap(proxy)).to.equal(thing);
    await release(proxy);
    expect(await use(proxy, (each) => each)).to.equal(thing);
    const run = await runInContext(() => bindToContext(() => proxy.hello()));
    expect(run()).to.equal("hello from thing");
  });
});
