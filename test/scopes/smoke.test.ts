import "reflect-metadata";
import { expect } from "chai";
import { inject, injectable } from "inversify";
import {
  isScopedProxy,
  runInContext,
  ScopedContainer,
  unwrap,
  hasInstance,
  lease,
  ready,
  use,
  release,
} from "inversify-scopes";
import { rejected, thrown } from "../support/errors.js";

class User {
  static made = 0;
  n = ++User.made;
  #secret = "s";
  name = "";
  get secret(): string {
    return this.#secret;
  }
  self(): this {
    return this;
  }
  async me(): Promise<this> {
    return this;
  }
  add(a: number, b: number): number {
    return this.n + a + b;
  }
}

@injectable()
class Service {
  constructor(@inject(User) readonly user: User) {}
}

describe("smoke", () => {
  it("per-async-context", async () => {
    const container = new ScopedContainer();
    container.bind(User).toSelf().inPerAsyncContextScope();
    container.bind(Service).toSelf().inSingletonScope();
    const { user } = container.get(Service);
    expect(isScopedProxy(user)).to.equal(true);
    expect(user).to.be.instanceOf(User);
    thrown("NO_CONTEXT", () => user.add(1, 2));
    await runInContext(async () => {
      expect(hasInstance(user)).to.equal(false);
      expect(user.add(0, 0)).to.equal(1);
      expect(user.secret).to.equal("s");
      expect(user.self()).to.equal(user);
      expect(await user.me()).to.equal(user);
      user.name = "x";
      expect(user.name).to.equal("x");
      expect(unwrap(user)).to.not.equal(user);
      expect(Object.keys(user)).to.eql(["n", "name"]);
      await runInContext(() => expect(user.add(0, 0)).to.equal(2));
    });
  });
  it("pooled", async () => {
    const container = new ScopedContainer();
    container.bind(User).toSelf().inPooledScope(2);
    const user = container.get(User);
    thrown("NO_CONTEXT", () => user.add(1, 2));
    await runInContext(async () => {
      user.add(1, 2);
      await runInContext(async () => {
        user.add(1, 2);
        await runInContext(async () => {
          thrown("POOL_EXHAUSTED", () => user.add(1, 2));
          await rejected("POOL_DEADLOCK", user.me());
        });
      });
      await release(user);
      await ready(user);
    });
    expect(await use(user, (u) => u.add(1, 1))).to.be.a("number");
    const l = await lease(user);
    expect(l.value).to.be.instanceOf(User);
    await l.release();
    thrown("LEASE_ENDED", () => l.value);
    await container.unbindAllAsync();
    await runInContext(() => thrown("UNBOUND", () => user.add(1, 2)));
  });
  it("shared", async () => {
    const container = new ScopedContainer();
    container
      .bind("S")
      .toDynamicValue(async () => new User())
      .inSharedScope({ shape: User });
    const user = container.get<User>("S");
    thrown("NOT_READY", () => user.add(1, 2));
    await ready(user);
    user.add(1, 2);
  });
});
