import { expect } from "chai";
import { pooledScope, runInContext, scopedProxy, setFactory, setInstance } from "inversify-scopes";
import { thrown } from "../support/errors.js";
import { gate } from "../support/gate.js";

type Work = (word: string) => Promise<string>;

describe("services that are functions", () => {
  it("a call is a call for `concurrency`, too", async () => {
    const done = gate<string>();
    const work = scopedProxy<Work>("work", { shape: Function });
    setFactory(work, () => () => done.promise, pooledScope({ maxSize: 1, concurrency: "throw" }));
    await runInContext(async () => {
      const first = work("first");
      thrown("CONCURRENT_USE", () => work("second"));
      done.open("done");
      expect(await first).to.equal("done");
      expect(await work("third")).to.equal("done");
    });
  });

  it("a call may lend for its own time", async () => {
    const work = scopedProxy<Work>("work", { shape: Function });
    setFactory(work, () => async (word: string) => word.toUpperCase(), pooledScope({ maxSize: 1, lease: "call" }));
    expect(await work("a")).to.equal("A");
    expect(await work("b")).to.equal("B");
  });

  it("a function cannot wait: made asynchronously and not there, a call is NOT_READY", async () => {
    const work = scopedProxy<Work>("work", { shape: Function });
    setFactory(work, async () => async (word: string) => word, "per-async-context");
    await runInContext(async () => {
      expect(thrown("NOT_READY", () => work("a")).message).to.include("()");
    });
  });

  it("a function that returns itself hands out the proxy", () => {
    const chain = scopedProxy<() => unknown>("chain", { shape: Function });
    const real = (): unknown => real;
    setInstance(chain, real);
    expect(chain()).to.equal(chain);
  });

  it("one that has a toJSON is written by it, also by whoever asks first", () => {
    const call = scopedProxy<() => number>("call", { shape: Function });
    setFactory(call, () => Object.assign(() => 1, { toJSON: () => "as it says" }));
    expect(JSON.stringify({ call })).to.equal('{"call":"as it says"}');
  });

  it("an object of null prototype may stand behind a known class", () => {
    class Shape {
      a = 1;
    }
    for (const proxy of ["auto", "full"] as const) {
      const service = scopedProxy<Shape>("service", { shape: Shape, proxy });
      setInstance(service, Object.assign(Object.create(null) as Shape, { a: 2 }));
      setInstance(service, Object.assign(Object.create(null) as Shape, { a: 3 }));
      expect(service.a).to.equal(3);
      expect(service).to.be.instanceOf(Shape);
      expect(service.constructor).to.equal(Shape);
    }
  });
});
