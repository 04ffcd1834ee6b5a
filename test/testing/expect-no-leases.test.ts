import "reflect-metadata";
import { expect } from "chai";
import { Container } from "inversify";
import {
  lease,
  type Lease,
  pooledScope,
  runInContext,
  type Scope,
  ScopedContainer,
  type Source,
} from "inversify-scopes";
import { expectNoLeases, swapScope } from "inversify-scopes/testing";
import { thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { collected } from "../support/gc.js";

class Db {
  n = 1;
  async wait(until: Promise<void>): Promise<void> {
    await until;
  }
}

function setUp(options: { readonly leaseStacks?: boolean } = {}): ScopedContainer {
  const container = new ScopedContainer();
  container
    .bind(Db)
    .toSelf()
    .inPooledScope({ maxSize: 2, ...options });
  container.bind("call").to(Db).inPooledScope({ maxSize: 1, lease: "call" });
  container.bind("shared").to(Db).inSharedScope();
  container.bind("context").to(Db).inPerAsyncContextScope();
  container.bind("constant").toConstantValue(1);
  return container;
}

function takeInAFunctionWithThisName(db: Db): Promise<Lease<Db>> {
  return lease(db);
}

describe("expectNoLeases", () => {
  it("is content where nothing was taken, and where all came back", async () => {
    const container = setUp();
    expectNoLeases(container);
    await runInContext(() => container.get(Db).n);
    expect(container.get<Db>("shared").n).to.equal(1);
    expect(container.get<Db>("call").n).to.equal(1);
    expectNoLeases(container);
    expectNoLeases(new ScopedContainer());
  });

  it("names service and holder of what a context still holds", async () => {
    const container = setUp();
    const stay = gate();
    const context = runInContext({ name: "GET /orders" }, async () => {
      expect(container.get(Db).n).to.equal(1);
      await stay.promise;
    });
    const error = thrown("LEASES_LEFT", () => expectNoLeases(container));
    expect(error.message).to.contain("1 lease(s)").and.contain("Db").and.contain("GET /orders");
    expect(error.service).to.equal("Db");
    expect(error.holders).to.have.length(1);
    stay.open();
    await context;
    expectNoLeases(container);
  });

  it("names what a call still uses after its context has ended", async () => {
    const container = setUp();
    const late = gate();
    await runInContext({ name: "GET /orders" }, () => void container.get(Db).wait(late.promise));
    const error = thrown("LEASES_LEFT", () => expectNoLeases(container));
    expect(error.message).to.match(/Db still used by wait, called in GET \/orders for \d+ ms/);
    late.open();
    await turn();
    expectNoLeases(container);
  });

  it("tells where an explicit lease was taken, without an option", async () => {
    const container = setUp();
    const held = await takeInAFunctionWithThisName(container.get(Db));
    const error = thrown("LEASES_LEFT", () => expectNoLeases(container));
    expect(error.message).to.contain("taken").and.contain("expect-no-leases.test");
    await held.release();
    expectNoLeases(container);
  });

  it("and where a context took it, a proxy between: from the caller's own line on, without ours", async () => {
    const container = setUp();
    const db = container.get(Db);
    await runInContext(function takesIt() {
      expect(db.n).to.equal(1);
      const { holders } = thrown("LEASES_LEFT", () => expectNoLeases(container));
      const [first] = holders![0]!.acquisitionStack!.split("\n");
      expect(first).to.match(/at takesIt .*expect-no-leases\.test/);
    });
  });

  it("and where the stack is too short to reach the caller, ours rather than nothing", async () => {
    const container = setUp();
    const db = container.get(Db);
    const { stackTraceLimit } = Error;
    await runInContext(() => {
      Error.stackTraceLimit = 1;
      try {
        expect(db.n).to.equal(1);
      } finally {
        Error.stackTraceLimit = stackTraceLimit;
      }
      const { holders } = thrown("LEASES_LEFT", () => expectNoLeases(container));
      expect(holders![0]!.acquisitionStack).to.match(/^ +at .*context-lease/);
    });
  });

  it("does not where the pool's options refuse to record it", async () => {
    const container = setUp({ leaseStacks: false });
    const held = await lease(container.get(Db));
    const error = thrown("LEASES_LEFT", () => expectNoLeases(container));
    expect(error.message).to.not.contain("taken ");
    await held.release();
  });

  describe("sees leases of pools that are not there any more", () => {
    it("of one that a test had swapped in, and of the own one meanwhile", async () => {
      const container = setUp();
      const db = container.get(Db);
      const own = await lease(db);
      const swapped = swapScope(container, Db, pooledScope(1));
      expect(thrown("LEASES_LEFT", () => expectNoLeases(container)).holders).to.have.length(1);
      const other = await lease(db);
      expect(thrown("LEASES_LEFT", () => expectNoLeases(container)).holders).to.have.length(2);
      await own.release();
      expect(thrown("LEASES_LEFT", () => expectNoLeases(container)).holders).to.have.length(1);
      swapped[Symbol.dispose]();
      expect(thrown("LEASES_LEFT", () => expectNoLeases(container)).message).to.contain("Db held by");
      await other.release();
      expectNoLeases(container);
    });

    it("of what was unbound, rebound or unbound while swapped", async () => {
      const container = setUp();
      const before = await lease(container.get(Db));
      container.rebind(Db).toSelf().inPooledScope(1);
      const after = await lease(container.get(Db));
      expect(thrown("LEASES_LEFT", () => expectNoLeases(container)).holders).to.have.length(2);
      await before.release();
      swapScope(container, Db, pooledScope(1));
      const swapped = await lease(container.get(Db));
      container.unbind(Db);
      expect(thrown("LEASES_LEFT", () => expectNoLeases(container)).holders).to.have.length(2);
      await after.release();
      await swapped.release();
      expectNoLeases(container);
    });

    it("of what was unbound and came back by restore(), once", async () => {
      const container = setUp();
      const held = await lease(container.get(Db));
      container.snapshot();
      container.unbind(Db);
      container.restore();
      expect(thrown("LEASES_LEFT", () => expectNoLeases(container)).holders).to.have.length(1);
      await held.release();
      expectNoLeases(container);
    });

    it("and forgets them when these have come back", async () => {
      const container = setUp();
      const rebound = await (async () => {
        const held = await lease(container.get(Db));
        const proxy = new WeakRef(container.get(Db));
        container.rebind(Db).toSelf().inPooledScope(1);
        thrown("LEASES_LEFT", () => expectNoLeases(container));
        await held.release();
        return proxy;
      })();
      expectNoLeases(container);
      await collected(() => rebound.deref() === undefined);
    });
  });

  it("keeps nothing of a scope that was swapped back and has lent nothing", async () => {
    const container = setUp();
    const source = (() => {
      let opened!: WeakRef<Source>;
      const rule = pooledScope(1);
      const open: Scope["open"] = (service) => {
        const its = rule.open(service);
        opened = new WeakRef(its);
        return its;
      };
      swapScope(container, Db, { ...rule, open })[Symbol.dispose]();
      return opened;
    })();
    await collected(() => source.deref() === undefined);
  });

  it("needs a container with the plugin", () => {
    thrown("INVALID_OPTION", () => expectNoLeases(new Container()));
  });
});
