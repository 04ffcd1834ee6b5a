import { expect } from "chai";
import { getEventListeners } from "node:events";

import { offAbort, onAbort } from "../../src/base/on-abort.js";
import { turn } from "../support/gate.js";
import { poolOf, take } from "../support/pool.js";
import { warningsDuring } from "../support/warnings.js";

describe("one signal for many who wait", () => {
  it("has one listener, whoever comes and goes, and none in the end; nobody is warned", async () => {
    const { signal } = new AbortController();
    const { pool } = poolOf({ maxSize: 1 });
    const warnings = await warningsDuring(async () => {
      const [held] = await take(pool, 1);
      const all = Array.from({ length: 100 }, async () => {
        const lease = await pool.acquire({ signal });
        expect(getEventListeners(signal, "abort").length).to.be.at.most(1);
        await lease.release();
      });
      expect(getEventListeners(signal, "abort").length).to.equal(1);
      await held?.release();
      await Promise.all(all);
    });
    expect(warnings).to.deep.equal([]);
    expect(getEventListeners(signal, "abort").length).to.equal(0);
  });

  it("is looked through once, not for each: fifty thousand cost what they are", async () => {
    const { signal } = new AbortController();
    let added = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      added++;
      add(...args);
    };
    const { pool } = poolOf({ maxSize: 1 });
    const [held] = await take(pool, 1);
    const all = Array.from({ length: 50_000 }, () => pool.acquire({ signal }).then((lease) => lease.release()));
    await held?.release();
    await Promise.all(all);
    expect(added).to.equal(1);
  });

  it("rejects all when it aborts, each with its reason, and those of other signals wait on", async () => {
    const aborter = new AbortController();
    const other = new AbortController();
    const { pool } = poolOf({ maxSize: 1 });
    const [held] = await take(pool, 1);
    const gone = Array.from({ length: 20 }, () => pool.acquire({ signal: aborter.signal }));
    const stays = pool.acquire({ signal: other.signal });
    const reason = new Error("shutdown");
    aborter.abort(reason);
    for (const outcome of await Promise.allSettled(gone)) expect(outcome).to.include({ status: "rejected", reason });
    expect(pool.stats()).to.include({ waiting: 1, aborts: 20 });
    await held?.release();
    await stays;
  });

  it("one that is taken off by another's call, or before, is not called", async () => {
    const aborter = new AbortController();
    const { signal } = aborter;
    const called: string[] = [];
    const second = (): void => void called.push("second");
    const first = (): void => {
      called.push("first");
      offAbort(signal, second);
    };
    const third = (): void => void called.push("third");
    for (const listener of [third, first, second]) onAbort(signal, listener);
    offAbort(signal, third);
    offAbort(signal, third);
    aborter.abort();
    expect(called).to.deep.equal(["first"]);
  });

  it("that has aborted already calls in a while, unless taken off before", async () => {
    const signal = AbortSignal.abort();
    const called: string[] = [];
    const off = (): void => void called.push("off");
    onAbort(signal, off);
    offAbort(signal, off);
    await turn();
    onAbort(signal, () => called.push("on"));
    await turn();
    expect(called).to.deep.equal(["on"]);
    offAbort(signal, off);
  });
});
