import "reflect-metadata";
import { expect } from "chai";
import { Plugin } from "@inversifyjs/plugin";
import { Container, ContainerModule, injectable } from "inversify";
import { runInContext, ScopedContainer, ScopesPlugin } from "inversify-scopes";
import { gate } from "../support/gate.js";

@injectable()
class Db {
  query(): number {
    return 1;
  }
}

const containers: Record<string, () => Container> = {
  "a ScopedContainer": () => new ScopedContainer(),
  "a ScopedContainer with a parent": () => new ScopedContainer({ parent: new Container() }),
  "a container with the plugin": () => {
    const container = new Container();
    container.register(ScopesPlugin);
    return container;
  },
};

/** Notes which handlers an instance meets from its making to its end. */
function noting() {
  const noted: string[] = [];
  return {
    activates: (name: string) => (_: unknown, db: Db) => {
      noted.push(`+${name}`);
      return db;
    },
    deactivates: (name: string) => () => void noted.push(`-${name}`),
    /** What a request meets that uses the service. */
    async request(db: Db): Promise<string> {
      noted.length = 0;
      await runInContext(() => db.query());
      return noted.join(" ");
    },
  };
}

describe("handlers that come and go later hold for instances from then on", () => {
  for (const [name, make] of Object.entries(containers)) {
    describe(name, () => {
      it("of the container", async () => {
        const { activates, deactivates, request } = noting();
        const container = make();
        container.bind(Db).toSelf().inPerAsyncContextScope();
        const db = container.get(Db);
        expect(await request(db)).to.equal("");
        container.onActivation(Db, activates("first"));
        expect(await request(db)).to.equal("+first");
        container.onDeactivation(Db, deactivates("second"));
        expect(await request(db)).to.equal("+first -second");
        container.onActivation(Db, activates("third"));
        expect(await request(db)).to.equal("+first +third -second");
      });

      it("of the binding, which come first", async () => {
        const { activates, deactivates, request } = noting();
        const container = make();
        const syntax = container.bind(Db).toSelf().inPerAsyncContextScope();
        const db = container.get(Db);
        container.onActivation(Db, activates("container"));
        expect(await request(db)).to.equal("+container");
        syntax.onActivation(activates("binding"));
        expect(await request(db)).to.equal("+binding +container");
        syntax.onDeactivation(deactivates("binding"));
        expect(await request(db)).to.equal("+binding +container -binding");
      });

      it("of a module that is loaded and unloaded, and of one that asks for them after it was loaded", async () => {
        const { activates, deactivates, request } = noting();
        const container = make();
        container.bind(Db).toSelf().inPerAsyncContextScope();
        const db = container.get(Db);
        expect(await request(db)).to.equal("");
        let later = (): void => {};
        const module = new ContainerModule(({ onActivation, onDeactivation }) => {
          onActivation(Db, activates("module"));
          onDeactivation(Db, deactivates("module"));
          later = () => onActivation(Db, activates("later"));
        });
        container.load(module);
        expect(await request(db)).to.equal("+module -module");
        later();
        expect(await request(db)).to.equal("+module +later -module");
        container.unload(module);
        expect(await request(db)).to.equal("");
      });

      it("of an asynchronous module, which is unloaded in its time", async () => {
        const { activates, request } = noting();
        const container = make();
        container.bind(Db).toSelf().inPerAsyncContextScope();
        const db = container.get(Db);
        const module = new ContainerModule(async ({ onActivation }) => {
          await Promise.resolve();
          onActivation(Db, activates("module"));
        });
        const loading = container.loadAsync(module);
        expect(await request(db)).to.equal("");
        await loading;
        expect(await request(db)).to.equal("+module");
        await container.unloadAsync(module);
        expect(await request(db)).to.equal("");
      });

      it("that a snapshot did not have are gone when it is restored", async () => {
        const { activates, deactivates, request } = noting();
        const container = make();
        container.bind(Db).toSelf().inPerAsyncContextScope();
        const db = container.get(Db);
        container.onActivation(Db, activates("before"));
        container.snapshot();
        container.onDeactivation(Db, deactivates("after"));
        expect(await request(db)).to.equal("+before -after");
        container.restore();
        expect(await request(db)).to.equal("+before");
      });

      it("while something is unbound that takes its time, and after that", async () => {
        const { activates, request } = noting();
        const container = make();
        container.bind(Db).toSelf().inPerAsyncContextScope();
        const ended = gate();
        container
          .bind("slow")
          .toConstantValue({})
          .onDeactivation(() => ended.promise);
        container.get("slow");
        const db = container.get(Db);
        expect(await request(db)).to.equal("");
        const unbinding = container.unbindAsync("slow");
        container.onActivation(Db, activates("meanwhile"));
        expect(await request(db)).to.equal("+meanwhile");
        ended.open();
        await unbinding;
        expect(await request(db)).to.equal("+meanwhile");
        container.onActivation(Db, activates("then"));
        expect(await request(db)).to.equal("+meanwhile +then");
      });
    });
  }

  it("of a module whose unloading takes its time are there until it is over, and not a moment longer", async () => {
    const { activates, request } = noting();
    const container = new ScopedContainer();
    const ended = gate();
    const module = new ContainerModule(({ bind, onActivation }) => {
      onActivation(Db, activates("module"));
      bind("slow")
        .toConstantValue({})
        .onDeactivation(() => ended.promise);
    });
    container.bind(Db).toSelf().inPerAsyncContextScope();
    container.load(module);
    container.get("slow");
    const db = container.get(Db);
    const unloading = container.unloadAsync(module);
    container.onActivation(Db, activates("meanwhile"));
    expect(await request(db)).to.equal("+module +meanwhile");
    ended.open();
    await unloading;
    expect(await request(db)).to.equal("+meanwhile");
  });

  for (const [name, withParent] of Object.entries({
    "a ScopedContainer": (parent: Container): Container => new ScopedContainer({ parent }),
    "a container with the plugin": (parent: Container): Container => {
      const container = new Container({ parent });
      container.register(ScopesPlugin);
      return container;
    },
  })) {
    it(`of a parent, with the plugin or without: ${name}`, async () => {
      for (const parent of [new Container(), new ScopedContainer()]) {
        const { activates, deactivates, request } = noting();
        const container = withParent(parent);
        container.bind(Db).toSelf().inPerAsyncContextScope();
        const db = container.get(Db);
        expect(await request(db)).to.equal("");
        parent.onActivation(Db, activates("parent"));
        expect(await request(db)).to.equal("+parent");
        parent.onDeactivation(Db, deactivates("parent"));
        expect(await request(db)).to.equal("+parent -parent");
      }
    });
  }

  it("an instance made before its handler came is deactivated by it", async () => {
    const { deactivates, request } = noting();
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inPerAsyncContextScope();
    const db = container.get(Db);
    await request(db);
    const noted: string[] = [];
    await runInContext(() => {
      db.query();
      container.onDeactivation(Db, () => void noted.push("late"));
    });
    expect(noted).to.deep.equal(["late"]);
    container.onDeactivation(Db, deactivates("later"));
    expect(await request(db)).to.equal("-later");
  });

  it("and are not looked up for each instance, unless a parent may have some", async () => {
    for (const [options, lookUps] of [
      [{}, 2],
      [{ parent: new Container() }, 20],
    ] as const) {
      const container = new ScopedContainer(options);
      container.register(Counting);
      container.bind(Db).toSelf().inPerAsyncContextScope();
      const db = container.get(Db);
      container.bind("other").toConstantValue(1);
      await container.unbindAsync("other");
      Counting.lookUps = 0;
      for (let i = 0; i < 10; i++) await runInContext(() => db.query());
      expect(Counting.lookUps).to.equal(lookUps);
    }
  });
});

/** Counts what inversify is asked for handlers of {@link Db}. */
class Counting extends Plugin<Container> {
  static lookUps = 0;

  override load(): void {
    for (const service of [this._context.activationService, this._context.deactivationService]) {
      const get = service.get.bind(service) as (identifier: unknown) => never;
      service.get = (identifier: unknown) => {
        if (identifier === Db) Counting.lookUps++;
        return get(identifier);
      };
    }
  }
}
