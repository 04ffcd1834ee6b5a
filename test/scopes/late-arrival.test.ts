import { expect } from "chai";
import {
  perAsyncContextScope,
  release,
  runInContext,
  scopedProxy,
  setFactory,
  setInstance,
  sharedScope,
} from "inversify-scopes";

import { thrown } from "../support/errors.js";
import { gate, microtasks, turn } from "../support/gate.js";
import { serviceOf } from "../support/services.js";
import { warningsOf } from "../support/warnings.js";

class Thing {
  isEnded = false;
  async work(): Promise<string> {
    return this.isEnded ? "worked on an ended instance" : "done";
  }
  [Symbol.dispose](): void {
    this.isEnded = true;
  }
}

/** More reactions than there are between a factory's promise and a call that waits for it. */
const OFFSETS = Array.from({ length: 14 }, (_, i) => i);

async function outcome(call: Promise<string>): Promise<string> {
  return call.catch((error: unknown) => (error as { code?: string }).code ?? String(error));
}

describe("late arrivals", () => {
  for (const offset of OFFSETS) {
    it(`the context ends ${offset} reactions after the factory's promise: served or rejected, never on an ended instance (laws 4 and 6)`, async () => {
      const made = gate<Thing>();
      const body = gate();
      const thing = new Thing();
      const proxy = serviceOf(Thing, () => made.promise, "per-async-context");
      let calls!: Promise<string[]>;
      const context = runInContext(() => {
        calls = Promise.all([outcome(proxy.work()), outcome(proxy.work())]);
        return body.promise;
      });
      made.open(thing);
      await microtasks(offset);
      body.open();
      await context;
      const [first, second] = await calls;
      await turn();
      expect(first).to.be.oneOf(["done", "CONTEXT_ENDED"]);
      expect(second).to.equal(first);
      expect(thing.isEnded).to.equal(true);
    });

    it(`a shared service is replaced ${offset} reactions after its factory's promise: nothing is kept, nobody gets the ended one`, async () => {
      const made = gate<Thing>();
      const thing = new Thing();
      const next = new Thing();
      const proxy = serviceOf(Thing, () => made.promise, sharedScope());
      const call = outcome(proxy.work());
      const inContext = runInContext(() => outcome(proxy.work()));
      made.open(thing);
      await microtasks(offset);
      setInstance(proxy, next);
      expect(await call).to.be.oneOf(["done", "UNBOUND"]);
      expect(await inContext).to.be.oneOf(["done", "UNBOUND"]);
      await turn();
      expect(thing.isEnded).to.equal(true);
      expect(next.isEnded).to.equal(false);
    });
  }

  it("whoever waited is told at once; what arrives after the end of the context is ended, once", async () => {
    const made = gate<Thing>();
    const ended: Thing[] = [];
    const proxy = scopedProxy<Thing>("thing", { shape: Thing });
    setFactory(proxy, () => made.promise, perAsyncContextScope({ destroy: (thing: Thing) => void ended.push(thing) }));
    let call!: Promise<string>;
    await runInContext(() => void (call = outcome(proxy.work())));
    expect(await call).to.equal("CONTEXT_ENDED");
    expect(ended).to.deep.equal([]);
    const thing = new Thing();
    made.open(thing);
    await turn();
    expect(ended).to.deep.equal([thing]);
  });

  it("one that a touch began which could not wait, and that nobody has asked for since, is ended too", async () => {
    const made = gate<Thing>();
    const proxy = serviceOf(Thing, () => made.promise, "per-async-context");
    await runInContext(() => void thrown("NOT_READY", () => proxy.isEnded));
    const thing = new Thing();
    const warnings = await warningsOf(() => made.open(thing));
    expect(thing.isEnded).to.equal(true);
    expect(warnings).to.deep.equal([]);
  });

  it("a late one that cannot be ended is told by a process warning", async () => {
    const made = gate<Thing>();
    const proxy = scopedProxy<Thing>("thing", { shape: Thing });
    const destroy = (): Promise<never> => Promise.reject(new Error("stuck"));
    setFactory(proxy, () => made.promise, perAsyncContextScope({ destroy }));
    await runInContext(() => void outcome(proxy.work()));
    const warnings = await warningsOf(() => made.open(new Thing()));
    expect(warnings.join()).to.include("thing could not be ended after it arrived too late").and.include("stuck");
  });

  it("a queued call whose instance was released by the call before it gets a new one", async () => {
    const made = [gate<Thing>(), gate<Thing>()];
    const proxy = serviceOf(Thing, (n) => made[n]!.promise, "per-async-context");
    class Greedy extends Thing {
      override async work(): Promise<string> {
        void release(proxy);
        return super.work();
      }
    }
    await runInContext(async () => {
      const calls = Promise.all([outcome(proxy.work()), outcome(proxy.work())]);
      made[0]!.open(new Greedy());
      await turn();
      made[1]!.open(new Thing());
      expect(await calls).to.deep.equal(["worked on an ended instance", "done"]);
    });
  });
});
