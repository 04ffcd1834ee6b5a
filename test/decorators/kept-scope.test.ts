import "reflect-metadata";
import { expect } from "chai";
import { inject, injectable } from "inversify";
import {
  isScopedProxy,
  perAsyncContext,
  pooled,
  runInContext,
  ScopedContainer,
  shared,
  verify,
} from "inversify-scopes";
import { thrown } from "../support/errors.js";
import { warningsDuring } from "../support/warnings.js";

@perAsyncContext()
class Session {
  user = "nobody";
}

class Remembered extends Session {}
injectable()(Remembered);

@injectable()
class Stranger {
  user = "nobody";
}

@injectable()
class Page {
  constructor(@inject(Session) readonly session: Session) {}
}

/** The bindings of a decorated class that say no scope. */
const bindings: Record<string, (container: ScopedContainer) => unknown> = {
  "toSelf()": (container) => container.bind(Session).toSelf(),
  "to(a subclass that is not decorated)": (container) => container.bind(Session).to(Remembered),
  "to(another class)": (container) => container.bind(Session).to(Stranger),
  "toDynamicValue()": (container) => container.bind(Session).toDynamicValue(() => new Remembered()),
  "an async toDynamicValue()": (container) => container.bind(Session).toDynamicValue(async () => new Remembered()),
  "toResolvedValue()": (container) => container.bind(Session).toResolvedValue(() => new Session()),
  "rebind().to()": (container) => {
    container.bind(Session).toConstantValue(new Session());
    container.rebind(Session).to(Remembered);
  },
};

describe("the scope of a decorated class is kept by every binding that says none:", () => {
  for (const [how, bind] of Object.entries(bindings)) {
    it(how, async () => {
      const container = new ScopedContainer();
      bind(container);
      container.bind(Page).toSelf().inSingletonScope();
      const { session } = container.get(Page);
      const needs = [session];
      await runInContext({ needs }, () => void (session.user = "ann"));
      expect(await runInContext({ needs }, () => session.user)).to.equal("nobody");
      thrown("NO_CONTEXT", () => session.user);
    });
  }

  it("a pool is one pool, whatever makes its instances", async () => {
    let made = 0;
    @pooled(1)
    class Db {
      readonly n = ++made;
      async query(): Promise<number> {
        return this.n;
      }
    }
    const container = new ScopedContainer();
    container.bind(Db).toDynamicValue(async () => new Db());
    for (let i = 0; i < 3; i++) expect(await runInContext(() => container.get(Db).query())).to.equal(1);
  });

  it("a decorated subclass has its own, also for an identifier that has another", () => {
    @shared()
    class Everybody extends Session {}
    const container = new ScopedContainer();
    container.bind(Session).to(Everybody);
    expect(container.get(Session).user).to.equal("nobody");
  });

  it("a scope that the binding says comes first, ours or stock, and verify finds the contradiction", () => {
    const container = new ScopedContainer();
    container
      .bind(Session)
      .toDynamicValue(() => new Session())
      .inSharedScope();
    expect(container.get(Session).user).to.equal("nobody");
    const contradiction = "Session is decorated as per-async-context, but bound as";
    expect(thrown("INVALID_OPTION", () => verify(container)).message).to.contain(`${contradiction} shared`);
    container
      .rebind(Session)
      .toDynamicValue(() => new Session())
      .inTransientScope();
    expect(isScopedProxy(container.get(Session))).to.equal(false);
    expect(thrown("INVALID_OPTION", () => verify(container)).message).to.contain(`${contradiction} transient`);
  });

  it("constants, factories and aliases are what they are", () => {
    const container = new ScopedContainer();
    const session = new Session();
    container.bind(Session).toConstantValue(session);
    expect(container.get(Session)).to.equal(session);
    container.rebind(Session).toService("other");
    container.bind("other").toConstantValue(session);
    expect(container.get(Session)).to.equal(session);
    verify(container);
  });

  it("a binding from before the plugin ignores it, and says so", async () => {
    const { Container } = await import("inversify");
    const { ScopesPlugin } = await import("inversify-scopes");
    @perAsyncContext()
    class Early {}
    const container = new Container();
    container.bind(Early).toDynamicValue(() => new Early());
    container.register(ScopesPlugin);
    expect(thrown("INVALID_OPTION", () => verify(container)).message).to.contain("Early is decorated");
    const [warning] = await warningsDuring(() => container.get(Early));
    expect(warning!.message).to.contain("Early is decorated");
  });
});
