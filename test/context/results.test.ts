import { expect } from "chai";
import { currentContext, runInContext } from "inversify-scopes";
import { reasonOf } from "../support/errors.js";
import { turn } from "../support/gate.js";
import { perContext } from "../support/things.js";

describe("what a context's body gives back", () => {
  it("the value of a synchronous body, and of an asynchronous one", async () => {
    expect(await runInContext(() => 1)).to.equal(1);
    expect(await runInContext(async () => 2)).to.equal(2);
    expect(await runInContext(() => {})).to.equal(undefined);
    expect(await runInContext(() => null)).to.equal(null);
  });

  it("a body that throws synchronously rejects, and ends its context", async () => {
    const log: string[] = [];
    const thing = perContext("thing", { destroy: () => void log.push("ended") });
    const own = new Error("body");
    const error = await reasonOf(
      runInContext(() => {
        thing.hello();
        throw own;
      }),
    );
    expect(error).to.equal(own);
    expect(log).to.eql(["ended"]);
  });

  for (const isAsync of [true, false]) {
    it(`a lazy thenable does its work inside the context (${isAsync ? "" : "not "}async body)`, async () => {
      // Query builders send their query when they are awaited.
      const thing = perContext("thing");
      const query = {
        then(resolve: (value: unknown) => void, reject: (reason: unknown) => void) {
          try {
            resolve([currentContext()?.name, thing.hello()]);
          } catch (error) {
            reject(error);
          }
        },
      };
      const body = isAsync ? async () => query : () => query;
      expect(await runInContext({ name: "lazy" }, body as () => PromiseLike<unknown>)).to.eql([
        "lazy",
        "hello from thing",
      ]);
      expect((await runInContext(body as () => PromiseLike<unknown[]>))[1]).to.equal("hello from thing");
    });
  }

  it("the same for a promise of a class of its own", async () => {
    class Lazy<T> extends Promise<T> {
      override then: Promise<T>["then"] = (...args) =>
        Promise.resolve(currentContext()?.name as T).then(...(args as Parameters<Promise<T>["then"]>)) as never;
    }
    const lazy = new Lazy<string>(() => {});
    expect(await runInContext({ name: "lazy" }, () => lazy)).to.equal("lazy");
  });

  it("a result whose `then` cannot be read rejects, and the context ends", async () => {
    const own = new Error("getter");
    const log: string[] = [];
    const thing = perContext("thing", { destroy: () => void log.push("ended") });
    const error = await reasonOf(
      runInContext(() => {
        thing.hello();
        return {
          get then() {
            throw own;
          },
        };
      }),
    );
    expect(error).to.equal(own);
    expect(log).to.eql(["ended"]);
  });

  it("a thenable that fails rejects with its reason", async () => {
    const own = new Error("thenable");
    expect(
      await reasonOf(
        runInContext(() => ({ then: (_: unknown, reject: (reason: unknown) => void) => reject(own) }) as never),
      ),
    ).to.equal(own);
  });

  it("a proxy that a body returns comes out as itself, and nothing is taken (scenario 19)", async () => {
    const log: string[] = [];
    const thing = perContext("thing", { destroy: () => void log.push("ended") });
    expect(await runInContext(() => thing)).to.equal(thing);
    expect(await runInContext(async () => thing)).to.equal(thing);
    await turn();
    expect(log).to.eql([]);
  });
});
