import "reflect-metadata";
import { expect } from "chai";
import { Container, type ContainerOptions, inject, injectable } from "inversify";
import {
  isScopedProxy,
  perAsyncContext,
  runInContext,
  ScopedContainer,
  ScopesPlugin,
  shared,
  unwrap,
} from "inversify-scopes";
import { turn } from "../support/gate.js";

@injectable()
class Clock {
  now(): number {
    return 42;
  }
}

@injectable()
class Counter {
  static made = 0;
  readonly n = ++Counter.made;
  constructor(@inject(Clock) readonly clock: Clock) {}
}

describe("containers' options", () => {
  const all: ContainerOptions[] = [
    { defaultScope: "Singleton" },
    { defaultScope: "Request" },
    { jitless: false },
    { jitless: false, defaultScope: "Singleton" },
    { autobind: true },
  ];
  for (const options of all) {
    it(`${JSON.stringify(options)}: each context has an instance of its own, a shared one is one`, async () => {
      const container = new ScopedContainer(options);
      container.bind(Clock).toSelf();
      container.bind(Counter).toSelf().inPerAsyncContextScope();
      container.bind("shared").to(Counter).inSharedScope();
      const counter = container.get(Counter);
      const numbers = new Set<number>();
      for (let i = 0; i < 3; i++) {
        await runInContext(() => {
          expect(counter.clock.now()).to.equal(42);
          numbers.add(counter.n);
        });
      }
      expect(numbers.size).to.equal(3);
      expect(container.get<Counter>("shared").n).to.equal(container.get<Counter>("shared").n);
    });
  }

  it("a class that says its own stock scope has an instance for each context all the same", async () => {
    @injectable("Singleton")
    class Stock {}
    const container = new ScopedContainer();
    container.bind(Stock).toSelf().inPerAsyncContextScope();
    const one = await runInContext(() => unwrap(container.get(Stock)));
    const two = await runInContext(() => unwrap(container.get(Stock)));
    expect(one).to.not.equal(two);
  });

  describe("autobind", () => {
    function warnings(): { readonly texts: string[]; stop(): void } {
      const texts: string[] = [];
      const note = ({ message }: Error): void => void texts.push(message);
      process.on("warning", note);
      return { texts, stop: () => process.off("warning", note) };
    }

    it("makes scoped targets' dependencies", async () => {
      const container = new ScopedContainer({ autobind: true });
      container.bind(Counter).toSelf().inSharedScope();
      expect(container.get(Counter).clock.now()).to.equal(42);
    });

    it("ignores class scopes: says so by a process warning when it plans, once for a class", async () => {
      @shared()
      class Settings {}
      @injectable()
      class Client {
        constructor(@inject(Settings) readonly settings: Settings) {}
      }
      const { texts, stop } = warnings();
      const container = new ScopedContainer({ autobind: true });
      const { settings } = container.get(Client);
      container.get(Settings);
      new ScopedContainer({ autobind: true }).get(Settings);
      await turn();
      stop();
      expect(isScopedProxy(settings)).to.equal(false);
      expect(texts).to.have.length(1);
      expect(texts[0]).to.contain("Settings").and.contain("shared").and.contain("container.bind(Settings).toSelf()");
    });

    it("as do bindings from before the plugin", async () => {
      @perAsyncContext()
      @injectable()
      class User {}
      const { texts, stop } = warnings();
      const container = new Container();
      container.bind(User).toSelf();
      container.register(ScopesPlugin);
      container.get(User);
      await turn();
      stop();
      expect(texts.join()).to.contain("User");
    });

    it("a decorated class that is bound in a stock scope on purpose is no reason to warn, also after a restore", async () => {
      @shared()
      class Settings {}
      const { texts, stop } = warnings();
      const container = new ScopedContainer({ autobind: true });
      container.bind(Settings).toSelf().inSingletonScope();
      container.bind("named").to(Settings).inTransientScope().whenNamed("x");
      container.get(Settings);
      container.snapshot();
      container.restore();
      container.get(Settings);
      container.get("named", { name: "x" });
      await turn();
      stop();
      expect(texts).to.eql([]);
    });
  });
});
