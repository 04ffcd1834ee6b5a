import { expect } from "chai";
import {
  bindToContext,
  hasInstance,
  lease,
  pooledScope,
  release,
  runInContext,
  scopedProxy,
  setFactory,
} from "inversify-scopes";
import type { PooledOptions } from "inversify-scopes";

import { VirtualClock } from "../support/clock.js";
import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";

class Db {
  constructor(readonly id: number) {}
  async query(): Promise<number> {
    return this.id;
  }
  ping(): number {
    return this.id;
  }
  async hold(until: Promise<void>): Promise<void> {
    await until;
  }
}

interface Fixture {
  readonly db: Db;
  readonly clock: VirtualClock;
  readonly warnings: string[];
  readonly ended: number[];
}

function pool(options: Partial<PooledOptions<Db>> = {}): Fixture {
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const ended: number[] = [];
  const db = scopedProxy<Db>("db", { shape: Db, destroy: ({ id }) => void ended.push(id) });
  const logger = { warn: (message: string) => void warnings.push(message) };
  setFactory(db, (n) => new Db(n), pooledScope<Db>({ maxSize: 1, maxLeaseMs: 1000, clock, logger, ...options }));
  return { db, clock, warnings, ended };
}

describe("maxLeaseMs: an instance is taken back", () => {
  it("between its grant and the reaction of whoever waited: LEASE_ENDED for that one too, and nothing unhandled", async () => {
    const { db, clock, warnings } = pool();
    const held = await lease(db);
    await runInContext({ name: "late" }, async () => {
      const call = db.query();
      await turn();
      void held.release();
      clock.fireNow(1000);
      expect((await rejected("LEASE_ENDED", call)).message).to.include("the lease of late was taken back");
      expect(hasInstance(db)).to.equal(false);
      await release(db);
      expect(db.ping()).to.equal(1);
    });
    expect(warnings).to.have.length(2); // taken back, and given back after all
  });

  it("and for one whose context was aborted meanwhile, the reason of that: nothing of it stays in the context", async () => {
    const { db, clock } = pool();
    const held = await lease(db);
    const abort = new AbortController();
    const reason = new Error("the client has left");
    await runInContext({ signal: abort.signal }, async () => {
      const call = reasonOf(db.query());
      await turn();
      void held.release();
      abort.abort(reason);
      clock.fireNow(1000);
      expect(await call).to.equal(reason);
      expect(await reasonOf(db.query())).to.equal(reason);
    });
    await runInContext(() => expect(db.ping()).to.equal(1));
  });

  it("LEASE_ENDED for its holder, the slot is free for others, and the later return does no harm", async () => {
    const { db, clock, ended } = pool();
    await runInContext({ name: "slow" }, async () => {
      expect(db.ping()).to.equal(0);
      await clock.advance(1000);
      expect(ended).to.deep.equal([0]);
      const error = thrown("LEASE_ENDED", () => db.ping());
      expect(error.message).to.include("slow");
      await rejected("LEASE_ENDED", db.query());
      expect(hasInstance(db)).to.equal(false);
      await runInContext(() => expect(db.ping()).to.equal(1));
    });
    expect(ended).to.deep.equal([0]);
    await runInContext(() => expect(db.ping()).to.equal(1));
  });

  it("release, then a touch: a fresh one", async () => {
    const { db, clock } = pool();
    await runInContext(async () => {
      db.ping();
      await clock.advance(1000);
      thrown("LEASE_ENDED", () => db.ping());
      await release(db);
      expect(db.ping()).to.equal(1);
      expect(await db.query()).to.equal(1);
    });
  });

  it("the signal of an explicit lease aborts with the reason", async () => {
    const { db, clock, warnings } = pool();
    const held = await lease(db);
    const { signal } = held;
    expect(signal.aborted).to.equal(false);
    await clock.advance(1000);
    expect(signal.reason).to.have.property("code", "LEASE_ENDED");
    thrown("LEASE_ENDED", () => held.value);
    await held.release();
    expect(warnings.join()).to.include("given back after all");
  });

  it("before it leaseWarnMs tells where the lease was taken", async () => {
    const { db, clock, warnings } = pool({ leaseWarnMs: 400 });
    await runInContext({ name: "GET /slow" }, async () => {
      db.ping();
      await clock.advance(500);
    });
    expect(warnings[0]).to.include("GET /slow").and.include("take-back.test");
    expect(warnings[1]).to.include("came back after all");
  });

  it("calls that wait for their turn on it are told", async () => {
    const { db, clock } = pool({ concurrency: "serialize" });
    const hang = gate();
    await runInContext(async () => {
      const first = db.hold(hang.promise);
      const second = rejected("LEASE_ENDED", db.query());
      await clock.advance(1000);
      await second;
      hang.open();
      await first;
    });
  });

  it("a context that ended long ago is not touched by it", async () => {
    const { db, clock } = pool();
    let stale!: () => number;
    await runInContext(() => {
      db.ping();
      stale = bindToContext(() => db.ping());
    });
    await clock.advance(5000);
    await turn();
    thrown("CONTEXT_ENDED", stale);
  });
});
