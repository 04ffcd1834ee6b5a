import { expect } from "chai";

import { rejected } from "../support/errors.js";
import { poolOf, take, Thing, watch } from "../support/pool.js";

describe("other uses of a pool", () => {
  it("with maxUses 1 only a limit is left: each lease has a new instance (test_its_no_pool_at_all)", async () => {
    const { pool, clock, ended } = poolOf({ maxSize: 2, maxUses: 1 });
    const [a, b] = await take(pool, 2);
    const third = watch(pool.acquire());
    expect(third.now.state).to.equal("pending");
    await a?.release();
    await b?.release();
    await clock.advance(0);
    expect(third.now).to.have.nested.property("value.value.n", 2);
    expect(ended.map(({ n }) => n)).to.deep.equal([0, 1]);
    expect(pool.stats()).to.include({ idle: 0, size: 1 });
  });

  it("what create looks up is looked up anew each time (test_get_config_rotates_connections)", async () => {
    let address = 1;
    const { pool } = poolOf({ maxSize: 3, create: () => ({ address: address++ }) as unknown as Thing });
    const leases = await take(pool, 3);
    expect(leases.map(({ value }) => value)).to.deep.equal([{ address: 1 }, { address: 2 }, { address: 3 }]);
  });

  it("an instance's own close can mean release (test_close_returns)", async () => {
    class Closing extends Thing {
      onClose: (() => Promise<void>) | undefined;
      close(): Promise<void> {
        return this.onClose?.() ?? Promise.resolve();
      }
    }
    const { pool } = poolOf<Closing>({ create: (n) => new Closing(n), maxSize: 1, destroy: (thing) => thing.close() });
    const lease = await pool.acquire();
    lease.value.onClose = () => lease.release();
    await lease.value.close();
    expect(pool.stats()).to.include({ idle: 1, leased: 0 });
    await pool.close();
    expect(pool.stats()).to.include({ size: 0, doubleReleases: 1 });
  });

  it("a reset may look at the state, clean up, or refuse (test_active_close, test_fail_rollback_close)", async () => {
    const { pool, ended } = poolOf({
      maxSize: 3,
      onRelease: async (thing) => {
        if (thing.n === 0) throw new Error("busy");
        await Promise.resolve();
        thing.dirty = false;
      },
    });
    const leases = await take(pool, 3);
    for (const lease of leases) lease.value.dirty = true;
    await Promise.all(leases.map((lease) => lease.release()));
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
    expect((await take(pool, 2)).map(({ value }) => value.dirty)).to.deep.equal([false, false]);
  });

  it("each failure is told to the logger, who may give up; the next acquisition tries again (test_reconnect_failure)", async () => {
    let told = 0;
    let up = false;
    const { pool, clock } = poolOf({
      minSize: 1,
      create: (n) => (up ? new Thing(n) : Promise.reject(new Error("down"))),
      logger: { warn: (_, { kind }) => void (kind === "POOL_FILL_FAILED" && told++) },
    });
    await clock.advance(1000);
    expect(told).to.be.within(3, 5);
    up = true;
    const waiting = pool.acquire();
    await clock.advance(1000);
    expect((await waiting).value).to.be.instanceOf(Thing);
  });

  it("after the close nothing is lent, what comes back is ended (test_closed_putconn, test_closed_getconn)", async () => {
    const { pool, ended } = poolOf({ maxSize: 1 });
    const lease = await pool.acquire();
    const closing = pool.close();
    await rejected("POOL_CLOSED", pool.acquire());
    expect(ended).to.deep.equal([]);
    await lease.release();
    await closing;
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
  });
});
