import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { lease, perAsyncContextScope, runInContext, scopedProxy, setFactory } from "inversify-scopes";

import { timeLimit } from "../../src/base/time-limit.js";
import { turn } from "../support/gate.js";
import { answer, arrived, stall } from "../support/stall.js";
import { Thing } from "../support/things.js";
import { warningsDuring } from "../support/warnings.js";

describe("a limit in time that is no pool's", () => {
  it("counts from its call, though Node's timers count from the last turn of the event loop", async () => {
    await turn();
    stall(60);
    const from = performance.now();
    const after = await new Promise<number>((resolve) => void timeLimit(40, () => resolve(performance.now() - from)));
    expect(after).to.be.at.least(40);
  });

  it("fires late, and lets the loop turn first: what is answered lifts it (law 14)", async () => {
    let expired = false;
    const lift = timeLimit(5, () => (expired = true));
    const answered = arrived().then(lift);
    stall(40);
    await answered;
    await turn();
    expect(expired).to.equal(false);
  });

  it("what hangs expires all the same", async () => {
    const expired = new Promise<void>((resolve) => void timeLimit(5, resolve));
    stall(40);
    await expired;
  });

  it("none, one that is longer than Node's timers go, and one that was lifted: never", async () => {
    const fired: unknown[] = [];
    timeLimit(Infinity, () => fired.push(Infinity))();
    const long = timeLimit(2 ** 31 + 5, () => fired.push("long"));
    const lifted = timeLimit(1, () => fired.push("lifted"));
    lifted();
    await sleep(10);
    long();
    expect(fired).to.deep.equal([]);
  });

  it("lease(): a factory that takes long counts from the call", async () => {
    const proxy = scopedProxy<Thing>("thing", { shape: Thing });
    setFactory(proxy, () => sleep(5).then(() => new Thing()), perAsyncContextScope());
    stall(150);
    const held = await lease(proxy, { timeoutMs: 100 });
    expect(held.value).to.be.instanceOf(Thing);
    await held.release();
  });

  it("graceMs: a call that is answered while the loop stands still is not reported", async () => {
    const { promise, arrive } = answer();
    class Reader {
      async read(): Promise<unknown> {
        return promise;
      }
    }
    const proxy = scopedProxy<Reader>("reader", { shape: Reader });
    setFactory(proxy, () => new Reader(), perAsyncContextScope());
    const warnings = await warningsDuring(async () => {
      const ended = runInContext({ graceMs: 200 }, () => void proxy.read());
      await turn();
      arrive();
      stall(260);
      await ended;
    });
    expect(warnings).to.deep.equal([]);
  });
});
