import { expect } from "chai";
import { selectSource, pooledScope, pools, runInContext, type Scope, ScopedContainer } from "inversify-scopes";
import { gate, turn } from "../support/gate.js";

class Db {
  async work(until: Promise<void>): Promise<string> {
    await until;
    return "done";
  }
  async *rows(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }
}

/** A pool of one, by another way than a proxy of its own. */
interface Way {
  readonly db: Db;
  draining(): number;
}
type Concurrency = "allow" | "serialize" | "throw";

const ways: Readonly<Record<string, (concurrency: Concurrency) => Way>> = {
  "after a rebind"(concurrency) {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inSharedScope();
    const db = container.get(Db);
    container.rebind(Db).toSelf().inPooledScope({ maxSize: 1, concurrency });
    return { db, draining: () => pools(container)[0]!.stats().draining };
  },
  "by selectSource"(concurrency) {
    const scope: Scope = {
      name: "chosen",
      endsWithContext: true,
      open(service) {
        const one = pooledScope({ maxSize: 1, concurrency }).open(service);
        return selectSource(service, { select: () => one, sources: () => [one] });
      },
    };
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inScope(scope);
    return { db: container.get(Db), draining: () => pools(container)[0]!.stats().draining };
  },
};

for (const [how, make] of Object.entries(ways)) {
  for (const concurrency of ["allow", "serialize", "throw"] as const) {
    describe(`a pool that a proxy means ${how}, concurrency "${concurrency}"`, () => {
      it("lends nothing that a call still uses (law 13)", async () => {
        const { db, draining } = make(concurrency);
        const { promise, open } = gate();
        const [running] = await runInContext(() => [db.work(promise)]);
        expect(draining()).to.equal(1);
        open();
        expect(await running).to.equal("done");
        expect(draining()).to.equal(0);
      });

      it("graceMs: the end of the context waits for calls", async () => {
        const { db } = make(concurrency);
        const { promise, open } = gate();
        let isOver = false;
        const ended = runInContext({ graceMs: 60_000 }, () => void db.work(promise)).then(() => (isOver = true));
        await turn();
        expect(isOver).to.equal(false);
        open();
        await ended;
      });

      it("an async generator waits in its first next() (law 4)", async () => {
        const { db } = make(concurrency);
        const { promise, open } = gate();
        const other = runInContext(() => db.work(promise));
        const rows = runInContext(async () => {
          const seen: number[] = [];
          for await (const row of db.rows()) seen.push(row);
          return seen;
        });
        await turn();
        open();
        expect(await rows).to.eql([1, 2]);
        await other;
      });
    });
  }
}
