import "reflect-metadata";
import { expect } from "chai";
import { poolOf as poolBehind, runInContext, ScopedContainer } from "inversify-scopes";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Pool, type PoolEvent } from "inversify-scopes/pool";

import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { collected } from "../support/gc.js";
import { poolOf, Thing } from "../support/pool.js";

const NAMES = ["acquire", "release", "create", "destroy", "timeout", "leak"] as const;

interface Heard {
  readonly name: string;
  readonly [fact: string]: unknown;
}

/** Listens to all channels while a function runs. Each event is told with the pool itself. */
async function events(pool: Pool<unknown>, fn: () => Promise<void>): Promise<Heard[]> {
  const heard: { name: string; [fact: string]: unknown }[] = [];
  const listeners = NAMES.map((name) => {
    const listener = (message: unknown): void => {
      const { source, ...rest } = message as PoolEvent;
      expect(source).to.equal(pool);
      heard.push({ name, ...rest });
    };
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
    const heard = await events(pool, async () => {
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
      { name: "acquire", pool: "Test", instance: 0, waitedMs: 40 },
      { name: "release", pool: "Test", instance: 0, heldMs: 30, end: "released" },
      { name: "acquire", pool: "Test", instance: 0, waitedMs: 30 },
      { name: "release", pool: "Test", instance: 0, heldMs: 0, end: "discarded" },
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
    const heard = await events(pool, async () => {
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
      { name: "acquire", pool: "Test", instance: 1, waitedMs: 0 },
      { name: "timeout", pool: "Test", timeoutMs: 5, error: timedOut },
      { name: "release", pool: "Test", instance: 1, heldMs: 5, end: "discarded" },
      { name: "destroy", pool: "Test", instance: 1, reason: "discarded", error: cause },
    ]);
  });

  it("tell of leaks: held long, taken back", async () => {
    const { pool, clock } = poolOf({ maxSize: 1, leaseWarnMs: 10, maxLeaseMs: 20, leaseStacks: false });
    const heard = await events(pool, async () => {
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
    const heard = await events(pool, async () => {
      const failed = rejected("CREATE_TIMEOUT", pool.acquire());
      await clock.advance(20);
      await failed;
    });
    expect(heard.at(-1)).to.deep.equal({ name: "destroy", pool: "Test", instance: 0, reason: "late" });
  });

  describe("of each lease, while somebody listens", () => {
    it("its begin, whether it had to be waited for or not", async () => {
      const { pool } = poolOf({ maxSize: 1 });
      const heard = await events(pool, async () => {
        await (await pool.acquire()).release();
        await pool.tryAcquire()!.release();
        await pool.use(() => {}, { timeoutMs: 5 });
      });
      const begun = { name: "acquire", pool: "Test", instance: 0, waitedMs: 0 };
      expect(heard.filter(({ name }) => name === "acquire")).to.deep.equal([begun, begun, begun]);
    });

    it("its end: how long it was held, and whether it was released, discarded, taken back or dropped", async () => {
      const { pool, clock } = poolOf({ maxSize: 1, maxLeaseMs: 100, leaseStacks: false });
      // Its leases may be collected.
      const drops = new Pool({
        create: () => new Thing(0),
        maxSize: 1,
        clock,
        label: "Test",
        logger: { warn: () => {} },
      });
      const ends = async (of: Pool<unknown>, fn: () => Promise<void>): Promise<unknown[]> => {
        const heard = await events(of, fn);
        return heard.filter(({ name }) => name === "release").map(({ heldMs, end }) => [heldMs, end]);
      };
      const given = await ends(pool, async () => {
        const first = await pool.acquire();
        await clock.advance(10);
        await first.release();
        const second = await pool.acquire();
        await clock.advance(20);
        await second.discard();
        await pool.acquire();
        await clock.advance(100);
      });
      expect(given).to.deep.equal([
        [10, "released"],
        [20, "discarded"],
        [100, "taken-back"],
      ]);
      const dropped = await ends(drops, async () => {
        void drops.tryAcquire();
        await clock.advance(30);
        await collected(() => drops.stats().destroyed.abandoned === 1);
      });
      expect(dropped).to.deep.equal([[30, "abandoned"]]);
    });

    it("figures count the same, and none is less than nothing, whenever somebody comes or goes", async () => {
      const pool = new Pool({ create: () => new Thing(0), maxSize: 1 });
      const listener = (): void => {};
      const turns = [subscribe, unsubscribe].map((change) => () => change("inversify-scopes:pool:release", listener));
      for (let i = 0; i < 100; i++) {
        const lease = await pool.acquire();
        turns[i % 2]!();
        if (i % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        await lease.release();
        expect(pool.stats().useTime.totalMs).to.be.at.least(0);
      }
      expect(pool.stats()).to.include({ uses: 100, returns: 100, idle: 1 });
      await pool.close();
    });

    for (const how of ["release", "discard"] as const) {
      it(`a listener may make the pool take back what its holder just gives back (${how})`, async () => {
        const { pool, clock, warnings } = poolOf({ maxSize: 1 });
        let closed: Promise<void> | undefined;
        const close = (): void => void (closed ??= pool.close({ graceMs: 0 }));
        const lease = await pool.acquire();
        subscribe("inversify-scopes:pool:release", close);
        await lease[how]();
        await clock.advance(1);
        await closed;
        unsubscribe("inversify-scopes:pool:release", close);
        expect(pool.stats()).to.include({ state: "closed", size: 0, destroying: 0 });
        expect(warnings.filter(({ message }) => message.includes("bug"))).to.deep.equal([]);
      });
    }

    it("the same, where the instance would drain", async () => {
      const end = gate();
      class Db {
        async query(): Promise<void> {
          await end.promise;
        }
      }
      const container = new ScopedContainer();
      container.bind(Db).toSelf().inPooledScope(1);
      const db = container.get(Db);
      const close = (): void => void poolBehind(db).close({ graceMs: 0 });
      const ends = await events(poolBehind(db), async () => {
        subscribe("inversify-scopes:pool:release", close);
        await runInContext(() => void db.query());
        unsubscribe("inversify-scopes:pool:release", close);
        await turn();
        await turn();
        end.open();
      });
      expect(ends.filter(({ name }) => name === "release").map((event) => event["end"])).to.include("released");
      expect(poolBehind(db).stats()).to.include({ size: 0, draining: 0 });
      await container.unbindAllAsync();
    });

    it("a listener of a begin may close the pool: the lease is taken back, and whoever acquired is told", async () => {
      const { pool, clock } = poolOf({ maxSize: 1 });
      const close = (): void => void pool.close({ graceMs: 0 });
      subscribe("inversify-scopes:pool:acquire", close);
      const lease = await pool.acquire();
      unsubscribe("inversify-scopes:pool:acquire", close);
      await clock.advance(1);
      expect(() => lease.value)
        .to.throw()
        .with.property("code", "LEASE_ENDED");
      expect(pool.stats()).to.include({ state: "closed", size: 0 });
    });
  });
});
