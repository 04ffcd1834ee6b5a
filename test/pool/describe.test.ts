import { expect } from "chai";
import { Pool } from "inversify-scopes/pool";

import { rejected } from "../support/errors.js";

describe("describe: facts on an instance", () => {
  const options = { create: (n: number) => ({ n }), maxSize: 1 };

  it("are in stats() for each instance, lent or idle", async () => {
    const pool = new Pool({ ...options, describe: ({ n }) => ({ pid: 100 + n }) });
    const lease = await pool.acquire();
    expect(pool.stats().instances[0]).to.deep.include({ facts: { pid: 100 } });
    await lease.release();
    expect(pool.stats().instances[0]).to.deep.include({ facts: { pid: 100 } });
  });

  it("are in errors, for each holder", async () => {
    const pool = new Pool({ ...options, describe: ({ n }) => ({ pid: 100 + n }) });
    await using _ = await pool.acquire();
    const error = await rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 1 }));
    expect(error.holders?.[0]).to.deep.include({ holder: "explicit lease", facts: { pid: 100 } });
    expect(error.message).to.include("pid: 100");
  });

  it("its own failure is told in their place", async () => {
    const pool = new Pool({
      ...options,
      describe: () => {
        throw new Error("no pid");
      },
    });
    await using _ = await pool.acquire();
    expect(pool.stats().instances[0]).to.deep.include({ facts: { error: "Error: no pid" } });
  });
});

describe("use", () => {
  it("of something that is no function takes nothing", async () => {
    const pool = new Pool({ create: () => ({}), maxSize: 1 });
    await rejected("INVALID_OPTION", pool.use("select 1" as unknown as () => void));
    expect(pool.stats()).to.include({ size: 0, uses: 0 });
  });
});
