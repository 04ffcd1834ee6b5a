import "reflect-metadata";
import { expect } from "chai";
import { lease, type PooledOptions, runInContext, ScopedContainer } from "inversify-scopes";
import { type IncidentReport, report } from "inversify-scopes/metrics";
import sinon from "sinon";
import { VirtualClock } from "../support/clock.js";
import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { collected } from "../support/gc.js";

class Db {
  async query(): Promise<string> {
    return "rows";
  }
  async slow(until: Promise<void>): Promise<void> {
    await until;
  }
}

describe("report: what went wrong of late", () => {
  let date: sinon.SinonFakeTimers | undefined;

  afterEach(() => date?.restore());

  const rig = (options: Partial<PooledOptions<Db>>): { container: ScopedContainer; db: Db; clock: VirtualClock } => {
    const container = new ScopedContainer();
    const clock = new VirtualClock();
    container
      .bind(Db)
      .toDynamicValue(() => new Db())
      .inPooledScope({ maxSize: 1, shape: Db, clock, logger: { warn() {} }, ...options });
    return { container, db: container.get(Db), clock };
  };
  const only = (container: ScopedContainer): IncidentReport => {
    const { incidents } = report(container);
    expect(incidents).to.have.length(1);
    return incidents[0]!;
  };

  it("a time-out: who waited, and what its error says to everybody", async () => {
    const { container, db, clock } = rig({ acquireTimeoutMs: 50 });
    await using _ = await lease(db);
    const before = Date.now();
    const waiting = rejected(
      "POOL_TIMEOUT",
      runInContext({ name: "GET /orders" }, () => db.query()),
    );
    await clock.advance(50);
    const { publicMessage } = await waiting;
    const { at, ...incident } = only(container);
    expect(incident).to.eql({
      pool: "Db",
      kind: "timeout",
      code: "POOL_TIMEOUT",
      message: publicMessage,
      holder: "GET /orders",
    });
    expect(at).to.be.within(before, Date.now());
  });

  it("a time-out without a context", async () => {
    const { container, db, clock } = rig({ acquireTimeoutMs: 50 });
    await using _ = await lease(db);
    const waiting = rejected("POOL_TIMEOUT", lease(db));
    await clock.advance(50);
    await waiting;
    expect(only(container)).to.not.have.property("holder");
  });

  it("a creation that failed: without its cause, which is told among the facts", async () => {
    const container = new ScopedContainer();
    const failing = (): Db => {
      throw new Error("password of ann");
    };
    container.bind(Db).toDynamicValue(failing).inPooledScope({ maxSize: 1, shape: Db });
    await rejected("CREATE_FAILED", lease(container.get(Db)));
    expect(only(container)).to.include({ kind: "creation", code: "CREATE_FAILED" });
    expect(JSON.stringify(report(container))).to.not.include("password");
    expect(report(container, { facts: true }).pools[0]!.lastCreateError).to.equal("Error: password of ann");
  });

  it("a creation that took too long", async () => {
    const { promise } = gate<Db>();
    const container = new ScopedContainer();
    const clock = new VirtualClock();
    container
      .bind(Db)
      .toDynamicValue(() => promise)
      .inPooledScope({ maxSize: 1, shape: Db, clock, createTimeoutMs: 10 });
    const waiting = rejected("CREATE_TIMEOUT", lease(container.get(Db)));
    await clock.advance(10);
    await waiting;
    expect(only(container)).to.include({ kind: "creation", code: "CREATE_TIMEOUT" });
  });

  it("a lease that lasts long, and then is taken back: by whom and where it was taken; nothing of its instance", async () => {
    const describe = (): string => "a secret";
    const { container, db, clock } = rig({ leaseWarnMs: 10, maxLeaseMs: 30, leaseStacks: true, describe });
    const end = gate();
    async function takesLong(): Promise<void> {
      await db.query();
      await end.promise;
    }
    const job = runInContext({ name: "job" }, takesLong);
    await turn();
    await clock.advance(30);
    const [back, long] = report(container).incidents;
    expect(long).to.include({ kind: "leak", code: "POOL_LEASE_LONG", holder: "job", heldMs: 10 });
    expect(long!.acquisitionStack).to.match(/^at .*takesLong/);
    expect(back).to.include({ kind: "leak", code: "POOL_LEASE_TAKEN_BACK", holder: "job", heldMs: 30 });
    expect(JSON.stringify(report(container, { facts: true }).incidents)).to.not.include("secret");
    end.open();
    await job;
  });

  it("a lease that was dropped", async () => {
    const { container, db } = rig({});
    await (async () => void (await lease(db)))();
    await collected(() => report(container).incidents.length > 0);
    expect(only(container)).to.include({ kind: "leak", code: "POOL_LEASE_ABANDONED", holder: "explicit lease" });
  });

  it("an instance that drains for too long", async () => {
    const { container, db, clock } = rig({ drainTimeoutMs: 20 });
    const end = gate();
    let slow!: Promise<void>;
    await runInContext({ name: "left" }, async () => {
      slow = db.slow(end.promise);
    });
    await clock.advance(20);
    expect(only(container)).to.include({ kind: "leak", code: "POOL_DRAIN_TIMEOUT", holder: "left", heldMs: 20 });
    end.open();
    await slow;
  });

  it("a deadlock: whose acquisition was refused", async () => {
    const { container, db } = rig({});
    await runInContext({ name: "parent" }, async () => {
      await db.query();
      await rejected(
        "POOL_DEADLOCK",
        runInContext({ name: "child" }, () => db.query()),
      );
    });
    expect(only(container)).to.include({ kind: "deadlock", code: "POOL_DEADLOCK", holder: "child", pool: "Db" });
  });

  it("the newest first, of all pools together, also within a millisecond; and no more than some of them", async () => {
    date = sinon.useFakeTimers({ toFake: ["Date"] });
    const container = new ScopedContainer();
    const clock = new VirtualClock();
    const names = ["a", "b", "c", "d"];
    for (const name of names) {
      container.bind(name).to(Db).inPooledScope({ maxSize: 1, clock, acquireTimeoutMs: 1 });
    }
    const dbs = names.map((name) => container.get<Db>(name));
    const held = await Promise.all(dbs.map((db) => lease(db)));
    for (let i = 0; i < 40; i++) {
      const waiting = dbs.map((db, n) =>
        rejected(
          "POOL_TIMEOUT",
          runInContext({ name: `${names[n]}${i}` }, () => db.query()),
        ),
      );
      await clock.advance(1);
      await Promise.all(waiting);
      date.tick(i % 2);
    }
    const { incidents } = report(container);
    expect(incidents).to.have.length(100);
    const ofA = incidents.filter(({ pool }) => pool === "a");
    expect(ofA[0]!.holder).to.equal("a39");
    expect(ofA.length).to.be.at.most(32);
    const times = incidents.map(({ at }) => at);
    expect(times).to.eql(times.toSorted((a, b) => b - a));
    const numbers = ofA.map(({ holder }) => Number(holder!.slice(1)));
    expect(numbers).to.eql(numbers.toSorted((a, b) => b - a));
    await Promise.all(held.map((one) => one.release()));
  });
});
