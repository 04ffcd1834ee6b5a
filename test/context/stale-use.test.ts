import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { expect } from "chai";
import {
  bindToContext,
  currentContext,
  hasInstance,
  lease,
  pooledScope,
  ready,
  runInContext,
  scopedProxy,
  setFactory,
  unwrap,
} from "inversify-scopes";
import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate } from "../support/gate.js";
import { perContext, Thing } from "../support/things.js";

/** Ways in which work outlives the context that began it. */
const ways: Record<string, (open: Promise<void>, use: () => void) => void> = {
  "a promise that nobody awaited": (open, use) => void open.then(use),
  setTimeout: (open, use) => void open.then(() => setTimeout(use, 0)),
  setImmediate: (open, use) => void open.then(() => setImmediate(use)),
  queueMicrotask: (open, use) => void open.then(() => queueMicrotask(use)),
  "process.nextTick": (open, use) => void open.then(() => process.nextTick(use)),
  "util.promisify": (open, use) => void open.then(() => promisify(setImmediate)()).then(use),
  "a thenable": (open, use) => void open.then(() => ({ then: (resolve: () => void) => resolve() })).then(use),
  "an interval": (open, use) => {
    let isOpen = false;
    void open.then(() => (isOpen = true));
    const timer = setInterval(() => {
      if (!isOpen) return;
      clearInterval(timer);
      use();
    }, 1);
  },
  "a stream": (open, use) => {
    const stream = new Readable({
      read() {
        void open.then(() => this.push(null));
      },
    });
    stream.on("end", use);
    stream.resume();
  },
  "a bound listener": (open, use) => {
    const emitter = new EventEmitter();
    emitter.on("event", bindToContext(use));
    void open.then(() => emitter.emit("event"));
  },
  "events.once": (open, use) => {
    const emitter = new EventEmitter();
    void once(emitter, "event").then(use);
    void open.then(() => emitter.emit("event"));
  },
};

function pooledThing(): { proxy: Thing; made: () => number } {
  let count = 0;
  const proxy = scopedProxy<Thing>("pooled thing", { shape: Thing });
  setFactory(proxy, () => new Thing(`number ${++count}`), pooledScope(2));
  return { proxy, made: () => count };
}

describe("a stale use is never served and never makes anything anew (law 6)", () => {
  for (const [way, begin] of Object.entries(ways)) {
    it(`through ${way} (scenarios 32, 33) (law 6)`, async () => {
      let made = 0;
      const thing = scopedProxy<Thing>("the thing", { shape: Thing });
      setFactory(thing, () => (made++, new Thing()), "per-async-context");
      const { proxy: pooled } = pooledThing();
      const over = gate();
      const done = gate<unknown[]>();
      await runInContext({ name: "the request" }, () => {
        thing.hello();
        pooled.hello();
        begin(over.promise, () => {
          const outcome = [thing, pooled].flatMap((proxy) =>
            [
              () => proxy.hello(),
              () => proxy.later(),
              () => proxy.text,
              () => {
                proxy.text = "x";
              },
              () => unwrap(proxy),
            ].map(async (use) => {
              try {
                await use();
                return "served";
              } catch (error) {
                return error;
              }
            }),
          );
          void Promise.all(outcome).then(done.open);
        });
      });
      over.open();
      const outcome = await done.promise;
      expect(outcome.map((error) => (error as { code?: string }).code)).to.eql(Array(10).fill("CONTEXT_ENDED"));
      expect(made).to.equal(1);
    });
  }

  it("the error names service, member, context and when it ended, and points to detach (law 11)", async () => {
    const thing = perContext("the thing");
    const stale = await runInContext({ name: "the request" }, () => bindToContext(() => thing.hello()));
    const error = thrown("CONTEXT_ENDED", stale);
    expect(error).to.include({ service: "the thing", context: "the request" });
    const [, ago] = /^the thing\.hello .*the end of the request \(begun (\d+) ms ago\).*detach/.exec(error.message)!;
    expect(Number(ago)).to.be.below(60_000);
  });

  it("ready, hasInstance and lease in an ended context (law 6)", async () => {
    const thing = perContext("thing");
    const { proxy: pooled } = pooledThing();
    const run = await runInContext(() => {
      thing.hello();
      return bindToContext((fn: () => unknown) => fn());
    });
    expect(run(() => hasInstance(thing))).to.equal(false);
    expect(run(() => currentContext()?.state)).to.equal("ended");
    await rejected("CONTEXT_ENDED", run(() => ready(thing)) as Promise<void>);
    const { message } = await rejected("CONTEXT_ENDED", run(() => ready(pooled)) as Promise<void>);
    expect(message).to.match(/^pooled thing was used after the end of /);
    // An explicit lease needs no context, so an ended one is no hindrance.
    const own = (await run(() => lease(pooled))) as Awaited<ReturnType<typeof lease<Thing>>>;
    expect(own.value.hello()).to.equal("hello from number 1");
    await own.release();
  });

  it("a pooled instance that another context has taken over is never reached by the first (law 6)", async () => {
    const { proxy, made } = pooledThing();
    const stale = await runInContext(() => {
      proxy.text = "of the first";
      return bindToContext(() => proxy.text);
    });
    await runInContext(() => {
      proxy.text = "of the second";
      expect(made(), "the same instance").to.equal(1);
      thrown("CONTEXT_ENDED", stale);
    });
  });

  it("a method read before the end is stale after it (law 6)", async () => {
    const thing = perContext("thing");
    const stale = await runInContext(() => {
      const { hello } = thing;
      hello();
      return bindToContext(() => hello());
    });
    thrown("CONTEXT_ENDED", stale);
  });

  it("outside any context it is NO_CONTEXT, naming service and member (scenario 29) (law 6)", async () => {
    const thing = perContext("the thing");
    for (const use of [
      (): unknown => thing.hello(),
      (): unknown => unwrap(thing),
      (): unknown => (thing.text = "for everybody"),
    ]) {
      const error = thrown("NO_CONTEXT", use);
      expect(error).to.include({ service: "the thing" });
      expect(error.message).to.include("runInContext");
    }
    await runInContext(() => expect(thing.text).to.equal(""));
    expect(hasInstance(thing)).to.equal(false);
    expect((await rejected("NO_CONTEXT", thing.later())).message).to.include("the thing.later");
    expect(await reasonOf(ready(thing))).to.include({ code: "NO_CONTEXT" });
  });
});
