import "reflect-metadata";

import { expect } from "chai";
import { keyedScope, type PooledOptions, pooledScope, poolOf, runInContext, ScopedContainer } from "inversify-scopes";
import { transactional } from "inversify-scopes/transactions";

import { reasonOf, rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { countFromOne, Recorded, recordingDriver } from "../support/recording.js";

const NEW = { propagation: "requires-new" } as const;

/** A pool of recorded connections for each tenant, with transactions. */
function ofTenants(
  options: Partial<PooledOptions<Recorded>> = {},
  maxTotal = Infinity,
): { db: Recorded; log: string[]; at: (tenant: string) => void } {
  countFromOne();
  const log: string[] = [];
  let tenant = "a";
  const scope = pooledScope<Recorded>({ maxSize: 1, destroy: () => {}, transactions: recordingDriver(), ...options });
  const container = new ScopedContainer();
  container
    .bind(Recorded)
    .toDynamicValue(() => new Recorded(log))
    .inScope(keyedScope({ key: () => tenant, scope, maxTotal }));
  return { db: container.get(Recorded), log, at: (name) => void (tenant = name) };
}

describe("Transactions of a service with a pool for each key", () => {
  for (const maxTotal of [Infinity, 1]) {
    it(`requires-new is POOL_DEADLOCK at once where no second connection can come: maxTotal ${maxTotal}`, async () => {
      const { db, log } = ofTenants({ maxSize: maxTotal === 1 ? 2 : 1 }, maxTotal);
      const inner = (): Promise<unknown> => transactional(db, NEW, () => {});
      await rejected(
        "POOL_DEADLOCK",
        runInContext(() => transactional(db, inner)),
      );
      expect(log).to.eql(["1: begin", "1: rollback"]);
    });
  }

  it("requires-new has a second connection of the same key, where there is one", async () => {
    const { db, log } = ofTenants({ maxSize: 2 });
    await runInContext(() =>
      transactional(db, async () => {
        await db.query("outer");
        await transactional(db, NEW, () => db.query("new"));
      }),
    );
    expect(log).to.eql(["1: begin", "1: outer", "2: begin", "2: new", "2: commit", "1: commit"]);
  });

  it("calls inside run one at a time, as the pool's `concurrency` says", async () => {
    const { db, log } = ofTenants({ concurrency: "throw" });
    await runInContext(() =>
      transactional(db, async () => {
        const first = db.query("first");
        await rejected("CONCURRENT_USE", db.query("second"));
        await first;
      }),
    );
    expect(log).to.eql(["1: begin", "1: first", "1: commit"]);
  });

  it("a context that ends under one has it rolled back before anybody else gets the connection", async () => {
    const { db, log } = ofTenants();
    let left!: Promise<unknown>;
    const first = runInContext(async () => {
      left = reasonOf(transactional(db, async () => (await db.query("half"), new Promise<never>(() => {}))));
      await turn();
    });
    const second = runInContext(() => db.query("next"));
    await Promise.all([first, second]);
    expect(await left).to.have.property("code", "CONTEXT_ENDED");
    expect(log).to.eql(["1: begin", "1: half", "1: rollback", "1: next"]);
  });

  it("one goes on with its own connection when the key changes under it", async () => {
    const { db, log, at } = ofTenants();
    const changed = gate();
    const job = runInContext(() =>
      transactional(db, async () => {
        await changed.promise;
        await db.query("a's");
      }),
    );
    at("b");
    changed.open();
    await job;
    await runInContext(() => db.query("b's"));
    expect(log).to.eql(["1: begin", "1: a's", "1: commit", "2: b's"]);
    expect(poolOf(db).stats()).to.include({ leased: 0, idle: 1 });
  });
});
