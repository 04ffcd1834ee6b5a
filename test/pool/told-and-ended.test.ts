import { subscribe, unsubscribe } from "node:diagnostics_channel";

import { expect } from "chai";
import type { Lease, PoolOptions } from "inversify-scopes/pool";

import { type Fixture, expectBooks, poolOf, type Thing, watch } from "../support/pool.js";

type Options = Partial<PoolOptions<Thing>>;

/** A pool of one, lent, whose holder ends the lease as soon as anybody speaks of it, in the way given. */
async function watched(
  ends: "release" | "discard",
  options: (end: () => void) => Options,
): Promise<Fixture<Thing> & { lease: Lease<Thing> }> {
  const held: Lease<Thing>[] = [];
  const end = (): void => void held[0]?.[ends]();
  const fixture = poolOf({ maxSize: 1, leaseWarnMs: 20, maxLeaseMs: 60, ...options(end) });
  const lease = await fixture.pool.acquire();
  held.push(lease);
  return { ...fixture, lease };
}

describe("a lease that its holder ends while the pool tells of it is over, and nothing else", () => {
  for (const ends of ["release", "discard"] as const) {
    describe(ends, () => {
      const places: Record<string, (end: () => void) => Options> = {
        "in the logger": (end) => ({ logger: { warn: end } }),
        "in describe": (end) => ({ describe: end }),
        "in describe, with no warning": (end) => ({ describe: end, leaseWarnMs: Infinity }),
      };
      for (const [place, options] of Object.entries(places)) {
        it(`${place}: the instance is lent again or ended once, and the next lease has its own time`, async () => {
          const { pool, clock, ended } = await watched(ends, options);
          const next = watch(pool.acquire());
          await clock.advance(60);
          expectBooks(pool.stats());
          expect(ended.length).to.equal(ends === "discard" ? 1 : 0);
          expect(pool.stats().destroyed).to.include({ takenBack: 0, discarded: ended.length });
          const { now } = next;
          if (now.state !== "fulfilled") throw new Error("the next one waits still");
          expect(now.value.value.ended).to.equal(false);
          await now.value.release();
          await clock.advance(1000);
          expectBooks(pool.stats());
          expect(pool.stats()).to.include({ idle: 1, size: 1 });
        });
      }

      for (const what of ["held-long", "taken-back"]) {
        it(`to a listener of the channel, ${what}`, async () => {
          const { pool, clock, lease } = await watched(ends, () => ({ logger: { warn: () => {} } }));
          const listener = (event: unknown): void => {
            if ((event as { what: string }).what === what) void lease[ends]();
          };
          subscribe("inversify-scopes:pool:leak", listener);
          try {
            await clock.advance(100);
          } finally {
            unsubscribe("inversify-scopes:pool:leak", listener);
          }
          expectBooks(pool.stats());
          const next = pool.tryAcquire();
          expect(next?.value.ended).to.equal(false);
        });
      }
    });
  }

  it("in describe, asked for the error of one who waits: it gets the instance, and no time-out", async () => {
    const held: Lease<Thing>[] = [];
    const { pool, clock } = poolOf({ maxSize: 1, describe: () => void held[0]?.release() });
    held.push(await pool.acquire());
    const waiting = watch(pool.acquire({ timeoutMs: 50 }));
    await clock.advance(50);
    expect(waiting.now.state).to.equal("fulfilled");
    expect(pool.stats()).to.include({ timeouts: 0, leased: 1 });
  });
});
