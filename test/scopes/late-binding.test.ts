import { inspect } from "node:util";

import { expect } from "chai";
import {
  hasInstance,
  isScopedProxy,
  lease,
  perAsyncContextScope,
  pooledScope,
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
import type { Scope } from "inversify-scopes";

import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { warningsOf } from "../support/warnings.js";

class Settings {
  constructor(readonly port = 80) {}
  url(): string {
    return `:${this.port}`;
  }
  async load(): Promise<number> {
    return this.port;
  }
}

describe("scopedProxy: not set yet", () => {
  for (const shape of [Settings, undefined]) {
    describe(shape === undefined ? "without a class" : "with a class", () => {
      const make = (): Settings => scopedProxy<Settings>("settings", shape === undefined ? {} : { shape });

      it("Python: Proxy() — a touch throws NOT_SET, naming service and member, and what to do", async () => {
        const settings = make();
        const error = thrown("NOT_SET", () => settings.url());
        expect(error.service).to.equal("settings");
        expect(error.message).to.include("settings.url").and.include("setInstance").and.include("setFactory");
        thrown("NOT_SET", () => settings.port);
        thrown("NOT_SET", () => unwrap(settings));
        thrown("NOT_SET", () => Object.assign(settings, { port: 1 }));
        // Without a class nobody knows that it is asynchronous.
        const refused = await rejected("NOT_SET", (async () => settings.load())());
        expect(refused.message).to.match(/^settings\.load was touched before it was set/);
        await rejected("NOT_SET", ready(settings));
        await rejected("NOT_SET", lease(settings));
        await rejected(
          "NOT_SET",
          use(settings, () => 1),
        );
        await runInContext(() => thrown("NOT_SET", () => settings.url()));
      });

      it("looking is free, and recurses nowhere (Python: RecursionError) (law 2, scenario 70)", async () => {
        const settings = make();
        expect(hasInstance(settings)).to.equal(false);
        expect(isScopedProxy(settings)).to.equal(true);
        expect(inspect(settings)).to.include("settings");
        expect(await Promise.resolve(settings)).to.equal(settings);
        await release(settings);
        if (shape !== undefined) {
          expect(settings instanceof shape).to.equal(true);
          expect(settings.constructor).to.equal(shape);
          expect("url" in settings).to.equal(true);
          expect(settings.url).to.be.a("function");
        }
      });
    });
  }

  it("INVALID_OPTION for a wrong name and for wrong or unknown options", () => {
    expect(thrown("INVALID_OPTION", () => scopedProxy("")).message).to.equal(
      'scopedProxy: name is "", but must be a non-empty string.',
    );
    thrown("INVALID_OPTION", () => scopedProxy(undefined as unknown as string));
    const noClasses: unknown[] = [
      "Settings",
      () => {},
      Settings.bind(undefined),
      Object.assign(() => {}, { prototype: null }),
    ];
    for (const shape of noClasses) {
      thrown("INVALID_OPTION", () => scopedProxy("x", { shape: shape as typeof Settings }));
    }
    thrown("INVALID_OPTION", () => scopedProxy("x", { shapes: Settings } as object));
  });
});

describe("setInstance", () => {
  it("Python: set_obj — everyone who holds the proxy sees it, and a later one takes its place", () => {
    const settings = scopedProxy<Settings>("settings", { shape: Settings });
    const { url } = settings;
    setInstance(settings, new Settings(1));
    expect(settings.url()).to.equal(":1");
    setInstance(settings, new Settings(2));
    expect([settings.url(), url(), settings.port]).to.deep.equal([":2", ":2", 2]);
  });

  it("a primitive that its own method returns is that, and not the proxy", () => {
    for (const way of [{}, { jitless: true }, { proxy: "full" }] as const) {
      const text = scopedProxy<any>("text", { shape: String as never, ...way });
      setInstance(text, "trimmed");
      expect([text.trim(), text.trim()]).to.eql(["trimmed", "trimmed"]);
    }
  });

  it("a primitive is a primitive in JSON", () => {
    for (const shape of [undefined, Settings]) {
      for (const value of ["text", "", 5, 0, true, false, null]) {
        const proxy = scopedProxy<object>("value", shape === undefined ? {} : { shape });
        setInstance(proxy, value as unknown as object);
        expect(JSON.stringify({ value: proxy })).to.equal(JSON.stringify({ value }));
      }
    }
  });

  for (const value of [0, "", false, null, Number.NaN, 0n, undefined]) {
    it(`Python's fault: falsy values count as set: ${inspect(value)}`, async () => {
      const proxy = scopedProxy<object>("value");
      setInstance(proxy, value as unknown as object);
      expect(hasInstance(proxy)).to.equal(true);
      expect(unwrap(proxy)).to.deep.equal(value);
      await ready(proxy);
      const held = await lease(proxy);
      expect(held.value).to.deep.equal(value);
      await held.release();
      thrown("LEASE_ENDED", () => held.value);
      await release(proxy);
      expect(await use(proxy, (x) => inspect(x))).to.equal(inspect(value));
      if (value === null || value === undefined) {
        expect(() => (proxy as { m(): void }).m()).to.throw(TypeError);
      }
    });
  }

  it("scenario 74 and 75: a function or an array with its shape", () => {
    const fn = scopedProxy<(x: number) => number>("double", { shape: Function });
    setInstance(fn, (x) => 2 * x);
    expect(fn(4)).to.equal(8);
    const list = scopedProxy<number[]>("list", { shape: Array });
    setInstance(list, [1, 2, 3]);
    expect([list.length, list[1], ...list, Array.isArray(list)]).to.deep.equal([3, 2, 1, 2, 3, true]);
  });

  it("NOT_PROXYABLE for a function or an array without its shape, and for a thenable; what was set stays", () => {
    const proxy = scopedProxy<object>("value");
    const before = { a: 1 };
    setInstance(proxy, before);
    thrown("NOT_PROXYABLE", () => setInstance(proxy, () => 1));
    thrown("NOT_PROXYABLE", () => setInstance(proxy, []));
    thrown("NOT_PROXYABLE", () => setInstance(proxy, Promise.resolve()));
    expect(unwrap(proxy)).to.equal(before);
  });

  it("replaces an instance that a factory made, which is ended; one that was given is not ours to end", async () => {
    const ended: number[] = [];
    const settings = scopedProxy<Settings>("settings", {
      shape: Settings,
      destroy: ({ port }) => void ended.push(port),
    });
    setFactory(settings, () => new Settings(1));
    settings.url();
    setInstance(settings, new Settings(2));
    setInstance(settings, new Settings(3));
    expect(ended).to.deep.equal([1]);
  });

  for (const how of ["throws", "rejects"] as const) {
    it(`an old instance whose end ${how} does not stop the new one: a process warning`, async () => {
      const fail = (): Promise<never> => {
        if (how === "throws") throw new Error("no end");
        return Promise.reject(new Error("no end"));
      };
      const settings = scopedProxy<Settings>("settings", { shape: Settings, destroy: fail });
      setFactory(settings, () => new Settings(1));
      settings.url();
      const warnings = await warningsOf(() => setInstance(settings, new Settings(2)));
      expect(warnings.join()).to.include("settings could not be ended when it was replaced").and.include("no end");
      expect(settings.url()).to.equal(":2");
    });
  }

  it("INVALID_OPTION for the proxy itself", () => {
    const settings = scopedProxy<Settings>("settings", { shape: Settings });
    const { message } = thrown("INVALID_OPTION", () => setInstance(settings, settings));
    expect(message)
      .to.match(/^setInstance: object is /)
      .and.include("the proxy settings itself");
  });

  it("INVALID_OPTION for what is no proxy", () => {
    thrown("INVALID_OPTION", () => setInstance({}, {}));
    thrown("INVALID_OPTION", () => setInstance(undefined, undefined));
  });
});

describe("setFactory", () => {
  it("Python: set_fun — the default scope is shared, made at first use with n = 0", async () => {
    const calls: number[] = [];
    const settings = scopedProxy<Settings>("settings", { shape: Settings });
    setFactory(settings, (n) => (calls.push(n), new Settings(n)));
    expect(calls).to.deep.equal([]);
    expect(settings.url()).to.equal(":0");
    await runInContext(() => expect(settings.url()).to.equal(":0"));
    expect(calls).to.deep.equal([0]);
  });

  it("Python: fun(n) counts the instances it makes, in each scope", async () => {
    for (const scope of ["per-async-context", pooledScope(3)] as const) {
      const settings = scopedProxy<Settings>("settings", { shape: Settings });
      setFactory(settings, (n) => new Settings(n), scope);
      const seen = await Promise.all(
        [0, 1, 2].map(() =>
          runInContext(async () => {
            await turn();
            return settings.port + (await turn(), 0);
          }),
        ),
      );
      expect(seen.sort((a, b) => a - b)).to.deep.equal([0, 1, 2]);
    }
  });

  it("Python: Scope.SHARED, THREAD — scopes by name", async () => {
    const settings = scopedProxy<Settings>("settings", { shape: Settings });
    setFactory(settings, () => new Settings(), "per-async-context");
    thrown("NO_CONTEXT", () => settings.url());
    setFactory(settings, () => new Settings(), "shared");
    expect(settings.url()).to.equal(":80");
  });

  it("replacing ends what was there; contexts keep what they hold until their end", async () => {
    const ended: number[] = [];
    const destroy = ({ port }: Settings): void => void ended.push(port);
    const settings = scopedProxy<Settings>("settings", { shape: Settings });
    setFactory(settings, () => new Settings(1), sharedScope({ destroy }));
    settings.url();
    setFactory(settings, () => new Settings(2), perAsyncContextScope({ destroy }));
    expect(ended).to.deep.equal([1]);
    await runInContext(() => {
      settings.url();
      setFactory(settings, () => new Settings(3), pooledScope<Settings>({ maxSize: 1, destroy }));
      expect(settings.port).to.equal(3);
      expect(ended).to.deep.equal([1]);
    });
    expect(ended).to.deep.equal([1, 2]);
    setInstance(settings, new Settings(4));
    expect(ended).to.deep.equal([1, 2, 3]);
  });

  it("replacing while the old factory runs: whoever waited is told, the latecomer is ended", async () => {
    const ended: number[] = [];
    const made = gate<Settings>();
    const settings = scopedProxy<Settings>("settings", {
      shape: Settings,
      destroy: ({ port }) => void ended.push(port),
    });
    setFactory(settings, () => made.promise);
    const call = reasonOf(settings.load());
    setFactory(settings, () => new Settings(2));
    expect(await call).to.have.property("code", "UNBOUND");
    expect(settings.port).to.equal(2);
    made.open(new Settings(1));
    await turn();
    expect(ended).to.deep.equal([1]);
  });

  it("replacing while the old factory runs, which then fails: nobody is left to be told", async () => {
    const made = gate<Settings>();
    const settings = scopedProxy<Settings>("settings", { shape: Settings });
    setFactory(settings, () => made.promise);
    thrown("NOT_READY", () => settings.url());
    setFactory(settings, () => new Settings(2));
    expect(await warningsOf(() => made.fail(new Error("late")))).to.deep.equal([]);
  });

  it("INVALID_OPTION for what is no factory, no scope, and for what the proxy has to know when it is made", () => {
    const settings = scopedProxy<Settings>("settings", { shape: Settings });
    expect(thrown("INVALID_OPTION", () => setFactory(settings, "f" as unknown as () => Settings)).message).to.equal(
      'setFactory: factory is "f", but must be a function.',
    );
    for (const scope of ["pooled", "request", {}, null, 8]) {
      const error = thrown("INVALID_OPTION", () =>
        setFactory(settings, () => new Settings(), scope as unknown as Scope),
      );
      expect(error.message).to.include("scope").and.include('"per-async-context"');
    }
    const nameless = { ...sharedScope(), name: 1 } as unknown as Scope;
    expect(thrown("INVALID_OPTION", () => setFactory(settings, () => new Settings(), nameless)).message).to.equal(
      "setFactory: scope.name is 1, but must be a string: messages call the scope by it.",
    );
    const error = thrown("INVALID_OPTION", () =>
      setFactory(settings, () => new Settings(), sharedScope({ proxy: "full" })),
    );
    expect(error.message).to.include('proxy is "full"').and.include('scopedProxy("settings")');
    setFactory(settings, () => new Settings(), sharedScope({ shape: Settings }));
    expect(settings.url()).to.equal(":80");
  });

  it("INVALID_OPTION for a scope whose open() opens nothing", () => {
    const settings = scopedProxy<Settings>("settings", { shape: Settings });
    const broken = { name: "broken", open: () => undefined } as unknown as Scope;
    expect(thrown("INVALID_OPTION", () => setFactory(settings, () => new Settings(), broken)).message).to.include(
      "broken",
    );
    thrown("NOT_SET", () => settings.url());
  });
});
