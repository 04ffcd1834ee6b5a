import "reflect-metadata";
import { expect } from "chai";
import { Container } from "inversify";
import { runInContext, ScopedContainer, scopedModule, shared, perAsyncContext } from "inversify-scopes";
import { thrown } from "../support/errors.js";

const log: string[] = [];

@shared({ destroy: () => void log.push("Settings") })
class Settings {
  readonly port = 8080;
}

@perAsyncContext()
class User {
  name = "nobody";
}

class Mailer {
  readonly name = "mailer";
}

class Providers {
  @shared({ provides: Mailer, destroy: () => void log.push("Mailer") })
  mailer(): Mailer {
    return new Mailer();
  }
}

class Plain {}

describe("scopedModule", () => {
  beforeEach(() => log.splice(0));

  it("binds decorated classes and provider methods; unload unbinds and ends all of them", async () => {
    const container = new ScopedContainer();
    const module = scopedModule(Settings, User, Providers);
    container.load(module);
    const [settings, user, mailer] = [container.get(Settings), container.get(User), container.get(Mailer)];
    expect(settings.port).to.equal(8080);
    expect(mailer.name).to.equal("mailer");
    await runInContext(() => expect(user.name).to.equal("nobody"));
    container.unload(module);
    expect(log).to.have.members(["Settings", "Mailer"]);
    for (const service of [Settings, User, Mailer, Providers]) expect(container.isBound(service)).to.equal(false);
    thrown("UNBOUND", () => settings.port);
    thrown("UNBOUND", () => mailer.name);
  });

  it("loads with loadAsync, and again after unloadAsync", async () => {
    const container = new ScopedContainer();
    const module = scopedModule(Settings, Providers);
    await container.loadAsync(module);
    await container.unloadAsync(module);
    await container.loadAsync(module);
    expect(container.get(Settings).port).to.equal(8080);
    expect(container.get(Mailer).name).to.equal("mailer");
  });

  it("leaves alone a provider that was bound before, also when it is unloaded", () => {
    const container = new ScopedContainer();
    const providers = new Providers();
    container.bind(Providers).toConstantValue(providers);
    const module = scopedModule(Providers);
    container.load(module);
    container.unload(module);
    expect(container.get(Providers)).to.equal(providers);
  });

  it("refuses what carries no scope, by name, before anything is bound", () => {
    expect(thrown("INVALID_OPTION", () => scopedModule(Settings, Plain)).message).to.contain("Plain");
    expect(thrown("INVALID_OPTION", () => scopedModule("Settings" as never)).message).to.contain("Settings");
    expect(thrown("INVALID_OPTION", () => scopedModule(Object.create(null) as never)).message).to.contain("an object");
  });

  it("refuses a class that is listed twice, by name: all of it would be ambiguous", () => {
    expect(thrown("INVALID_OPTION", () => scopedModule(Settings, User, Settings)).message).to.contain("Settings");
    expect(thrown("INVALID_OPTION", () => scopedModule(Providers, Providers)).message).to.contain("Providers");
  });

  it("says so where the container lacks the plugin", () => {
    const container = new Container();
    const error = thrown("INVALID_OPTION", () => container.load(scopedModule(Settings)));
    expect(error.message).to.contain("ScopesPlugin");
    expect(container.isBound(Settings)).to.equal(false);
  });
});
