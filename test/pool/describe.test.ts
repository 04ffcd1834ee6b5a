import { inspect } from "node:util";

import { expect } from "chai";
import { Pool } from "inversify-scopes/pool";

import { rejected } from "../support/errors.js";
import { gate } from "../support/gate.js";
import { unhandledDuring } from "../support/warnings.js";

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

  it("also one that is no Error", async () => {
    const pool = new Pool({
      ...options,
      describe: () => {
        throw { code: 1 };
      },
    });
    await using _ = await pool.acquire();
    expect(pool.stats().instances[0]).to.deep.include({ facts: { error: "an object" } });
  });

  it("that resist being shown, or are long, leave an error what it is", async () => {
    const throwing = (): never => {
      throw new Error("not for you");
    };
    for (const [facts, says] of [
      // Newer versions of Node show most of what resists.
      [
        Object.defineProperty(new Map([[1, 2]]), Symbol.iterator, { get: throwing }),
        /\(something that cannot be shown\)/,
      ],
      [Object.defineProperty({ pid: 1 }, inspect.custom, { value: throwing }), /\(\{ pid: 1/],
      [{ text: "\u2028\u202e" }, /\(\{ text: '\\u2028\\u202e' \}\)/],
      [{ text: "x".repeat(5_000) }, /\(\{ text: 'x{400,500}…\)/],
    ] as [object, RegExp][]) {
      const pool = new Pool({ ...options, maxSize: 1, describe: () => facts });
      await using _ = await pool.acquire();
      expect((await rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs: 1 }))).message).to.match(says);
    }
  });

  it("that JSON cannot hold are not passed on: stats() stays JSON-compatible", async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    for (const [facts, why] of [
      [10n, /BigInt/],
      [circle, /circular|cyclic/],
    ] as const) {
      const pool = new Pool({ ...options, describe: () => facts });
      await using _ = await pool.acquire();
      expect(JSON.stringify(pool.stats())).to.match(why);
    }
  });

  it("must be there at once: of a promise nothing is known, nor is its rejection left unhandled", async () => {
    const pool = new Pool({ ...options, describe: () => Promise.reject(new Error("later")) });
    await using _ = await pool.acquire();
    const unhandled = await unhandledDuring(() => {
      const error = "describe returned a promise, and must be synchronous";
      expect(pool.stats().instances[0]).to.deep.include({ facts: { error } });
    });
    expect(unhandled).to.deep.equal([]);
  });

  it("an instance that is still being made has a number and an age, and no facts yet", async () => {
    const made = gate<object>();
    const pool = new Pool({ create: () => made.promise, maxSize: 1, describe: () => "never asked" });
    const waiting = pool.acquire();
    const [making] = pool.stats().instances;
    expect(making).to.include({ n: 0, state: "creating", uses: 0 }).and.not.have.property("facts");
    expect(making?.ageMs).to.be.within(0, 60_000);
    made.open({});
    await (await waiting).release();
  });
});

describe("use", () => {
  it("of something that is no function takes nothing", async () => {
    const pool = new Pool({ create: () => ({}), maxSize: 1 });
    const { message } = await rejected("INVALID_OPTION", pool.use("select 1" as unknown as () => void));
    expect(message).to.equal(`${pool.label}: fn is "select 1", but must be a function.`);
    expect(pool.stats()).to.include({ size: 0, uses: 0 });
  });
});
