import { expect } from "chai";
import { Pool } from "inversify-scopes/pool";

import { thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { poolOf, take, Thing, watch } from "../support/pool.js";
import { warningsDuring } from "../support/warnings.js";

describe("released twice, late, or foreign", () => {
  it("never the same instance for two; the second release is reported (S27)", async () => {
    const { pool, warnings } = poolOf({ maxSize: 1 });
    const lease = await pool.acquire();
    await lease.release();
    const other = await pool.acquire();
    await lease.release();
    expect(other.value.n).to.equal(0);
    const third = watch(pool.acquire());
    await turn();
    expect(third.now.state).to.equal("pending");
    expect(warnings.map(({ kind }) => kind)).to.deep.equal(["POOL_RELEASED_TWICE"]);
    expect(pool.stats()).to.include({ doubleReleases: 1, leased: 1 });
  });

  it("each lease is reported once, however often it is released", async () => {
    const { pool, warnings } = poolOf();
    const [a, b] = await take(pool, 2);
    for (let i = 0; i < 3; i++) await a?.release();
    for (let i = 0; i < 3; i++) await b?.discard();
    expect(warnings.length).to.equal(2);
    expect(pool.stats()).to.include({ doubleReleases: 2, idle: 1, size: 1 });
  });

  it("by default a warning of the process, once a kind for each pool", async () => {
    const warnings = await warningsDuring(async () => {
      const pool = new Pool({ create: (n) => new Thing(n), maxSize: 2, label: "Warns" });
      for (let i = 0; i < 3; i++) {
        const lease = await pool.acquire();
        await lease.release();
        await lease.release();
      }
    });
    expect(warnings.length).to.equal(1);
    expect(warnings[0]).to.include({ name: "PoolWarning", code: "POOL_RELEASED_TWICE" });
    expect(warnings[0]?.message).to.equal(
      "Warns: a lease was given back that had been given back before; that does nothing, but tells of an error in the program",
    );
  });

  it("released while its release is under way", async () => {
    const reset = gate();
    const { pool, warnings } = poolOf({ maxSize: 1, onRelease: () => reset.promise });
    const lease = await pool.acquire();
    const first = watch(lease.release());
    const second = watch(lease.release());
    await turn();
    expect([first.now.state, second.now.state]).to.deep.equal(["pending", "fulfilled"]);
    reset.open();
    await turn();
    expect(first.now.state).to.equal("fulfilled");
    expect(warnings.length).to.equal(1);
    expect(pool.stats()).to.include({ idle: 1, size: 1 });
  });

  it("there is nothing to release a foreign object with: leases are tokens (S29, test_putconn_no_pool)", async () => {
    const { pool } = poolOf();
    const lease = await pool.acquire();
    expect(Object.keys(lease)).to.deep.equal([]);
    const { release } = lease;
    expect(() => release.call({} as typeof lease)).to.throw(TypeError);
    expect(pool.stats()).to.include({ leased: 1, idle: 0 });
  });

  it("after its end a lease gives no instance, only an error (S67)", async () => {
    const { pool } = poolOf({ label: "Db" });
    const released = await pool.acquire();
    await released.release();
    const error = thrown("LEASE_ENDED", () => released.value);
    expect(error.message).to.equal("Db: this lease was given back; take a new one, with acquire() or lease(proxy).");
    expect(error.service).to.equal("Db");
    const discarded = await pool.acquire();
    await discarded.discard();
    thrown("LEASE_ENDED", () => discarded.value);
    expect(discarded.signal.aborted).to.equal(false);
  });

  it("a release never rejects, nor does a discard", async () => {
    const { pool } = poolOf({
      onRelease: () => Promise.reject(new Error("reset")),
      destroy: () => Promise.reject(new Error("destroy")),
    });
    const [a, b] = await take(pool, 2);
    await a?.release();
    await b?.discard();
    await turn();
    expect(pool.stats()).to.include({ size: 0, destroying: 0 });
  });
});
