import { expect } from "chai";
import { lease, ready, runInContext, ScopeError } from "inversify-scopes";

import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { serviceOf } from "../support/services.js";
import { warningsOf } from "../support/warnings.js";

class User {
  greet(): string {
    return "hello";
  }
  async load(): Promise<string> {
    return "loaded";
  }
}

const SCOPE = "per-async-context";
const DOWN = new Error("down");

describe("per-async-context: a factory that fails", () => {
  it("synchronously: the touch throws CREATE_FAILED with the cause, and the next touch tries again", async () => {
    let calls = 0;
    const user = serviceOf(
      User,
      () => {
        if (calls++ === 0) throw DOWN;
        return new User();
      },
      SCOPE,
    );
    await runInContext(() => {
      const error = thrown("CREATE_FAILED", () => user.greet());
      expect(error.cause).to.equal(DOWN);
      expect(error.message).to.include("User could not be made: Error: down");
      expect(user.greet()).to.equal("hello");
    });
  });

  it("synchronously in a deferrable call: nothing is left behind", async () => {
    const user = serviceOf(
      User,
      () => {
        throw DOWN;
      },
      SCOPE,
    );
    await runInContext(() => rejected("CREATE_FAILED", user.load()));
  });

  it("asynchronously: everyone who waits gets the same error, no warning tells it again, the next touch tries again", async () => {
    let calls = 0;
    const user = serviceOf(User, async () => (calls++ === 0 ? Promise.reject(DOWN) : new User()), SCOPE);
    const warnings = await warningsOf(() =>
      runInContext(async () => {
        const [first, second] = await Promise.all([reasonOf(user.load()), reasonOf(ready(user))]);
        expect(first).to.be.instanceOf(ScopeError).with.property("cause", DOWN);
        expect(second).to.equal(first);
        expect(await user.load()).to.equal("loaded");
      }),
    );
    expect(warnings).to.deep.equal([]);
  });

  it("begun by a synchronous touch: the error reaches whoever waits meanwhile", async () => {
    const made = gate<User>();
    const user = serviceOf(User, () => made.promise, SCOPE);
    await runInContext(async () => {
      thrown("NOT_READY", () => user.greet());
      const waiting = user.load();
      made.fail(DOWN);
      expect((await rejected("CREATE_FAILED", waiting)).cause).to.equal(DOWN);
    });
  });

  it("begun by a synchronous touch, and nobody waits: a process warning tells it, naming service and context", async () => {
    const user = serviceOf(User, () => Promise.reject(DOWN), SCOPE);
    const warnings = await warningsOf(() =>
      runInContext({ name: "GET /" }, async () => {
        thrown("NOT_READY", () => user.greet());
        await turn();
      }),
    );
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include("User could not be made in GET /").and.include("down");
  });

  it("after its context has ended: whoever waited was told of the end, and nothing is unhandled", async () => {
    const made = gate<User>();
    const user = serviceOf(User, () => made.promise, SCOPE);
    let waiting!: Promise<unknown>;
    await runInContext(() => void (waiting = reasonOf(user.load())));
    expect(await waiting).to.have.property("code", "CONTEXT_ENDED");
    const warnings = await warningsOf(() => made.fail(DOWN));
    expect(warnings).to.deep.equal([]);
  });

  for (const [what, made, text] of [
    ["null", null, "null"],
    ["a primitive", 7, "a primitive (number)"],
    ["a function", () => 1, "a function"],
    ["an array", [], "an array"],
    ["a thenable in an object", { then: 1 }, undefined],
  ] as const) {
    it(`${what}: ${text === undefined ? "is fine if then is no function" : "NOT_PROXYABLE, as it is"}`, async () => {
      const user = serviceOf(User, async () => made as unknown as User, SCOPE);
      await runInContext(async () => {
        if (text === undefined) await ready(user);
        else expect((await rejected("NOT_PROXYABLE", ready(user))).message).to.include(text);
      });
    });
  }

  it("a failing lease rejects with CREATE_FAILED", async () => {
    const user = serviceOf(User, () => Promise.reject(DOWN), SCOPE);
    expect((await rejected("CREATE_FAILED", lease(user))).cause).to.equal(DOWN);
  });

  it("with something that is no Error: told as text", async () => {
    const user = serviceOf(
      User,
      () => {
        throw "just text";
      },
      SCOPE,
    );
    await runInContext(() => expect(thrown("CREATE_FAILED", () => user.greet()).message).to.include("just text"));
  });
});
