import "reflect-metadata";
import { expect } from "chai";
import { bindToContext, poolOf, release, runInContext, ScopedContainer } from "inversify-scopes";
import type { Pool } from "inversify-scopes/pool";
import { untilFull } from "../support/full-stack.js";
import { gate, turn } from "../support/gate.js";
import { unhandledDuring } from "../support/warnings.js";

class Db {
  ping(): string {
    return "pong";
  }
  async query(): Promise<string> {
    return "rows";
  }
}

const SIZE = 2500;
const ROUNDS = 12;

describe("endless recursion through pooled services loses no instance", () => {
  async function serviceOf(options: { lease?: "call" }): Promise<{ db: Db; pool: Pool<Db> }> {
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toSelf()
      .inPooledScope({ maxSize: SIZE, minSize: SIZE, ...options });
    const db = container.get(Db);
    const pool = poolOf(db);
    await pool.ready();
    return { db, pool };
  }

  function expectAllIdle(pool: Pool<Db>): void {
    expect(pool.stats()).to.include({ idle: SIZE, size: SIZE, leased: 0, draining: 0 });
  }

  /** Calls a function in one open context after the other, at an ever fuller stack. */
  async function inManyContexts(round: number, before: () => unknown, fn: () => unknown): Promise<void> {
    const end = gate();
    const calls: (() => unknown)[] = [];
    const contexts = Array.from({ length: SIZE }, () =>
      runInContext(async () => {
        before();
        calls.push(bindToContext(fn));
        await end.promise;
      }),
    );
    untilFull(round, () => calls.pop()?.());
    end.open();
    await Promise.all(contexts);
    await turn();
  }

  it("by touches in many contexts", async () => {
    const { db, pool } = await serviceOf({});
    for (let round = 0; round < ROUNDS; round++) {
      await inManyContexts(
        round,
        () => {},
        () => db.ping(),
      );
      expectAllIdle(pool);
    }
  });

  it("by release in many contexts", async () => {
    const { db, pool } = await serviceOf({});
    await unhandledDuring(async () => {
      for (let round = 0; round < ROUNDS; round++) {
        await inManyContexts(
          round,
          () => db.ping(),
          () => void release(db),
        );
        expectAllIdle(pool);
      }
    });
  });

  it("by touches and release, in turn, in one context", async () => {
    const { db, pool } = await serviceOf({});
    await unhandledDuring(async () => {
      for (let round = 0; round < ROUNDS; round++) {
        await runInContext(() => untilFull(round, () => [db.ping(), release(db)]));
        await turn();
        expectAllIdle(pool);
      }
    });
  });

  for (const member of ["ping", "query"] as const) {
    it(`by calls that each take one: ${member}`, async () => {
      const { db, pool } = await serviceOf({ lease: "call" });
      await db[member]();
      await unhandledDuring(async () => {
        for (let round = 0; round < ROUNDS; round++) {
          untilFull(round, () => db[member]());
          await turn();
          expectAllIdle(pool);
        }
      });
    });
  }
});
