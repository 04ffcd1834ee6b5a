import "reflect-metadata";
import { expect } from "chai";
import { Container } from "inversify";
import {
  type AsyncContext,
  currentContext,
  detach,
  keyedScope,
  lease,
  openContexts,
  poolOf,
  ready,
  runInContext,
  ScopedContainer,
  shutdown,
  selectSource,
  pooledScope,
  type Source,
} from "inversify-scopes";
import { runProgram } from "../support/child.js";
import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { type Holder, holding } from "../support/holding.js";
import { secondCopy } from "../support/second-copy.js";
import { warningsDuring, warningsOf } from "../support/warnings.js";

class Db {
  static made = 0;
  readonly id = ++Db.made;
  async query(): Promise<number> {
    return this.id;
  }
  async *rows(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }
}

/** A container with a pooled and a shared service, both taken once, that writes down what ends. */
function rig(log: string[] = []): { container: ScopedContainer; db: Db; log: string[] } {
  const container = new ScopedContainer();
  container
    .bind(Db)
    .toSelf()
    .inPooledScope({ maxSize: 2, destroy: () => void log.push("db ended") });
  return { container, db: container.get(Db), log };
}

/** Whether a promise is still pending in the next turn of the event loop. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  await turn();
  await turn();
  return !settled;
}

describe("shutdown", () => {
  it("contexts that are open end first, then the services (law 15)", async () => {
    const { container, db, log } = rig();
    const work = gate();
    const running = runInContext({ name: "request" }, async () => {
      await work.promise;
      await db.query();
      log.push("request ends");
    });
    const ending = shutdown(container);
    expect(await isPending(ending)).to.equal(true);
    work.open();
    await Promise.all([running, ending]);
    expect(log).to.eql(["request ends", "db ended"]);
    expect(container.isBound(Db)).to.equal(false);
    expect(poolOf(db).stats().size).to.equal(0);
  });

  it("services end in order, each awaited before what it holds", async () => {
    const log: string[] = [];
    const container = new ScopedContainer();
    const bind = (name: string, ...needs: string[]): void => {
      const destroy = async (): Promise<void> => {
        log.push(name);
        await turn();
        log.push(`${name} ended`);
      };
      container
        .bind<Holder>(name)
        .to(holding(...needs))
        .inSharedScope({ destroy });
    };
    bind("client");
    bind("cache", "client");
    bind("service", "cache");
    for (const name of ["client", "cache", "service"]) container.get<Holder>(name).touch();
    await shutdown(container);
    expect(log).to.eql(["service", "service ended", "cache", "cache ended", "client", "client ended"]);
  });

  it("children, detached work, and contexts that are ending are waited for, also where nothing of the container was touched", async () => {
    const { container } = rig();
    const works = [gate(), gate(), gate()] as const;
    void runInContext(() => works[0].promise);
    void runInContext(() => void runInContext(() => works[1].promise));
    void runInContext(() => void detach(() => works[2].promise));
    await turn();
    const ending = shutdown(container);
    for (const work of works) {
      expect(await isPending(ending)).to.equal(true);
      work.open();
    }
    await ending;
  });

  it("those that endless recursion has left do not hold it up", async () => {
    const { container } = rig();
    const recurse = (): Promise<unknown> => runInContext(() => recurse());
    await reasonOf(recurse());
    await shutdown(container);
    expect(openContexts()).to.eql([]);
  });

  it("contexts that begin later are not waited for, and meet UNBOUND", async () => {
    const { container, db } = rig();
    const first = gate();
    const later = gate();
    const running = runInContext(() => first.promise);
    const ending = shutdown(container);
    const late = runInContext(async () => {
      await later.promise;
      return reasonOf(db.query());
    });
    first.open();
    await Promise.all([running, ending]);
    later.open();
    expect(await late).to.have.property("code", "UNBOUND");
    expect(await late)
      .to.have.property("message")
      .that.matches(/^db\.query was touched after its container had been shut down .* answer 503/i);
  });

  it("the caller's own context and those around it are not waited for; others in them are", async () => {
    const { container } = rig();
    const sibling = gate();
    await runInContext(async () => {
      const child = runInContext(() => sibling.promise);
      await runInContext(async () => {
        const ending = shutdown(container);
        expect(await isPending(ending)).to.equal(true);
        sibling.open();
        await Promise.all([child, ending]);
      });
    });
    expect(openContexts()).to.eql([]);
  });

  it("called again, it is the same promise; the second caller's context is not waited for either", async () => {
    const { container } = rig();
    let first!: Promise<void>;
    const [one, two] = [gate(), gate()];
    const running = [one, two].map((begin) =>
      runInContext(async () => {
        await begin.promise;
        const ending = shutdown(container);
        expect(ending).to.equal((first ??= ending));
        await ending;
      }),
    );
    one.open();
    await turn();
    expect(await isPending(first)).to.equal(true);
    two.open();
    await Promise.all(running);
    const again = shutdown(container);
    expect(again, "after the end it is a new one, with nothing to end").to.not.equal(first);
    await again;
  });

  it("after graceMs those left are aborted, then they have a second; new and pending acquisitions get the reason", async () => {
    const { container, db, log } = rig();
    const seen: Record<string, unknown> = {};
    const aborted = (): Promise<void> =>
      new Promise((resolve) => currentContext()!.signal.addEventListener("abort", () => resolve()));
    const held = [await lease(db), await lease(db)];
    const running = runInContext({ name: "slow" }, async () => {
      const pending = reasonOf(db.query());
      const child = runInContext({ name: "child" }, async () => {
        await aborted();
        seen["child"] = currentContext()!.signal.reason;
        seen["begun in it"] = await reasonOf(runInContext(() => "ran"));
      });
      await aborted();
      seen["reason"] = currentContext()!.signal.reason;
      seen["pending"] = await pending;
      seen["new"] = await reasonOf(db.query());
      for (const one of held) await one.release();
      await child;
      log.push("slow ends");
    });
    let outcome: AsyncContext | undefined;
    const own = new AbortController();
    const withSignal = runInContext({ name: "with a signal of its own", signal: own.signal }, async () => {
      outcome = currentContext();
      await aborted();
    });
    const ending = shutdown(container, { graceMs: 5 });
    const late = gate();
    const begunLater = runInContext(async () => {
      await late.promise;
      return currentContext()!.signal.aborted;
    });
    const warnings = await warningsDuring(() => ending);
    late.open();
    expect(await begunLater, "one that has begun later").to.equal(false);
    await Promise.all([running, withSignal]);
    expect(warnings).to.eql([]);
    expect(log).to.eql(["slow ends", "db ended", "db ended"]);
    const reason = seen["reason"] as Error;
    expect(reason).to.include({ code: "CONTEXT_ENDING", context: "slow" });
    expect(reason.message).to.include("slow was aborted: shutdown has waited 5 ms for it");
    expect([seen["pending"], seen["new"]]).to.eql([reason, reason]);
    expect(seen["child"]).to.include({ code: "CONTEXT_ENDING", context: "child" });
    expect(seen["begun in it"]).to.equal(seen["child"]);
    expect(own.signal.aborted, "it is not ours").to.equal(false);
    expect(outcome!.outcome).to.have.property("status", "aborted");
  });

  it("what heeds no abort is told, and what it holds is taken back, naming it", async () => {
    const { container, db, log } = rig();
    const never = gate();
    const running = runInContext({ name: "deaf" }, async () => {
      await db.query();
      await never.promise;
    });
    await turn();
    const warnings = await warningsDuring(() => shutdown(container, { graceMs: 5 }));
    expect(warnings.map(({ name, code }) => [name, code])).to.eql([
      ["ScopesWarning", "CONTEXTS_LEFT_OPEN"],
      ["PoolWarning", "POOL_LEASE_TAKEN_BACK"],
    ]);
    expect(warnings[0]!.message).to.match(/1 context\(s\) that it has aborted go on: deaf \(open for \d+ ms\)/);
    expect(warnings[1]!.message).to.include("deaf");
    expect(log).to.eql(["db ended"]);
    never.open();
    await running;
  });

  it("an explicit lease is taken back at once, whatever graceMs is", async () => {
    const { container, db, log } = rig();
    const held = await lease(db);
    const warnings = await warningsDuring(() => shutdown(container));
    expect(warnings.map(({ code }) => code)).to.eql(["POOL_LEASE_TAKEN_BACK"]);
    expect(log).to.eql(["db ended"]);
    thrown("LEASE_ENDED", () => held.value);
    await held.release();
  });

  it("so is one of a pool among which a scope selects, and of a pool that was unbound before", async () => {
    const log: string[] = [];
    const container = new ScopedContainer();
    const scope = {
      name: "selected",
      open(service: Parameters<ReturnType<typeof pooledScope>["open"]>[0]): Source {
        const pool = pooledScope({ maxSize: 1, destroy: () => void log.push("selected ended") }).open(service);
        return selectSource(service, { select: () => pool, sources: () => [pool] });
      },
    };
    container.bind<Db>("selected").to(Db).inScope(scope);
    container
      .bind<Db>("before")
      .to(Db)
      .inPooledScope({ maxSize: 1, destroy: () => void log.push("before ended") });
    const held = [await lease(container.get<Db>("selected")), await lease(container.get<Db>("before"))];
    container.unbind("before");
    await turn();
    expect(log).to.eql([]);
    const warnings = await warningsDuring(() => shutdown(container));
    expect(warnings.map(({ code }) => code)).to.eql(["POOL_LEASE_TAKEN_BACK", "POOL_LEASE_TAKEN_BACK"]);
    expect(log).to.have.members(["selected ended", "before ended"]);
    expect(held.length, "the collector takes none of them").to.equal(2);
  });

  it("what is draining may go on for what is left of graceMs (law 13)", async () => {
    const { container, db, log } = rig();
    const rows = await runInContext(async () => db.rows());
    expect(poolOf(db).stats().draining).to.equal(1);
    await rows.next();
    const ending = shutdown(container);
    expect(await isPending(ending)).to.equal(true);
    const read: number[] = [];
    for await (const row of rows) read.push(row);
    await ending;
    expect(read).to.eql([2]);
    expect(log).to.eql(["db ended"]);
  });

  it("so it may though another instance of the pool is still leased, which is taken back at once", async () => {
    const { container, db, log } = rig();
    const held = await lease(db);
    const rows = await runInContext(async () => db.rows());
    let ending: Promise<void>;
    const warnings = await warningsOf(async () => {
      ending = shutdown(container);
      await new Promise<void>((resolve) => held.signal.addEventListener("abort", () => resolve()));
    });
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(/closing: 1 leases .* Held by explicit lease/);
    expect(poolOf(db).stats().draining).to.equal(1);
    expect(log).to.eql(["db ended"]);
    const read: number[] = [];
    for await (const row of rows) read.push(row);
    await ending!;
    expect(read).to.eql([1, 2]);
    expect(log).to.eql(["db ended", "db ended"]);
  });

  it("called again with less patience, it does not wait for what is draining", async () => {
    const { container, db, log } = rig();
    container
      .bind<Db>("of a key")
      .to(Db)
      .inScope(
        keyedScope({ key: () => "one", scope: pooledScope({ maxSize: 1, destroy: () => void log.push("ended") }) }),
      );
    await runInContext(() => [db, container.get<Db>("of a key")].forEach((each) => void each.rows()));
    const ending = shutdown(container, { graceMs: 600_000 });
    expect(await isPending(ending)).to.equal(true);
    const warnings = await warningsDuring(async () => {
      void shutdown(container, { graceMs: 600_000 });
      void shutdown(container, { graceMs: 0 });
      await ending;
    });
    expect(warnings.filter(({ code }) => code === "POOL_DRAIN_TIMEOUT")).to.have.length(2);
    expect(log).to.have.members(["db ended", "ended"]);
  });

  it("so it does for a service that waits for the end of what holds it", async () => {
    const { container, db, log } = rig();
    const closing = gate();
    container
      .bind<object>("holder")
      .toResolvedValue((held: Db) => ({ held }), [Db])
      .inSharedScope({ shape: { held: db }, destroy: () => closing.promise });
    await ready(container.get<object>("holder"));
    await runInContext(() => void db.rows());
    const ending = shutdown(container, { graceMs: 600_000 });
    await turn();
    void shutdown(container, { graceMs: 0 });
    await turn();
    expect(log, "first its holder").to.eql([]);
    closing.open();
    await warningsDuring(() => ending);
    expect(log).to.eql(["db ended"]);
  });

  it("a shorter graceMs counts when it is called again, a longer one does not", async () => {
    const { container } = rig();
    const running = runInContext(
      () => new Promise<void>((resolve) => currentContext()!.signal.addEventListener("abort", () => resolve())),
    );
    const ending = shutdown(container, { graceMs: 600_000 });
    void shutdown(container, { graceMs: 5 });
    void shutdown(container, { graceMs: 600_000 });
    await Promise.all([running, ending]);
    const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout");
    expect(timers.length, "Mocha's own").to.be.lessThan(2);
  });

  it("called again while the services end, it changes nothing", async () => {
    const container = new ScopedContainer();
    const closing = gate();
    container
      .bind<Holder>("slow")
      .to(holding())
      .inSharedScope({ destroy: () => closing.promise });
    container.get<Holder>("slow").touch();
    const ending = shutdown(container);
    await turn();
    expect(shutdown(container, { graceMs: 0 })).to.equal(ending);
    expect(await isPending(ending)).to.equal(true);
    closing.open();
    await ending;
  });

  it("rejects with what a service throws at its end, when all have ended", async () => {
    const { container, log } = rig();
    const error = new Error("no end");
    container
      .bind<Holder>("failing")
      .to(holding())
      .inSharedScope({ destroy: () => Promise.reject(error) });
    container.get<Holder>("failing").touch();
    await use(container);
    expect(await reasonOf(shutdown(container))).to.equal(error);
    expect(log).to.eql(["db ended"]);
  });

  const endings: Record<string, (error: Error) => unknown> = {
    throws: (error) => {
      throw error;
    },
    rejects: (error) => Promise.reject(error),
  };
  for (const [how, end] of Object.entries(endings)) {
    it(`ends its services though the handler of a stock singleton ${how}, after which inversify unbinds nothing`, async () => {
      const { container, db, log } = rig();
      const error = new Error("no end");
      container
        .bind("stock")
        .toConstantValue(1)
        .onDeactivation(() => end(error) as void);
      container.get("stock");
      await use(container);
      expect(await reasonOf(shutdown(container))).to.equal(error);
      expect(log).to.eql(["db ended"]);
      thrown("UNBOUND", () => db.id);
      expect(() => container.get(Db)).to.throw("No bindings found");
    });
  }

  it("rejects with all errors, if a stock singleton and a service of ours could not be ended", async () => {
    const { container, log } = rig();
    const [stock, ours] = [new Error("stock"), new Error("ours")];
    container
      .bind("stock")
      .toConstantValue(1)
      .onDeactivation(() => Promise.reject(stock));
    container.get("stock");
    container
      .bind<Holder>("failing")
      .to(holding())
      .inSharedScope({ destroy: () => Promise.reject(ours) });
    container.get<Holder>("failing").touch();
    await use(container);
    expect(await reasonOf(shutdown(container))).to.have.deep.property("errors", [stock, ours]);
    expect(log).to.eql(["db ended"]);
  });

  it("a container may be used again afterwards", async () => {
    const { container, log } = rig();
    await use(container);
    await shutdown(container);
    container
      .bind(Db)
      .toSelf()
      .inPooledScope({ maxSize: 1, destroy: () => void log.push("second ended") });
    await use(container);
    await shutdown(container);
    expect(log).to.eql(["db ended", "second ended"]);
  });

  it("bad input is INVALID_OPTION, as a rejection, and nothing ends", async () => {
    const { container } = rig();
    for (const [given, options] of [
      [undefined, {}],
      [new Container(), {}],
      [container, { graceMs: -1 }],
      [container, { graceMs: Infinity }],
      [container, { grace: 5 }],
      [container, 5],
    ] as const) {
      await rejected("INVALID_OPTION", shutdown(given as never, options as never));
    }
    expect(container.isBound(Db)).to.equal(true);
    await container.unbindAllAsync();
  });

  it("waits for contexts of another copy of the package, too", async () => {
    const copy = await secondCopy();
    try {
      const { container } = rig();
      const work = gate();
      const running = copy.main.runInContext(() => work.promise);
      const ending = shutdown(container);
      expect(await isPending(ending)).to.equal(true);
      work.open();
      await Promise.all([running, ending]);
      await rejected("INVALID_OPTION", copy.main.shutdown(container));
    } finally {
      await copy.remove();
    }
  });

  it("a program that waits for it does not vanish (law 12)", async () => {
    const printed = await runProgram(
      `import { runInContext, ScopedContainer, shutdown } from "inversify-scopes";
       const container = new ScopedContainer();
       void runInContext(() => new Promise(() => {}));
       shutdown(container, { graceMs: 20 }).then(() => console.log("over"));`,
      "--no-warnings",
    );
    expect(printed).to.equal("over");
  });
});

async function use(container: ScopedContainer): Promise<void> {
  await runInContext(() => container.get(Db).query());
}

describe("await using container", () => {
  it("ends the services in order, without waiting for contexts", async () => {
    const log: string[] = [];
    const work = gate();
    const running = runInContext(() => work.promise);
    {
      await using container = new ScopedContainer();
      for (const [name, ...needs] of [["client"], ["service", "client"]] as const) {
        const destroy = async (): Promise<void> => {
          await turn();
          log.push(name);
        };
        container
          .bind<Holder>(name)
          .to(holding(...needs))
          .inSharedScope({ destroy });
        container.get<Holder>(name).touch();
      }
    }
    expect(log).to.eql(["service", "client"]);
    work.open();
    await running;
  });
});
