import { expect } from "chai";
import { type Lease, Pool, type PoolOptions } from "inversify-scopes/pool";
import { untilFull } from "../support/full-stack.js";
import { turn } from "../support/gate.js";
import { unhandledDuring } from "../support/warnings.js";

/** Ways to make an instance. */
const WAYS: Readonly<Record<string, PoolOptions<object>>> = {
  "create is synchronous": { create: () => ({}), maxSize: 1_000_000 },
  "create takes time": { create: () => Promise.resolve({}), maxSize: 1_000_000 },
  "a hook is called": { create: () => ({}), onAcquire() {}, maxSize: 1_000_000 },
};

describe("endless recursion through acquire", () => {
  for (const [what, options] of Object.entries(WAYS)) {
    it(`is a RangeError, and leaves nothing under way for ever: ${what}`, async () => {
      for (let n = 0; n < 30; n += 3) {
        const pool = new Pool({ logger: { warn() {} }, ...options });
        // The last ones have no room to handle what they get.
        await unhandledDuring(async () => {
          untilFull(n, () =>
            pool
              .acquire()
              .then((lease) => lease.release())
              .catch(() => {}),
          );
          await turn();
        });
        expect(pool.stats()).to.include({ creating: 0, waiting: 0, checking: 0, resetting: 0 });
        await pool.close({ graceMs: 0 });
      }
    });
  }
});

const SIZE = 4000;
const ends = { release: "is lent again", discard: "is destroyed" } as const;

describe("endless recursion through what is done with a pool's instances loses none", () => {
  let pool: Pool<object>;
  let leases: Lease<object>[];

  beforeEach(() => {
    pool = new Pool({ create: () => ({}), maxSize: SIZE, logger: { warn() {} } });
    leases = [];
  });

  async function expectAll(): Promise<void> {
    for (const lease of leases) await lease.release();
    const { size } = pool.stats();
    expect(pool.stats()).to.include({ leased: 0, idle: size, destroying: 0 });
  }

  for (const [end, what] of Object.entries(ends) as [keyof typeof ends, string][]) {
    it(`${end}: what was not given back at the end of the stack can be given back later, and ${what}`, async () => {
      await unhandledDuring(async () => {
        for (let n = 0; n < 40; n++) {
          while (leases.length < SIZE) leases.push(pool.tryAcquire()!);
          let i = 0;
          untilFull(n, () => void leases[i++]?.[end]());
          await turn();
          await expectAll();
          leases = [];
        }
      });
    });
  }

  it("tryAcquire: each is lent to a caller, or idle", async () => {
    while (leases.length < SIZE) leases.push(pool.tryAcquire()!);
    for (let n = 0; n < 40; n++) {
      await expectAll();
      leases = [];
      untilFull(n, () => {
        const lease = pool.tryAcquire();
        if (lease !== undefined) leases[leases.length] = lease;
      });
    }
  });
});
