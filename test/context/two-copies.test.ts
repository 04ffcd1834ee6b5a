import { expect } from "chai";
import * as here from "inversify-scopes";
import { reasonOf } from "../support/errors.js";
import { gate } from "../support/gate.js";
import { type SecondCopy, secondCopy } from "../support/second-copy.js";
import { Thing } from "../support/things.js";

describe("two copies of the package in one process", () => {
  let there: typeof here;
  let copy: SecondCopy;

  before(async () => {
    copy = await secondCopy();
    there = copy.main;
  });

  after(() => copy.remove());

  function thingOf(copy: typeof here, log: string[] = []): Thing {
    const proxy = copy.scopedProxy<Thing>("thing", { shape: Thing });
    const destroy = (): void => void log.push("ended");
    copy.setFactory(proxy, () => new Thing(), copy.perAsyncContextScope({ destroy }));
    return proxy;
  }

  it("are two", () => {
    expect(there.runInContext).to.not.equal(here.runInContext);
    expect(there.ScopeError).to.not.equal(here.ScopeError);
  });

  it("one context for both: begun through one, it is current for the other, and ends what both made", async () => {
    for (const [begins, other] of [
      [here, there],
      [there, here],
    ] as const) {
      const log: string[] = [];
      const mine = thingOf(begins, log);
      const theirs = thingOf(other, log);
      await begins.runInContext({ name: "shared" }, async () => {
        expect(other.currentContext()?.name).to.equal("shared");
        expect(theirs.which()).to.equal(theirs.which());
        expect(mine.which()).to.not.equal(theirs.which());
        await Promise.resolve();
        expect(other.hasInstance(theirs)).to.equal(true);
      });
      expect(log).to.eql(["ended", "ended"]);
    }
  });

  it("a child may be of another copy than its parent, which waits for it", async () => {
    for (const [outer, inner] of [
      [here, there],
      [there, here],
    ] as const) {
      const work = gate();
      let over = false;
      const running = outer
        .runInContext({ name: "outer" }, () => {
          void inner.runInContext(async () => {
            expect(inner.currentContext()?.parent?.name).to.equal("outer");
            await work.promise;
          });
        })
        .then(() => (over = true));
      await Promise.resolve();
      expect(over).to.equal(false);
      work.open();
      await running;
    }
  });

  it("each copy's functions know the other's proxies", async () => {
    const proxy = thingOf(there);
    expect(here.isScopedProxy(proxy)).to.equal(true);
    await here.runInContext({ needs: [proxy] }, async () => {
      expect(here.hasInstance(proxy)).to.equal(true);
      expect(here.unwrap(proxy)).to.be.instanceOf(Thing);
      await here.release(proxy);
      expect(there.hasInstance(proxy)).to.equal(false);
    });
    expect(await here.use(proxy, (thing) => thing.hello())).to.equal("hello from thing");
  });

  it("errors of one are ScopeErrors of the other (law 11)", async () => {
    const proxy = thingOf(there);
    const error = await reasonOf(here.ready(proxy));
    expect(error).to.be.instanceOf(here.ScopeError);
    expect(error).to.be.instanceOf(there.ScopeError);
    expect(error).to.include({ code: "NO_CONTEXT" });
  });

  it("a factory of one copy sees no context of the other, and a captive dependency across copies is named (law 8)", async () => {
    const user = thingOf(here);
    const cache = there.scopedProxy<Thing>("cache", { shape: Thing });
    there.setFactory(cache, () => {
      expect(here.currentContext()).to.equal(undefined);
      return new Thing(user.hello());
    });
    const error = await reasonOf(here.runInContext(async () => cache.hello()));
    expect(error).to.include({ code: "CAPTIVE_DEPENDENCY" });
  });
});
