import "reflect-metadata";
import { expect } from "chai";
import { lease, pooledScope, pools, runInContext, ScopedContainer } from "inversify-scopes";
import { report } from "inversify-scopes/metrics";
import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { VirtualClock } from "../support/clock.js";
import { putOpenContextsAside } from "../support/own-contexts.js";

class Db {
  async query(): Promise<string> {
    return "rows";
  }
}

/** Controls, ends of lines, marks of direction, halves of characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe("report, of what is hostile or much", () => {
  beforeEach(putOpenContextsAside);

  it("every name is on one line, without marks of direction, and cut if it is long", async () => {
    const hostile = `</script>\n"'\u202e\u2028\u0000\ud800${"x".repeat(10_000)}`;
    const container = new ScopedContainer();
    const clock = new VirtualClock();
    container
      .bind(hostile)
      .to(Db)
      .inPooledScope({ maxSize: 1, label: hostile, clock, acquireTimeoutMs: 5, leaseWarnMs: 1, logger: { warn() {} } });
    container
      .bind("own scope")
      .to(Db)
      .inScope({ ...pooledScope(1), name: hostile });
    const db = container.get<Db>(hostile);
    const end = gate();
    const holder = runInContext({ name: hostile }, async () => {
      await db.query();
      await end.promise;
    });
    const late = rejected(
      "POOL_TIMEOUT",
      runInContext({ name: hostile }, () => db.query()),
    );
    await turn();
    const texts: string[] = [];
    const collect = (value: unknown): void => {
      if (typeof value === "string") texts.push(value);
      else if (typeof value === "object" && value !== null) Object.values(value).forEach(collect);
    };
    const during = report(container);
    expect(during.pools[0]!.waiters).to.have.length(1);
    collect(during);
    await clock.advance(5);
    await late;
    collect(report(container));
    const stacks = texts.flatMap((text) => text.split("\n"));
    expect(stacks.filter((text) => UNSAFE.test(text))).to.eql([]);
    expect(Math.max(...stacks.map(({ length }) => length))).to.be.at.most(1_000);
    expect(texts.filter((text) => text.includes("\n") && !text.startsWith("at "))).to.eql([]);
    end.open();
    await holder;
  });

  it("a pool that closes while it is told of", async () => {
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toSelf()
      .inPooledScope({
        maxSize: 1,
        logger: { warn() {} },
        describe: () => void pools(container)[0]!.close({ graceMs: 0 }),
      });
    const db = container.get(Db);
    const { signal } = await lease(db);
    const [pool] = report(container, { facts: true }).pools;
    expect(pool).to.include({ state: "closing", leased: 1 });
    expect(pool!.holders).to.have.length(1);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await turn();
    expect(report(container, { facts: true }).pools[0]).to.include({ state: "closed", size: 0 });
  });

  it("a `describe` that ends leases", async () => {
    const container = new ScopedContainer();
    let end = (): void => {};
    container
      .bind(Db)
      .toSelf()
      .inPooledScope({ maxSize: 2, logger: { warn() {} }, describe: () => end() });
    const db = container.get(Db);
    const leases = [await lease(db), await lease(db)];
    end = () => leases.forEach((one) => void one.release());
    const [pool] = report(container, { facts: true }).pools;
    expect(pool).to.include({ leased: 0, idle: 2 });
    expect(pool!.holders).to.eql([]);
    end = () => {};
  });

  it("a thousand pools", async () => {
    const container = new ScopedContainer();
    for (let i = 0; i < 1_000; i++) container.bind(`pool ${i}`).to(Db).inPooledScope(1);
    await lease(container.get<Db>("pool 999"));
    const { pools: told, bindings } = report(container);
    expect(told).to.have.length(1_000);
    expect(bindings).to.have.length(1_000);
    expect(told.filter(({ leased }) => leased === 1).map(({ label }) => label)).to.eql(["pool 999"]);
    container.unbindAll();
  });

  it("very many contexts, holders and waiters: the oldest of them, and their number", async () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inPooledScope(150);
    const db = container.get(Db);
    const end = gate();
    const all = Array.from({ length: 1_200 }, (_, i) =>
      runInContext({ name: `c${i}` }, async () => {
        await db.query();
        await end.promise;
      }),
    );
    await turn();
    const { openContexts, contexts, pools: told } = report(container, { facts: true });
    expect([openContexts, contexts.length, contexts.at(-1)!.name]).to.eql([1_200, 1_000, "c999"]);
    const { leased, waiting, holders, waiters, instances } = told[0]!;
    expect([leased, holders.length, waiting, waiters.length, instances!.length]).to.eql([150, 100, 1_050, 100, 100]);
    expect(waiters[0]!.holder).to.equal("c150");
    end.open();
    await Promise.all(all);
  });
});
