import { AsyncLocalStorage } from "node:async_hooks";
import { expect } from "chai";
import {
  type BindingOptions,
  pooledScope,
  perAsyncContextScope,
  runInContext,
  type Scope,
  scopedProxy,
  setFactory,
  sharedScope,
} from "inversify-scopes";
import { rejected, thrown } from "../support/errors.js";
import { Thing } from "../support/things.js";

const scopes: Record<string, () => Scope> = {
  shared: () => sharedScope(),
  "per async context": () => perAsyncContextScope(),
  pooled: () => pooledScope(2),
};

/** Counts how often the factory is asked. */
function counting(scope: Scope, make: () => Thing | Promise<Thing>, options: BindingOptions<Thing> = {}) {
  const asked = { times: 0 };
  const thing = scopedProxy<Thing>("thing", { shape: Thing, ...options });
  const factory = (): Thing | Promise<Thing> => {
    asked.times++;
    return make();
  };
  setFactory(thing, factory, scope);
  return { thing, asked };
}

describe("a first touch asks for an instance once, whatever comes of it", () => {
  for (const [name, scope] of Object.entries(scopes)) {
    describe(name, () => {
      it("made at once: the call goes on with it", async () => {
        const { thing, asked } = counting(scope(), () => new Thing("one"));
        await runInContext(async () => {
          expect(thing.hello()).to.equal("hello from one");
          expect(await thing.later("now")).to.equal("now from one");
        });
        expect(asked.times).to.equal(1);
      });

      it("made later: what cannot wait throws, and what can joins the one that is being made", async () => {
        const { thing, asked } = counting(scope(), async () => new Thing("one"));
        await runInContext(async () => {
          thrown("NOT_READY", () => thing.hello());
          expect(asked.times).to.equal(1);
          expect(await thing.later("soon")).to.equal("soon from one");
          expect(thing.hello()).to.equal("hello from one");
        });
        expect(asked.times).to.equal(1);
      });

      it("not made: one error for one attempt, thrown, or rejected where the call could have waited", async () => {
        const { thing, asked } = counting(scope(), () => {
          throw new Error("no");
        });
        await runInContext(async () => {
          thrown("CREATE_FAILED", () => thing.hello());
          expect(asked.times).to.equal(1);
          await rejected("CREATE_FAILED", thing.later());
          expect(asked.times).to.equal(2);
          // The error of one call is not that of the next.
          thrown("CREATE_FAILED", () => thing.name);
          expect(asked.times).to.equal(3);
        });
      });
    });
  }

  it("a factory that itself touches what it makes, and gets over it, leaves nothing for the next call", async () => {
    const { thing, asked } = counting(perAsyncContextScope(), () => {
      thrown("SCOPE_CYCLE", () => thing.hello());
      return new Thing("one");
    });
    await runInContext(() => expect(thing.hello()).to.equal("hello from one"));
    expect(asked.times).to.equal(1);
  });

  it("what a factory made that puts another source in its own place is not what a later call gets", async () => {
    const { thing } = counting(perAsyncContextScope(), () => {
      setFactory(thing, () => new Thing("second"), pooledScope({ maxSize: 1, concurrency: "serialize" }));
      return new Thing("first");
    });
    let say: (() => unknown) | undefined;
    await runInContext(() => {
      expect(thing.hello(), "the call goes to whoever is there after it").to.equal("hello from second");
      setFactory(thing, () => Object.assign(new Thing("third"), { say: () => "third" }), perAsyncContextScope());
      ({ say } = thing as unknown as Record<string, () => unknown>); // no class shows it
    });
    await runInContext(() => expect(say!()).to.equal("third"));
  });

  it("what a factory enters in another storage comes out of the first one as of all others", async () => {
    const log = new AsyncLocalStorage<string>();
    const { thing } = counting(perAsyncContextScope(), () => {
      log.enterWith("by the factory");
      return new Thing("one");
    });
    for (let request = 0; request < 2; request++) {
      await runInContext(() => {
        thing.hello();
        expect(log.getStore(), `request ${request}`).to.equal("by the factory");
      });
      log.disable();
    }
  });

  it("a context that waits at its end for calls is told of the first one too", async () => {
    const { thing } = counting(perAsyncContextScope(), () => new Thing("one"));
    let seen: string | undefined;
    await runInContext({ graceMs: 1000 }, () => {
      void thing.later("late").then((text) => (seen = text));
    });
    expect(seen).to.equal("late from one");
  });
});
