import { expect } from "chai";
import {
  selectSource,
  perAsyncContextScope,
  pooledScope,
  ready,
  release,
  runInContext,
  scopedProxy,
  type Service,
  setFactory,
  sharedScope,
  type Source,
} from "inversify-scopes";
import { reasonOf } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";
import { warningsDuring } from "../support/warnings.js";

class Worker {
  constructor(
    readonly work: () => Promise<string>,
    readonly log: string[] = [],
  ) {}
  async run(): Promise<string> {
    return this.work();
  }
  quick(): string {
    return "quick";
  }
}

function worker(work: () => Promise<string>, log: string[], scope: "context" | "pool" | "shared" = "context"): Worker {
  const proxy = scopedProxy<Worker>("worker", { shape: Worker });
  const destroy = (): void => void log.push("ended");
  const scopes = {
    context: () => perAsyncContextScope({ destroy }),
    pool: () => pooledScope({ maxSize: 1, onRelease: destroy }),
    shared: () => sharedScope(),
  };
  setFactory(proxy, () => new Worker(work, log), scopes[scope]());
  return proxy;
}

describe("graceMs: the end waits for calls that still run", () => {
  for (const scope of ["context", "pool"] as const) {
    it(`a call that nobody awaited is finished before its instance is ended (${scope}) (scenario 37)`, async () => {
      const log: string[] = [];
      const work = gate<string>();
      const service = worker(() => work.promise, log, scope);
      const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
      await turn(); // Mocha sets its own.
      const before = timers();
      const warnings = await warningsDuring(async () => {
        const running = runInContext({ graceMs: 60_000 }, () => {
          void service.run().then(() => log.push("finished"));
        }).then(() => log.push("over"));
        await turn();
        expect(log).to.eql([]);
        work.open("");
        await running;
      });
      expect(log).to.eql(["finished", "ended", "over"]);
      expect(warnings).to.eql([]);
      expect(timers(), "the grace does not hold the process").to.equal(before);
    });
  }

  it("waits also for a call whose instance was given back meanwhile", async () => {
    const log: string[] = [];
    const work = gate<string>();
    const service = worker(() => work.promise, log);
    let over = false;
    const running = runInContext({ graceMs: 60_000 }, async () => {
      void service.run();
      await release(service);
    }).then(() => (over = true));
    await turn();
    expect({ log, over }).to.eql({ log: ["ended"], over: false });
    work.open("");
    await running;
  });

  it("by default it neither waits nor warns", async () => {
    const log: string[] = [];
    const service = worker(() => new Promise(() => {}), log);
    const warnings = await warningsDuring(() => runInContext({ name: "the job" }, () => void service.run()));
    expect(log).to.eql(["ended"]);
    expect(warnings).to.eql([]);
  });

  it("waits also for the calls that follow the first one", async () => {
    const log: string[] = [];
    const steps = [gate<string>(), gate<string>(), gate<string>()];
    let step = 0;
    const service = worker(() => steps[step++]!.promise, log);
    const running = runInContext({ graceMs: 60_000 }, () => {
      void (async () => {
        for (const _ of steps) log.push(await service.run());
      })();
    });
    for (const [i, each] of steps.entries()) {
      await turn();
      expect(log).to.have.length(i);
      each.open(`step ${i}`);
    }
    await running;
    expect(log).to.eql(["step 0", "step 1", "step 2", "ended"]);
  });

  it("waits for calls that fail, too, and leaves their rejection to the caller", async () => {
    const log: string[] = [];
    const work = gate<string>();
    const service = worker(() => work.promise, log);
    let call!: Promise<unknown>;
    const running = runInContext({ graceMs: 60_000 }, () => {
      call = reasonOf(service.run());
    });
    const error = new Error("call");
    work.fail(error);
    await running;
    expect(await call).to.equal(error);
    expect(log).to.eql(["ended"]);
  });

  it("does not wait where nothing was ever touched", async () => {
    expect(await runInContext({ graceMs: 60_000 }, () => "result")).to.equal("result");
  });

  it("does not wait without running calls, nor for calls on services that outlive the context", async () => {
    const log: string[] = [];
    const never = new Promise<string>(() => {});
    const shared = worker(() => never, log, "shared");
    shared.quick();
    const service = worker(() => never, log);
    await runInContext({ graceMs: 60_000 }, () => {
      service.quick();
      void shared.run();
    });
    expect(log).to.eql(["ended"]);
  });

  it("after graceMs it ends, and a warning tells which calls still run, and for how long (scenario 37)", async () => {
    const log: string[] = [];
    const service = worker(() => new Promise(() => {}), log);
    const warnings = await warningsDuring(() =>
      runInContext({ name: "the job", graceMs: 1 }, () => {
        void service.run();
        void service.run();
      }),
    );
    expect(log).to.eql(["ended"]);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include({ name: "ScopesWarning", code: "CALLS_STILL_RUNNING" });
    const [, took] = /the job.*graceMs 1: worker\.run \(for (\d+) ms\), worker\.run .*detach/.exec(
      warnings[0]!.message,
    )!;
    expect(Number(took)).to.be.below(60_000);
  });

  it("the warning comes for a failing body as well, whose error is what is thrown", async () => {
    const service = worker(() => new Promise(() => {}), []);
    const own = new Error("body");
    const warnings = await warningsDuring(async () => {
      const error = await reasonOf(
        runInContext({ graceMs: 1 }, () => {
          void service.run();
          throw own;
        }),
      );
      expect(error).to.equal(own);
    });
    expect(warnings).to.have.length(1);
  });

  it("a call after the first one's end, while grace lasts, can still take something new", async () => {
    const log: string[] = [];
    const work = gate<string>();
    const service = worker(() => work.promise, log);
    const other = worker(async () => "other", log);
    let second!: Promise<string>;
    const running = runInContext({ graceMs: 60_000 }, () => {
      second = service.run().then(() => other.run());
    });
    work.open("");
    await running;
    expect(await second).to.equal("other");
    expect(log).to.eql(["ended", "ended"]);
  });

  it("synchronous results, thenables and promises of a class of their own come out as they are", async () => {
    class Lazy extends Promise<string> {}
    const lazy = Lazy.resolve("lazy");
    const thenable = { then() {} };
    class Odd {
      sync(): string {
        return "sync";
      }
      lazy(): Promise<string> {
        return lazy;
      }
      thenable(): unknown {
        return thenable;
      }
    }
    const odd = scopedProxy<Odd>("odd", { shape: Odd });
    setFactory(odd, () => new Odd(), "per-async-context");
    await runInContext({ graceMs: 60_000 }, () => {
      expect(odd.sync()).to.equal("sync");
      expect(odd.lazy()).to.equal(lazy);
      expect(odd.thenable()).to.equal(thenable);
    });
  });

  it("a call that is waited for still hands out the proxy (law 9)", async () => {
    class Fluent {
      async self(): Promise<this> {
        return this;
      }
    }
    const fluent = scopedProxy<Fluent>("fluent", { shape: Fluent });
    setFactory(fluent, () => new Fluent(), "per-async-context");
    await runInContext({ graceMs: 60_000 }, async () => expect(await fluent.self()).to.equal(fluent));
  });

  for (const [name, inner, isWaitedFor] of [
    ["per-async-context", perAsyncContextScope(), true],
    ["pooled", pooledScope(1), true],
    ["shared", sharedScope(), false],
  ] as const) {
    for (const isLate of [false, true]) {
      const late = isLate ? ", made late" : "";
      it(`a call on an instance of a chosen scope counts as it does without the choice (${name}${late})`, async () => {
        const work = gate<string>();
        const open = (service: Service): Source => {
          const source = inner.open(service);
          return selectSource(service, { select: () => source, sources: () => [source] });
        };
        const service = scopedProxy<Worker>("worker", { shape: Worker });
        const make = (): Worker => new Worker(() => work.promise);
        setFactory(service, isLate ? async () => make() : make, { name: "chosen", open });
        let over = false;
        const running = runInContext({ graceMs: 60_000 }, async () => {
          const call = service.run();
          if (isLate) await ready(service);
          return { call };
        }).then(() => (over = true));
        await turn();
        expect(over).to.equal(!isWaitedFor);
        work.open("");
        await running;
      });
    }
  }

  it("calls on a service that is a function count", async () => {
    const work = gate<string>();
    const call = scopedProxy<() => Promise<string>>("call", { shape: Function });
    setFactory(call, () => () => work.promise, "per-async-context");
    let over = false;
    const running = runInContext({ graceMs: 60_000 }, () => {
      void call();
    }).then(() => (over = true));
    await turn();
    expect(over).to.equal(false);
    work.open("");
    await running;
  });

  it("a call of a service that is a function is told of as such", async () => {
    const call = scopedProxy<() => Promise<void>>("call", { shape: Function });
    setFactory(call, () => () => new Promise(() => {}), "per-async-context");
    const [warning] = await warningsDuring(() => runInContext({ graceMs: 1 }, () => void call()));
    expect(warning!.message).to.include("() (for ");
  });
});
