import "reflect-metadata";
import { expect } from "chai";
import {
  Container,
  ContainerModule,
  type ContainerOptions,
  decorate,
  type Factory,
  inject,
  injectable,
  injectFromBase,
  LazyServiceIdentifier,
  multiInject,
  named,
  optional,
  postConstruct,
  preDestroy,
  type ResolutionContext,
  tagged,
  unmanaged,
} from "inversify";
import { ScopesPlugin } from "inversify-scopes";
import { turn } from "../support/gate.js";

/** What users of inversify rely on: it must not differ between a stock container and one with the plugin. */
const makers: Record<string, (options?: ContainerOptions) => Container> = {
  "a stock container": (options) => new Container(options),
  "a container with the plugin": (options) => {
    const container = new Container(options);
    container.register(ScopesPlugin);
    return container;
  },
};

@injectable()
class Katana {
  readonly kind: string = "katana";
}

@injectable()
class Shuriken {
  readonly kind: string = "shuriken";
}

@injectable()
class Ninja {
  @inject("weapon") @optional() readonly spare: Katana | undefined;
  constructor(@inject(Katana) readonly katana: Katana) {}
}

async function reason(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).message;
  }
  return "fulfilled";
}

for (const [kind, make] of Object.entries(makers)) {
  describe(`stock behaviour of ${kind}`, () => {
    describe("bindings", () => {
      it("to, toSelf, in all three scopes", () => {
        const container = make();
        container.bind("transient").to(Katana).inTransientScope();
        container.bind("singleton").to(Katana).inSingletonScope();
        container.bind(Katana).toSelf();
        expect(container.get("transient")).to.not.equal(container.get("transient"));
        expect(container.get("singleton")).to.equal(container.get("singleton"));
        expect(container.get(Katana)).to.be.instanceOf(Katana).and.not.equal(container.get(Katana));
      });

      it("a scope may be said later, on the same syntax", () => {
        const container = make();
        const syntax = container.bind(Katana).toSelf();
        syntax.inSingletonScope();
        expect(container.get(Katana)).to.equal(container.get(Katana));
        container.rebind(Katana).toSelf().inTransientScope();
        expect(container.get(Katana)).to.not.equal(container.get(Katana));
      });

      it("inRequestScope: one in each resolution", () => {
        @injectable()
        class Pair {
          constructor(
            @inject(Katana) readonly one: Katana,
            @inject(Katana) readonly two: Katana,
          ) {}
        }
        const container = make();
        container.bind(Katana).toSelf().inRequestScope();
        container.bind(Pair).toSelf();
        const [first, second] = [container.get(Pair), container.get(Pair)];
        expect(first.one).to.equal(first.two);
        expect(first.one).to.not.equal(second.one);
      });

      it("toConstantValue, also of falsy values", () => {
        const container = make();
        for (const value of [1, 0, "", null, false, undefined]) {
          container.rebind("value").toConstantValue(value);
          expect(container.get("value")).to.equal(value);
        }
      });

      it("an identifier may be any value, also what a circular import has left", () => {
        const container = make();
        for (const identifier of [undefined, null, 1, () => 1] as unknown as string[]) {
          container
            .bind<Katana>(identifier)
            .toDynamicValue(() => new Katana())
            .inSingletonScope();
          expect(container.get(identifier)).to.be.instanceOf(Katana).and.to.equal(container.get(identifier));
        }
      });

      it("toDynamicValue is given a context", () => {
        const container = make();
        container.bind("n").toConstantValue(1);
        container
          .bind<number>("sum")
          .toDynamicValue(
            (context: ResolutionContext) => context.get<number>("n") + context.getAll<number>("n").length,
          );
        expect(container.get("sum")).to.equal(2);
      });

      it("toResolvedValue is given its dependencies", () => {
        const container = make();
        container.bind("a").toConstantValue(1).whenNamed("one");
        container.bind("b").toConstantValue(2);
        container
          .bind<unknown[]>("all")
          .toResolvedValue(
            (a: number, b: number, all: number[], none: number | undefined) => [a, b, all, none],
            [
              { serviceIdentifier: "a", name: "one" },
              "b",
              { serviceIdentifier: "b", isMultiple: true },
              { serviceIdentifier: "none", optional: true },
            ],
          );
        container.bind<number>("nothing").toResolvedValue(() => 7);
        expect(container.get("all")).to.eql([1, 2, [2], undefined]);
        expect(container.get("nothing")).to.equal(7);
      });

      it("toFactory and toService", () => {
        const container = make();
        container.bind(Katana).toSelf().inSingletonScope();
        container.bind<Factory<Katana>>("factory").toFactory((context: ResolutionContext) => () => context.get(Katana));
        container.bind("alias").toService(Katana);
        expect(container.get<Factory<Katana>>("factory")()).to.equal(container.get(Katana));
        expect(container.get("alias")).to.equal(container.get(Katana));
      });

      it("toSelf on what is no class is an error", () => {
        expect(() => make().bind("x").toSelf()).to.throw('"toSelf" function can only be applied');
      });

      it("one resolution, the other optional", () => {
        const container = make();
        container.bind(Katana).toSelf();
        container.bind(Ninja).toSelf();
        const ninja = container.get(Ninja);
        expect(ninja.katana.kind).to.equal("katana");
        expect(ninja.spare).to.equal(undefined);
        expect(container.get("none", { optional: true })).to.equal(undefined);
      });

      it("fields, inherited ones, unmanaged and lazy identifiers, decorate()", () => {
        @injectable()
        class Base {
          @inject(Katana) readonly katana!: Katana;
          constructor(@unmanaged() readonly size: number = 1) {}
        }
        @injectable()
        @injectFromBase({ extendProperties: true })
        class Derived extends Base {
          constructor(@inject(new LazyServiceIdentifier(() => Shuriken)) readonly shuriken: Shuriken) {
            super(2);
          }
        }
        class Plain {
          constructor(readonly katana: Katana) {}
        }
        decorate(injectable(), Plain);
        decorate(inject(Katana) as ParameterDecorator, Plain, 0);
        const container = make();
        for (const service of [Katana, Shuriken, Base, Derived, Plain]) container.bind<object>(service).toSelf();
        expect(container.get(Base).size).to.equal(1);
        const derived = container.get(Derived);
        expect([derived.katana.kind, derived.shuriken.kind, derived.size]).to.eql(["katana", "shuriken", 2]);
        expect(container.get(Plain).katana.kind).to.equal("katana");
      });

      it("several of one service: getAll, multiInject, and an error for get", () => {
        @injectable()
        class Armory {
          constructor(@multiInject("weapon") readonly weapons: Katana[]) {}
        }
        const container = make();
        container.bind<Katana>("weapon").to(Katana);
        container.bind<Katana>("weapon").to(Shuriken);
        container.bind(Armory).toSelf();
        const kinds = (weapons: Katana[]): string[] => weapons.map((weapon) => weapon.kind);
        expect(kinds(container.getAll("weapon"))).to.eql(["katana", "shuriken"]);
        expect(kinds(container.get(Armory).weapons)).to.eql(["katana", "shuriken"]);
        expect(() => container.get("weapon")).to.throw("Ambiguous bindings found");
        expect(container.getAll("none")).to.eql([]);
      });
    });

    describe("constraints", () => {
      it("names, tags, default", () => {
        @injectable()
        class Armed {
          constructor(
            @inject("weapon") @named("long") readonly long: Katana,
            @inject("weapon") @tagged("throwable", true) readonly throwable: Katana,
            @inject("weapon") readonly other: Katana,
          ) {}
        }
        const container = make();
        container.bind<Katana>("weapon").to(Katana).whenNamed("long");
        container.bind<Katana>("weapon").to(Shuriken).whenTagged("throwable", true);
        container.bind<Katana>("weapon").toConstantValue({ kind: "default" }).whenDefault();
        container.bind(Armed).toSelf();
        const { long, throwable, other } = container.get(Armed);
        expect([long.kind, throwable.kind, other.kind]).to.eql(["katana", "shuriken", "default"]);
        expect(container.get<Katana>("weapon", { name: "long" }).kind).to.equal("katana");
        expect(container.isBound("weapon", { tag: { key: "throwable", value: true } })).to.equal(true);
        expect(container.isBound("weapon", { name: "short" })).to.equal(false);
      });

      it("parents and ancestors", () => {
        @injectable()
        class Soldier {
          constructor(@inject("weapon") readonly weapon: Katana) {}
        }
        @injectable()
        class Army {
          constructor(@inject(Soldier) readonly soldier: Soldier) {}
        }
        const container = make();
        container.bind<Katana>("weapon").to(Katana).whenAnyAncestorIs(Army);
        container.bind<Katana>("weapon").to(Shuriken).whenNoAncestorIs(Army);
        container.bind(Soldier).toSelf();
        container.bind(Army).toSelf();
        expect(container.get(Army).soldier.weapon.kind).to.equal("katana");
        expect(container.get(Soldier).weapon.kind).to.equal("shuriken");
        container.rebind<Katana>("weapon").to(Katana).whenParentIs(Soldier);
        expect(container.get(Army).soldier.weapon.kind).to.equal("katana");
        expect(() => container.get("weapon")).to.throw('No bindings found for service: "weapon"');
      });

      it("one's own", () => {
        const container = make();
        container
          .bind<Katana>("weapon")
          .to(Katana)
          .when((constraints) => constraints.name === "a" && constraints.getAncestor() === undefined);
        expect(container.get<Katana>("weapon", { name: "a" }).kind).to.equal("katana");
        expect(container.isBound("weapon", { name: "b" })).to.equal(false);
      });
    });

    describe("lifecycle", () => {
      const log: string[] = [];
      beforeEach(() => log.splice(0));

      @injectable()
      class Alive {
        @postConstruct()
        born(): void {
          log.push("@postConstruct");
        }
        @preDestroy()
        dies(): void {
          log.push("@preDestroy");
        }
      }

      it("activation and deactivation, in order, once for a singleton", () => {
        const container = make();
        container
          .bind(Alive)
          .toSelf()
          .inSingletonScope()
          .onActivation((_, alive) => {
            log.push("binding on");
            return alive;
          });
        container.onActivation(Alive, (_, alive) => {
          log.push("container on");
          return alive;
        });
        container.onDeactivation(Alive, () => void log.push("container off"));
        container.get(Alive);
        container.get(Alive);
        container.unbind(Alive);
        expect(log).to.eql(["@postConstruct", "binding on", "container on", "@preDestroy", "container off"]);
      });

      it("onDeactivation is for singletons", () => {
        const container = make();
        expect(() =>
          container
            .bind(Alive)
            .toSelf()
            .inTransientScope()
            .onDeactivation(() => {}),
        ).to.throw("its scope is not singleton");
        expect(container.isBound(Alive)).to.equal(true);
      });

      it("a handler may replace the instance, also of a constant", () => {
        const container = make();
        container
          .bind<number>("n")
          .toConstantValue(1)
          .onActivation((_, n) => n + 1);
        container.onActivation<number>("n", (_, n) => n * 10);
        expect(container.get("n")).to.equal(20);
      });

      it("asynchronous deactivation: unbindAsync waits, unbind throws", async () => {
        const container = make();
        const bind = () =>
          container
            .bind("n")
            .toConstantValue(1)
            .onDeactivation(async () => {
              await Promise.resolve();
              log.push("off");
            });
        bind();
        container.get("n");
        await container.unbindAsync("n");
        expect(log).to.eql(["off"]);
        bind();
        container.get("n");
        expect(() => container.unbind("n")).to.throw("Unexpected asynchronous deactivation");
        await turn();
        expect(container.isBound("n")).to.equal(false);
        bind();
        container.get("n");
        await container.unbindAllAsync();
        expect(log).to.eql(["off", "off", "off"]);
      });
    });

    describe("asynchronous services", () => {
      it("getAsync waits, get throws", async () => {
        const container = make();
        container.bind<number>("n").toDynamicValue(async () => 1);
        container.bind<number>("sum").toResolvedValue((n: number) => n + 1, ["n"]);
        expect(await container.getAsync("sum")).to.equal(2);
        expect(await container.getAllAsync("n")).to.eql([1]);
        expect(() => container.get("sum")).to.throw("Unexpected asynchronous service");
      });

      it("a singleton is made once for all who wait", async () => {
        let made = 0;
        const container = make();
        container
          .bind<object>("n")
          .toDynamicValue(async () => ({ n: ++made }))
          .inSingletonScope();
        const [one, two] = await Promise.all([container.getAsync("n"), container.getAsync("n")]);
        expect(one).to.equal(two);
        expect(container.get("n")).to.equal(one);
      });

      it("rejections come through", async () => {
        const container = make();
        container.bind("n").toDynamicValue(() => Promise.reject(new Error("no")));
        expect(await reason(container.getAsync("n"))).to.equal("no");
      });
    });

    describe("changes", () => {
      it("isBound, isCurrentBound, unbind, unbind by identifier, rebind", async () => {
        const container = make();
        const { id } = container.bind(Katana).toSelf().getIdentifier();
        expect(id).to.be.a("number");
        const identifier = container.bind(Katana).toConstantValue(new Katana()).getIdentifier();
        expect(container.getAll(Katana)).to.have.length(2);
        container.unbind(identifier);
        expect(container.getAll(Katana)).to.have.length(1);
        container.rebind(Katana).toConstantValue(new Katana());
        expect(container.getAll(Katana)).to.have.length(1);
        (await container.rebindAsync(Katana)).toSelf();
        expect([container.isBound(Katana), container.isCurrentBound(Katana)]).to.eql([true, true]);
        container.unbind(Katana);
        expect(container.isBound(Katana)).to.equal(false);
        expect(() => container.unbind(Katana)).to.not.throw();
      });

      it("a binding that comes later is seen by what was planned before", () => {
        const container = make();
        container.bind(Katana).toSelf();
        container.bind(Ninja).toSelf();
        expect(container.get(Ninja).spare).to.equal(undefined);
        container.bind("weapon").toConstantValue(1);
        expect(container.get(Ninja).spare).to.equal(1);
        container.unbind("weapon");
        expect(container.get(Ninja).spare).to.equal(undefined);
      });

      it("snapshot and restore", () => {
        const container = make();
        container.bind("n").toConstantValue(1);
        container.snapshot();
        container.rebind("n").toConstantValue(2);
        container.bind("m").toConstantValue(3);
        expect(container.get("n")).to.equal(2);
        container.restore();
        expect([container.get("n"), container.isBound("m")]).to.eql([1, false]);
        expect(() => container.restore()).to.throw("No snapshot available to restore");
      });

      it("unbindAll", () => {
        const container = make();
        container.bind("n").toConstantValue(1);
        container.onActivation<number>("n", (_, n) => n + 1);
        container.unbindAll();
        expect(container.isBound("n")).to.equal(false);
        container.bind("n").toConstantValue(1);
        expect(container.get("n")).to.equal(1);
      });
    });

    describe("modules", () => {
      it("load and unload, with their handlers", async () => {
        const container = make();
        container.bind("old").toConstantValue(1);
        container.bind("older").toConstantValue(1);
        const module = new ContainerModule((options) => {
          options.bind("n").toConstantValue(1);
          options.onActivation<number>("n", (_, n) => n + 1);
          options.unbind("old");
          options.rebind("older").toConstantValue(2);
          expect(options.isBound("n")).to.equal(true);
        });
        container.load(module);
        expect([container.get("n"), container.get("older"), container.isBound("old")]).to.eql([2, 2, false]);
        container.unload(module);
        expect([container.isBound("n"), container.isBound("older")]).to.eql([false, true]);
        await container.loadAsync(module);
        await container.unloadAsync(module);
        expect(container.isBound("n")).to.equal(false);
      });

      it("asynchronous ones need loadAsync and unloadAsync", async () => {
        const container = make();
        const module = new ContainerModule(async ({ bind, onDeactivation, unbindAsync, rebindAsync }) => {
          await Promise.resolve();
          bind("m").toConstantValue(1);
          (await rebindAsync("m")).toConstantValue(2);
          bind("n").toConstantValue(1);
          onDeactivation("n", () => Promise.resolve());
          await unbindAsync("none");
        });
        expect(() => container.load(module)).to.throw("Unexpected asynchronous module load");
        await turn();
        await container.loadAsync(module);
        expect([container.get("m"), container.getAll("n")]).to.eql([2, [1, 1]]);
        expect(() => container.unload(module)).to.throw("Unexpected asynchronous module unload");
        await container.unloadAsync(module);
        expect(container.isBound("n")).to.equal(false);
      });
    });

    describe("hierarchies and options", () => {
      it("a child sees its parent's bindings, and its own first", () => {
        const parent = make();
        const child = make({ parent });
        parent.bind("n").toConstantValue(1);
        expect([child.get("n"), child.isBound("n"), child.isCurrentBound("n")]).to.eql([1, true, false]);
        child.bind("n").toConstantValue(2);
        expect([child.get("n"), parent.get("n")]).to.eql([2, 1]);
        expect(child.getAll("n", { chained: true })).to.eql([2, 1]);
        child.unbind("n");
        expect(child.get("n")).to.equal(1);
      });

      it("a parent's handlers are heard in the child", () => {
        const parent = make();
        const child = make({ parent });
        parent.onActivation<number>("n", (_, n) => n * 10);
        child.onActivation<number>("n", (_, n) => n + 1);
        child.bind<number>("n").toDynamicValue(() => 1);
        expect(child.get("n")).to.equal(20);
      });

      it("defaultScope, also over @injectable(scope)", () => {
        @injectable("Transient")
        class Own {}
        const container = make({ defaultScope: "Singleton" });
        container.bind(Katana).toSelf();
        container.bind(Own).toSelf();
        expect(container.get(Katana)).to.equal(container.get(Katana));
        expect(container.get(Own)).to.not.equal(container.get(Own));
      });

      it("autobind, as an option of the container or of one resolution", () => {
        const container = make({ autobind: true });
        expect(container.get(Ninja).katana.kind).to.equal("katana");
        expect(make().get(Katana, { autobind: true }).kind).to.equal("katana");
        expect(() => make().get(Katana)).to.throw("No bindings found");
      });

      it("jitless or not", () => {
        for (const jitless of [true, false]) {
          const container = make({ jitless });
          container.bind(Katana).toSelf();
          container.bind(Ninja).toSelf();
          expect(container.get(Ninja).katana.kind).to.equal("katana");
        }
      });
    });

    describe("errors", () => {
      it("what is missing, and circles, with the path", () => {
        @injectable()
        class A {
          constructor(@inject("b") readonly b: unknown) {}
        }
        @injectable()
        class B {
          constructor(@inject("a") readonly a: unknown) {}
        }
        const container = make();
        container.bind("a").to(A);
        expect(() => container.get("a")).to.throw('No bindings found for service: "b"');
        container.bind("b").to(B);
        expect(() => container.get("a")).to.throw("Circular dependency found");
      });

      it("of constructors and factories come through as they are", () => {
        const failure = new Error("no");
        const container = make();
        container.bind("n").toDynamicValue(() => {
          throw failure;
        });
        expect(() => container.get("n")).to.throw(failure);
      });
    });
  });
}
