import "reflect-metadata";
import { expect } from "chai";
import { ContainerModule } from "inversify";
import { runInContext, ScopedContainer, use } from "inversify-scopes";
import { rejected, thrown, reasonOf } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { holding, type Holder } from "../support/holding.js";
import { warningsDuring } from "../support/warnings.js";

type End = (holder: Holder) => void | Promise<void>;

/** A container of shared services that write their names into a log when they begin to end, and when they have ended. */
class Rig {
  readonly log: string[] = [];
  readonly container = new ScopedContainer();

  add(name: string, needs: readonly string[] = [], end?: End): this {
    const options = { destroy: this.ends(name, end) };
    this.container
      .bind<Holder>(name)
      .to(holding(...needs))
      .inSharedScope(options);
    return this;
  }

  ends(name: string, end?: End): End {
    return async (holder) => {
      this.log.push(name);
      await end?.(holder);
      this.log.push(`${name} ended`);
    };
  }

  get(name: string): Holder {
    return this.container.get<Holder>(name);
  }

  touch(...names: string[]): this {
    for (const name of names) this.get(name).touch();
    return this;
  }
}

const Plain = holding();

describe("what a container ends, it ends in order (laws 7 and 15)", () => {
  it("dependents first, each awaited before what it holds, whatever was made first (law 15)", async () => {
    for (const order of [
      ["db", "repository", "service"],
      ["service", "repository", "db"],
      ["repository", "db", "service"],
    ]) {
      const rig = new Rig()
        .add("repository", ["db"])
        .add("db")
        .add("service", ["repository"])
        .touch(...order);
      await rig.container.unbindAllAsync();
      expect(rig.log).to.eql(["service", "service ended", "repository", "repository ended", "db", "db ended"]);
    }
  });

  it("the same where nobody waits for it, and where they are unbound one by one or by module (law 15)", async () => {
    const module = new ContainerModule(({ bind }) => {
      for (const [name, needs] of [
        ["db", []],
        ["service", ["db"]],
      ] as const) {
        bind<Holder>(name)
          .to(holding(...needs))
          .inSharedScope({ destroy: rig.ends(name) });
      }
    });
    let rig = new Rig();
    const removals: Record<string, () => unknown> = {
      unbindAll: () => rig.container.unbindAll(),
      unload: () => rig.container.unload(module),
      unloadAsync: () => rig.container.unloadAsync(module),
      restore: () => rig.container.restore(),
    };
    for (const [name, remove] of Object.entries(removals)) {
      rig = new Rig();
      rig.container.snapshot();
      rig.container.load(module);
      rig.touch("service", "db");
      await remove();
      await turn();
      expect(rig.log, name).to.eql(["service", "service ended", "db", "db ended"]);
    }
    rig = new Rig();
    for (const needs of [["other"], []]) {
      const destroy = rig.ends(`with ${needs.length}`);
      rig.container
        .bind<Holder>(needs.length === 0 ? "other" : "one")
        .to(holding(...needs))
        .inSharedScope({ destroy });
    }
    rig.touch("one", "other");
    await rig.container.unbindAsync("one");
    await rig.container.unbindAsync("other");
    expect(rig.log).to.eql(["with 1", "with 1 ended", "with 0", "with 0 ended"]);
  });

  it("synchronous ends are over when unbindAll returns; the last made of unrelated ones is the first (law 15)", () => {
    const log: string[] = [];
    const container = new ScopedContainer();
    const add = (name: string, ...needs: string[]): void => {
      container
        .bind<Holder>(name)
        .to(holding(...needs))
        .inSharedScope({ destroy: () => void log.push(name) });
    };
    add("a");
    add("b");
    add("service", "db");
    add("db");
    for (const name of ["service", "a", "db", "b"]) container.get<Holder>(name).touch();
    container.unbindAll();
    expect(log).to.eql(["b", "a", "service", "db"]);
  });

  it("what is not related waits for nobody (law 15)", async () => {
    const slow = gate();
    const rig = new Rig()
      .add("slow", ["db"], () => slow.promise)
      .add("db")
      .add("other")
      .touch("db", "other", "slow");
    const over = rig.container.unbindAllAsync();
    await turn();
    expect(rig.log).to.eql(["slow", "other", "other ended"]);
    slow.open();
    await over;
    expect(rig.log.slice(3)).to.eql(["slow ended", "db", "db ended"]);
  });

  it("in a circle the last made ends first, and is awaited (law 15)", async () => {
    const rig = new Rig().add("a", ["b"]).add("b", ["a"]).touch("a", "b");
    await rig.container.unbindAllAsync();
    expect(rig.log).to.eql(["b", "b ended", "a", "a ended"]);
  });

  it("every one ends, whatever the others do, and all errors are told (law 15)", async () => {
    const failure = (text: string) => (): never => {
      throw new Error(text);
    };
    const rig = new Rig()
      .add("service", ["db"], failure("service"))
      .add("db", [], failure("db"))
      .touch("db", "service");
    const error = (await reasonOf(rig.container.unbindAllAsync())) as AggregateError;
    expect(error.errors.map(({ message }: Error) => message)).to.eql(["service", "db"]);
    expect(rig.log).to.eql(["service", "db"]);

    const another = new Rig().add("service", ["db"], failure("service")).add("db").touch("db", "service");
    const warnings = await warningsDuring(async () => {
      another.container.unbindAll();
      await turn();
    });
    expect(warnings.map(({ message }) => message.split(":", 1)[0])).to.eql([
      "service could not be ended when it was unbound",
    ]);
    expect(another.log).to.eql(["service", "db", "db ended"]);
  });

  it("through stock services, services per context, and by what factories take (law 15)", async () => {
    const rig = new Rig().add("db").add("cache");
    const { container } = rig;
    container.bind<Holder>("repository").to(holding("db")).inSingletonScope();
    container.bind<Holder>("unit").to(holding("repository")).inPerAsyncContextScope();
    rig.add("service", ["unit"]);
    container
      .bind<Holder>("taker")
      .toDynamicValue((context) => new Plain(context.get("cache")))
      .inSharedScope({ shape: Plain, destroy: rig.ends("taker") });
    rig.touch("taker", "service", "db", "cache");
    await container.unbindAllAsync();
    expect(rig.log.indexOf("db")).to.be.greaterThan(rig.log.indexOf("service ended"));
    expect(rig.log.indexOf("cache")).to.be.greaterThan(rig.log.indexOf("taker ended"));
  });

  it("a pool ends after what holds it, which may still use it (law 15)", async () => {
    const rig = new Rig();
    const { container, log } = rig;
    container
      .bind<Holder>("db")
      .to(Plain)
      .inPooledScope({ maxSize: 1, destroy: rig.ends("db") });
    const used: string[] = [];
    rig.add("service", ["db"], async ({ held }) => {
      used.push(await use(held[0]!, (db) => db.touch()));
      await runInContext(() => void used.push(held[0]!.touch()));
    });
    rig.touch("service");
    await runInContext(() => void rig.touch("db"));
    await container.unbindAllAsync();
    expect(used).to.eql(["touched", "touched"]);
    expect(log).to.eql(["service", "service ended", "db", "db ended"]);
  });

  it("what was never made is UNBOUND at once, and nothing new is made for those who end (law 15)", async () => {
    const slow = gate();
    const rig = new Rig();
    const { container } = rig;
    container.bind<Holder>("db").to(Plain).inPooledScope(2);
    rig.add("service", ["never", "db"], async ({ held: [never, db] }) => {
      thrown("UNBOUND", () => never!.touch());
      await use(db!, async () => {
        await rejected(
          "UNBOUND",
          use(db!, () => {}),
        );
      });
      await slow.promise;
    });
    rig.add("never").touch("service");
    await runInContext(() => void rig.touch("db"));
    const db = rig.get("db");
    const over = container.unbindAllAsync();
    slow.open();
    await over;
    await runInContext(() => void thrown("UNBOUND", () => db.touch()));
  });

  it("one that comes back by restore() before its turn has come ends then, and begins anew (law 15)", async () => {
    const slow = gate();
    const rig = new Rig()
      .add("service", ["db"], () => slow.promise)
      .add("db")
      .touch("db", "service");
    const { container, log } = rig;
    const db = rig.get("db");
    container.snapshot();
    container.unbindAll();
    expect(log).to.eql(["service"]);
    container.restore();
    expect(log, "it ends now").to.eql(["service", "db"]);
    expect(db.touch()).to.equal("touched");
    slow.open();
    await turn();
    expect(log).to.eql(["service", "db", "db ended", "service ended"]);
    await container.unbindAllAsync();
    expect(log.slice(4), "only what was made anew").to.eql(["db", "db ended"]);
  });

  it("what is between two and was never made still tells who ends first, though it was gone for a while (law 15)", async () => {
    const removals: Record<string, (container: ScopedContainer) => void> = {
      "with all others": (container) => container.unbindAll(),
      "one by one": (container) => {
        container.get<Holder>("service").touch();
        for (const name of ["between", "service"]) container.unbind(name);
      },
    };
    for (const [how, remove] of Object.entries(removals)) {
      const rig = new Rig().add("service", ["between"]).add("between", ["db"]).add("db");
      rig.container.snapshot();
      remove(rig.container);
      rig.container.restore();
      await turn();
      rig.log.length = 0;
      rig.touch("service", "db");
      await rig.container.unbindAllAsync();
      expect(rig.log, how).to.eql(["service", "service ended", "db", "db ended"]);
    }
  });

  it("what was never made delays nobody: after its holder the last made is the next (law 15)", () => {
    const log: string[] = [];
    const container = new ScopedContainer();
    for (const [name, needs] of Object.entries({ service: ["between"], between: ["db"], db: [], other: [] })) {
      const options = { destroy: () => void log.push(name) };
      container
        .bind<Holder>(name)
        .to(holding(...needs))
        .inSharedScope(options);
    }
    for (const name of ["other", "db", "service"]) container.get<Holder>(name).touch();
    container.unbindAll();
    expect(log).to.eql(["service", "db", "other"]);
  });

  it("what nobody has made, directly or through others, is not planned for that (law 15)", () => {
    const rig = new Rig().add("unused", ["db"]).add("other");
    let asked = 0;
    rig.container
      .bind("db")
      .toConstantValue(1)
      .when(() => ++asked > 0);
    rig.touch("other").container.unbindAll();
    expect(asked).to.equal(0);
  });
});
