import { expect } from "chai";
import { Pool, type PoolOptions } from "inversify-scopes/pool";
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
      // Each time another rest of the stack is left in the end.
      for (let n = 0; n < 30; n += 3) {
        const pool = new Pool({ logger: { warn() {} }, ...options });
        const recurse = (...padding: unknown[]): unknown =>
          [
            pool
              .acquire()
              .then((lease) => lease.release())
              .catch(() => {}),
          ].map(() => recurse(...padding))[0];
        // The last ones have no room to handle what they get.
        await unhandledDuring(async () => {
          expect(() => recurse(...Array<number>(n).fill(0))).to.throw(RangeError);
          await turn();
        });
        expect(pool.stats()).to.include({ creating: 0, waiting: 0, checking: 0, resetting: 0 });
        await pool.close({ graceMs: 0 });
      }
    });
  }
});
