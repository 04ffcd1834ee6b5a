import { expect } from "chai";
import { subscribe, unsubscribe } from "node:diagnostics_channel";

import { rejected } from "../support/errors.js";
import { poolOf, Thing } from "../support/pool.js";

const NAMES = ["acquire", "create", "destroy", "timeout", "leak"] as const;

/** Listens to all channels while a function runs. */
async function events(fn: () => Promise<void>): Promise<{ readonly name: string; readonly [fact: string]: unknown }[]> {
  const heard: { name: string; [fact: string]: unknown }[] = [];
  const listeners = NAMES.map((name) => {
    const listener = (message: unknown): void => void heard.push({ name, ...(message as object) });
    subscribe(`inversify-scopes:pool:${name}`, listener);
    return [name, listener] as const;
  });
  try {
    await fn();
  } finally {
    for (const [name, listener] of listeners) unsubscribe(`inversify-scopes:pool:${name}`, listener);
  }
  return heard;
}

describe("diagnostics channels", () => {
  it("tell of creations, waits, and destroys with their reason", async () => {
    const { pool, clock } = poolOf({
      maxSize: 1,
      create: (n) => new Promise((resolve) => void clock.setTimeout(() => resolve(new Thing(n)), 40)),
    });
    await clock.advance(1000);
    const heard = await events(async () => {
      const first = pool.acquire();
      await clock.advance(40);
      const lease = await first;
      const waiting = pool.acquire();
      await clock.advance(30);
      await lease.release();
      await (await waiting).discard();
    });
    expect(heard).to.deep.equal([
      { name: "create", pool: "Test", instance: 0, durationMs: 40 },
      { name: "acquire", pool: "Test", waitedMs: 40 },
      { name: "acquire", pool: "Test", waitedMs: 30 },
      { name: "destroy", pool: "Test", instance: 0, reason: "discarded" },
    ]);
  });

  it("tell of failures and time-outs, with the error", async () => {
    const cause = new Error("down");
    const { pool, clock } = poolOf({
      maxSize: 1,
      create: (n) => (n === 0 ? Promise.reject(cause) : new Thing(n)),
      destroy: () => {
        throw cause;
      },
    });
    let timedOut: unknown;
    await clock.advance(1000);
    const heard = await events(async () => {
      await rejected("CREATE_FAILED", pool.acquire());
      const lease = await pool.acquire();
      const late = rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 5 }));
      await clock.advance(5);
      timedOut = await late;
      await lease.discard();
    });
    expect(heard).to.deep.equal([
      { name: "create", pool: "Test", instance: 0, durationMs: 0, error: cause },
      { name: "create", pool: "Test", instance: 1, durationMs: 0 },
      { name: "timeout", pool: "Test", timeoutMs: 5, error: timedOut },
      { name: "destroy", pool: "Test", instance: 1, reason: "discarded", error: cause },
    ]);
  });

  it("tell of leaks: held long, taken back", async () => {
    const { pool, clock } = poolOf({ maxSize: 1, leaseWarnMs: 10, maxLeaseMs: 20, leaseStacks: false });
    const heard = await events(async () => {
      await pool.acquire();
      await clock.advance(20);
    });
    expect(heard.filter(({ name }) => name === "leak")).to.deep.equal([
      { name: "leak", pool: "Test", instance: 0, what: "held-long", holder: { holder: "explicit lease", heldMs: 10 } },
      { name: "leak", pool: "Test", instance: 0, what: "taken-back", holder: { holder: "explicit lease", heldMs: 20 } },
    ]);
  });

  it("of one that came late, too", async () => {
    const { pool, clock } = poolOf({
      createTimeoutMs: 10,
      create: (n) => new Promise((resolve) => void clock.setTimeout(() => resolve(new Thing(n)), 20)),
    });
    const heard = await events(async () => {
      const failed = rejected("CREATE_TIMEOUT", pool.acquire());
      await clock.advance(20);
      await failed;
    });
    expect(heard.at(-1)).to.deep.equal({ name: "destroy", pool: "Test", instance: 0, reason: "late" });
  });
});
