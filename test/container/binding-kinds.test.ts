import "reflect-metadata";
import { expect } from "chai";
import { inject, injectable, injectFromBase, multiInject, named, optional } from "inversify";
import {
  contextValue,
  isScopedProxy,
  perAsyncContextScope,
  runInContext,
  ScopedContainer,
  sharedScope,
  unwrap,
} from "inversify-scopes";
import { thrown } from "../support/errors.js";

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

  time(): number {
    return this.clock.now();
  }
}

/** How a service may be bound before its scope is said. */
const kinds = {
  to: (container: ScopedContainer) => container.bind<Counter>("counter").to(Counter),
  toDynamicValue: (container: ScopedContainer) =>
    container.bind<Counter>("counter").toDynamicValue((context) => new Counter(context.get(Clock))),
  toResolvedValue: (container: ScopedContainer) =>
    container.bind<Counter>("counter").toResolvedValue((clock: Clock) => new Counter(clock), [Clock]),
};

describe("what can be bound in a scope", () => {
  for (const [kind, bind] of Object.entries(kinds)) {
    describe(kind, () => {
      function setUp(): { readonly container: ScopedContainer; readonly get: () => Counter } {
        const container = new ScopedContainer();
        container.bind(Clock).toSelf().inSingletonScope();
        return { container, get: () => container.get<Counter>("counter") };
      }

      it("inSharedScope: one instance, made at first use", () => {
        const { container, get } = setUp();
        bind(container).inSharedScope();
        const before = Counter.made;
        const counter = get();
        expect(Counter.made).to.equal(before);
        expect(counter.time()).to.equal(42);
        expect(get().n).to.equal(counter.n);
        expect(Counter.made).to.equal(before + 1);
      });

      it("inPerAsyncContextScope: one instance in each context", async () => {
        const { container, get } = setUp();
        bind(container).inPerAsyncContextScope();
        const counter = get();
        thrown("NO_CONTEXT", () => counter.time());
        const [first, second] = await Promise.all([
          runInContext(async () => [counter.n, counter.n]),
          runInContext(async () => [counter.n, counter.n]),
        ]);
        expect(first[0]).to.equal(first[1]);
        expect(second[0]).to.equal(second[1]);
        expect(first[0]).to.not.equal(second[0]);
      });

      it("inPooledScope: instances go from context to context", async () => {
        const { container, get } = setUp();
        bind(container).inPooledScope(1);
        const counter = get();
        const first = await runInContext(() => counter.n);
        const second = await runInContext(() => counter.n);
        expect(second).to.equal(first);
      });

      it("inPooledScope takes options", async () => {
        const { container, get } = setUp();
        bind(container).inPooledScope({ maxSize: 1, maxUses: 1 });
        const counter = get();
        const first = await runInContext(() => counter.n);
        const second = await runInContext(() => counter.n);
        expect(second).to.not.equal(first);
      });

      it("inScope takes a scope, or the name of one", async () => {
        for (const scope of [sharedScope(), "shared"] as const) {
          const { container, get } = setUp();
          bind(container).inScope(scope);
          expect(get().n).to.equal(get().n);
        }
        for (const scope of [perAsyncContextScope(), "per-async-context"] as const) {
          const { container, get } = setUp();
          bind(container).inScope(scope);
          thrown("NO_CONTEXT", () => get().n);
        }
      });

      it("gives one proxy, always the same", () => {
        const { container, get } = setUp();
        bind(container).inSharedScope();
        expect(isScopedProxy(get())).to.equal(true);
        expect(get()).to.equal(get());
      });
    });
  }

  it("toSelf shows the class", () => {
    const container = new ScopedContainer();
    container.bind(Clock).toSelf().inPerAsyncContextScope();
    const clock = container.get(Clock);
    expect(clock).to.be.instanceOf(Clock);
    expect(clock.now).to.be.a("function");
  });
});

describe("a function that has no prototype", () => {
  const bound: typeof Clock = Clock.bind(undefined);

  it("makes instances of a class that is not known", async () => {
    const container = new ScopedContainer();
    container.bind<Clock>("clock").to(bound).inPerAsyncContextScope();
    container.bind(bound).toSelf().inSharedScope();
    expect(await runInContext(() => container.get<Clock>("clock").now())).to.equal(42);
    expect(unwrap(container.get(bound))).to.be.instanceOf(Clock);
  });

  it("identifies a service", async () => {
    const container = new ScopedContainer();
    const none = Object.assign(() => {}, { prototype: null }) as never;
    for (const identifier of [none, bound]) {
      container
        .bind<Clock>(identifier)
        .toDynamicValue(() => new Clock())
        .inPerAsyncContextScope();
      expect(await runInContext(() => container.get<Clock>(identifier).now())).to.equal(42);
      container.rebind<Clock>(identifier).toContextValue();
      const values = [contextValue(container.get<Clock>(identifier), new Clock())];
      expect(await runInContext({ values }, () => container.get<Clock>(identifier).now())).to.equal(42);
    }
  });

  it("is no constructor: CREATE_FAILED says so", () => {
    const container = new ScopedContainer();
    container
      .bind("clock")
      .to((() => {}) as never)
      .inSharedScope();
    expect(thrown("CREATE_FAILED", () => container.get<Clock>("clock").now()).message).to.include("not a constructor");
  });
});

describe("where a scoped service is injected", () => {
  @injectable()
  class Base {
    @inject(Clock) readonly inBase!: Clock;
  }

  @injectable()
  @injectFromBase({ extendProperties: true })
  class Consumer extends Base {
    @inject(Clock) readonly field!: Clock;
    @inject("missing") @optional() readonly missing: unknown;

    constructor(
      @inject(Clock) readonly parameter: Clock,
      @multiInject(Clock) readonly all: Clock[],
      @inject("clock") @named("alias") readonly alias: Clock,
    ) {
      super();
    }
  }

  function consumer(): Consumer {
    const container = new ScopedContainer();
    container.bind(Clock).toSelf().inPerAsyncContextScope();
    container.bind("clock").toService(Clock);
    container.bind(Consumer).toSelf().inSingletonScope();
    return container.get(Consumer);
  }

  it("on constructor parameters, on fields, in inherited fields, in arrays and through aliases it is the same proxy", () => {
    const { parameter, field, inBase, all, alias } = consumer();
    expect(isScopedProxy(parameter)).to.equal(true);
    expect(field).to.equal(parameter);
    expect(inBase).to.equal(parameter);
    expect(all).to.have.length(1);
    expect(all[0]).to.equal(parameter);
    expect(alias).to.equal(parameter);
  });

  it("leaves optional injections optional", () => {
    expect(consumer().missing).to.equal(undefined);
  });

  it("injects into scoped targets too: constructor parameters, own and inherited fields", async () => {
    const container = new ScopedContainer();
    container.bind(Clock).toSelf().inSharedScope();
    container.bind("clock").toService(Clock);
    container.bind(Consumer).toSelf().inPerAsyncContextScope();
    const proxy = container.get(Consumer);
    await runInContext(() => {
      const { parameter, field, inBase } = unwrap(proxy);
      for (const clock of [parameter, field, inBase]) expect(clock).to.equal(container.get(Clock));
    });
  });
});

describe("a scoped class of which only fields are injected", () => {
  @injectable()
  class WithField {
    @inject("name") readonly name!: string;
  }

  it("gets them each time", async () => {
    const container = new ScopedContainer();
    container.bind("name").toConstantValue("Ada");
    container.bind(WithField).toSelf().inPerAsyncContextScope();
    for (const _ of [1, 2]) expect(await runInContext(() => container.get(WithField).name)).to.equal("Ada");
  });
});

describe("several bindings of one service", () => {
  it("are all there with getAll, each with a proxy of its own", () => {
    const container = new ScopedContainer();
    container
      .bind("n")
      .toDynamicValue(() => ({ n: 1 }))
      .inSharedScope();
    container
      .bind("n")
      .toDynamicValue(() => ({ n: 2 }))
      .inSharedScope();
    container.bind("n").toConstantValue({ n: 3 });
    const all = container.getAll<{ n: number }>("n");
    expect(all.map(({ n }) => n)).to.eql([1, 2, 3]);
    expect(all.map(isScopedProxy)).to.eql([true, true, false]);
  });

  it("are told apart by names and tags", () => {
    const container = new ScopedContainer();
    container
      .bind("n")
      .toDynamicValue(() => ({ n: 1 }))
      .inSharedScope()
      .whenNamed("one");
    container
      .bind("n")
      .toDynamicValue(() => ({ n: 2 }))
      .inSharedScope()
      .whenTagged("size", 2);
    container
      .bind("n")
      .toDynamicValue(() => ({ n: 3 }))
      .inSharedScope()
      .whenDefault();
    expect(container.get<{ n: number }>("n", { name: "one" }).n).to.equal(1);
    expect(container.get<{ n: number }>("n", { tag: { key: "size", value: 2 } }).n).to.equal(2);
    expect(container.get<{ n: number }>("n").n).to.equal(3);
    expect(container.isBound("n", { name: "two" })).to.equal(false);
  });
});
