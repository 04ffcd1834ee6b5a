import { expect } from "chai";

import { gate, turn } from "../support/gate.js";
import { poolOf, watch } from "../support/pool.js";

describe("checks on the way back", () => {
  it("an ill instance is not pooled, and who waits gets another", async () => {
    const { pool, ended } = poolOf({ maxSize: 1, checkOn: ["release"], healthCheck: ({ n }) => n > 0 });
    const lease = await pool.acquire();
    const waiting = pool.acquire();
    await lease.release();
    expect((await waiting).value.n).to.equal(1);
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
  });

  it("release resolves when the check has ended", async () => {
    const checked = gate<boolean>();
    const { pool } = poolOf({ checkOn: ["release"], healthCheck: () => checked.promise });
    const lease = await pool.acquire();
    const back = watch(lease.release());
    await turn();
    expect(back.now.state).to.equal("pending");
    expect(pool.stats()).to.include({ checking: 1, leased: 0, idle: 0 });
    checked.open(true);
    await turn();
    expect(back.now.state).to.equal("fulfilled");
    expect(pool.stats()).to.include({ checking: 0, idle: 1 });
  });

  it("not of one that is to go by the end of its reset", async () => {
    let checks = 0;
    const { pool, ended } = poolOf({
      checkOn: ["release"],
      healthCheck: () => void checks++,
      onRelease: () => {
        pool.recycle();
      },
    });
    await (await pool.acquire()).release();
    expect(checks).to.equal(0);
    expect(ended.map(({ n }) => n)).to.deep.equal([0]);
  });

  it("onRelease comes before the check", async () => {
    const done: string[] = [];
    const { pool } = poolOf({
      checkOn: ["release"],
      healthCheck: () => void done.push("check"),
      onRelease: () => void done.push("reset"),
    });
    await pool.use(() => undefined);
    expect(done).to.deep.equal(["reset", "check"]);
  });
});
