import "reflect-metadata";
import { expect } from "chai";
import { Container } from "inversify";
import {
  bindToContext,
  keyedScope,
  lease,
  type PooledOptions,
  pooledScope,
  poolOf,
  pools,
  runInContext,
  ScopedContainer,
  shutdown,
} from "inversify-scopes";
import { type PoolReport, report, type Report } from "inversify-scopes/metrics";
import { swapScope } from "inversify-scopes/testing";
import { thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { putOpenContextsAside } from "../support/own-contexts.js";

class Db {
  constructor(readonly secret = "swordfish") {}
  async query(): Promise<string> {
    return "rows";
  }
  async slow(until: Promise<void>): Promise<void> {
    await until;
  }
}
class User {
  hello(): void {}
}

describe("report", () => {
  beforeEach(putOpenContextsAside);

  const rig = (options: Partial<PooledOptions<Db>> = {}): { container: ScopedContainer; db: Db; user: User } => {
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toDynamicValue(() => new Db())
      .inPooledScope({ maxSize: 1, shape: Db, ...options });
    container.bind(User).toSelf().inPerAsyncContextScope();
    return { container, db: container.get(Db), user: container.get(User) };
  };
  const onlyPool = ({ pools }: Report): PoolReport => {
    expect(pools).to.have.length(1);
    return pools[0]!;
  };

  it("of contexts: the open ones, oldest first, with what they hold and what they wait for", async () => {
    const { container, db, user } = rig();
    const before = Date.now();
    await runInContext({ name: "first" }, async () => {
      user.hello();
      await db.query();
      const end = gate();
      const second = runInContext({ name: "second" }, async () => {
        const late = bindToContext(() => lease(db));
        await Promise.race([end.promise, late()]);
      });
      const { at, contexts, openContexts } = report(container);
      expect(openContexts).to.equal(2);
      const [first, child] = contexts;
      expect(first).to.deep.include({
        name: "first",
        state: "active",
        parentId: null,
        holds: ["User", "Db"],
        waitsFor: [],
      });
      expect(child).to.deep.include({ name: "second", parentId: first!.id, holds: [], waitsFor: [] });
      expect(first!.startedAt).to.be.within(before, at);
      expect(first!.ageMs).to.equal(at - first!.startedAt);
      end.open();
      await second;
    });
    expect(report(container).contexts).to.eql([]);
  });

  it("of a context that waits: the service that it waits for, and its place in the pool's queue", async () => {
    const { container, db } = rig();
    const end = gate();
    const holder = runInContext({ name: "holder" }, async () => {
      await db.query();
      await end.promise;
    });
    const waiter = runInContext({ name: "waiter" }, () => db.query());
    await turn();
    const { contexts, pools, at } = report(container);
    expect(contexts.map(({ name, holds, waitsFor }) => [name, holds, waitsFor])).to.eql([
      ["holder", ["Db"], []],
      ["waiter", [], ["Db"]],
    ]);
    const [{ holders, waiters, waiting, leased, size }] = pools as [PoolReport];
    expect({ waiting, leased, size }).to.eql({ waiting: 1, leased: 1, size: 1 });
    expect(holders).to.have.length(1);
    expect(holders[0]).to.include({ holder: "holder", contextId: contexts[0]!.id, instance: 0 });
    expect(holders[0]!.since).to.equal(at - holders[0]!.heldMs);
    expect(waiters).to.have.length(1);
    expect(waiters[0]).to.include({ holder: "waiter", contextId: contexts[1]!.id });
    expect(waiters[0]!.since).to.equal(at - waiters[0]!.waitedMs);
    end.open();
    await Promise.all([holder, waiter]);
  });

  it("of explicit leases, and of those of a call: the context in which they were taken", async () => {
    const { container, db } = rig({ maxSize: 3 });
    container.bind("per call").to(Db).inPooledScope({ maxSize: 1, lease: "call" });
    const perCall = container.get<Db>("per call");
    const end = gate();
    await using _ = await lease(db);
    const slow = runInContext({ name: "job" }, async () => {
      await using _ = await lease(db);
      await perCall.slow(end.promise);
    });
    await turn();
    const { contexts, pools } = report(container);
    const holders = pools.flatMap(({ holders }) => holders.map(({ holder, contextId }) => [holder, contextId]));
    const { id } = contexts[0]!;
    expect(holders).to.have.deep.members([
      ["explicit lease", null],
      ["explicit lease in job", id],
      ["per call.slow in job", id],
    ]);
    end.open();
    await slow;
  });

  it("of who waits without a context: that it is an explicit lease", async () => {
    const { container, db } = rig();
    const held = await lease(db);
    const next = lease(db);
    await turn();
    expect(onlyPool(report(container)).waiters.map(({ holder, contextId }) => [holder, contextId])).to.eql([
      ["explicit lease", null],
    ]);
    await held.release();
    await (await next).release();
  });

  it("of what drains: who held it, and what was called", async () => {
    const { container, db } = rig();
    const end = gate();
    let slow!: Promise<void>;
    await runInContext({ name: "left" }, async () => {
      slow = db.slow(end.promise);
    });
    const { draining, leased, holders } = onlyPool(report(container));
    expect({ draining, leased }).to.eql({ draining: 1, leased: 0 });
    expect(holders[0]).to.include({ holder: "left", contextId: null, call: "slow" });
    end.open();
    await slow;
  });

  it("of an instance that is being prepared for somebody: who that is", async () => {
    const prepared = gate();
    const { container, db } = rig({ onAcquire: () => prepared.promise });
    const using = runInContext({ name: "patient" }, () => db.query());
    await turn();
    const { checking, waiting, waiters } = onlyPool(report(container));
    expect({ checking, waiting }).to.eql({ checking: 1, waiting: 1 });
    expect(waiters.map(({ holder }) => holder)).to.eql(["patient"]);
    prepared.open();
    await using;
  });

  it("where stacks are recorded: where each instance was taken, and asked for", async () => {
    const { container, db } = rig({ leaseStacks: true });
    async function takesItHere(): Promise<void> {
      await db.query();
      await lease(db);
    }
    const waiting = runInContext({ name: "job" }, takesItHere);
    waiting.catch(() => {});
    await turn();
    const { holders, waiters } = onlyPool(report(container));
    expect(holders[0]!.acquisitionStack).to.match(/^at .*takesItHere/);
    expect(waiters[0]!.acquisitionStack).to.match(/^at .*takesItHere/);
    await container.unbindAllAsync();
    await waiting.catch(() => {});
  });

  it("where they are not: no word of it", async () => {
    const { container, db } = rig({ leaseStacks: false });
    await using _ = await lease(db);
    expect(onlyPool(report(container)).holders[0]).to.not.have.property("acquisitionStack");
  });

  it("of a pool: the figures of stats(), under their names", async () => {
    const { container, db } = rig({ maxSize: 4, minSize: 1 });
    await runInContext(() => db.query());
    const stats = poolOf(db).stats();
    const pool = onlyPool(report(container));
    expect(pool).to.include({ service: "Db", label: "Db", state: "open", maxSize: 4, minSize: 1, size: 1, idle: 1 });
    expect(pool.figures).to.deep.include({ uses: 1, returns: 1, created: 1, timeouts: 0, waitTime: stats.waitTime });
    expect(pool.figures!.destroyed).to.eql(stats.destroyed);
  });

  it("of a pool that nothing has touched: that it is there; it is not made by being looked at", async () => {
    let made = 0;
    const container = new ScopedContainer();
    const create = (): Db => (made++, new Db());
    container.bind(Db).toDynamicValue(create).inPooledScope({ maxSize: 2, minSize: 2, label: "main" });
    container.bind("endless").toDynamicValue(create).inPooledScope(Infinity);
    const { pools } = report(container);
    await turn();
    expect(made).to.equal(0);
    const untouched = { state: "untouched", size: 0, idle: 0, waiting: 0, figures: null, holders: [] };
    expect(pools[0]).to.deep.include({ ...untouched, service: "Db", label: "main", maxSize: 2, minSize: 2 });
    expect(pools[1]).to.deep.include({ ...untouched, label: "endless", maxSize: null, minSize: 0 });
  });

  it("of a service with a pool for each key: all of them", async () => {
    let key = "red";
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toSelf()
      .inScope(keyedScope({ key: () => key, scope: pooledScope<Db>(1) }));
    const db = container.get(Db);
    for (key of ["red", "blue"]) await runInContext(() => db.query());
    const { pools } = report(container);
    expect(pools.map(({ service }) => service)).to.eql(["Db", "Db"]);
    expect(pools.map(({ label }) => label.match(/red|blue/)?.[0])).to.eql(["red", "blue"]);
  });

  it("of a pool that a test has put into a service's place: both", () => {
    const { container } = rig();
    using _ = swapScope(container, User, pooledScope({ maxSize: 1, label: "users" }));
    expect(report(container).pools.map(({ label }) => label)).to.eql(["Db", "users"]);
  });

  describe("facts of instances", () => {
    const described = { describe: ({ secret }: Db) => ({ secret: `${secret}\n` }), maxSize: 2 };

    it("are not told, and `describe` is not asked", async () => {
      let asked = 0;
      const { container, db } = rig({ describe: () => ++asked, maxSize: 2 });
      await using _ = await lease(db);
      await using other = await lease(db);
      await other.release();
      const text = JSON.stringify(report(container));
      expect(asked).to.equal(0);
      expect(text).to.not.include("swordfish").and.not.include("facts");
      expect(onlyPool(report(container))).to.not.have.any.keys("instances", "lastCreateError");
    });

    it("are told if asked for: of those that are held, and of the others; on one line", async () => {
      const { container, db } = rig(described);
      await using _ = await lease(db);
      await using other = await lease(db);
      await other.release();
      const { holders, instances, lastCreateError } = onlyPool(report(container, { facts: true }));
      const facts = { secret: "swordfish\\n" };
      expect(holders.map(({ instance, facts }) => [instance, facts])).to.eql([[0, facts]]);
      expect(instances!.map(({ instance, state, facts }) => [instance, state, facts])).to.eql([
        [0, "leased", facts],
        [1, "idle", facts],
      ]);
      expect(lastCreateError).to.equal(null);
    });

    it("a pool without `describe` has none", async () => {
      const { container, db } = rig();
      await runInContext(() => db.query());
      expect(onlyPool(report(container, { facts: true })).instances![0]).to.have.all.keys(
        "instance",
        "state",
        "ageMs",
        "uses",
      );
    });

    it("that turn against being told are told as an error", async () => {
      let asked = 0;
      const facts = {
        toJSON() {
          if (++asked % 2 === 0) throw new Error("not twice");
          return "once";
        },
      };
      const { container, db } = rig({ describe: () => facts });
      await runInContext(() => db.query());
      expect(onlyPool(report(container, { facts: true })).instances![0]!.facts).to.eql({ error: "Error: not twice" });
    });
  });

  it("is plain data: what JSON makes of it is the same", async () => {
    const { container, db, user } = rig({
      describe: () => new Map([[1n, () => {}]]),
      maxSize: Infinity,
      leaseStacks: true,
    });
    await using _ = await lease(db);
    await runInContext(async () => {
      user.hello();
      await db.query();
      for (const facts of [false, true]) {
        const told = report(container, { facts });
        expect(JSON.parse(JSON.stringify(told))).to.eql(told);
      }
    });
  });

  it("of a container that is shut down: nothing is left", async () => {
    const { container, db } = rig();
    await runInContext(() => db.query());
    await shutdown(container);
    const { contexts, pools, incidents, bindings } = report(container, { facts: true });
    expect({ contexts, pools, incidents, bindings }).to.eql({ contexts: [], pools: [], incidents: [], bindings: [] });
  });

  it("of a pool that was unbound, or replaced, while it is leased: until it has its instances back", async () => {
    const { container, db } = rig();
    const held = await lease(db);
    const [pool] = pools(container);
    container
      .rebind(Db)
      .toDynamicValue(() => new Db())
      .inPooledScope({ maxSize: 1, label: "next" });
    expect(report(container).pools.map(({ label, state, leased }) => [label, state, leased])).to.eql([
      ["next", "untouched", 0],
      ["Db", "closing", 1],
    ]);
    await held.release();
    await pool!.close();
    expect(report(container).pools.map(({ label }) => label)).to.eql(["next"]);
  });

  it("needs a container with the plugin, and options that it knows", () => {
    const { container } = rig();
    expect(thrown("INVALID_OPTION", () => report(new Container())).message).to.match(/^report: .*ScopesPlugin/);
    thrown("INVALID_OPTION", () => report(undefined as never));
    expect(thrown("INVALID_OPTION", () => report(container, { facts: "yes" } as never)).message).to.include("facts");
    expect(thrown("INVALID_OPTION", () => report(container, { fact: true } as never)).message).to.include("facts");
  });
});
