import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { expect } from "chai";
import { bindToContext, currentContext, runInContext } from "inversify-scopes";
import { thrown } from "../support/errors.js";
import { perContext } from "../support/things.js";

describe("bindToContext", () => {
  it("a listener called from elsewhere runs in the context in which it was bound (scenario 21)", async () => {
    const thing = perContext("thing");
    const emitter = new EventEmitter();
    await runInContext({ name: "A" }, async () => {
      const mine = thing.which();
      const seen: unknown[] = [];
      emitter.on(
        "event",
        bindToContext(() => seen.push(currentContext()?.name, thing.which())),
      );
      await runInContext({ name: "B" }, () => emitter.emit("event"));
      expect(seen).to.eql(["A", mine]);
    });
  });

  it("unbound and called from outside, NO_CONTEXT says so (scenario 21)", () => {
    const thing = perContext("thing");
    const emitter = new EventEmitter();
    void runInContext(() => emitter.on("event", () => thing.hello()));
    const error = thrown("NO_CONTEXT", () => emitter.emit("event"));
    expect(error.message).to.include("bindToContext").and.include("thing.hello");
  });

  it("hands on this, the arguments, the result and what is thrown", async () => {
    const receiver = { factor: 2 };
    const bound = await runInContext(() =>
      bindToContext(function (this: typeof receiver, a: number, b: number) {
        if (a < 0) throw new RangeError("negative");
        return this.factor * (a + b);
      }),
    );
    expect(bound.call(receiver, 1, 2)).to.equal(6);
    expect(() => bound.call(receiver, -1, 2)).to.throw(RangeError, "negative");
  });

  it("keeps the length, by which emitters and routers tell what they call", () => {
    expect(bindToContext((_a: unknown, _b: unknown) => {})).to.have.length(2);
  });

  it("restores every AsyncLocalStorage, as Node's own bind does", async () => {
    const other = new AsyncLocalStorage<string>();
    const bound = other.run("theirs", () => bindToContext(() => other.getStore()));
    expect(bound()).to.equal("theirs");
    expect(other.run("later", bound)).to.equal("theirs");
  });

  it("bound where no context is, it runs in none", async () => {
    const bound = bindToContext(currentContext);
    expect(await runInContext(() => bound())).to.equal(undefined);
  });

  it("after the end of its context a touch through it is CONTEXT_ENDED (law 6)", async () => {
    const thing = perContext("thing");
    const bound = await runInContext({ name: "over" }, () => {
      thing.hello();
      return bindToContext(() => [currentContext()?.state, thing.hello()]);
    });
    const error = thrown("CONTEXT_ENDED", bound);
    expect(error).to.include({ context: "over", service: "thing" });
  });

  it("refuses what is no function", () => {
    expect(thrown("INVALID_OPTION", () => bindToContext("fn" as never)).message).to.equal(
      'bindToContext: fn is "fn", but must be a function.',
    );
  });
});
