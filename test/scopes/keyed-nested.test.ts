import { AsyncLocalStorage } from "node:async_hooks";

import { expect } from "chai";
import fc from "fast-check";
import { keyedScope, pooledScope, runInContext, type Scope, selectSource, sharedScope } from "inversify-scopes";

import { VirtualClock } from "../support/clock.js";
import { rejected, thrown } from "../support/errors.js";
import { gate, settle, turn } from "../support/gate.js";
import { serviceOf } from "../support/services.js";

interface Where {
  readonly region: string;
  readonly tenant: string;
}

const where = new AsyncLocalStorage<Where>();
const region = (): string => where.getStore()!.region;
const tenant = (): string => where.getStore()!.tenant;

class Db {
  async query(until?: Promise<void>): Promise<void> {
    await until;
  }
  name(): string {
    return "db";
  }
}

/** One that `maxTotal` limits, though another scope is between. */
function fixture(maxTotal: number, within: (clock: VirtualClock, destroy: () => void) => Scope<Db>) {
  const all = { live: 0, most: 0 };
  const clock = new VirtualClock();
  const scope = keyedScope<Db>({ key: region, maxTotal, clock, scope: within(clock, () => void all.live--) });
  const make = (): Db => {
    all.most = Math.max(all.most, ++all.live);
    return new Db();
  };
  const db = serviceOf(Db, make, scope);
  const as = <R>(at: string, fn: () => Promise<R>): Promise<R> =>
    where.run({ region: at[0]!, tenant: at[1]! }, () => runInContext({ name: at }, fn));
  return { all, clock, db, as };
}

const ALL = ["ax", "ay", "bx", "by"];

const kinds: Record<string, (clock: VirtualClock, destroy: () => void) => Scope<Db>> = {
  "pools by key, by key": (clock, destroy) =>
    keyedScope<Db>({ key: tenant, clock, scope: pooledScope<Db>({ maxSize: 2, clock, destroy }) }),
  "shared ones by key, by key": (clock, destroy) =>
    keyedScope<Db>({ key: tenant, clock, scope: sharedScope<Db>({ destroy }) }),
  "pools and shared ones, by key": (clock, destroy) => ({
    name: "pool or shared",
    endsWithContext: true,
    open(service) {
      const pool = pooledScope<Db>({ maxSize: 2, clock, destroy }).open(service);
      const shared = keyedScope<Db>({ key: tenant, clock, scope: sharedScope<Db>({ destroy }) }).open(service);
      return selectSource(service, { select: () => (tenant() === "x" ? pool : shared), sources: () => [pool, shared] });
    },
  }),
};

describe("maxTotal of a keyedScope whose instances have a second key", () => {
  for (const [kind, within] of Object.entries(kinds)) {
    describe(kind, () => {
      it("all of them count, idle ones make room, and whoever waits is served", async () => {
        const { all, db, as } = fixture(2, within);
        for (const at of ALL) await as(at, () => db.query());
        expect(all).to.eql({ live: 2, most: 2 });
        const held = gate();
        const running = ALL.map((at) => as(at, () => db.query(held.promise)));
        await settle();
        expect(all.live).to.equal(2);
        held.open();
        await Promise.all(running);
        expect(all.most).to.equal(2);
      });

      it("a touch that cannot wait is refused, and told who holds all of them", async () => {
        const { db, as } = fixture(1, within);
        const held = gate();
        const holder = as("ax", () => db.query(held.promise));
        await as("by", async () => {
          expect(thrown("POOL_EXHAUSTED", () => db.name()).holders!.map((one) => one.holder)).to.eql(["ax"]);
        });
        held.open();
        await holder;
      });

      it("POOL_DEADLOCK where a context holds all there is", async () => {
        const { db, as } = fixture(1, within);
        await as("ax", async () => {
          await db.query();
          await where.run({ region: "b", tenant: "y" }, () => rejected("POOL_DEADLOCK", db.query()));
        });
        await as("by", () => db.query());
      });

      it("the keys within end when the outer one is idle; the others go on", async () => {
        const { all, clock, db, as } = fixture(3, within);
        await as("ax", () => db.query());
        await clock.advance(400_000);
        await as("by", () => db.query());
        await clock.advance(300_000);
        expect(all.live).to.equal(1);
        for (const at of ALL) await as(at, () => db.query());
        expect(all.live).to.be.at.most(3);
      });

      it("in any order: never too many, and everyone is served or told why not", async () => {
        const step = fc.tuple(fc.constantFrom(...ALL), fc.constantFrom(...ALL), fc.nat(3));
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.integer({ min: 1, max: 3 }), async (steps, max) => {
            const { all, db, as } = fixture(max, within);
            const runs = steps.map(([first, then, turns]) =>
              as(first, async () => {
                await db.query();
                for (let i = 0; i < turns; i++) await turn();
                await where.run({ region: then[0]!, tenant: then[1]! }, () => db.query());
              }).catch((error: unknown) => expect(error).to.have.property("code", "POOL_DEADLOCK")),
            );
            await Promise.all(runs);
            expect(all.most).to.be.at.most(max);
          }),
          { numRuns: 60 },
        );
      });
    });
  }
});
