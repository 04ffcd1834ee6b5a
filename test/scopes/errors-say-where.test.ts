import "reflect-metadata";

import { expect } from "chai";
import {
  currentContext,
  lease,
  pooled,
  pooledScope,
  type PooledOptions,
  ready,
  runInContext,
  scopedProxy,
  ScopedContainer,
  setFactory,
  setInstance,
} from "inversify-scopes";

import { reasonOf, rejected, thrown } from "../support/errors.js";

class Client {
  async query(): Promise<string> {
    return "rows";
  }
  escape(): string {
    return "''";
  }
}

function client(factory: () => Client | Promise<Client>, options: PooledOptions<Client>): Client {
  const proxy = scopedProxy<Client>("client", { shape: Client });
  setFactory(proxy, factory, pooledScope(options));
  return proxy;
}

const inRequest = <R>(fn: () => R | Promise<R>): Promise<R> => runInContext({ name: "GET /x" }, fn);

describe("errors say where (law 11)", () => {
  it("a time-out names the context that waited", async () => {
    const proxy = client(async () => new Client(), { maxSize: 1, acquireTimeoutMs: 5 });
    const held = await lease(proxy);
    expect((await inRequest(() => rejected("POOL_TIMEOUT", proxy.query()))).context).to.equal("GET /x");
    expect((await inRequest(() => rejected("POOL_TIMEOUT", ready(proxy)))).context).to.equal("GET /x");
    await held.release();
  });

  it("so does the time-out of a call that takes its own instance", async () => {
    const proxy = client(async () => new Client(), { maxSize: 1, acquireTimeoutMs: 5, lease: "call" });
    const held = await lease(proxy);
    expect((await inRequest(() => rejected("POOL_TIMEOUT", proxy.query()))).context).to.equal("GET /x");
    await held.release();
  });

  for (const [kind, factory] of Object.entries({
    synchronous: (): Client => {
      throw new Error("down");
    },
    asynchronous: async (): Promise<Client> => {
      throw new Error("down");
    },
  })) {
    it(`a ${kind} factory that fails: the context for which it ran`, async () => {
      const proxy = client(factory, { maxSize: 1 });
      expect((await inRequest(() => rejected("CREATE_FAILED", proxy.query()))).context).to.equal("GET /x");
    });
  }

  it("one binding has one name, whatever its pool is labelled", async () => {
    const proxy = client(async () => new Client(), { maxSize: 1, acquireTimeoutMs: 5, label: "connections" });
    const held = await lease(proxy);
    const error = await inRequest(() => rejected("POOL_TIMEOUT", proxy.query()));
    expect(error.service).to.equal("client");
    expect(error.message).to.include("connections");
    await held.release();
  });

  it("wrong options name the service whose binding they are for", () => {
    const container = new ScopedContainer();
    const error = thrown("INVALID_OPTION", () => container.bind(Client).toSelf().inPooledScope({ maxSize: 0 }));
    expect(error.service).to.equal("Client");
    expect(error.message).to.include("Client").and.include("maxSize").and.include("0");
  });

  it("what is no matter of options comes out as it is", () => {
    const container = new ScopedContainer();
    const options = {
      get maxSize(): number {
        throw new Error("no configuration");
      },
    };
    expect(() => container.bind(Client).toSelf().inPooledScope(options)).to.throw("no configuration");
    expect(container.isBound(Client)).to.equal(false);
  });

  it("a wrong value is shown, whatever it is", async () => {
    const nameless = (() => () => {})();
    const hostile = Object.defineProperty({}, "constructor", {
      get: () => {
        throw new Error("not for you");
      },
    });
    for (const [value, shown] of [
      [nameless, "a function"],
      [Client, "the function Client"],
      [[], "[]"],
      [["a", 1, [2], {}], '["a", 1, an array, an object]'],
      [{}, "an object"],
      [new Client(), "an instance of Client"],
      [hostile, "an object"],
      [null, "null"],
      [1n, "1"],
    ] as [unknown, string][]) {
      const error = await rejected(
        "INVALID_OPTION",
        runInContext({ name: value } as object, () => {}),
      );
      expect(error.message).to.include(`name is ${shown}, but`);
    }
  });

  it("whole: what was touched outside any context, and of a binding that is gone", async () => {
    const container = new ScopedContainer();
    container.bind(Client).toSelf().inPooledScope(1);
    const proxy = container.get(Client);
    const outside = thrown("NO_CONTEXT", () => proxy.escape());
    expect(outside.service).to.equal("Client");
    expect(outside.message).to.match(
      /^Client\.escape was touched outside any async context, but Client is pooled\. Enclose the work in runInContext\(fn\)\. \S/,
    );
    await container.unbindAsync(Client);
    const gone = thrown("UNBOUND", () => proxy.escape());
    expect(gone.service).to.equal("Client");
    expect(gone.message).to.equal(
      "Client.escape was touched through a proxy whose binding was removed (unbind, rebind, unload or restore), or replaced " +
        "while this was under way (setFactory, setInstance). Resolve Client anew, or keep the binding while its proxies are in use.",
    );
  });

  it("whole: what the contexts around hold", async () => {
    const proxy = client(() => new Client(), { maxSize: 1 });
    await inRequest(async () => {
      proxy.escape();
      const error = await runInContext({ name: "child" }, () => thrown("POOL_EXHAUSTED", () => proxy.escape()));
      expect(error).to.include({ service: "client", context: "child" });
      expect(error.holders!.map(({ holder }) => holder)).to.eql(["GET /x"]);
      expect(error.message)
        .to.match(
          /^client\.escape cannot wait, and every instance of client is in use, held by GET \/x \(for \d+ ms\)\. The /,
        )
        .and.match(/ The contexts around this one hold them all, and wait for it: use their instance with runInContext/)
        .and.match(
          /\{ nested: "reuse" \}, fn\), give it back before with release\(proxy\), start this one with detach\(fn\), or/,
        );
    });
  });

  for (const [scope, why] of [
    ["shared", /, and client is made asynchronously and not there yet\. Take/],
    ["per-async-context", /, and client is made asynchronously and not there yet in GET \/x\. Take/],
    ["pooled", /, and none of client is to be had at once \(\S.*\) in GET \/x\. Take/],
  ] as const) {
    it(`whole: what is not there yet, and in which context, where each has its own (${scope})`, async () => {
      const proxy = scopedProxy<Client>("client", { shape: Client });
      setFactory(proxy, async () => new Client(), scope === "pooled" ? pooledScope(1) : scope);
      await inRequest(async () => {
        const error = thrown("NOT_READY", () => proxy.escape());
        expect(error).to.include({ service: "client", context: "GET /x" });
        expect(error.message)
          .to.match(/^client\.escape cannot wait, /)
          .and.match(why);
        await ready(proxy);
      });
    });
  }

  for (const scope of ["shared", "per-async-context", pooledScope(1)] as const) {
    it(`mistakes in wiring come out of a factory as they are (${typeof scope === "string" ? scope : "pooled"})`, async () => {
      const unset = scopedProxy<Client>("unset", { shape: Client });
      const container = new ScopedContainer();
      container.bind(Client).toSelf().inSharedScope();
      const gone = container.get(Client);
      container.unbind(Client);
      const mistakes: Record<string, () => unknown> = {
        NOT_SET: () => unset.escape(),
        UNBOUND: () => gone.escape(),
        INVALID_OPTION: () => pooledScope(0),
        NOT_PROXYABLE: () => 1,
      };
      for (const [code, mistake] of Object.entries(mistakes)) {
        const proxy = scopedProxy<Client>("client", { shape: Client });
        setFactory(proxy, () => mistake() as Client, scope);
        await inRequest(() => void thrown(code as "NOT_SET", () => proxy.escape()));
      }
      const failing = scopedProxy<Client>("client", { shape: Client });
      const cause = new Error("down");
      setFactory(failing, () => Promise.reject(cause), scope);
      const error = await inRequest(() => rejected("CREATE_FAILED", failing.query()));
      expect(error).to.include({ service: "client", cause });
      expect(error.message).to.match(/^client(?: could not be made|: create failed): Error: down/);
    });
  }

  it("no error carries empty facts", () => {
    const error = thrown("NOT_SET", () => scopedProxy<Client>("client").escape());
    expect(Object.keys(error).sort()).to.deep.equal(["code", "service"]);
  });
});

describe("a call of an async method never throws: it returns a promise that rejects", () => {
  it("outside any context, after its end, and when the signal has aborted", async () => {
    const proxy = client(() => new Client(), { maxSize: 1 });
    const call = proxy.query();
    await rejected("NO_CONTEXT", call);
    const abort = new AbortController();
    await runInContext({ signal: abort.signal }, async () => {
      abort.abort(new Error("left"));
      const late = proxy.query();
      expect(await reasonOf(late)).to.have.property("message", "left");
    });
  });

  it("while another call runs, under concurrency 'throw': Promise.all sees both", async () => {
    const proxy = client(() => new Client(), { maxSize: 1, concurrency: "throw" });
    await runInContext(async () => {
      const [first, second] = await Promise.allSettled([proxy.query(), proxy.query()]);
      expect(first).to.deep.equal({ status: "fulfilled", value: "rows" });
      expect(second.status === "rejected" && second.reason).to.have.property("code", "CONCURRENT_USE");
    });
  });

  it("a synchronous one throws", () => {
    thrown("NO_CONTEXT", () => client(() => new Client(), { maxSize: 1 }).escape());
  });
});

describe("bad input", () => {
  it("@pooled says maxSize once", () => {
    const twice = pooled(1, { maxSize: 2 } as object);
    thrown("INVALID_OPTION", () => twice(Client));
  });

  it("a proxy cannot stand for itself, directly or by way of another", () => {
    const one = scopedProxy<Client>("one");
    const two = scopedProxy<Client>("two");
    thrown("INVALID_OPTION", () => setInstance(one, one));
    setInstance(one, two);
    expect(thrown("INVALID_OPTION", () => setInstance(two, one)).message).to.include("two");
  });
});

describe("currentContext() is there to be read, logged and compared", () => {
  it("the same object each time, with its parent, as JSON too", async () => {
    await runInContext({ name: "outer" }, async () => {
      const outer = currentContext()!;
      await runInContext({ name: "inner" }, () => {
        const inner = currentContext()!;
        expect(currentContext()).to.equal(inner);
        expect(inner.parent).to.equal(outer);
        const seen = JSON.parse(JSON.stringify(inner)) as Record<string, unknown>;
        expect(seen).to.include({ id: inner.id, name: "inner", state: "active", startedAt: inner.startedAt });
        expect(seen["parent"]).to.include({ name: "outer" });
        expect({ ...inner }).to.include({ name: "inner" });
      });
    });
  });
});
