import "reflect-metadata";

import { inspect } from "node:util";
import { createContext, runInContext as runInRealm } from "node:vm";

import { expect } from "chai";
import { ready, runInContext, ScopedContainer, scopedProxy, setFactory } from "inversify-scopes";

import { Pool } from "inversify-scopes/pool";

import { rejected, thrown } from "../support/errors.js";
import { warningsDuring } from "../support/warnings.js";

class Secret {
  password = "hunter2";
  token = "hunter2";
}

const throwing = (): never => {
  throw new Error("hunter2");
};

/** Whatever may be thrown, and what is shown of it. */
const things: Record<string, [thrown: () => unknown, shown: string]> = {
  "an error": [() => Object.assign(new TypeError("down"), new Secret()), "TypeError: down"],
  "an error without a message": [() => new AggregateError([new Error("hunter2")]), "AggregateError"],
  "an error of another realm": [() => runInRealm("new TypeError('down')", createContext()), "TypeError: down"],
  "an error with a long message": [() => new Error("x".repeat(5_000)), `Error: ${"x".repeat(999)}…`],
  "an error with a cause": [() => new Error("down", { cause: new Secret() }), "Error: down"],
  "a text": [() => "just text", '"just text"'],
  "a number": [() => 7, "7"],
  "a symbol": [() => Symbol("s"), "Symbol(s)"],
  nothing: [() => undefined, "undefined"],
  "an object": [() => ({ password: "hunter2" }), "an object"],
  "an object without a prototype": [() => Object.assign(Object.create(null), new Secret()), "an object"],
  "an instance": [() => new Secret(), "an instance of Secret"],
  "a map": [() => new Map([["password", "hunter2"]]), "an instance of Map"],
  "a function": [() => Object.assign(() => "hunter2", { password: "hunter2" }), "a function"],
  "a class": [() => Secret, "the function Secret"],
  "a class with a strange name": [
    () =>
      class {
        static name = { password: "hunter2" };
      },
    "a function",
  ],
  "an array": [() => [new Secret(), ["hunter2"]], "[an instance of Secret, an array]"],
  "a long array": [
    () => Array.from({ length: 20 }, (_, i) => i),
    `[${Array.from({ length: 16 }, (_, i) => i).join(", ")}, …]`,
  ],
  "an object that shows itself": [
    () => ({ [inspect.custom]: () => "hunter2", toString: () => "hunter2" }),
    "an object",
  ],
  "an object whose constructor throws": [
    () => Object.defineProperty({}, "constructor", { get: throwing }),
    "an object",
  ],
  "an error whose message throws": [
    () => Object.defineProperty(new Error("down"), "message", { get: throwing }),
    "something that cannot be shown",
  ],
  "an error whose message is an object": [
    () => Object.assign(new Error("down"), { message: new Secret() }),
    "something that cannot be shown",
  ],
  "an error whose name is an object": [
    () => Object.assign(new Error("down"), { name: { toString: () => "hunter2" } }),
    "something that cannot be shown",
  ],
  "a proxy that resists": [
    () => new Proxy({}, { get: throwing, getPrototypeOf: throwing, has: throwing }),
    "something that cannot be shown",
  ],
  "a function that resists": [() => new Proxy(() => {}, { get: throwing }), "something that cannot be shown"],
  "a revoked draft": [
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
    "something that cannot be shown",
  ],
};

describe("what users' objects hold is never printed (law 11)", () => {
  for (const [name, [make, shown]] of Object.entries(things)) {
    it(`${name}, thrown by a factory`, () => {
      const cause = make();
      // Not by a container: inversify itself looks at what a factory throws.
      const db = scopedProxy<any>("db");
      setFactory(db, () => {
        throw cause;
      });
      const error = thrown("CREATE_FAILED", () => db.x);
      expect(error.message).to.equal(`db could not be made: ${shown}`);
      expect(error.cause === cause, "the cause carries the rest").to.equal(true);
    });
  }

  it("in warnings: the error itself is the warning's cause, for a listener", async () => {
    const cause = Object.assign(new Error("down"), new Secret());
    const container = new ScopedContainer();
    container
      .bind<any>("db")
      .toDynamicValue(() => Promise.reject(cause))
      .inPerAsyncContextScope();
    const [warning] = await warningsDuring(() =>
      runInContext({ name: "GET /" }, async () => {
        thrown("NOT_READY", () => container.get<any>("db").x);
        await new Promise((resolve) => setImmediate(resolve));
      }),
    );
    expect(warning).to.include({ name: "ScopesWarning", code: "UNRECEIVED_ERROR", cause });
    expect(warning!.message).to.equal("db could not be made in GET /: Error: down");
    expect(`${warning!.stack}`).to.not.include("hunter2");
  });

  it("in a pool's warnings, too", async () => {
    const cause = Object.assign(new Error("would not go"), new Secret());
    const pool = new Pool({ maxSize: 1, label: "pool", create: () => ({}), destroy: () => Promise.reject(cause) });
    const [warning] = await warningsDuring(async () => {
      const own = await pool.acquire();
      await own.discard();
    });
    expect(warning).to.include({ name: "PoolWarning", code: "POOL_DESTROY_FAILED", cause });
    expect(warning!.message).to.equal("pool: instance 0 (discarded) could not be destroyed: Error: would not go");
  });

  it("in options: only what they are", async () => {
    const secrets = [new Secret(), () => "hunter2", new Map([[1, "hunter2"]]), new Proxy([], { get: throwing })];
    for (const name of secrets) {
      const error = await rejected(
        "INVALID_OPTION",
        runInContext({ name } as object, () => {}),
      );
      expect(error.message).to.match(/^runInContext: name is (?:a|an|the|something) ?.*, but must be/);
      expect(error.message).to.not.include("hunter2");
    }
  });

  it("nor is a service that cannot be made ready by one", async () => {
    const container = new ScopedContainer();
    container
      .bind<any>("db")
      .toDynamicValue(() => Promise.reject(new Secret()))
      .inPooledScope(1);
    expect(
      (
        await rejected(
          "CREATE_FAILED",
          runInContext(() => ready(container.get<any>("db"))),
        )
      ).message,
    ).to.equal("db: create failed: an instance of Secret");
  });
});
