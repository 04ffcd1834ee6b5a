import "reflect-metadata";
import { expect } from "chai";
import { Container, inject, injectable } from "inversify";
import {
  diagram,
  isScopedProxy,
  lease,
  runInContext,
  ScopedContainer,
  ScopesPlugin,
  unwrap,
  verify,
} from "inversify-scopes";
import { expectNoLeases } from "inversify-scopes/testing";
import { thrown } from "../support/errors.js";

@injectable()
class Db {
  constructor(@inject("url") readonly url: string) {}
}

@injectable()
class Repository {
  constructor(@inject(Db) readonly db: Db) {}
}

function family(): { readonly parent: ScopedContainer; readonly child: Container } {
  const parent = new ScopedContainer();
  parent.bind("url").toConstantValue("of the parent");
  parent.bind(Db).toSelf().inSharedScope();
  return { parent, child: new Container({ parent }) };
}

describe("child containers", () => {
  it("give the same proxy of the parent's binding, with or without the plugin", () => {
    const { parent, child } = family();
    expect(child.get(Db)).to.equal(parent.get(Db));
    child.register(ScopesPlugin);
    expect(child.get(Db)).to.equal(parent.get(Db));
    child.bind(Repository).toSelf();
    expect(child.get(Repository).db).to.equal(parent.get(Db));
  });

  it("do not lend their bindings to the parent's service: its dependencies come from the owner", () => {
    const { child } = family();
    child.bind("url").toConstantValue("of the child");
    expect(child.get(Db).url).to.equal("of the parent");
  });

  it("with the plugin may bind the service themselves, with dependencies of both", () => {
    const { parent, child } = family();
    child.register(ScopesPlugin);
    child.bind(Repository).toSelf().inSharedScope();
    child.bind(Db).toSelf().inSharedScope();
    child.bind("url").toConstantValue("of the child");
    const { db } = unwrap(child.get(Repository));
    expect(db).to.equal(child.get(Db));
    expect(db.url).to.equal("of the child");
    expect(parent.get(Db).url).to.equal("of the parent");
  });

  it("do not inherit the plugin: their own bind is stock", () => {
    const { child } = family();
    expect(child.bind(Repository).toSelf()).to.not.have.property("inSharedScope");
    expect(() => child.bind(Repository).toSelf().inSharedScope()).to.throw(
      TypeError,
      "inSharedScope is not a function",
    );
  });

  it("see the parent's binding change", () => {
    const { parent, child } = family();
    const before = child.get(Db);
    parent.rebind(Db).toSelf().inPerAsyncContextScope();
    expect(child.get(Db)).to.not.equal(before);
    expect(child.get(Db)).to.equal(parent.get(Db));
    expect(isScopedProxy(child.get(Db))).to.equal(true);
  });

  it("share the context with the parent", async () => {
    const { parent, child } = family();
    parent.rebind(Db).toSelf().inPerAsyncContextScope();
    await runInContext(() => expect(unwrap(child.get(Db))).to.equal(unwrap(parent.get(Db))));
  });

  it("that unbind their own bindings leave the parent's alone", () => {
    const { parent, child } = family();
    child.register(ScopesPlugin);
    const identifier = parent.get(Db);
    child.bind(Db).toSelf().inSharedScope();
    child.unbind(Db);
    expect(child.get(Db)).to.equal(identifier);
    child.unbindAll();
    expect(parent.get(Db).url).to.equal("of the parent");
  });

  it("do not end a service of the parent's, whatever they unbind", () => {
    const { parent, child } = family();
    child.register(ScopesPlugin);
    const identifier = parent.bind("other").to(Db).inSharedScope().getIdentifier();
    const other = parent.get<Db>("other");
    child.unbind(Db);
    child.unbind(identifier);
    expect(parent.get(Db).url).to.equal("of the parent");
    expect(other.url).to.equal("of the parent");
  });
});

describe("a container that holds another's proxy, as a constant of its own", () => {
  function guests(): { readonly core: ScopedContainer; readonly all: readonly ScopedContainer[] } {
    const core = new ScopedContainer();
    core.bind("url").toConstantValue("of the core");
    core.bind(Db).toSelf().inSharedScope();
    const all = [new ScopedContainer(), new ScopedContainer({ parent: core })];
    for (const guest of all) guest.bind(Db).toConstantValue(core.get(Db));
    return { core, all };
  }

  it("is not its owner: whatever it takes away, the service goes on", async () => {
    for (const takeAway of [
      (guest: ScopedContainer) => guest.unbind(Db),
      (guest: ScopedContainer) => guest.unbindAll(),
      (guest: ScopedContainer) => guest.unbindAllAsync(),
      (guest: ScopedContainer) => guest.rebind(Db),
      (guest: ScopedContainer) => guest.rebindAsync(Db),
    ]) {
      const { core, all } = guests();
      const instance = unwrap(core.get(Db));
      for (const guest of all) {
        await takeAway(guest);
        expect(unwrap(core.get(Db))).to.equal(instance);
      }
    }
    const { core, all } = guests();
    for (const guest of all) {
      guest.unbind(Db);
      guest.snapshot();
      guest.bind(Db).toConstantValue(core.get(Db));
      guest.restore();
      expect(core.get(Db).url).to.equal("of the core");
    }
  });

  it("activates and deactivates the proxy like any constant, and no instance of the service", () => {
    const { core, all } = guests();
    for (const guest of all) {
      const log: [string, unknown][] = [];
      guest.onActivation(Db, (_, db) => {
        log.push(["on", db]);
        return db;
      });
      guest.onDeactivation(Db, (db) => void log.push(["off", db]));
      expect(guest.get(Db)).to.equal(core.get(Db));
      expect(unwrap(guest.get(Db)).url).to.equal("of the core");
      guest.unbind(Db);
      expect(log).to.eql([
        ["on", core.get(Db)],
        ["off", core.get(Db)],
      ]);
    }
  });

  it("shows a constant in its diagram, and has no leases", async () => {
    const { core } = guests();
    core.rebind(Db).toSelf().inPooledScope(1);
    const guest = new ScopedContainer({ parent: core });
    guest.bind(Db).toConstantValue(core.get(Db));
    expect(diagram(guest)).to.contain('["Db<br/>constant"]');
    verify(guest);
    await using held = await lease(core.get(Db));
    expect(held.value.url).to.equal("of the core");
    expectNoLeases(guest);
    thrown("LEASES_LEFT", () => expectNoLeases(core));
  });
});
