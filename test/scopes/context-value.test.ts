import "reflect-metadata";
import { inspect } from "node:util";
import { expect } from "chai";
import { inject, injectable } from "inversify";
import {
  bindToContext,
  contextValue,
  currentContext,
  detach,
  hasInstance,
  isScopedProxy,
  lease,
  ready,
  release,
  runInContext,
  ScopedContainer,
  scopedProxy,
  setContextValue,
  setFactory,
  unwrap,
  use,
} from "inversify-scopes";
import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { secondCopy } from "../support/second-copy.js";

class Request {
  constructor(readonly url: string) {}
  path(): string {
    return this.url.split("?")[0]!;
  }
  async body(): Promise<string> {
    return `body of ${this.url}`;
  }
  self(): this {
    return this;
  }
}

interface Tenant {
  name: string;
}

function bound(): { container: ScopedContainer; request: Request; tenant: Tenant } {
  const container = new ScopedContainer();
  container.bind(Request).toContextValue();
  container.bind<Tenant>("tenant").toContextValue();
  return { container, request: container.get(Request), tenant: container.get<Tenant>("tenant") };
}

describe("a context value", () => {
  it("is the object that whoever opens the context gives it", async () => {
    const { request, tenant } = bound();
    const given = new Request("/a?b");
    const acme = { name: "acme" };
    await runInContext({ values: [contextValue(request, given), contextValue(tenant, acme)] }, async () => {
      expect(request.path()).to.equal("/a");
      expect(request.url).to.equal("/a?b");
      expect(await request.body()).to.equal("body of /a?b");
      expect(unwrap(request)).to.equal(given);
      expect(tenant.name).to.equal("acme");
      tenant.name = "other";
      expect(acme.name).to.equal("other");
      expect(request.self(), "law 9").to.equal(request);
      await turn();
      expect(request.path()).to.equal("/a");
    });
  });

  it("of a hundred contexts at once, each has its own (law 1)", async () => {
    const { request } = bound();
    const urls = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        runInContext({ values: [contextValue(request, new Request(`/${i}`))] }, async () => {
          await turn();
          return request.path();
        }),
      ),
    );
    expect(urls).to.eql(urls.map((_, i) => `/${i}`));
  });

  it("a singleton may hold the proxy", async () => {
    @injectable()
    class Audit {
      constructor(@inject(Request) readonly request: Request) {}
      line(): string {
        return `asked for ${this.request.path()}`;
      }
    }
    const { container, request } = bound();
    container.bind(Audit).toSelf().inSingletonScope();
    const audit = container.get(Audit);
    for (const url of ["/1", "/2"]) {
      await runInContext({ values: [contextValue(request, new Request(url))] }, () =>
        expect(audit.line()).to.equal(`asked for ${url}`),
      );
    }
  });

  it("is neither made nor ended by the library", async () => {
    const { container, request } = bound();
    class Ending extends Request {
      ended = 0;
      [Symbol.dispose](): void {
        this.ended++;
      }
    }
    const given = new Ending("/");
    await runInContext({ values: [contextValue(request, given)] }, async () => {
      request.path();
      await release(request);
      expect(request.path(), "release does nothing").to.equal("/");
    });
    await container.unbindAllAsync();
    expect(given.ended).to.equal(0);
  });

  it("of which none was given is NOT_SET, naming the context and `values`", async () => {
    const { request } = bound();
    await runInContext({ name: "GET /" }, async () => {
      const error = thrown("NOT_SET", () => request.path());
      expect(error).to.include({ service: "Request", context: "GET /" });
      expect(error.message)
        .to.include("Request.path was touched in GET /")
        .and.include("runInContext({ values: [contextValue(proxy, value)] }, fn)")
        .and.include("setContextValue(proxy, value)");
      for (const touch of [() => request.url, () => unwrap(request)]) thrown("NOT_SET", touch);
      for (const wait of [
        () => request.body(),
        () => ready(request),
        () => lease(request),
        () => use(request, () => 1),
      ])
        await rejected("NOT_SET", wait());
    });
    await rejected(
      "NOT_SET",
      runInContext({ needs: [request] }, () => 1),
    );
  });

  it("NOT_SET reaches whoever touches a service whose factory needed it, as it is", async () => {
    const { request } = bound();
    const user = scopedProxy<Request>("user", { shape: Request });
    setFactory(user, () => new Request(request.path()), "per-async-context");
    await runInContext(() => expect(thrown("NOT_SET", () => user.path()).service).to.equal("Request"));
  });

  it("outside NO_CONTEXT, after the end CONTEXT_ENDED (law 6)", async () => {
    const { request } = bound();
    expect(thrown("NO_CONTEXT", () => request.path()).message).to.include("Request is a context value");
    await rejected("NO_CONTEXT", request.body());
    const [late, unseen] = await runInContext({ values: [contextValue(request, new Request("/"))] }, () => {
      const child = runInContext(() => bindToContext(() => request.path()));
      return Promise.all([bindToContext(() => request.path()), child]);
    });
    thrown("CONTEXT_ENDED", late);
    thrown("CONTEXT_ENDED", unseen);
  });

  it("looking is free, and shows what is there (law 2)", async () => {
    const { request } = bound();
    const look = (): unknown[] => [
      request instanceof Request,
      request.constructor,
      "path" in request,
      isScopedProxy(request),
      typeof request.path,
    ];
    expect(look()).to.eql([true, Request, true, true, "function"]);
    expect(hasInstance(request)).to.equal(false);
    expect(inspect(request)).to.include("no instance here");
    await runInContext(async () => {
      look();
      expect(hasInstance(request)).to.equal(false);
      expect(await Promise.resolve(request)).to.equal(request);
      setContextValue(request, new Request("/late"));
      expect(hasInstance(request)).to.equal(true);
      expect(inspect(request)).to.include("/late");
    });
  });

  it("a shared service's factory that touches it is a captive dependency (law 8)", async () => {
    const { request } = bound();
    const cache = scopedProxy<Request>("cache", { shape: Request });
    setFactory(cache, () => new Request(request.path()), "shared");
    await runInContext({ values: [contextValue(request, new Request("/"))] }, () => {
      const error = thrown("CAPTIVE_DEPENDENCY", () => cache.path());
      expect(error.message).to.include("cache").and.include("Request is a context value");
      thrown("CAPTIVE_DEPENDENCY", () => cache.path());
    });
  });

  it("a factory of the context may touch it, before and after its first await", async () => {
    const { request } = bound();
    const user = scopedProxy<Request>("user", { shape: Request });
    const make = async (): Promise<Request> => {
      const before = request.path();
      await turn();
      return new Request(before + request.path());
    };
    setFactory(user, make, "per-async-context");
    await runInContext({ values: [contextValue(request, new Request("/a"))], needs: [user] }, () =>
      expect(user.url).to.equal("/a/a"),
    );
  });

  it("is there for disposers, also if it was not touched before", async () => {
    const { request } = bound();
    const seen: string[] = [];
    const user = scopedProxy<Request>("user", { shape: Request });
    const destroyed = { destroy: () => void seen.push(request.path()) };
    const { perAsyncContextScope } = await import("inversify-scopes");
    setFactory(user, () => new Request("/"), perAsyncContextScope(destroyed));
    await runInContext({ values: [contextValue(request, new Request("/own"))] }, () => user.path());
    await runInContext({ values: [contextValue(request, new Request("/outer"))] }, () =>
      runInContext(() => user.path()),
    );
    expect(seen).to.eql(["/own", "/outer"]);
  });

  it("can be leased and used, which ends nothing", async () => {
    const { request } = bound();
    const given = new Request("/");
    await runInContext({ values: [contextValue(request, given)] }, async () => {
      await using held = await lease(request);
      expect(held.value).to.equal(given);
      expect(await use(request, (value) => value)).to.equal(given);
      await ready(request);
    });
    await rejected("NO_CONTEXT", lease(request));
  });

  it("calls on it count for graceMs, as all in the context", async () => {
    const { request } = bound();
    const answer = gate<string>();
    class Slow extends Request {
      override body(): Promise<string> {
        return answer.promise;
      }
    }
    let isOver = false;
    const running = runInContext({ graceMs: 5_000, values: [contextValue(request, new Slow("/"))] }, () => {
      expect(request.path()).to.equal("/");
      void request.body();
    }).then(() => (isOver = true));
    await turn();
    expect(isOver).to.equal(false);
    answer.open("body");
    await running;
  });

  it("functions and arrays may be given where the shape says so", async () => {
    const container = new ScopedContainer();
    container.bind<(text: string) => string>("say").toContextValue({ shape: Function });
    container.bind<string[]>("roles").toContextValue({ shape: Array });
    const say = container.get<(text: string) => string>("say");
    const roles = container.get<string[]>("roles");
    const values = [contextValue(say, (text) => `${text}!`), contextValue(roles, ["admin"])];
    await runInContext({ values }, () => {
      expect(say("hi")).to.equal("hi!");
      expect([...roles]).to.eql(["admin"]);
    });
    expect(thrown("NOT_PROXYABLE", () => contextValue(roles, {} as never)).message).to.include("no array");
  });

  it("the proxy of another service may be given", async () => {
    const { request } = bound();
    const shared = scopedProxy<Request>("shared", { shape: Request });
    setFactory(shared, () => new Request("/shared"), "shared");
    await runInContext({ values: [contextValue(request, shared)] }, () => expect(request.path()).to.equal("/shared"));
  });
});

describe("child contexts and context values", () => {
  it("see their parent's, unless they have their own", async () => {
    const { request, tenant } = bound();
    const values = [contextValue(request, new Request("/outer")), contextValue(tenant, { name: "acme" })];
    await runInContext({ values }, async () => {
      await runInContext({ values: [contextValue(request, new Request("/inner"))] }, () =>
        runInContext(() => {
          expect([request.path(), tenant.name]).to.eql(["/inner", "acme"]);
          expect([request.path(), tenant.name]).to.eql(["/inner", "acme"]);
        }),
      );
      expect(request.path()).to.equal("/outer");
    });
  });

  it("see what their parent is given after they have begun", async () => {
    const { request } = bound();
    await runInContext(async () => {
      const isGiven = gate();
      const child = runInContext(async () => {
        thrown("NOT_SET", () => request.path());
        await isGiven.promise;
        return request.path();
      });
      setContextValue(request, new Request("/late"));
      isGiven.open();
      expect(await child).to.equal("/late");
    });
  });

  it("detached work sees none but its own", async () => {
    const { request } = bound();
    await runInContext({ values: [contextValue(request, new Request("/"))] }, async () => {
      await detach(() => thrown("NOT_SET", () => request.path()));
      const own = await detach({ values: [contextValue(request, new Request("/job"))] }, () => request.path());
      expect(own).to.equal("/job");
    });
  });
});

describe("nested: 'reuse' and context values", () => {
  it("adds them where none were given", async () => {
    const { request, tenant } = bound();
    await runInContext({ values: [contextValue(request, new Request("/first"))] }, async () => {
      const values = [contextValue(request, new Request("/second")), contextValue(tenant, { name: "acme" })];
      await runInContext({ nested: "reuse", values }, () =>
        expect([request.path(), tenant.name]).to.eql(["/first", "acme"]),
      );
      expect(tenant.name, "it is the context's").to.equal("acme");
    });
  });

  it("what is seen of a context around counts as given, whether it was used or not", async () => {
    const { request } = bound();
    for (const use of [() => {}, () => request.path()]) {
      await runInContext({ values: [contextValue(request, new Request("/outer"))] }, () =>
        runInContext(async () => {
          use();
          const values = [contextValue(request, new Request("/joined"))];
          await runInContext({ nested: "reuse", values }, () => expect(request.path()).to.equal("/outer"));
        }),
      );
    }
  });

  it("where no context is, one begins with them", async () => {
    const { request } = bound();
    const values = [contextValue(request, new Request("/"))];
    expect(await runInContext({ nested: "reuse", values }, () => request.path())).to.equal("/");
  });
});

describe("setContextValue", () => {
  it("gives the current context its value, and no other", async () => {
    const { request } = bound();
    await runInContext(async () => {
      await runInContext(() => {
        setContextValue(request, new Request("/child"));
        expect(request.path()).to.equal("/child");
      });
      thrown("NOT_SET", () => request.path());
      setContextValue(request, new Request("/parent"));
      expect(request.path()).to.equal("/parent");
    });
  });

  it("given already, or used there, it is INVALID_OPTION; a touch that got NOT_SET does not count", async () => {
    const { request } = bound();
    await runInContext({ name: "job", values: [contextValue(request, new Request("/outer"))] }, async () => {
      const error = thrown("INVALID_OPTION", () => setContextValue(request, new Request("/again")));
      expect(error).to.include({ service: "Request", context: "job" });
      expect(error.message).to.include("job has its Request already");
      await runInContext(() => {
        expect(hasInstance(request), "a look does not count").to.equal(true);
        setContextValue(request, new Request("/own"));
        expect(request.path()).to.equal("/own");
      });
      await runInContext(() => {
        expect(request.path()).to.equal("/outer");
        thrown("INVALID_OPTION", () => setContextValue(request, new Request("/late")));
        expect(request.path()).to.equal("/outer");
      });
    });
    await runInContext(() => {
      thrown("NOT_SET", () => request.path());
      setContextValue(request, new Request("/set"));
      thrown("INVALID_OPTION", () => setContextValue(request, new Request("/twice")));
      expect(request.path()).to.equal("/set");
    });
  });

  it("outside a context it is NO_CONTEXT, in the factory of a shared service CAPTIVE_DEPENDENCY", async () => {
    const { request } = bound();
    thrown("NO_CONTEXT", () => setContextValue(request, new Request("/")));
    const cache = scopedProxy<Request>("cache", { shape: Request });
    const make = (): Request => {
      setContextValue(request, new Request("/"));
      return new Request("/");
    };
    setFactory(cache, make, "shared");
    await runInContext(() => thrown("CAPTIVE_DEPENDENCY", () => cache.path()));
  });

  it("in a context that is ending or has ended it says so", async () => {
    const { request } = bound();
    const user = scopedProxy<Request>("user", { shape: Request });
    const { perAsyncContextScope } = await import("inversify-scopes");
    const set = (): void => setContextValue(request, new Request("/"));
    setFactory(user, () => new Request("/"), perAsyncContextScope({ destroy: () => thrown("CONTEXT_ENDING", set) }));
    const late = await runInContext(() => {
      user.path();
      return bindToContext(set);
    });
    thrown("CONTEXT_ENDED", late);
  });
});

describe("what contexts are given for values", () => {
  it("two for one service, and what is no pair, is INVALID_OPTION, and the body does not run", async () => {
    const { request } = bound();
    const pair = contextValue(request, new Request("/"));
    for (const [values, said] of [
      [[pair, pair], 'values is "two for Request", but must be one value at most for each service'],
      [pair, "values is an instance of ContextValue, but must be an array of what contextValue(proxy, value) returns"],
      [[pair, new Request("/")], "must be an array of what contextValue(proxy, value) returns"],
      [[undefined], "must be an array of what contextValue(proxy, value) returns"],
    ] as const) {
      for (const run of [runInContext, detach]) {
        let ran = false;
        const error = await rejected(
          "INVALID_OPTION",
          run({ values: values as never }, () => (ran = true)),
        );
        expect(error.message).to.include(said);
        expect(ran).to.equal(false);
      }
    }
  });

  it("only services bound by toContextValue take one", () => {
    const { request } = bound();
    const other = scopedProxy<Request>("other", { shape: Request });
    for (const give of [contextValue, setContextValue]) {
      const error = thrown("INVALID_OPTION", () => give(other, new Request("/") as never));
      expect(error.message).to.include(
        `${give.name}: proxy is "other", but must be that of a service bound by toContextValue()`,
      );
      thrown("INVALID_OPTION", () => give(new Request("/"), new Request("/")));
      thrown("INVALID_OPTION", () => give(undefined as unknown as Request, new Request("/")));
      thrown("INVALID_OPTION", () => give(request, request));
    }
  });

  it("a primitive and a thenable are NOT_PROXYABLE at once, falsy ones too", async () => {
    const { tenant } = bound();
    await runInContext(() => {
      for (const give of [contextValue, setContextValue]) {
        for (const value of [
          undefined,
          null,
          0,
          "",
          false,
          "acme",
          5n,
          Symbol("s"),
          Promise.resolve(tenant),
          () => {},
        ]) {
          const error = thrown("NOT_PROXYABLE", () => give(tenant, value as never));
          expect(error.message).to.include(`tenant: ${give.name} was given `);
          expect(error.message).to.not.include("acme");
        }
      }
      thrown("NOT_SET", () => tenant.name);
    });
  });

  it("a pair may be given to many contexts", async () => {
    const { tenant } = bound();
    const values = [contextValue(tenant, { name: "acme" })];
    const run = (): Promise<string> => runInContext({ values }, () => tenant.name);
    expect(await Promise.all([run(), run()])).to.eql(["acme", "acme"]);
  });

  it("aborted beforehand, nothing is given", async () => {
    const { tenant } = bound();
    const reason = new Error("gone");
    const options = { signal: AbortSignal.abort(reason), values: [contextValue(tenant, { name: "acme" })] };
    await runInContext(async () => {
      expect(await reasonOf(runInContext({ ...options, nested: "reuse" }, () => 1))).to.equal(reason);
      thrown("NOT_SET", () => tenant.name);
    });
  });

  it("another copy of the package takes the pairs, and serves them", async () => {
    const copy = await secondCopy();
    try {
      const there = copy.main;
      const { request } = bound();
      for (const [pairs, runs] of [
        [there, { runInContext }],
        [{ contextValue }, there],
      ] as const) {
        const values = [pairs.contextValue(request, new Request("/both"))];
        expect(await runs.runInContext({ values }, () => request.path())).to.equal("/both");
      }
      await there.runInContext(() => {
        there.setContextValue(request, new Request("/set"));
        expect(currentContext()?.name).to.equal(there.currentContext()?.name);
        expect(request.path()).to.equal("/set");
      });
    } finally {
      await copy.remove();
    }
  });
});
