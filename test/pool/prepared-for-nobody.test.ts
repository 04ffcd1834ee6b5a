import { expect } from "chai";

import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { giveBack, poolOf, take } from "../support/pool.js";

/** A pool of one whose `onAcquire` begins something that is open until `onRelease` or the end. */
function transactions(options: { resets: boolean }) {
  const prepared = gate();
  const open = new Set<object>();
  let isSlow = false;
  const fixture = poolOf({
    maxSize: 1,
    onAcquire: async (thing) => {
      open.add(thing);
      if (isSlow) await prepared.promise;
    },
    ...(options.resets ? { onRelease: (thing) => void open.delete(thing) } : {}),
    destroy: (thing) => void open.delete(thing),
  });
  return { ...fixture, prepared, open, slow: () => (isSlow = true) };
}

describe("an instance prepared by onAcquire for a caller who is gone", () => {
  for (const resets of [true, false]) {
    it(`is ${resets ? "reset by onRelease" : "destroyed, without an onRelease"} before it is idle`, async () => {
      const { pool, prepared, open, slow, ended } = transactions({ resets });
      if (resets) await giveBack(await take(pool, 1));
      slow();
      const aborter = new AbortController();
      const gone = pool.acquire({ signal: aborter.signal }).catch(() => undefined);
      await turn();
      aborter.abort();
      await gone;
      prepared.open();
      await turn();
      expect(open.size).to.equal(0);
      expect(ended.length).to.equal(resets ? 0 : 1);
      expect(pool.stats()).to.include({ idle: resets ? 1 : 0, size: resets ? 1 : 0 });
      expect(pool.stats().destroyed).to.include({ acquireFailed: resets ? 0 : 1 });
    });
  }

  it("goes to the next who waits, prepared just now", async () => {
    const { pool, clock, prepared, open, slow } = transactions({ resets: true });
    slow();
    const gone = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 10 }));
    const next = pool.acquire();
    await clock.advance(10);
    await gone;
    prepared.open();
    expect(open.has((await next).value)).to.equal(true);
    expect(pool.stats()).to.include({ created: 1, leased: 1 });
  });

  it("goes, if the pool does not want it any more", async () => {
    const { pool, prepared, ended, slow } = transactions({ resets: true });
    slow();
    const waiting = pool.acquire();
    await turn();
    pool.recycle();
    prepared.open();
    expect((await waiting).value.n).to.equal(1);
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
  });
});
