import { expect } from "chai";
import {
  currentContext,
  detach,
  pooledScope,
  poolOf,
  type PooledOptions,
  release,
  runInContext,
  scopedProxy,
  setFactory,
  unwrap,
} from "inversify-scopes";
import { rejected, reasonOf } from "../support/errors.js";
import { type Gate, gate, turn } from "../support/gate.js";
import { collected } from "../support/gc.js";
import { unhandledDuring } from "../support/warnings.js";

class Conn {
  busy = 0;
  constructor(readonly n: number) {}

  /** A call that runs until the test opens its gate. */
  async work(until: Gate<unknown>): Promise<unknown> {
    this.busy++;
    try {
      return await until.promise;
    } finally {
      this.busy--;
    }
  }
  /** Not native `async`: only its result tells that it goes on. */
  send(until: Gate<unknown>): Promise<unknown> {
    return this.work(until);
  }
  async callsOfOthers(): Promise<number> {
    return this.busy;
  }
  which(): number {
    return this.n;
  }
}

function bound(options: Partial<PooledOptions<Conn>> = {}): Conn {
  const conn = scopedProxy<Conn>("Conn", { shape: Conn });
  setFactory(conn, (n) => new Conn(n), pooledScope<Conn>({ maxSize: 1, ...options }));
  return conn;
}

/** What the next context meets, after `first` has let a call go on; the call is over before it is served. */
async function metByTheNext(conn: Conn, first: (until: Gate<unknown>) => Promise<unknown>): Promise<number> {
  const until = gate<unknown>();
  await first(until).catch(() => {});
  expect(poolOf(conn).stats()).to.include({ draining: 1, leased: 0, idle: 0, size: 1 });
  const next = runInContext({ name: "next" }, () => conn.callsOfOthers());
  await turn();
  expect(poolOf(conn).stats().waiting, "the next one waits").to.equal(1);
  until.open("done");
  const met = await next;
  expect(poolOf(conn).stats()).to.include({ draining: 0, idle: 1 });
  return met;
}

describe("a call that outlives its lease keeps the instance out of the pool (law 13)", () => {
  const waysToLeave: Readonly<Record<string, (conn: Conn, until: Gate<unknown>) => Promise<unknown>>> = {
    "a call that nobody awaits": (conn, until) => runInContext(() => void conn.work(until)),
    "one that is no native async method": (conn, until) => runInContext(() => void conn.send(until)),
    "a sibling of what fails in Promise.all": (conn, until) =>
      runInContext(() => Promise.all([conn.work(until), Promise.reject(new Error("no"))])),
    "the loser of Promise.race": (conn, until) => runInContext(() => Promise.race([conn.work(until), turn()])),
    "a body that its signal ends": (conn, until) => {
      const abort = new AbortController();
      return runInContext({ signal: abort.signal }, async () => {
        const aborted = new Promise((_, reject) => {
          abort.signal.addEventListener("abort", () => reject(new Error("aborted")));
        });
        const call = conn.work(until);
        abort.abort();
        await Promise.race([call, aborted]);
      });
    },
    "a graceMs that is too short": (conn, until) => runInContext({ graceMs: 1 }, () => void conn.work(until)),
    "release(proxy)": (conn, until) =>
      runInContext(async () => {
        void conn.work(until);
        await release(conn);
      }),
    "a child context": (conn, until) =>
      runInContext(() => runInContext({ name: "child" }, () => void conn.work(until))),
    "a detached context": (conn, until) => detach(() => void conn.work(until)),
  };
  for (const concurrency of ["allow", "serialize", "throw"] as const) {
    for (const [name, leave] of Object.entries(waysToLeave)) {
      it(`${name}, concurrency "${concurrency}"`, async () => {
        const conn = bound({ concurrency });
        expect(await metByTheNext(conn, (until) => leave(conn, until))).to.equal(0);
      });
    }
  }

  it("two calls: until both have settled, also if one fails", async () => {
    const conn = bound();
    const [first, second] = [gate<unknown>(), gate<unknown>()];
    await runInContext(() => {
      void conn.work(first).catch(() => {});
      void conn.send(second);
    });
    first.fail(new Error("no"));
    await turn();
    expect(poolOf(conn).stats().draining).to.equal(1);
    second.open(undefined);
    await turn();
    expect(poolOf(conn).stats().idle).to.equal(1);
  });

  it("nothing drains where everything was awaited: the instance is back when the context ends", async () => {
    const conn = bound();
    const until = gate<unknown>();
    until.open("at once");
    await runInContext(async () => {
      expect(await conn.work(until)).to.equal("at once");
      await reasonOf(conn.work({ ...until, promise: Promise.reject(new Error("no")) }));
    });
    expect(poolOf(conn).stats()).to.include({ draining: 0, idle: 1 });
    await runInContext(() => expect(conn.which()).to.equal(0));
  });

  it("the context's end does not wait for it; the next touch in the same context takes another instance", async () => {
    const conn = bound({ maxSize: 2 });
    const until = gate<unknown>();
    await runInContext(async () => {
      const call = conn.work(until);
      await release(conn);
      expect(conn.which()).to.equal(1);
      until.open("of the first");
      expect(await call).to.equal("of the first");
    });
    expect(poolOf(conn).stats()).to.include({ draining: 0, idle: 2 });
  });

  it("is no deadlock: who waits for a draining instance of its own gets it", async () => {
    const conn = bound();
    const until = gate<unknown>();
    await runInContext(async () => {
      void conn.work(until);
      await release(conn);
      const again = conn.callsOfOthers();
      await turn();
      until.open(undefined);
      expect(await again).to.equal(0);
    });
  });

  it("release with discard destroys it at once", async () => {
    const conn = bound();
    await runInContext(async () => {
      void conn.work(gate<unknown>());
      await release(conn, { discard: true });
    });
    expect(poolOf(conn).stats()).to.include({ draining: 0, size: 0 });
  });

  it("hooks and checks come after it: what it did is reset before the next one sees the instance", async () => {
    const order: string[] = [];
    const conn = bound({
      onRelease: ({ busy }) => void order.push(`reset with ${busy} running`),
      checkOn: ["release"],
      healthCheck: ({ busy }) => void order.push(`check with ${busy} running`),
    });
    await metByTheNext(conn, (until) => runInContext(() => void conn.work(until)));
    expect(order.slice(0, 2)).to.eql(["reset with 0 running", "check with 0 running"]);
  });

  it("an instance that is to go is destroyed after its last call", async () => {
    const ended: number[] = [];
    const conn = bound({ destroy: ({ busy }) => void ended.push(busy) });
    const until = gate<unknown>();
    await runInContext(() => void conn.work(until));
    poolOf(conn).recycle();
    expect(ended).to.eql([]);
    until.open(undefined);
    await turn();
    expect(ended).to.eql([0]);
    expect(poolOf(conn).stats().destroyed.recycled).to.equal(1);
  });
});

describe("what the caller gets of a followed call", () => {
  it("the result and the very error", async () => {
    const conn = bound();
    const error = new Error("no");
    const [good, bad] = [gate<unknown>(), gate<unknown>()];
    good.open("rows");
    bad.fail(error);
    await runInContext(async () => {
      expect(await conn.work(good)).to.equal("rows");
      expect(await reasonOf(conn.work(bad))).to.equal(error);
    });
  });

  it("a rejection that nobody handles is told once, as without a proxy", async () => {
    const conn = bound();
    const error = new Error("nobody awaits me");
    const reasons = await unhandledDuring(() =>
      runInContext(() => {
        const until = gate<unknown>();
        void conn.work(until);
        until.fail(error);
      }),
    );
    expect(reasons).to.eql([error]);
  });

  it("a promise that carries more than its result comes out itself, and is followed all the same", async () => {
    class Shell {
      run(until: Promise<void>): Promise<void> & { readonly child: string } {
        return Object.assign(
          until.then(() => {}),
          { child: "process 1" },
        );
      }
    }
    const shell = scopedProxy<Shell>("Shell", { shape: Shell });
    setFactory(shell, () => new Shell(), pooledScope(1));
    const [until, failing] = [gate(), gate()];
    await runInContext(() => {
      expect(shell.run(until.promise).child).to.equal("process 1");
      shell.run(failing.promise).catch(() => {});
    });
    expect(poolOf(shell).stats().draining).to.equal(1);
    until.open();
    await turn();
    failing.fail(new Error("no"));
    await turn();
    expect(poolOf(shell).stats().idle).to.equal(1);
  });

  it("a promise of a class of its own comes out itself, and is followed all the same", async () => {
    class Ticket<T> extends Promise<T> {}
    class Desk {
      async open(): Promise<void> {}
      ask(until: Promise<void>): Ticket<void> {
        return Ticket.resolve(until.then(() => {}));
      }
    }
    const desk = scopedProxy<Desk>("Desk", { shape: Desk });
    setFactory(desk, () => new Desk(), pooledScope(1));
    const until = gate();
    await runInContext(async () => {
      await desk.open();
      expect(desk.ask(until.promise)).to.be.instanceOf(Ticket);
    });
    // What has settled before is not named.
    expect(poolOf(desk).stats().instances[0]).to.include({ state: "draining", call: "ask" });
    until.open();
    for (let i = 0; i < 3; i++) await turn();
    expect(poolOf(desk).stats().idle).to.equal(1);
  });

  it("the asynchronous stack of an error still names who awaited the call", async () => {
    class Failing {
      async query(): Promise<never> {
        await turn();
        throw new Error("no such table");
      }
    }
    const failing = scopedProxy<Failing>("Failing", { shape: Failing });
    setFactory(failing, () => new Failing(), pooledScope(1));
    const theHandler = async (): Promise<void> => {
      await failing.query();
    };
    const error = (await reasonOf(runInContext(theHandler))) as Error;
    expect(error.stack).to.match(/at async theHandler/);
  });
});

describe("a method that gives its own instance back", () => {
  it("has no lease any more that could be kept for it; its result comes out as it is", async () => {
    class Self {
      async leave(): Promise<string> {
        void release(self);
        return "left";
      }
    }
    const self = scopedProxy<Self>("Self", { shape: Self });
    setFactory(self, () => new Self(), pooledScope(1));
    await runInContext(async () => expect(await self.leave()).to.equal("left"));
    expect(poolOf(self).stats()).to.include({ idle: 1, draining: 0 });
  });
});

describe("what was in use and is used no more", () => {
  it("keeps neither the context alive that held it, nor what its calls returned", async () => {
    const conn = bound();
    const seen: WeakRef<object>[] = [];
    const leave = async (awaited: boolean): Promise<void> => {
      const until = gate<unknown>();
      await runInContext({ name: "passes" }, async () => {
        seen.push(new WeakRef(currentContext()!));
        const call = conn.work(until);
        if (awaited) until.open(undefined);
        if (awaited) await call;
      });
      until.open(undefined);
    };
    await leave(true);
    await leave(false);
    await collected(() => seen.every((ref) => ref.deref() === undefined));
  });
});

describe("a draining instance is named", () => {
  it("in stats(), in POOL_TIMEOUT with the call, in POOL_EXHAUSTED", async () => {
    const conn = bound({ acquireTimeoutMs: 1 });
    const until = gate<unknown>();
    await runInContext({ name: "GET /orders" }, () => {
      void conn.work(until);
      void conn.send(until);
    });
    const [instance] = poolOf(conn).stats().instances;
    expect(instance).to.include({ state: "draining", holder: "GET /orders", call: "work, send" });
    const late = await rejected(
      "POOL_TIMEOUT",
      runInContext(() => conn.callsOfOthers()),
    );
    expect(late.message)
      .to.match(/1 draining of 1/)
      .and.match(/GET \/orders for \d+ ms \(draining: work, send\)/);
    expect(late.holders).to.have.length(1);
    expect(late.holders![0]).to.include({ holder: "GET /orders", call: "work, send" });
    const now = await rejected(
      "POOL_EXHAUSTED",
      runInContext(() => conn.which()),
    );
    expect(now.message).to.include("GET /orders");
    until.open(undefined);
    await turn();
    await runInContext(() => expect(unwrap(conn).busy).to.equal(0));
  });
});
