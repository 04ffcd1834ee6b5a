import { expect } from "chai";
import {
  detach,
  hasInstance,
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
import { reasonOf, rejected, thrown } from "../support/errors.js";
import { inspect } from "node:util";
import { Thing } from "../support/things.js";

/** One test for each row of the table for people who come from Python's ProxyPatternPool: the Proxy part. */
describe("coming from Python: Proxy", () => {
  it("Proxy() at import, set_obj at start: any order of modules", () => {
    const stuff = scopedProxy<Thing>("stuff");
    const user = { stuff, greet: () => stuff.hello() };
    thrown("NOT_SET", () => user.greet());
    setInstance(stuff, new Thing("stuff"));
    expect(user.greet()).to.equal("hello from stuff");
  });

  it("Proxy(obj=…): one object, shared", async () => {
    const stuff = scopedProxy<Thing>("stuff", { shape: Thing });
    setInstance(stuff, new Thing());
    const outside = stuff.which();
    await runInContext(() => expect(stuff.which()).to.equal(outside));
  });

  it("Proxy(fun=…, scope=…): objects made on demand by fun(n), n counting from 0", async () => {
    for (const scope of [perAsyncContextScope(), pooledScope(Infinity)]) {
      const numbers: number[] = [];
      const stuff = scopedProxy<Thing>("stuff", { shape: Thing });
      setFactory(stuff, (n) => (numbers.push(n), new Thing(`number ${n}`)), scope);
      expect(numbers).to.eql([]);
      const names = await Promise.all(
        [0, 1, 2].map(() =>
          runInContext(async () => {
            const { name } = stuff;
            await Promise.resolve();
            return name;
          }),
        ),
      );
      expect(names).to.eql(["number 0", "number 1", "number 2"]);
      expect(numbers).to.eql([0, 1, 2]);
    }
  });

  it("Scope.AUTO: an object and a factory without a scope are shared (scenario 74: SHARED with fun is allowed)", async () => {
    const stuff = scopedProxy<Thing>("stuff", { shape: Thing });
    let made = 0;
    setFactory(stuff, () => (made++, new Thing()));
    const ids = [stuff.which(), await runInContext(() => stuff.which()), await runInContext(() => stuff.which())];
    expect(new Set(ids).size).to.equal(1);
    expect(made).to.equal(1);
  });

  it("Scope.SHARED, THREAD, WERKZEUG, VERSATILE, GEVENT, EVENTLET: shared and per-async-context, by name or value", async () => {
    for (const scope of ["shared", sharedScope()] as const) {
      const stuff = scopedProxy<Thing>("stuff", { shape: Thing });
      setFactory(stuff, () => new Thing(), scope);
      expect(stuff.which()).to.equal(stuff.which());
    }
    for (const scope of ["per-async-context", perAsyncContextScope()] as const) {
      const stuff = scopedProxy<Thing>("stuff", { shape: Thing });
      setFactory(stuff, () => new Thing(), scope);
      thrown("NO_CONTEXT", () => stuff.which());
      expect(await runInContext(() => stuff.which())).to.not.equal(await runInContext(() => stuff.which()));
    }
  });

  it("max_size=None, 0 and n: per-async-context, pooled with Infinity, pooled", async () => {
    const stuff = scopedProxy<Thing>("stuff", { shape: Thing });
    setFactory(stuff, () => new Thing(), pooledScope(1));
    await runInContext(async () => {
      stuff.hello();
      await runInContext(() => thrown("POOL_EXHAUSTED", () => stuff.hello()));
    });
    const unbounded = scopedProxy<Thing>("unbounded", { shape: Thing });
    setFactory(unbounded, () => new Thing(), pooledScope(Infinity));
    const leases = await Promise.all(Array.from({ length: 50 }, () => lease(unbounded)));
    expect(new Set(leases.map(({ value }) => value)).size).to.equal(50);
    await Promise.all(leases.map((each) => each.release()));
  });

  it("set_name: no name of the target is taken by setters, they being functions", () => {
    const stuff = scopedProxy<{ set(): string; release(): string; unwrap: number }>("stuff");
    setInstance(stuff, { set: () => "set", release: () => "release", unwrap: 1 });
    expect([stuff.set(), stuff.release(), stuff.unwrap]).to.eql(["set", "release", 1]);
  });

  it("set(obj=…, fun=…): neither is an error, of the one who forgot it; a later call replaces for every holder", async () => {
    const stuff = scopedProxy<Thing>("stuff", { shape: Thing });
    thrown("INVALID_OPTION", () => setFactory(stuff, undefined as never));
    const { hello } = stuff;
    setInstance(stuff, new Thing("first"));
    expect(hello()).to.equal("hello from first");
    setInstance(stuff, new Thing("second"));
    expect([hello(), stuff.hello()]).to.eql(["hello from second", "hello from second"]);
    setFactory(stuff, () => new Thing("made"), "per-async-context");
    thrown("NO_CONTEXT", hello);
    await runInContext(() => expect(hello()).to.equal("hello from made"));
    setInstance(stuff, new Thing("third"));
    await runInContext(() => expect(hello()).to.equal("hello from third"));
  });

  it("_get_obj(timeout): unwrap takes it now, ready waits, both say why not", async () => {
    const stuff = scopedProxy<Thing>("stuff", { shape: Thing });
    setFactory(stuff, async () => new Thing(), pooledScope({ maxSize: 1, acquireTimeoutMs: 1 }));
    await runInContext(async () => {
      thrown("NOT_READY", () => unwrap(stuff));
      await ready(stuff);
      expect(unwrap(stuff)).to.be.instanceOf(Thing);
      await detach(() => rejected("POOL_TIMEOUT", ready(stuff)));
    });
  });

  it("_has_obj(): tells without taking one, also on an unset proxy", () => {
    const stuff = scopedProxy<Thing>("stuff");
    expect(hasInstance(stuff)).to.equal(false);
    setFactory(stuff, () => new Thing());
    expect(hasInstance(stuff)).to.equal(false);
    stuff.hello();
    expect(hasInstance(stuff)).to.equal(true);
  });

  it("_ret_obj(): release, and the end of the context by itself (scenario 73: there, lost for ever)", async () => {
    const stuff = scopedProxy<Thing>("stuff", { shape: Thing });
    setFactory(stuff, () => new Thing(), pooledScope(1));
    await runInContext(async () => {
      stuff.hello();
      await release(stuff);
      await runInContext(() => stuff.hello());
    });
    for (let i = 0; i < 3; i++) {
      await reasonOf(
        runInContext(() => {
          stuff.hello();
          throw new Error("dies without returning it");
        }),
      );
    }
  });

  it("with proxy._obj(timeout) as o: use, lease; given back also when the body raises", async () => {
    const stuff = scopedProxy<Thing>("stuff", { shape: Thing });
    setFactory(stuff, () => new Thing(), pooledScope(1));
    await reasonOf(use(stuff, () => Promise.reject(new Error("body"))));
    expect(await use(stuff, (thing) => thing.hello())).to.equal("hello from thing");
    const own = await lease(stuff, { timeoutMs: 10 });
    await rejected("POOL_TIMEOUT", lease(stuff, { timeoutMs: 0 }));
    await own.release();
  });

  it("forwards str and the like; identity is the proxy's own (scenario 75: index, iteration and call, too)", () => {
    const list = scopedProxy<number[]>("list", { shape: Array });
    setInstance(list, [3, 1, 2]);
    expect([String(list), list.length, list[0], [...list], JSON.stringify(list)]).to.eql([
      "3,1,2",
      3,
      3,
      [3, 1, 2],
      "[3,1,2]",
    ]);
    expect(list === unwrap(list)).to.equal(false);
    expect(list).to.equal(list);
    const dict = scopedProxy<Map<string, number>>("dict", { shape: Map });
    setInstance(dict, new Map([["a", 1]]));
    expect([dict.get("a"), dict.size, [...dict]]).to.eql([1, 1, [["a", 1]]]);
    const add = scopedProxy<(a: number, b: number) => number>("add", { shape: Function });
    setInstance(add, (a, b) => a + b);
    expect(add(1, 2)).to.equal(3);
  });

  it("a nested call in one context means the same object", async () => {
    const stuff = scopedProxy<Thing>("stuff", { shape: Thing });
    setFactory(stuff, () => new Thing(), pooledScope(2));
    const nested = async (): Promise<number> => {
      await Promise.resolve();
      return stuff.which();
    };
    await runInContext(async () => expect(await nested()).to.equal(stuff.which()));
  });

  it("touched, asked or printed before it is set: an error that says so, or an answer; no recursion (scenario 70)", async () => {
    for (const options of [{}, { shape: Thing }]) {
      const stuff = scopedProxy<any>("stuff", options);
      const error = thrown("NOT_SET", () => stuff.hello());
      expect(error.message).to.include("stuff").and.include("setInstance");
      thrown("NOT_SET", () => stuff.toString());
      thrown("NOT_SET", () => JSON.stringify(stuff));
      expect(hasInstance(stuff)).to.equal(false);
      expect(inspect(stuff)).to.include("stuff: no instance here");
      await rejected(
        "NOT_SET",
        use(stuff, () => {}),
      );
    }
  });

  it("falsy objects count as set (there, they don't)", () => {
    for (const falsy of [0, "", false, null, undefined, Number.NaN]) {
      for (const options of [{}, { shape: Thing }, { proxy: "full" }] as const) {
        const stuff = scopedProxy<any>("stuff", options);
        setInstance(stuff, falsy);
        expect(hasInstance(stuff)).to.equal(true);
        expect(unwrap(stuff)).to.eql(falsy);
        expect("missing" in stuff).to.equal(false);
        expect(stuff instanceof Date).to.equal(false);
        expect(() => inspect(stuff)).to.not.throw();
        if (falsy === null || falsy === undefined) expect(() => stuff.missing).to.throw(TypeError);
        else expect([stuff.toString(), stuff.missing]).to.eql([String(falsy), undefined]);
      }
    }
  });

  it("an assignment reaches the object (there, it stays on the proxy)", () => {
    const stuff = scopedProxy<Thing>("stuff", { shape: Thing });
    const thing = new Thing();
    setInstance(stuff, thing);
    stuff.text = "assigned";
    expect(thing.text).to.equal("assigned");
  });

  it("equal objects stay two", async () => {
    class Same {
      toString(): string {
        return "same";
      }
      valueOf(): number {
        return 1;
      }
    }
    const stuff = scopedProxy<Same>("stuff", { shape: Same });
    setFactory(stuff, () => new Same(), pooledScope(2));
    const [a, b] = await Promise.all([lease(stuff), lease(stuff)]);
    expect(a.value).to.not.equal(b.value);
    await a.release();
    await b.release();
  });
});
