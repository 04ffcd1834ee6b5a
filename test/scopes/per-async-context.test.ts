import { AsyncLocalStorage } from "node:async_hooks";

import { getEventListeners } from "node:events";
import { expect } from "chai";
import {
  bindToContext,
  currentContext,
  hasInstance,
  lease,
  perAsyncContextScope,
  ready,
  release,
  runInContext,
  scopedProxy,
  setFactory,
  unwrap,
  use,
} from "inversify-scopes";

import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { serviceOf } from "../support/services.js";

class User {
  constructor(readonly id = 0) {}
  greet(): string {
    return `user ${this.id}`;
  }
  async load(): Promise<number> {
    return this.id;
  }
}

const SCOPE = "per-async-context";

describe("per-async-context scope", () => {
  it("one instance for each context, which its concurrent tasks share (law 1)", async () => {
    const user = serviceOf(User, (n) => new User(n), SCOPE);
    const seen = await Promise.all(
      [0, 1].map(() =>
        runInContext(async () => {
          const [a, b] = await Promise.all([user.load(), turn().then(() => user.id)]);
          expect(a).to.equal(b);
          return unwrap(user);
        }),
      ),
    );
    expect(seen[0]).to.not.equal(seen[1]);
  });

  it("a child context has an instance of its own; nested: 'reuse' has the parent's", async () => {
    const user = serviceOf(User, (n) => new User(n), SCOPE);
    await runInContext(async () => {
      expect(user.id).to.equal(0);
      await runInContext(() => expect(user.id).to.equal(1));
      await runInContext({ nested: "reuse" }, () => expect(user.id).to.equal(0));
    });
  });

  it("NO_CONTEXT outside, CONTEXT_ENDED after the end, and it is never made again in silence (law 6)", async () => {
    let made = 0;
    const user = serviceOf(User, () => new User(made++), SCOPE);
    const error = thrown("NO_CONTEXT", () => user.greet());
    expect(error.message).to.include("User.greet").and.include("runInContext");
    let late!: () => string;
    await runInContext({ name: "GET /" }, () => {
      user.greet();
      late = bindToContext(() => user.greet());
    });
    expect(thrown("CONTEXT_ENDED", late).context).to.equal("GET /");
    expect(made).to.equal(1);
  });

  it("while the context is ending, what is there serves on, and nothing new is made (law 6)", async () => {
    const user = serviceOf(User, () => new User(7), SCOPE, "user");
    const other = serviceOf(User, () => new User(), SCOPE, "other");
    const seen: unknown[] = [];
    const last = scopedProxy<User>("last", { shape: User });
    const destroy = (): void => {
      seen.push(user.greet(), thrown("CONTEXT_ENDING", () => other.greet()).service);
    };
    setFactory(last, () => new User(), perAsyncContextScope({ destroy }));
    await runInContext(() => void [user.greet(), last.greet()]);
    expect(seen).to.deep.equal(["user 7", "other"]);
  });

  it("its factory runs in the context, for every AsyncLocalStorage, and may touch other services of it", async () => {
    const storage = new AsyncLocalStorage<string>();
    const id = serviceOf(User, () => new User(5), SCOPE, "id");
    const seen: unknown[] = [];
    const user = serviceOf(
      User,
      async () => {
        seen.push(storage.getStore(), currentContext()?.name);
        await turn();
        seen.push(currentContext()?.name);
        return new User(id.id + 1);
      },
      SCOPE,
    );
    await storage.run("request", () => runInContext({ name: "c" }, async () => expect(await user.load()).to.equal(6)));
    expect(seen).to.deep.equal(["request", "c", "c"]);
  });

  it("an asynchronous factory runs once for all who wait, first come first served (law 4)", async () => {
    const made = gate<User>();
    let calls = 0;
    const user = serviceOf(User, () => (calls++, made.promise), SCOPE);
    await runInContext(async () => {
      const order: string[] = [];
      const first = user.load().then(() => order.push("first"));
      const second = user.load().then(() => order.push("second"));
      const third = ready(user).then(() => order.push("third"));
      made.open(new User());
      await Promise.all([first, second, third]);
      expect(order).to.deep.equal(["first", "second", "third"]);
      expect(calls).to.equal(1);
    });
  });

  it("a synchronous member is NOT_READY until it is there; never undefined, never {} (law 5, scenario 11)", async () => {
    const made = gate<User>();
    const user = serviceOf(User, () => made.promise, SCOPE);
    await runInContext({ name: "POST /" }, async () => {
      const error = thrown("NOT_READY", () => user.greet());
      expect(error).to.include({ service: "User", context: "POST /" });
      expect(error.message).to.include("User.greet").and.include("needs").and.include("lease(proxy)");
      thrown("NOT_READY", () => user.id);
      expect(hasInstance(user)).to.equal(false);
      made.open(new User(3));
      await ready(user);
      expect(user.greet()).to.equal("user 3");
    });
  });

  it("hasInstance looks and makes nothing (scenario 13)", async () => {
    let calls = 0;
    const user = serviceOf(User, () => new User(calls++), SCOPE);
    expect(hasInstance(user)).to.equal(false);
    await runInContext(() => {
      expect(hasInstance(user)).to.equal(false);
      expect(user instanceof User).to.equal(true);
      expect(calls).to.equal(0);
      user.greet();
      expect(hasInstance(user)).to.equal(true);
    });
  });

  it("needs makes it before the body runs", async () => {
    const user = serviceOf(User, async () => new User(4), SCOPE);
    await runInContext({ needs: [user] }, () => expect(user.greet()).to.equal("user 4"));
  });

  it("a write outside any context is refused, and no later context sees it (scenario 29)", async () => {
    const user = serviceOf(User, () => new User(1), SCOPE);
    thrown("NO_CONTEXT", () => Object.assign(user, { id: 9 }));
    await runInContext(() => expect(user.id).to.equal(1));
  });

  it("a context with a signal: what is being made is given up, with the signal's reason", async () => {
    const made = gate<User>();
    const ended: number[] = [];
    const user = scopedProxy<User>("user", { shape: User });
    setFactory(user, () => made.promise, perAsyncContextScope({ destroy: ({ id }: User) => void ended.push(id) }));
    const reason = new Error("the client left");
    const controller = new AbortController();
    await runInContext({ signal: controller.signal }, async () => {
      const call = reasonOf(user.load());
      controller.abort(reason);
      expect(await call).to.equal(reason);
      expect(await reasonOf(Promise.resolve().then(() => user.greet()))).to.equal(reason);
    });
    made.open(new User(8));
    await turn();
    expect(ended).to.deep.equal([8]);
  });
});

describe("per-async-context: the end of an instance", () => {
  class Disposable {
    constructor(
      readonly name: string,
      readonly log: string[],
    ) {}
    touch(): void {}
    [Symbol.dispose](): void {
      this.log.push(this.name);
    }
  }
  class AsyncDisposable extends Disposable {
    async [Symbol.asyncDispose](): Promise<void> {
      await turn();
      this.log.push(`${this.name} later`);
    }
  }

  it("Symbol.asyncDispose before Symbol.dispose; last taken, first ended, and awaited (law 7, scenario 41)", async () => {
    const log: string[] = [];
    const names = ["a", "b", "c"];
    const services = names.map((name, i) =>
      serviceOf<Disposable>(Disposable, () => new (i === 1 ? AsyncDisposable : Disposable)(name, log), SCOPE, name),
    );
    await runInContext(() => services.forEach((service) => service.touch()));
    expect(log).to.deep.equal(["c", "b later", "a"]);
  });

  it("what a factory touched lives longer than what it made", async () => {
    const log: string[] = [];
    const inner = serviceOf(Disposable, () => new Disposable("inner", log), SCOPE);
    const outer = serviceOf(Disposable, () => (inner.touch(), new Disposable("outer", log)), SCOPE);
    await runInContext(() => outer.touch());
    expect(log).to.deep.equal(["outer", "inner"]);
  });

  it("the option destroy takes the place of disposing", async () => {
    const log: string[] = [];
    const destroy = ({ name }: Disposable): void => void log.push(`destroy ${name}`);
    const service = scopedProxy<Disposable>("s", { shape: Disposable, destroy });
    setFactory(service, () => new Disposable("s", log), SCOPE);
    await runInContext(() => service.touch());
    expect(log).to.deep.equal(["destroy s"]);
  });

  it("release ends it now; a later touch makes a new one; a second release does nothing", async () => {
    const log: string[] = [];
    const service = serviceOf(Disposable, (n) => new Disposable(`#${n}`, log), SCOPE);
    await runInContext(async () => {
      await release(service);
      expect(service.name).to.equal("#0");
      await Promise.all([release(service), release(service)]);
      expect(log).to.deep.equal(["#0"]);
      expect(service.name).to.equal("#1");
    });
    expect(log).to.deep.equal(["#0", "#1"]);
    await release(service);
  });

  it("release that nobody awaits is awaited by the end of its context, which ends what is left after it", async () => {
    const log: string[] = [];
    const ended = gate();
    const slow = { [Symbol.asyncDispose]: () => ended.promise.then(() => void log.push("slow")) };
    const service = serviceOf(Disposable, () => Object.assign(new Disposable("x", []), slow), SCOPE);
    const other = serviceOf(Disposable, () => new Disposable("other", log), SCOPE);
    const request = runInContext(() => {
      service.touch();
      other.touch();
      void release(service);
    }).then(() => log.push("over"));
    await turn();
    expect(log).to.deep.equal([]);
    ended.open();
    await request;
    expect(log).to.deep.equal(["slow", "other", "over"]);
  });

  it("what such a release fails with is told to whoever called it, and keeps nothing from ending", async () => {
    const error = new Error("no end");
    const failing = { [Symbol.asyncDispose]: () => Promise.reject(error) };
    const service = serviceOf(Disposable, () => Object.assign(new Disposable("x", []), failing), SCOPE);
    let released: Promise<unknown> | undefined;
    await runInContext(() => {
      service.touch();
      released = reasonOf(release(service));
    });
    expect(await released).to.equal(error);
  });

  it("release hands on what the disposer throws, once", async () => {
    const error = new Error("no end");
    const fail = (): never => {
      throw error;
    };
    const service = serviceOf(
      Disposable,
      () => Object.assign(new Disposable("x", []), { [Symbol.dispose]: fail }),
      SCOPE,
    );
    await runInContext(async () => {
      service.touch();
      expect(await reasonOf(release(service))).to.equal(error);
    });
  });

  it("release does nothing to one that is still being made", async () => {
    const made = gate<User>();
    const user = serviceOf(User, () => made.promise, SCOPE);
    await runInContext(async () => {
      const call = user.load();
      await release(user);
      made.open(new User(2));
      expect(await call).to.equal(2);
    });
  });

  it("lease gives a new one, in a context and in none, that is ended on release", async () => {
    const log: string[] = [];
    const service = serviceOf(Disposable, async (n) => new Disposable(`#${n}`, log), SCOPE);
    await runInContext(async () => {
      await ready(service);
      const own = await lease(service);
      expect(own.value.name).to.equal("#1");
      await own.release();
      await own.discard();
      expect(own.signal.aborted).to.equal(false);
      thrown("LEASE_ENDED", () => own.value);
      expect(log).to.deep.equal(["#1"]);
      expect(service.name).to.equal("#0");
    });
    expect(await use(service, ({ name }) => name)).to.equal("#2");
    expect(log).to.deep.equal(["#1", "#0", "#2"]);
  });

  it("lease gives up with its signal or its time-out, and what comes later is ended", async () => {
    const made = [gate<User>(), gate<User>()];
    const ended: number[] = [];
    const user = scopedProxy<User>("user", { shape: User });
    setFactory(user, (n) => made[n]!.promise, perAsyncContextScope({ destroy: ({ id }: User) => void ended.push(id) }));
    const controller = new AbortController();
    const aborted = lease(user, { signal: controller.signal });
    controller.abort("enough");
    expect(await reasonOf(aborted)).to.equal("enough");
    const error = await rejected("CREATE_TIMEOUT", lease(user, { timeoutMs: 0 }));
    expect(error.service).to.equal("user");
    expect(error.message).to.include("user was not made within 0 ms");
    made[0]!.open(new User(10));
    made[1]!.open(new User(11));
    await turn();
    expect(ended).to.deep.equal([10, 11]);
  });

  it("lease with limits that are kept gives the instance, and its factory's failure", async () => {
    const { signal } = new AbortController();
    const user = serviceOf(User, async (n) => (n > 0 ? Promise.reject(new Error("down")) : new User(1)), SCOPE);
    const held = await lease(user, { timeoutMs: 60_000, signal });
    expect(held.value.id).to.equal(1);
    await held.release();
    await rejected("CREATE_FAILED", lease(user, { timeoutMs: 60_000, signal }));
    expect(getEventListeners(signal, "abort"), "nobody listens any more").to.have.length(0);
  });
});
