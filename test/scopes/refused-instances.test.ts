import "reflect-metadata";

import { expect } from "chai";
import { inject, injectable, preDestroy } from "inversify";
import {
  lease,
  pooledScope,
  ready,
  runInContext,
  type Scope,
  ScopedContainer,
  type Service,
  sharedScope,
  use,
} from "inversify-scopes";

import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { warningsDuring } from "../support/warnings.js";

class Client {
  rollback(): void {}
}

/** What no proxy of a `Client` can stand for: a client that can be called. */
const callable = (): Client => Object.assign(() => 1, { rollback() {} });

const quiet = { warn(): void {} };

/** A binding that notes what was made and what was ended. */
function bound(scope: "shared" | "per-async-context" | "pooled", make: () => unknown) {
  const made: unknown[] = [];
  const ended: unknown[] = [];
  const container = new ScopedContainer();
  const noted = (): unknown => {
    const one = make();
    if (!(one instanceof Promise)) made.push(one);
    else void one.then((late) => made.push(late));
    return one;
  };
  const destroy = (one: unknown): void => void ended.push(one);
  const binding = container.bind<any>("client").toDynamicValue(noted);
  const syntax =
    scope === "shared"
      ? binding.inSharedScope({ destroy })
      : scope === "pooled"
        ? binding.inPooledScope({ maxSize: 2, destroy, logger: quiet })
        : binding.inPerAsyncContextScope({ destroy });
  return { container, syntax, made, ended, proxy: container.get<any>("client") as Client };
}

const ways: Record<string, (client: Client) => unknown> = {
  needs: (client) => runInContext({ needs: [client] }, () => {}),
  "a touch": (client) => runInContext(() => client.rollback()),
  ready: (client) => runInContext(() => ready(client)),
  lease: (client) => lease(client),
  use: (client) => use(client, () => {}),
};

describe("what is made and refused is ended, once", () => {
  for (const scope of ["shared", "per-async-context", "pooled"] as const) {
    for (const [how, make] of Object.entries({
      synchronous: callable,
      asynchronous: async () => callable(),
    })) {
      for (const [name, way] of Object.entries(ways)) {
        it(`of the wrong kind, ${scope}, ${how}, by ${name}`, async () => {
          const { proxy, made, ended } = bound(scope, make);
          await Promise.resolve()
            .then(() => way(proxy))
            .catch(() => {});
          await turn();
          expect(made).to.have.length.above(0);
          expect(ended).to.have.members(made);
        });
      }

      it(`an activation handler fails, ${scope}, ${how}`, async () => {
        const { proxy, syntax, made, ended } = bound(scope, () => {
          const client = new Client();
          return how === "synchronous" ? client : Promise.resolve(client);
        });
        syntax.onActivation(() => {
          throw new Error("not good enough");
        });
        const error = await rejected(
          "CREATE_FAILED",
          runInContext(() => ready(proxy)),
        );
        expect(error.cause).to.have.property("message", "not good enough");
        expect(made).to.have.length(1);
        expect(ended).to.eql(made);
      });

      it(`an activation handler rejects, after one that has put another in its place, ${scope}, ${how}`, async () => {
        const { container, proxy, syntax, made, ended } = bound(scope, () =>
          how === "synchronous" ? new Client() : Promise.resolve(new Client()),
        );
        const wrapped = new Client();
        syntax.onActivation(() => wrapped);
        container.onActivation("client", async () => Promise.reject(new Error("not good enough")));
        await rejected(
          "CREATE_FAILED",
          runInContext(() => ready(proxy)),
        );
        expect(made).to.have.length(1);
        expect(ended).to.eql([wrapped]);
      });
    }
  }

  it("by its deactivation handlers and its own disposal, too", async () => {
    const steps: string[] = [];
    @injectable()
    class Session {
      @preDestroy()
      leave(): void {
        steps.push("@preDestroy");
      }
      [Symbol.dispose](): void {
        steps.push("dispose");
      }
    }
    const container = new ScopedContainer();
    container
      .bind(Session)
      .toSelf()
      .inSharedScope()
      .onDeactivation(() => void steps.push("onDeactivation"));
    container.onActivation(Session, () => {
      throw new Error("no");
    });
    thrown("CREATE_FAILED", () => void (container.get(Session) as unknown as { x: unknown }).x);
    expect(steps).to.eql(["@preDestroy", "onDeactivation", "dispose"]);
  });

  it("by the `destroy` of the scope for which it was made, where that was opened by another", async () => {
    const ended: string[] = [];
    const outer: Scope = {
      name: "outer",
      open: (service: Service) => sharedScope({ destroy: () => void ended.push("inner") }).open(service),
      options: { destroy: () => void ended.push("outer") },
    };
    const container = new ScopedContainer();
    container.bind<any>("client").toDynamicValue(callable).inScope(outer);
    await rejected("NOT_PROXYABLE", ready(container.get<any>("client")));
    expect(ended).to.eql(["inner"]);
  });

  it("one that arrives when nobody waits for it any more", async () => {
    const arrival = gate<unknown>();
    const { proxy, ended, made } = bound("per-async-context", () => arrival.promise);
    let waiting!: Promise<unknown>;
    await runInContext(() => {
      waiting = reasonOf(ready(proxy));
    });
    expect(await waiting).to.have.property("code", "CONTEXT_ENDED");
    arrival.open(callable());
    await turn();
    expect(made).to.have.length(1);
    expect(ended).to.eql(made);
  });

  it("one that resists a look at it", async () => {
    const hostile = new Proxy(new Client(), {
      getPrototypeOf: () => {
        throw new Error("not for you");
      },
    });
    const { proxy, ended } = bound("shared", () => hostile);
    // With a class, the first instance of which is looked at.
    const container = new ScopedContainer();
    container
      .bind(Client)
      .toDynamicValue(() => hostile)
      .inSharedScope({ destroy: (one) => void ended.push(one) });
    thrown("CREATE_FAILED", () => container.get(Client).rollback());
    expect(ended).to.have.length(1);
    expect(ended[0] === hostile).to.equal(true);
    expect(proxy).to.not.equal(undefined);
  });

  it("the same one, given again and again, only once", async () => {
    const one = callable();
    const { proxy, ended } = bound("pooled", () => one);
    for (let i = 0; i < 3; i++)
      await rejected(
        "NOT_PROXYABLE",
        runInContext(() => ready(proxy)),
      );
    expect(ended).to.eql([one]);
  });

  it("not what is another's: the proxy of another service, an instance that is in a pool already", async () => {
    @injectable()
    class Holder {
      constructor(@inject("client") readonly client: unknown) {}
    }
    const ended: unknown[] = [];
    const destroy = (one: unknown): void => void ended.push(one);
    const container = new ScopedContainer();
    container.bind(Holder).toSelf().inSharedScope();
    container
      .bind<any>("client")
      .toDynamicValue(() => container.get(Holder))
      .inSharedScope({ destroy, shape: Function });
    await rejected("NOT_PROXYABLE", ready(container.get<any>("client")));
    const constant = new Client();
    container
      .bind("constant")
      .toDynamicValue(() => constant)
      .inScope(pooledScope({ maxSize: 2, destroy, logger: quiet }));
    const proxy = container.get<Client>("constant");
    await using _ = await lease(proxy);
    await rejected("CREATE_FAILED", lease(proxy));
    expect(ended).to.eql([]);
  });

  it("a failure of its end is a warning, and the refusal is what the caller gets", async () => {
    for (const destroy of [
      () => {
        throw new Error("would not go");
      },
      () => Promise.reject(new Error("would not go")),
    ]) {
      const container = new ScopedContainer();
      container.bind<any>("client").toDynamicValue(callable).inSharedScope({ destroy });
      const proxy = container.get<any>("client");
      const warnings = await warningsDuring(() => rejected("NOT_PROXYABLE", ready(proxy)));
      expect(warnings.map(({ message, code }) => [message, code])).to.eql([
        ["client could not be ended when it was refused: Error: would not go", "UNRECEIVED_ERROR"],
      ]);
      expect(warnings[0]!.cause).to.have.property("message", "would not go");
    }
  });
});
