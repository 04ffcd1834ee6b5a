import "reflect-metadata";
import { expect } from "chai";
import { Container, ContainerModule, inject, injectable, postConstruct, preDestroy } from "inversify";
import {
  lease,
  perAsyncContextScope,
  pooledScope,
  runInContext,
  type Scope,
  ScopedContainer,
  sharedScope,
  unwrap,
} from "inversify-scopes";
import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { warningsDuring } from "../support/warnings.js";

class Db {
  n = 1;
}

interface Rig {
  readonly container: ScopedContainer;
  readonly db: Db;
  readonly destroyed: Db[];
}

async function rig(): Promise<Rig> {
  const destroyed: Db[] = [];
  const container = new ScopedContainer();
  container
    .bind(Db)
    .toSelf()
    .inPooledScope({ maxSize: 2, destroy: (db) => void destroyed.push(db) });
  const db = container.get(Db);
  await runInContext(() => db.n);
  return { container, db, destroyed };
}

const removals: Record<string, (container: ScopedContainer) => unknown> = {
  unbind: (container) => container.unbind(Db),
  unbindAsync: (container) => container.unbindAsync(Db),
  unbindAll: (container) => container.unbindAll(),
  unbindAllAsync: (container) => container.unbindAllAsync(),
  rebind: (container) => container.rebind(Db),
  rebindAsync: (container) => container.rebindAsync(Db),
};

describe("unbinding", () => {
  for (const [name, remove] of Object.entries(removals)) {
    it(`${name} destroys idle instances, and the proxy says UNBOUND`, async () => {
      const { container, db, destroyed } = await rig();
      await remove(container);
      expect(destroyed).to.have.length(1);
      expect(container.isBound(Db)).to.equal(false);
      await runInContext(() => {
        const error = thrown("UNBOUND", () => db.n);
        expect(error.service).to.equal("Db");
      });
    });

    it(`${name} lets leased instances go on, and destroys them when they return`, async () => {
      const { container, db, destroyed } = await rig();
      const held = await lease(db);
      await remove(container);
      expect(destroyed).to.eql([]);
      expect(held.value.n).to.equal(1);
      await held.release();
      expect(destroyed).to.have.length(1);
    });
  }

  it("`await using` ends the services of a ScopedContainer, and waits for that", async () => {
    const ended: string[] = [];
    {
      await using container = new ScopedContainer();
      container
        .bind(Db)
        .toSelf()
        .inSharedScope({
          async destroy() {
            await turn();
            ended.push("shared");
          },
        });
      container
        .bind("stock")
        .toConstantValue(1)
        .onDeactivation(() => void ended.push("stock"));
      expect([container.get(Db).n, container.get("stock")]).to.eql([1, 1]);
      // The end of the block is the second time.
      await container[Symbol.asyncDispose]();
      expect(ended).to.have.members(["stock", "shared"]);
      expect(container.isBound(Db)).to.equal(false);
    }
    expect(ended).to.have.length(2);
  });

  it("a new binding of the service starts anew", async () => {
    const { container, db } = await rig();
    container.rebind(Db).toSelf().inSharedScope();
    const fresh = container.get(Db);
    expect(fresh).to.not.equal(db);
    expect(fresh.n).to.equal(1);
  });

  it("unbind of one binding leaves the others of the service", () => {
    const container = new ScopedContainer();
    const first = container.bind(Db).toSelf().inSharedScope().whenNamed("first");
    container.bind(Db).toSelf().inSharedScope().whenNamed("second");
    const [one, two] = ["first", "second"].map((name) => container.get(Db, { name }));
    container.unbind(first.getIdentifier());
    thrown("UNBOUND", () => one!.n);
    expect(two!.n).to.equal(1);
  });

  it("of what is not bound does nothing", () => {
    const container = new ScopedContainer();
    const gone = container.bind(Db).toSelf().inSharedScope().getIdentifier();
    container.unbind(gone);
    container.unbind(gone);
    container.unbind(Db);
    container.unbind("never");
  });

  it("ends a service that nobody has resolved since a restore", () => {
    const { container, ended } = shared();
    container.snapshot();
    container.restore();
    expect(container.get(Db).n).to.equal(1);
    container.snapshot();
    container.restore();
    container.unbind(Db);
    expect(ended()).to.equal(1);
  });

  function shared(destroy?: () => Promise<void>): {
    readonly container: ScopedContainer;
    readonly ended: () => number;
  } {
    let count = 0;
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toSelf()
      .inSharedScope({
        destroy: () => {
          count++;
          return destroy?.();
        },
      });
    expect(container.get(Db).n).to.equal(1);
    return { container, ended: () => count };
  }

  it("unbindAsync and its like wait for an asynchronous end; unbind does not, and is no error", async () => {
    const slow = gate();
    const { container, ended } = shared(() => slow.promise);
    let isOver = false;
    const over = container.unbindAllAsync().then(() => (isOver = true));
    await turn();
    expect([ended(), isOver]).to.eql([1, false]);
    slow.open();
    await over;

    const another = shared(() => Promise.resolve());
    another.container.unbind(Db);
    expect(another.ended()).to.equal(1);
  });

  it("is over when all ends are; then unbindAsync rejects with the one error, or with all of them", async () => {
    const failure = new Error("the socket is gone");
    const { container } = shared(() => Promise.reject(failure));
    expect(await reasonOf(container.unbindAsync(Db))).to.equal(failure);

    const two = shared(() => Promise.reject(failure));
    two.container
      .bind("other")
      .toDynamicValue(() => new Db())
      .inSharedScope({ destroy: () => Promise.reject(failure) });
    expect(two.container.get<Db>("other").n).to.equal(1);
    const all = await reasonOf(two.container.unbindAllAsync());
    expect(all).to.be.instanceOf(AggregateError);
    expect((all as AggregateError).errors).to.eql([failure, failure]);
    expect((all as AggregateError).message).to.equal("2 services could not be ended");
  });

  it("reports by a process warning what unbind could not wait for", async () => {
    const { container } = shared(() => Promise.reject(new Error("the socket is gone")));
    const warning = new Promise<Error>((resolve) => process.once("warning", resolve));
    container.unbind(Db);
    expect((await warning).message).to.contain("the socket is gone");
  });

  it("hears handlers that come later for what another removal has left there", async () => {
    const seen: string[] = [];
    const module = new ContainerModule(({ bind }) => void bind("other").toConstantValue(1));
    const removals: Record<string, (container: ScopedContainer) => unknown> = {
      unload: (container) => container.unload(module),
      unloadAsync: (container) => container.unloadAsync(module),
      "an unbindAll that fails": (container) => {
        container.bind("stock").toConstantValue(1);
        container.onDeactivation("stock", () => {
          throw new Error("no");
        });
        container.get("stock");
        expect(() => container.unbindAll()).to.throw("no");
      },
      "an unbindAllAsync that fails": async (container) => {
        container
          .bind("stock")
          .toConstantValue(1)
          .onDeactivation(() => Promise.reject(new Error("no")));
        container.get("stock");
        expect(await reasonOf(container.unbindAllAsync())).to.have.property("message", "no");
      },
    };
    for (const [name, remove] of Object.entries(removals)) {
      const container = new ScopedContainer();
      container.bind(Db).toSelf().inPerAsyncContextScope();
      container.load(module);
      await remove(container);
      container.onDeactivation(Db, () => void seen.push(name));
      await runInContext(() => container.get(Db).n);
    }
    expect(seen).to.eql(Object.keys(removals));
  });

  describe("with stock bindings beside", () => {
    @injectable()
    class Repository {
      static farewell: string[] = [];
      constructor(@inject(Db) readonly db: Db) {}

      @preDestroy()
      goodbye(): void {
        Repository.farewell.push(`n is ${this.db.n}`);
      }
    }

    it("singletons may use scoped services in @preDestroy, in whatever order they were bound", () => {
      const { container } = shared();
      container.bind(Repository).toSelf().inSingletonScope();
      container.get(Repository);
      Repository.farewell = [];
      container.unbindAll();
      expect(Repository.farewell).to.eql(["n is 1"]);
    });

    it("stays bound when a stock deactivation throws", () => {
      const { container, ended } = shared();
      const failure = new Error("no");
      container
        .bind("stock")
        .toConstantValue(1)
        .onDeactivation(() => {
          throw failure;
        });
      container.get("stock");
      expect(() => container.unbindAll()).to.throw(failure);
      expect(ended()).to.equal(0);
      expect(container.get(Db).n).to.equal(1);
    });

    it("stays bound when an asynchronous stock deactivation rejects", async () => {
      const { container, ended } = shared();
      const failure = new Error("no");
      container
        .bind("stock")
        .toConstantValue(1)
        .onDeactivation(() => Promise.reject(failure));
      container.get("stock");
      expect(await reasonOf(container.unbindAllAsync())).to.equal(failure);
      expect(ended()).to.equal(0);
      expect(container.get(Db).n).to.equal(1);
    });

    it("is ended when inversify refuses to wait for a stock deactivation, since it unbinds all the same", async () => {
      const { container, ended } = shared();
      container
        .bind("stock")
        .toConstantValue(1)
        .onDeactivation(() => Promise.resolve());
      container.get("stock");
      expect(() => container.unbindAll()).to.throw("Unexpected asynchronous deactivation");
      await turn();
      expect(container.isBound(Db)).to.equal(false);
      expect(ended()).to.equal(1);
    });

    it("then tells by a process warning what its end could not do", async () => {
      const { container } = shared(() => Promise.reject(new Error("the socket is gone")));
      container
        .bind("stock")
        .toConstantValue(1)
        .onDeactivation(() => Promise.resolve());
      container.get("stock");
      const warnings = await warningsDuring(async () => {
        expect(() => container.unbindAll()).to.throw("Unexpected asynchronous deactivation");
        await turn();
      });
      expect(warnings.map(({ message }) => message)).to.have.lengthOf(1);
      expect(warnings[0]!.message).to.contain("the socket is gone");
    });

    it("keeps its handlers when unbindAllAsync takes its time", async () => {
      const seen: string[] = [];
      const { container } = shared();
      container.onDeactivation(Db, () => void seen.push("deactivated"));
      const slow = gate();
      container
        .bind("stock")
        .toConstantValue(1)
        .onDeactivation(() => slow.promise);
      container.get("stock");
      const over = container.unbindAllAsync();
      slow.open();
      await over;
      expect(seen).to.eql(["deactivated"]);
    });
  });

  it("by a child that does not have the binding does not end the parent's service", () => {
    const { container: parent, ended } = shared();
    const child = new Container({ parent });
    expect(child.get(Db).n).to.equal(1);
    child.unbind(Db);
    child.unbindAll();
    expect(ended()).to.equal(0);
    expect(parent.get(Db).n).to.equal(1);
  });
});

describe("a factory that takes its own binding away", () => {
  class Made {
    static ended = 0;
    readonly n = 1;
    async later(): Promise<number> {
      return this.n;
    }
    end(): void {
      Made.ended++;
    }
  }
  const takesAway: Record<string, (container: ScopedContainer) => unknown> = {
    "by unbind": (container) => container.unbind(Made),
    "by unbindAll": (container) => container.unbindAll(),
    "by unbindAllAsync": (container) => container.unbindAllAsync(),
    "by restore": (container) => container.restore(),
  };
  const scopes: Record<string, Scope> = {
    shared: sharedScope(),
    "per-async-context": perAsyncContextScope(),
    pooled: pooledScope(1),
    "pooled for a call": pooledScope({ maxSize: 1, lease: "call" }),
  };
  const times: Record<string, (takeAway: () => unknown) => unknown> = {
    "": (takeAway) => void takeAway(),
    ", and goes on asynchronously": async (takeAway) => {
      takeAway();
      await turn();
    },
    " after a while": async (takeAway) => {
      await turn();
      takeAway();
    },
  };

  /** A class whose @postConstruct does that, since its @preDestroy is known to inversify's plan alone. */
  function bindMade(container: ScopedContainer, scope: Scope, when: () => unknown): Made {
    @injectable()
    class Making extends Made {
      @postConstruct()
      prepare(): unknown {
        return when();
      }
      @preDestroy()
      override end(): void {
        super.end();
      }
    }
    container.bind(Made).to(Making).inScope(scope);
    return container.get(Made);
  }

  beforeEach(() => (Made.ended = 0));

  for (const [scopeName, scope] of Object.entries(scopes)) {
    for (const [how, takeAway] of Object.entries(takesAway)) {
      for (const [when, time] of Object.entries(times)) {
        it(`${how}, ${scopeName}${when}: UNBOUND, and what it made is ended`, async () => {
          const container = new ScopedContainer();
          container.snapshot();
          const made = bindMade(container, scope, () => time(() => takeAway(container)));
          await runInContext(async () => {
            if (when === "") thrown("UNBOUND", () => made.n);
            await rejected("UNBOUND", made.later());
          });
          await turn();
          expect(Made.ended).to.equal(1);
        });
      }
    }

    for (const [when, time] of Object.entries(times)) {
      it(`by rebind, ${scopeName}${when}: what it made is ended, and the next call is the new binding's`, async () => {
        const container = new ScopedContainer();
        const rebind = (): unknown => container.rebind(Made).toSelf().inSharedScope();
        const made = bindMade(container, scope, () => time(rebind));
        await runInContext(async () => {
          await made.later().catch((error: unknown) => expect(error).to.have.property("code", "UNBOUND"));
          expect(await made.later()).to.equal(1);
          expect(unwrap(made)).to.equal(unwrap(container.get(Made)));
        });
        await turn();
        expect(Made.ended).to.equal(1);
      });
    }

    it(`${scopeName}, which a restore() leaves or brings back: served`, async () => {
      for (const time of Object.values(times)) {
        const container = new ScopedContainer();
        const made = bindMade(container, scope, () => time(() => container.restore()));
        container.snapshot();
        await runInContext(async () => expect(await made.later()).to.equal(1));
      }
    });
  }
});
