import { expect } from "chai";
import { Pool } from "inversify-scopes/pool";

import { poolOf, Thing } from "../support/pool.js";
import { unhandledDuring, warningsDuring } from "../support/warnings.js";

describe("warnings", () => {
  it("go to the logger, each of them, with facts for machines", async () => {
    const { pool, warnings } = poolOf({ destroy: () => Promise.reject(new Error("x")) });
    for (let i = 0; i < 3; i++) await (await pool.acquire()).discard();
    expect(warnings.map(({ facts }) => [facts["pool"], facts["kind"], facts["instance"]])).to.deep.equal([
      ["Test", "POOL_DESTROY_FAILED", 0],
      ["Test", "POOL_DESTROY_FAILED", 1],
      ["Test", "POOL_DESTROY_FAILED", 2],
    ]);
  });

  const failing: Record<string, () => unknown> = {
    throws: () => {
      throw new Error("disk full");
    },
    rejects: () => Promise.reject(new Error("disk full")),
  };
  for (const [how, warn] of Object.entries(failing)) {
    it(`a logger that ${how} stops nothing`, async () => {
      const { pool } = poolOf({ destroy: () => Promise.reject(new Error("x")), logger: { warn } });
      const unhandled = await unhandledDuring(async () => (await pool.acquire()).discard());
      expect(unhandled).to.deep.equal([]);
      expect(pool.stats()).to.include({ size: 0, destroyFailures: 1 });
    });
  }

  it("is called as a method", async () => {
    class Log {
      readonly #lines: string[] = [];
      warn(message: string): void {
        this.#lines.push(message);
      }
      get lines(): number {
        return this.#lines.length;
      }
    }
    const logger = new Log();
    const { pool } = poolOf({ logger });
    const lease = await pool.acquire();
    await lease.release();
    await lease.release();
    expect(logger.lines).to.equal(1);
  });

  it("by default once a kind and pool, through the process", async () => {
    const warnings = await warningsDuring(async () => {
      for (const label of ["one", "two"]) {
        const pool = new Pool({
          create: (n) => new Thing(n),
          maxSize: 1,
          label,
          destroy: () => Promise.reject(new Error("x")),
        });
        for (let i = 0; i < 3; i++) await (await pool.acquire()).discard();
      }
    });
    expect(warnings.map(({ message }) => message.split(":")[0])).to.deep.equal(["one", "two"]);
  });
});
