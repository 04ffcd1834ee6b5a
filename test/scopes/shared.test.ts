import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";

import { expect } from "chai";
import {
  currentContext,
  hasInstance,
  lease,
  ready,
  release,
  runInContext,
  scopedProxy,
  setFactory,
  setInstance,
  sharedScope,
  unwrap,
  use,
} from "inversify-scopes";

import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";

class Settings {
  readonly port = 80;
  url(host: string): string {
    return `http://${host}:${this.port}`;
  }
  async load(): Promise<number> {
    return this.port;
  }
}

function settings(factory: (n: number) => Settings | Promise<Settings>): Settings {
  const proxy = scopedProxy<Settings>("settings", { shape: Settings });
  setFactory(proxy, factory, sharedScope());
  return proxy;
}

describe("shared scope", () => {
  it("makes one instance at first use, for all contexts and none", async () => {
    let made = 0;
    const proxy = settings(() => {
      made++;
      return new Settings();
    });
    expect(made).to.equal(0);
    expect(proxy.url("a")).to.equal("http://a:80");
    await runInContext(() => expect(proxy.url("b")).to.equal("http://b:80"));
    expect(made).to.equal(1);
  });

  it("its factory runs in the async context of the binding, and in none of ours (law 8)", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const proxy = storage.run("binding", () =>
      settings(() => {
        seen.push(storage.getStore(), currentContext());
        return new Settings();
      }),
    );
    await storage.run("requester", () => runInContext(() => proxy.url("a")));
    expect(seen).to.deep.equal(["binding", undefined]);
  });

  it("what its factory starts does not see the first requester either (law 8)", async () => {
    const seen: unknown[] = [];
    const due = gate();
    const proxy = settings(() => {
      setImmediate(() => {
        seen.push(currentContext());
        due.open();
      });
      return new Settings();
    });
    await runInContext(() => proxy.url("a"));
    await due.promise;
    expect(seen).to.deep.equal([undefined]);
  });

  it("an asynchronous factory runs once for all who wait, who are served in order (law 4)", async () => {
    const made = gate<Settings>();
    let calls = 0;
    const proxy = settings(() => {
      calls++;
      return made.promise;
    });
    const order: string[] = [];
    const first = proxy.load().then(() => order.push("first"));
    const second = runInContext(() => proxy.load().then(() => order.push("second")));
    made.open(new Settings());
    await Promise.all([first, second]);
    expect(calls).to.equal(1);
    expect(order).to.deep.equal(["first", "second"]);
  });

  it("a synchronous member of what is made asynchronously throws NOT_READY until it is there (law 5)", async () => {
    const made = gate<Settings>();
    const proxy = settings(() => made.promise);
    const error = thrown("NOT_READY", () => proxy.url("a"));
    expect(error.service).to.equal("settings");
    expect(error.message).to.include("settings.url").and.include("ready(proxy)").and.include("defer");
    made.open(new Settings());
    await ready(proxy);
    expect(proxy.url("a")).to.equal("http://a:80");
  });

  it("retries a failed factory at the next touch", async () => {
    let attempts = 0;
    const proxy = settings(() => {
      if (attempts++ === 0) throw new Error("down");
      return new Settings();
    });
    const error = thrown("CREATE_FAILED", () => proxy.url("a"));
    expect(error.cause).to.be.an("error").with.property("message", "down");
    expect(proxy.url("a")).to.equal("http://a:80");
  });

  it("retries a failed asynchronous factory, after all who waited for it have been told", async () => {
    let attempts = 0;
    const proxy = settings(async () => {
      if (attempts++ === 0) throw new Error("down");
      return new Settings();
    });
    const [first, second] = await Promise.all([reasonOf(proxy.load()), reasonOf(proxy.load())]);
    expect(first).to.have.property("code", "CREATE_FAILED");
    expect(second).to.equal(first);
    expect(await proxy.load()).to.equal(80);
    expect(attempts).to.equal(2);
  });

  it("tells of a failure that nobody waited for by a process warning", async () => {
    const proxy = settings(() => Promise.reject(new Error("nobody sees me")));
    const warned = once(process, "warning");
    thrown("NOT_READY", () => proxy.url("a"));
    const [warning] = (await warned) as [Error];
    expect(warning.message).to.include("nobody sees me");
  });

  it("a call that waits is rejected when its context ends first, and the instance is kept for others (law 4)", async () => {
    const made = gate<Settings>();
    const proxy = settings(() => made.promise);
    let call!: Promise<number>;
    await runInContext({ name: "GET /" }, () => {
      call = proxy.load();
      call.catch(() => {});
    });
    const error = await rejected("CONTEXT_ENDED", call);
    expect(error.context).to.equal("GET /");
    made.open(new Settings());
    await turn();
    expect(hasInstance(proxy)).to.equal(true);
  });

  it("lends the shared one, and release does nothing", async () => {
    const proxy = settings(() => new Settings());
    const held = await lease(proxy);
    expect(held.value).to.equal(unwrap(proxy));
    await held.release();
    const error = thrown("LEASE_ENDED", () => held.value);
    expect(error.service).to.equal("settings");
    expect(error.message).to.match(/^settings: the lease was released/);
    await release(proxy);
    expect(hasInstance(proxy)).to.equal(true);
    expect(await use(proxy, (instance) => instance.url("a"))).to.equal("http://a:80");
  });

  it("a lease of one that was ended by somebody else does not show it any more", async () => {
    const proxy = settings(() => new Settings());
    const held = await lease(proxy);
    setFactory(proxy, () => new Settings());
    thrown("UNBOUND", () => held.value);
    await held.release();
  });

  it("a factory that puts another instance in its own place: what it made is ended, and not served", async () => {
    const ended: unknown[] = [];
    const old = Object.assign(new Settings(), { [Symbol.dispose]: () => void ended.push("old") });
    const proxy = settings(() => {
      setInstance(proxy, new Settings());
      return old;
    });
    thrown("UNBOUND", () => unwrap(proxy));
    expect(unwrap(proxy)).to.not.equal(old);
    await turn();
    expect(ended).to.deep.equal(["old"]);
  });

  it("lease waits for one that is being made, no longer than it is told to", async () => {
    const made = gate<Settings>();
    const proxy = settings(() => made.promise);
    const controller = new AbortController();
    const aborted = reasonOf(lease(proxy, { signal: controller.signal }));
    controller.abort("enough");
    expect(await aborted).to.equal("enough");
    await rejected("CREATE_TIMEOUT", lease(proxy, { timeoutMs: 0 }));
    const waiting = lease(proxy, { timeoutMs: 60_000 });
    const instance = new Settings();
    made.open(instance);
    expect((await waiting).value).to.equal(instance);
    expect(unwrap(proxy)).to.equal(instance);
  });
});
