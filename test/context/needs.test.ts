import { expect } from "chai";
import { hasInstance, pooledScope, ready, release, runInContext, scopedProxy, setFactory } from "inversify-scopes";
import { upwardHooks } from "../../src/base/upward-hooks.js";
import { runProgram } from "../support/child.js";
import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { perContext, perContextMade, Thing } from "../support/things.js";

function pooled(name: string, log: string[] = [], make: () => Promise<Thing> = async () => new Thing(name)): Thing {
  const proxy = scopedProxy<Thing>(name, { shape: Thing });
  setFactory(
    proxy,
    () => {
      log.push(name);
      return make();
    },
    pooledScope(1),
  );
  return proxy;
}

describe("needs: what is taken before the body runs", () => {
  it("makes synchronous members usable", async () => {
    const late = perContextMade("late", async () => new Thing("late"));
    await runInContext(() => thrown("NOT_READY", () => late.hello()));
    const result = await runInContext({ needs: [late] }, () => late.hello());
    expect(result).to.equal("hello from late");
  });

  it("the body runs when all of it is there, in the context", async () => {
    const arrival = gate<Thing>();
    const late = perContextMade("late", () => arrival.promise);
    const other = perContext("other");
    let ran = false;
    const running = runInContext({ needs: [late, other] }, () => {
      ran = true;
      return [hasInstance(late), hasInstance(other)];
    });
    await turn();
    expect(ran).to.equal(false);
    arrival.open(new Thing());
    expect(await running).to.eql([true, true]);
  });

  it("pools are taken in one order in the whole process, whatever the order of the array", async () => {
    const log: string[] = [];
    const first = pooled("first", log);
    const second = pooled("second", log);
    const perRequest = perContextMade("per request", async () => {
      log.push("per request");
      return new Thing();
    });
    for (const needs of [
      [first, second, perRequest],
      [perRequest, second, first],
      [second, perRequest, first],
    ]) {
      log.length = 0;
      await runInContext({ needs }, () =>
        Promise.all([first, second].map((proxy) => release(proxy, { discard: true }))),
      );
      expect(log, "pools first, in the order in which they were bound").to.eql(["first", "second", "per request"]);
    }
  });

  it("contexts with the same needs in opposite orders don't deadlock", async () => {
    const a = pooled("a");
    const b = pooled("b");
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        runInContext({ needs: i % 2 === 0 ? [a, b] : [b, a] }, async () => {
          await turn();
          return a.hello() + b.hello();
        }),
      ),
    );
    expect(results).to.have.length(20);
  });

  it("a failing need rejects; fn does not run; what was taken is ended", async () => {
    const log: string[] = [];
    const good = perContext("good", { destroy: () => void log.push("ended") });
    const cause = new Error("no luck");
    const bad = perContextMade("bad", () => Promise.reject(cause));
    let ran = false;
    const error = await rejected(
      "CREATE_FAILED",
      runInContext({ needs: [good, bad] }, () => (ran = true)),
    );
    expect(error.cause).to.equal(cause);
    expect(ran).to.equal(false);
    expect(log).to.eql(["ended"]);
  });

  it("an abort while needs are taken rejects with the reason", async () => {
    const abort = new AbortController();
    const never = perContextMade("never", () => new Promise<Thing>(() => {}));
    const running = reasonOf(runInContext({ needs: [never], signal: abort.signal }, () => "ran"));
    await turn();
    const reason = new Error("client left");
    abort.abort(reason);
    expect(await running).to.equal(reason);
  });

  it("with nested: 'reuse' they are taken in the context that is there", async () => {
    const late = perContextMade("late", async () => new Thing());
    await runInContext(async () => {
      const id = await runInContext({ nested: "reuse", needs: [late] }, () => late.which());
      expect(late.which()).to.equal(id);
    });
  });

  it("anything but injected proxies is INVALID_OPTION, before the context begins", async () => {
    const late = perContextMade("late", async () => new Thing("late"));
    let ran = false;
    const error = await rejected(
      "INVALID_OPTION",
      runInContext({ needs: [late, {}] }, () => (ran = true)),
    );
    expect(error.message).to.equal(
      "runInContext: needs[1] is an object, but must be an injected lazy proxy. Bind it in a scope, in a container " +
        "with the ScopesPlugin (see isScopedProxy).",
    );
    expect(ran).to.equal(false);
    await rejected(
      "INVALID_OPTION",
      runInContext({ needs: {} as never }, () => {}),
    );
    await runInContext({ needs: [] }, () => {});
  });

  it("and where no proxy was ever made there is none to be given", async () => {
    const { prepareNeeds } = upwardHooks;
    delete upwardHooks.prepareNeeds;
    try {
      await rejected(
        "INVALID_OPTION",
        runInContext({ needs: [{}] }, () => {}),
      );
    } finally {
      upwardHooks.prepareNeeds = prepareNeeds!;
    }
  });

  it("also in a program that has bundled no more of the library than it uses", async () => {
    // What a bundler leaves out is not loaded here either.
    const dist = new URL("../../src/", import.meta.url).href;
    const said = await runProgram(`
      import { runInContext } from "${dist}context/run.js";
      const { scopedProxy, setFactory } = await import("${dist}scopes/binding/late-binding.js");
      const late = scopedProxy("late");
      setFactory(late, async () => ({ hello: () => "hello" }), "per-async-context");
      console.log(await runInContext({ needs: [late] }, () => late.hello()));
    `);
    expect(said).to.equal("hello");
  });

  it("ready(…) does the same in the middle of a body, once or again", async () => {
    const late = perContextMade("late", async () => new Thing("late"));
    await runInContext(async () => {
      await ready();
      await ready(late, late);
      await ready(late);
      expect(late.hello()).to.equal("hello from late");
    });
    await rejected("NO_CONTEXT", ready(late));
  });
});
