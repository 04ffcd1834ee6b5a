import "reflect-metadata";
import { expect } from "chai";
import { Container, ContainerModule, inject, injectable, multiInject } from "inversify";
import {
  selectSource,
  perAsyncContextScope,
  pooledScope,
  ready,
  release,
  runInContext,
  type Scope,
  ScopedContainer,
  ScopesPlugin,
} from "inversify-scopes";
import { Dependent } from "../../src/context/dependents.js";
import { inEndingOrder } from "../../src/context/ending-order.js";
import { targetOf } from "../../src/proxy/registry.js";
import { reasonOf, rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { holding, Holder } from "../support/holding.js";

/** A container of services that write their names into a log when they end. */
class Rig {
  readonly log: string[] = [];
  readonly container: ScopedContainer;

  constructor(parent?: Container) {
    this.container = new ScopedContainer({ ...(parent && { parent }) });
  }

  /** Per async context; these others are injected. */
  add(name: string, ...needs: string[]): this {
    this.container
      .bind<Holder>(name)
      .to(holding(...needs))
      .inPerAsyncContextScope(this.ends(name));
    return this;
  }

  ends(name: string): { destroy: (holder: Holder) => void } {
    return { destroy: () => void this.log.push(name) };
  }

  /** Per async context, made by a function. */
  made(name: string, factory: Parameters<ReturnType<typeof this.container.bind<Holder>>["toDynamicValue"]>[0]): this {
    const options = { shape: holding(), ...this.ends(name) };
    this.container.bind<Holder>(name).toDynamicValue(factory).inPerAsyncContextScope(options);
    return this;
  }

  get(name: string): Holder {
    return this.container.get<Holder>(name);
  }

  /** What ends after these have been touched, one after the other. */
  async touched(...names: string[]): Promise<string[]> {
    this.log.length = 0;
    await runInContext(() => {
      for (const name of names) this.get(name).touch();
    });
    return [...this.log];
  }
}

const Plain = holding();

describe("in a context dependents end before what they hold (law 7)", () => {
  it("also if they were touched first, and directly or through others (law 7)", async () => {
    const rig = new Rig().add("db").add("unit", "db").add("job", "unit");
    expect(await rig.touched("unit", "db")).to.eql(["unit", "db"]);
    expect(await rig.touched("db", "unit")).to.eql(["unit", "db"]);
    expect(await rig.touched("job", "unit", "db")).to.eql(["job", "unit", "db"]);
    const fresh = new Rig().add("db").add("unit", "db").add("job", "unit");
    expect(await fresh.touched("job", "db"), "what is between them was never made").to.eql(["job", "db"]);
  });

  it("the scope of what is held does not matter (law 7)", async () => {
    const rig = new Rig();
    const { container, log } = rig;
    container
      .bind<Holder>("db")
      .to(Plain)
      .inPooledScope({ maxSize: 1, onRelease: () => void log.push("db") });
    rig.add("unit", "db");
    expect(await rig.touched("unit", "db")).to.eql(["unit", "db"]);
    container
      .bind<Holder>("cursor")
      .to(holding("unit"))
      .inPooledScope({ maxSize: 1, onRelease: () => void log.push("cursor") });
    expect(await rig.touched("cursor", "unit", "db")).to.eql(["cursor", "unit", "db"]);
  });

  for (const scope of ["inTransientScope", "inRequestScope", "inSingletonScope"] as const) {
    it(`through a stock service in between (${scope}) (law 7)`, async () => {
      const rig = new Rig().add("db");
      rig.container.bind<Holder>("repository").to(holding("db"))[scope]();
      rig.container.bind<Holder>("cache").to(holding("repository"))[scope]();
      rig.add("unit", "cache");
      expect(await rig.touched("unit", "db")).to.eql(["unit", "db"]);
    });
  }

  it("through a shared service, which ends with no context (law 7)", async () => {
    const rig = new Rig().add("db");
    rig.container.bind<Holder>("repository").to(holding("db")).inSharedScope();
    rig.add("unit", "repository");
    rig.get("repository").touch();
    expect(await rig.touched("unit", "db")).to.eql(["unit", "db"]);
  });

  it("however it is injected: a property, an alias, all of a service, a constant, a resolved value, from a parent (law 7)", async () => {
    const parent = new Rig().add("db");
    const rig = new Rig().add("db");
    const { container } = rig;
    @injectable()
    class ByProperty {
      @inject("db") db!: Holder;
      touch(): void {}
    }
    @injectable()
    class ByAlias {
      constructor(@inject("alias") readonly db: Holder) {}
      touch(): void {}
    }
    container.bind("alias").toService("db");
    container.bind("constant").toConstantValue(container.get("db"));
    container
      .bind<Holder>("by property")
      .to(ByProperty as never)
      .inPerAsyncContextScope(rig.ends("by property"));
    container
      .bind<Holder>("by alias")
      .to(ByAlias as never)
      .inPerAsyncContextScope(rig.ends("by alias"));
    rig.add("by constant", "constant");
    container
      .bind<Holder>("resolved")
      .toResolvedValue((db: Holder) => new Plain(db), ["db"])
      .inPerAsyncContextScope({ shape: Plain, ...rig.ends("resolved") });
    for (const name of ["by property", "by alias", "by constant", "resolved"]) {
      expect(await rig.touched(name, "db")).to.eql([name, "db"]);
    }
    const child = new Container({ parent: parent.container });
    child.register(ScopesPlugin);
    child
      .bind<Holder>("unit")
      .to(holding("db"))
      .inPerAsyncContextScope({ destroy: () => void parent.log.push("unit") });
    await runInContext(() => {
      child.get<Holder>("unit").touch();
      parent.get("db").touch();
    });
    expect(parent.log).to.eql(["unit", "db"]);
  });

  it("what is held was used before: it may be used at the end; what was not is CONTEXT_ENDING (law 7)", async () => {
    const rig = new Rig().add("db");
    const seen: string[] = [];
    rig.container
      .bind<Holder>("unit")
      .to(holding("db"))
      .inPerAsyncContextScope({ destroy: async ({ held }: Holder) => void seen.push(typeof held[0]!.touch()) });
    expect(await rig.touched("unit", "db")).to.eql(["db"]);
    expect(seen).to.eql(["string"]);
    expect(await reasonOf(rig.touched("unit"))).to.include({ code: "CONTEXT_ENDING", service: "db" });
  });

  it("of unrelated ones the last taken ends first, also among those that hold something (law 7)", async () => {
    const rig = new Rig().add("a").add("b").add("unit", "db").add("db");
    expect(await rig.touched("a", "b")).to.eql(["b", "a"]);
    expect(await rig.touched("unit", "a", "db", "b")).to.eql(["b", "a", "unit", "db"]);
    expect(await rig.touched("a", "unit", "db", "b")).to.eql(["b", "unit", "db", "a"]);
  });

  it("in a circle the last taken ends first; what it holds, and what holds it, keeps its place (law 7)", async () => {
    const rig = new Rig().add("a", "b", "below").add("b", "a").add("below").add("above", "b");
    expect(await rig.touched("a", "b", "below")).to.eql(["b", "a", "below"]);
    expect(await rig.touched("b", "above", "a", "below")).to.eql(["above", "a", "b", "below"]);
    const self = new Rig().add("self", "self").add("other", "self");
    expect(await self.touched("other", "self")).to.eql(["other", "self"]);
  });

  describe("by what a factory was seen to take", () => {
    it("from its context or the container, whatever that holds (law 7)", async () => {
      const rig = new Rig().add("db");
      rig.container.bind<Holder>("repository").to(holding("db"));
      rig.made("get", (context) => new Plain(context.get("db")));
      rig.made("get all", (context) => new Plain(...context.getAll<Holder>("db")));
      rig.made("from the container", () => new Plain(rig.get("db")));
      rig.made("stock", (context) => new Plain(context.get("repository")));
      rig.made(
        "optional",
        (context) => new Plain(context.get<Holder>("nothing", { optional: true })!, context.get("db")),
      );
      for (const name of ["get", "get all", "from the container", "stock", "optional"]) {
        expect(await rig.touched(name, "db"), name).to.eql([name, "db"]);
        expect(await rig.touched(name, "db"), `${name}, another time`).to.eql([name, "db"]);
      }
    });

    it("after it has waited for something (law 7)", async () => {
      const rig = new Rig().add("db");
      rig.made("unit", async (context) => {
        await context.getAsync("nowhere").catch(() => {});
        return new Plain(await context.getAsync("db"));
      });
      await runInContext({ needs: [rig.get("unit")] }, () => void rig.get("db").touch());
      expect(rig.log).to.eql(["unit", "db"]);
    });

    it("also where taking it unloads a module, at which inversify forgets its plans (law 7)", async () => {
      const rig = new Rig().add("db");
      const module = new ContainerModule(({ bind }) => void bind("once").toConstantValue(1));
      rig.container.load(module);
      rig.container.bind("unloads").toDynamicValue(() => rig.container.unload(module));
      rig.made("unit", (context) => {
        context.get("unloads");
        return new Plain(context.get("db"));
      });
      expect(await rig.touched("unit", "db")).to.eql(["unit", "db"]);
    });

    it("in an activation handler (law 7)", async () => {
      const rig = new Rig().add("db").add("unit");
      rig.container.onActivation<Holder>("unit", (context, unit) => Object.assign(unit, { db: context.get("db") }));
      expect(await rig.touched("unit", "db")).to.eql(["unit", "db"]);
    });

    for (const [when, before] of [
      ["it is made then", []],
      ["it was there", ["db"]],
    ] as const) {
      it(`by touching its proxy, though it is taken anew later (${when}) (law 7)`, async () => {
        const rig = new Rig().add("db");
        rig.made("unit", () => (rig.get("db").touch(), new Plain()));
        await runInContext(async () => {
          for (const name of before) rig.get(name).touch();
          rig.get("unit").touch();
          await release(rig.get("db"));
          rig.get("db").touch();
        });
        expect(rig.log).to.eql(["db", "unit", "db"]);
      });
    }

    it("a leased one, of its pool's (law 7)", async () => {
      const rig = new Rig();
      const onRelease = (): void => void rig.log.push("db");
      rig.container.bind<Holder>("db").to(Plain).inPooledScope({ maxSize: 1, onRelease });
      rig.made("unit", () => (rig.get("db").touch(), new Plain()));
      await runInContext(async () => {
        rig.get("unit").touch();
        await release(rig.get("db"));
        rig.get("db").touch();
      });
      expect(rig.log).to.eql(["db", "unit", "db"]);
    });

    it("what its instance touches later is no part of it (law 7)", async () => {
      const rig = new Rig().add("db").add("other");
      let later!: () => void;
      rig.made("unit", () => {
        later = () => void rig.get("db").touch();
        return new Plain();
      });
      await runInContext(() => {
        rig.get("unit").touch();
        later();
      });
      expect(rig.log).to.eql(["db", "unit"]);
    });

    for (const [when, fail] of [
      ["at once", () => expect.fail("down")],
      ["after a while", () => turn().then(() => expect.fail("down"))],
    ] as const) {
      it(`what a factory started that failed (${when}) is no part of the instance that the next one makes (law 7)`, async () => {
        const rig = new Rig().add("db");
        const failed = gate();
        let background: Promise<unknown> | undefined;
        rig.made("unit", () => {
          if (background !== undefined) return new Plain();
          background = failed.promise.then(() => rig.get("db").touch());
          return fail();
        });
        await runInContext(async () => {
          await rejected("CREATE_FAILED", ready(rig.get("unit")));
          rig.get("unit").touch();
          failed.open();
          await background;
        });
        expect(rig.log).to.eql(["db", "unit"]);
      });
    }
  });

  it("a binding that took another's place is held from then on, by whoever is made then (law 7)", async () => {
    const rig = new Rig().add("db").add("unit", "db");
    expect(await rig.touched("unit", "db")).to.eql(["unit", "db"]);
    rig.container.unbind("db");
    rig.add("db");
    expect(await rig.touched("unit", "db")).to.eql(["unit", "db"]);
  });

  it("what a stock service holds that was bound or rebound later counts from then on (law 7)", async () => {
    const changes: Record<string, (container: ScopedContainer) => unknown> = {
      rebind: (container) => container.rebind("repository").to(holding("db")),
      rebindAsync: async (container) => (await container.rebindAsync("repository")).to(holding("db")),
      "rebind, with a constraint": (container) =>
        container
          .rebind("repository")
          .to(holding("db"))
          .when(() => true),
      "one more, with a constraint": (container) =>
        container
          .bind("repository")
          .to(holding("db"))
          .when(() => true),
      "one more": (container) => container.bind("repository").to(holding("db")),
      "by a module": (container) =>
        container.load(new ContainerModule(({ bind }) => void bind("repository").to(holding("db")))),
    };
    for (const [how, change] of Object.entries(changes)) {
      const rig = new Rig().add("db");
      const Unit = class extends Holder {};
      injectable()(Unit);
      multiInject("repository")(Unit, undefined, 0);
      rig.container.bind("repository").to(Plain);
      rig.container.bind<Holder>("unit").to(Unit).inPerAsyncContextScope(rig.ends("unit"));
      expect(await rig.touched("unit", "db"), `before ${how}`).to.eql(["db", "unit"]);
      await change(rig.container);
      expect(await rig.touched("unit", "db"), how).to.eql(["unit", "db"]);
    }
  });

  it("the same where a parent binds it (law 7)", async () => {
    const parent = new ScopedContainer();
    const rig = new Rig(parent).add("db");
    parent.bind("db").toConstantValue(rig.get("db"));
    parent.bind("repository").to(Plain);
    rig.add("unit", "repository");
    expect(await rig.touched("unit", "db"), "before").to.eql(["db", "unit"]);
    parent.rebind("repository").to(holding("db"));
    expect(await rig.touched("unit", "db")).to.eql(["unit", "db"]);
  });

  it("what cannot be planned, or is gone before it was made, holds nothing (law 7)", async () => {
    const rig = new Rig().add("db").add("broken", "nowhere").add("never", "db").add("unit", "never", "broken", "db");
    await runInContext(() => {
      rig.get("unit").touch();
      rig.get("db").touch();
      rig.container.unbind("never");
    });
    expect(rig.log).to.eql(["unit", "db"]);
  });

  it("a service whose binding is gone ends in its place (law 7)", async () => {
    const rig = new Rig().add("db").add("unit", "db");
    await runInContext(() => {
      rig.get("unit").touch();
      rig.get("db").touch();
      rig.container.unbind("db");
    });
    expect(rig.log).to.eql(["unit", "db"]);
  });

  it("a scope of one's own that opens others hands the order on (law 7)", async () => {
    const rig = new Rig().add("db");
    const wrapped: Scope = {
      name: "wrapped",
      endsWithContext: true,
      open(service) {
        const inner = perAsyncContextScope(rig.ends("unit") as never).open({ ...service, name: "inner" });
        return selectSource(service, { select: () => inner, sources: () => [inner] });
      },
    };
    rig.container.bind<Holder>("unit").to(holding("db")).inScope(wrapped);
    expect(await rig.touched("unit", "db")).to.eql(["unit", "db"]);
    const bare: Scope = {
      name: "bare",
      endsWithContext: true,
      open({ name, create, destroy, outside, publish }) {
        return perAsyncContextScope(rig.ends("bare") as never).open({ name, create, destroy, outside, publish });
      },
    };
    rig.container.bind<Holder>("bare").to(holding("db")).inScope(bare);
    expect(await rig.touched("db", "unit", "bare")).to.eql(["bare", "unit", "db"]);
    expect(await rig.touched("bare", "unit", "db"), "one that leaves it out is related to nothing").to.eql([
      "unit",
      "db",
      "bare",
    ]);
  });

  it("every disposer runs, in order, whatever the others do, and each is awaited (law 7)", async () => {
    const rig = new Rig();
    const { container, log } = rig;
    const fails = (name: string) => async (): Promise<never> => {
      await Promise.resolve();
      log.push(name);
      throw new Error(`${name} failed`);
    };
    container
      .bind<Holder>("db")
      .to(Plain)
      .inPerAsyncContextScope({ destroy: fails("db") });
    container
      .bind<Holder>("unit")
      .to(holding("db"))
      .inPerAsyncContextScope({ destroy: fails("unit") });
    const error = (await reasonOf(rig.touched("unit", "db"))) as AggregateError;
    expect(error.errors.map(({ message }: Error) => message)).to.eql(["unit failed", "db failed"]);
    expect(log).to.eql(["unit", "db"]);
  });

  it("what a disposer gives back early is not ended twice (law 7)", async () => {
    const rig = new Rig().add("db").add("other");
    rig.container
      .bind<Holder>("unit")
      .to(holding("db", "other"))
      .inPerAsyncContextScope({
        async destroy() {
          rig.log.push("unit");
          await release(rig.get("db"));
          await release(rig.get("db"));
        },
      });
    expect(await rig.touched("unit", "db", "other")).to.eql(["unit", "db", "other"]);
  });

  it("a thousand that hold each other end in order", async () => {
    const rig = new Rig();
    const names = Array.from({ length: 1_000 }, (_, i) => `s${i}`);
    for (const [i, name] of names.entries()) {
      rig.container
        .bind<Holder>(name)
        .toResolvedValue((...held: Holder[]) => new Plain(...held), names.slice(i + 1, i + 2))
        .inPerAsyncContextScope({ shape: Plain, jitless: true, ...rig.ends(name) });
    }
    expect(await rig.touched(...names)).to.eql(names);
    expect(await rig.touched(...names.toReversed())).to.eql(names);
  });

  it("a chain may be longer than the stack is deep", () => {
    const chain = Array.from({ length: 50_000 }, () => new Dependent());
    for (const [i, dependent] of chain.entries()) dependent.isInjected(chain.slice(i + 1, i + 2));
    const endings = chain.map((dependent) => ({ dependent }));
    expect(inEndingOrder(endings.toReversed())[0]).to.equal(endings[0]);
    expect(inEndingOrder(endings).at(-1)).to.equal(endings.at(-1));
  });

  it("a factory that takes one service after the other remembers those that are gone for no longer than needed", async () => {
    const rig = new Rig().add("db");
    rig.made("unit", (context) => new Plain(context.get("db")));
    for (let i = 0; i < 20; i++) {
      expect(await rig.touched("unit", "db")).to.eql(["unit", "db"]);
      rig.container.unbind("db");
      rig.add("db");
    }
    const { acquired } = (rig.get("unit") && dependentOf(rig.get("unit")))!;
    expect(acquired!.size).to.be.lessThan(5);
  });

  it("pools of one service, taken by one context, are no circle", async () => {
    const rig = new Rig().add("db");
    const log: string[] = [];
    let turn = 0;
    const two: Scope = {
      name: "two pools",
      endsWithContext: true,
      open(service) {
        const pools = ["first", "second"].map((name) =>
          pooledScope({ maxSize: 1, onRelease: () => void log.push(name) }).open({ ...service, name }),
        );
        return selectSource(service, { select: () => pools[turn]!, sources: () => pools });
      },
    };
    rig.container.bind<Holder>("both").to(holding("db")).inScope(two);
    await runInContext(() => {
      for (turn of [0, 1]) rig.get("both").touch();
      rig.get("db").touch();
    });
    expect(log).to.eql(["second", "first"]);
    expect(rig.log).to.eql(["db"]);
  });
});

function dependentOf(proxy: Holder): { readonly acquired: ReadonlySet<unknown> | undefined } | undefined {
  return targetOf(proxy)?.dependent;
}
