import { expect } from "chai";

import { rejected } from "../support/errors.js";
import { poolOf, take } from "../support/pool.js";

describe("acquisitions with ever other time-outs", () => {
  it("each is rejected at its own time, also when many lengths were in use before", async () => {
    const { pool, clock } = poolOf({ maxSize: 1 });
    const [held] = await take(pool, 1);
    for (let round = 1; round <= 3; round++) {
      const all = Array.from({ length: 12 }, (_, i) => {
        const timeoutMs = round * 1000 + (12 - i) * 10;
        return rejected("POOL_TIMEOUT", pool.acquire({ timeoutMs })).then(() => timeoutMs);
      });
      const order: number[] = [];
      for (const one of all) void one.then((timeoutMs) => order.push(timeoutMs));
      await clock.advance(round * 1000 + 200);
      await Promise.all(all);
      expect(order).to.deep.equal([...order].sort((a, b) => a - b));
    }
    await held?.release();
  });
});
