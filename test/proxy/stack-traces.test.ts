import { expect } from "chai";
import {
  perAsyncContextScope,
  pooledScope,
  runInContext,
  scopedProxy,
  setFactory,
  setInstance,
  sharedScope,
} from "inversify-scopes";

/** The frames below the one that asks, as V8 names them. */
function framesBelow(): string[] {
  return new Error().stack!.split("\n").slice(3);
}

/** Methods of each kind of result, which have forwarders of their own kind. */
class Service {
  frames: string[] = [];
  plain(a: number): number {
    this.frames = framesBelow();
    return a + 1;
  }
  fluent(): this {
    this.frames = framesBelow();
    return this;
  }
  computed(a: number, b: number): unknown {
    this.frames = framesBelow();
    return [a, b];
  }
  async promised(): Promise<void> {
    this.frames = framesBelow();
  }
  get read(): number {
    this.frames = framesBelow();
    return 1;
  }
  set written(_: number) {
    this.frames = framesBelow();
  }
}

const touches: Record<string, (x: Service) => unknown> = {
  "a method of arithmetic": (x) => x.plain(1),
  "with more arguments than it declares": (x) => Reflect.apply(x.plain, x, [1, 2, 3]),
  "a method that returns its own instance": (x) => x.fluent(),
  "a method of two parameters": (x) => x.computed(1, 2),
  "an async method": (x) => x.promised(),
  "an accessor that is read": (x) => x.read,
  "an accessor that is written": (x) => (x.written = 2),
};

describe("a proxy is one frame of a stack trace, also where a call makes the instance", () => {
  for (const [scopeName, scope] of Object.entries({
    sharedScope,
    perAsyncContextScope,
    pooled: () => pooledScope(1),
  })) {
    for (const [name, touch] of Object.entries(touches)) {
      it(`${name} (${scopeName})`, async () => {
        const proxy = scopedProxy<Service>("Service", { shape: Service });
        if (scope === undefined) setInstance(proxy, new Service());
        else setFactory(proxy, () => new Service(), scope());
        await runInContext(() => {
          const framesOfProxy = (): string[] => {
            void touch(proxy);
            return proxy.frames.slice(
              0,
              proxy.frames.findIndex((frame) => frame.includes("stack-traces.test")),
            );
          };
          const first = framesOfProxy();
          // What is no call is looked up by name the first time.
          if (!name.startsWith("an accessor")) expect(first).to.have.length(1);
          expect(framesOfProxy()).to.have.length(1);
        });
      });
    }
  }
});
