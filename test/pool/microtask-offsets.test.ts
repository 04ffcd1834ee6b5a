import { expect } from "chai";
import type { PoolOptions } from "inversify-scopes/pool";

import { microtasks, turn } from "../support/gate.js";
import { expectBooks, poolOf, take, Thing, watch } from "../support/pool.js";

/** More microtasks than any path through the pool takes. */
const OFFSETS = Array.from({ length: 16 }, (_, offset) => offset);

/** Asynchronous code of any length, so that what is aborted meets it in any state. */
const SLOWNESS = [0, 1, 3];
const slowly = (count: number) => async (): Promise<undefined> => {
  await microtasks(count);
  return undefined;
};

const STAGES: readonly (readonly [string, (slowness: number) => Partial<PoolOptions<Thing>>])[] = [
  ["release", () => ({})],
  [
    "create",
    (slowness) => ({
      create: async (n) => {
        await microtasks(slowness);
        return new Thing(n);
      },
    }),
  ],
  [
    "a failing create",
    (slowness) => ({
      create: async (n) => {
        await microtasks(slowness);
        if (n === 1) throw new Error("down");
        return new Thing(n);
      },
      maxUses: 1,
    }),
  ],
  ["onCreate", (slowness) => ({ onCreate: slowly(slowness), maxUses: 1 })],
  ["onAcquire", (slowness) => ({ onAcquire: slowly(slowness) })],
  [
    "a failing onAcquire",
    (slowness) => ({
      onAcquire: async ({ n }) => {
        await microtasks(slowness);
        if (n === 1) throw new Error("no");
      },
      maxUses: 1,
    }),
  ],
  ["onRelease", (slowness) => ({ onRelease: slowly(slowness) })],
  [
    "a failing onRelease",
    (slowness) => ({
      onRelease: async ({ n }) => {
        await microtasks(slowness);
        if (n === 0) throw new Error("dirty");
      },
    }),
  ],
  ["the check on acquire", (slowness) => ({ healthCheck: slowly(slowness), checkOn: ["acquire"] })],
  [
    "a failing check on acquire",
    (slowness) => ({
      healthCheck: async ({ n }) => {
        await microtasks(slowness);
        return n > 0;
      },
      checkOn: ["acquire"],
    }),
  ],
  ["destroy", (slowness) => ({ destroy: slowly(slowness), maxUses: 1 })],
];

const ENDS = ["abort", "time out", "close"] as const;

describe("at every microtask", () => {
  for (const [stage, options] of STAGES) {
    for (const end of ENDS) {
      it(`${end} around ${stage}: exactly one outcome, nothing lost`, async () => {
        for (const slowness of SLOWNESS) {
          for (const offset of OFFSETS) await meets(options(slowness), end, offset);
        }
      });
    }
  }
});

/** One holds the only instance and gives it back; one waits and is ended so many microtasks later; another waits behind it. */
async function meets(options: Partial<PoolOptions<Thing>>, end: (typeof ENDS)[number], offset: number): Promise<void> {
  const { pool, clock, ended } = poolOf({ maxSize: 1, ...options });
  const [held] = await take(pool, 1);
  const aborter = new AbortController();
  const first = watch(pool.acquire({ signal: aborter.signal, timeoutMs: 100 }));
  const second = watch(pool.acquire({ timeoutMs: Infinity }));
  void held?.release();
  await microtasks(offset);
  let closing: Promise<void> | undefined;
  if (end === "abort") aborter.abort("aborted");
  else if (end === "time out") clock.fireNow(100);
  else closing = pool.close({ graceMs: Infinity });
  expectBooks(pool.stats());
  await turn();
  await clock.advance(1000);
  if (first.now.state === "fulfilled") {
    expect(pool.stats().leased).to.equal(1);
    await first.now.value.release();
    await clock.advance(1000);
  } else {
    expect(first.now.state).to.equal("rejected");
  }
  expect(second.now.state).not.to.equal("pending");
  if (second.now.state === "fulfilled") {
    expect(second.now.value.value.ended).to.equal(false);
    await second.now.value.release();
    await clock.advance(1000);
  } else if (end !== "close") {
    // Only a creation of its own that failed.
    expect(second.now).to.have.nested.property("reason.code", "CREATE_FAILED");
  }
  expectBooks(pool.stats());
  expect(pool.stats()).to.include({ leased: 0, waiting: 0, checking: 0, resetting: 0, creating: 0, destroying: 0 });
  closing ??= pool.close();
  await clock.advance(10);
  await closing;
  expect(new Set(ended).size, "destroyed once").to.equal(ended.length);
  expect(pool.stats().created).to.equal(ended.length);
}
