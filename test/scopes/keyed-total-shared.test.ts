import { AsyncLocalStorage } from "node:async_hooks";

import { expect } from "chai";
import {
  currentKey,
  keyedScope,
  lease,
  ready,
  release,
  runInContext,
  sharedScope,
  type Source,
} from "inversify-scopes";

import { VirtualClock } from "../support/clock.js";
import { rejected, thrown } from "../support/errors.js";
import { gate, settle, turn } from "../support/gate.js";
import { serviceOf } from "../support/services.js";

const tenant = new AsyncLocalStorage<string>();

class Cache {
  constructor(readonly key: string) {}
  async get(until?: Promise<void>): Promise<string> {
    await until;
    return this.key;
  }
  name(): string {
    return this.key;
  }
}

interface How {
  readonly create?: (key: string) => Cache | Promise<Cache>;
  readonly destroy?: (cache: Cache) => unknown;
}

function fixture(maxTotal: number, { create = (key) => new Cache(key), destroy = () => {} }: How = {}) {
  const log: string[] = [];
  const all = { live: 0 };
  const clock = new VirtualClock();
  const make = (): Cache | Promise<Cache> => {
    const key = currentKey()!;
    log.push(`+${key}`);
    expect(++all.live).to.be.at.most(maxTotal);
    const failed = (error: unknown): never => {
      all.live--;
      throw error;
    };
    try {
      const made = create(key);
      return made instanceof Promise ? made.catch(failed) : made;
    } catch (error) {
      return failed(error);
    }
  };
  const scope = sharedScope<Cache>({
    destroy: (cache) => {
      log.push(`-${cache.key}`);
      const ended = destroy(cache);
      if (ended instanceof Promise) return ended.then(() => all.live--);
      return all.live--;
    },
  });
  let source!: Source;
  const keyed = keyedScope({ key: () => tenant.getStore()!, scope, maxTotal, clock, idleTimeoutMs: 1000 });
  const cache = serviceOf(Cache, make, { ...keyed, open: (service) => (source = keyed.open(service)) });
  const as = <R>(key: string, fn: () => R | Promise<R>): Promise<R> =>
    tenant.run(key, () => runInContext({ name: `context of ${key}` }, fn));
  /** A context with a key that waits for its instance and keeps it until it is told. */
  const hold = (key: string) => {
    const { promise, open } = gate();
    const over = as(key, async () => {
      await cache.get();
      log.push(key);
      await promise;
    });
    return { over, end: open };
  };
  return { cache, clock, log, as, hold, close: () => source.close() };
}

describe("maxTotal of a keyedScope of shared instances", () => {
  it("the one that nobody has used for longest makes room, also for a touch that cannot wait", async () => {
    const { cache, log, as } = fixture(2);
    for (const key of ["a", "b", "a", "c", "a"]) await as(key, () => expect(cache.name()).to.equal(key));
    expect(log).to.eql(["+a", "+b", "-b", "+c"]);
  });

  it("what an open context has touched stays: who cannot wait is refused, who can is served first come first", async () => {
    const { cache, log, as, hold } = fixture(1);
    const a = hold("a");
    await settle();
    await as("b", () => {
      expect(thrown("POOL_EXHAUSTED", () => cache.name()).service).to.equal("Cache of b");
    });
    const [b, c, b2] = [hold("b"), hold("c"), hold("b")];
    await settle();
    expect(log).to.eql(["+a", "a"]);
    a.end();
    await a.over;
    await settle();
    expect(log.slice(2)).to.eql(["-a", "+b", "b", "b"]);
    b.end();
    await b.over;
    await settle();
    expect(log.length).to.equal(6);
    b2.end();
    await b2.over;
    await settle();
    expect(log.slice(6)).to.eql(["-b", "+c", "c"]);
    c.end();
    await c.over;
  });

  it("nor does one go that a call uses without a context, or that is leased", async () => {
    const { cache, log, as, hold } = fixture(1);
    const { promise, open } = gate();
    const running = tenant.run("a", () => cache.get(promise));
    const b = hold("b");
    await settle();
    expect(log).to.eql(["+a"]);
    open();
    await running;
    await settle();
    expect(log).to.eql(["+a", "-a", "+b", "b"]);
    b.end();
    await b.over;
    const held = await tenant.run("c", () => lease(cache));
    const d = hold("d");
    await settle();
    expect(log.at(-1)).to.equal("+c");
    await held.release();
    await settle();
    expect(log.at(-1)).to.equal("d");
    d.end();
    await d.over;
    await as("d", async () => {
      await ready(cache);
      await release(cache);
      expect(log.at(-1)).to.equal("d");
    });
  });

  it("a slot is free when the instance has ended", async () => {
    const end = gate();
    const { cache, log, hold, as } = fixture(1, { destroy: () => end.promise });
    await as("a", () => cache.name());
    const b = hold("b");
    await settle();
    expect(log).to.eql(["+a", "-a"]);
    await as("c", () => thrown("POOL_EXHAUSTED", () => cache.name()));
    end.open();
    await settle();
    expect(log.at(-1)).to.equal("b");
    b.end();
    await b.over;
  });

  it("or has failed to", async () => {
    for (const fail of [() => expect.fail("stuck"), () => Promise.reject(new Error("stuck"))]) {
      const clock = new VirtualClock();
      const scope = sharedScope({ destroy: fail });
      const keyed = keyedScope({ key: () => tenant.getStore()!, scope, maxTotal: 1, clock });
      const cache = serviceOf(Cache, () => new Cache(currentKey()!), keyed);
      for (const key of ["a", "b"]) {
        await tenant.run(key, () => runInContext(async () => expect(await cache.get()).to.equal(key)));
      }
      await turn();
    }
  });

  it("one that cannot be made gives its slot back, whether at once or later", async () => {
    for (const fail of [() => expect.fail("no"), () => Promise.reject(new Error("no"))]) {
      const { cache, log, hold, as } = fixture(1, { create: (key) => (key === "a" ? fail() : new Cache(key)) });
      await as("a", () => rejected("CREATE_FAILED", cache.get()));
      const b = hold("b");
      await settle();
      expect(log.at(-1)).to.equal("b");
      const a = rejected("CREATE_FAILED", hold("a").over);
      b.end();
      await b.over;
      await a;
    }
  });

  it("one that fails at once, when there is room for it, passes the room on to the next", async () => {
    const { cache, log, hold, as } = fixture(1, {
      create: (key) => (key === "b" ? expect.fail("no") : new Cache(key)),
    });
    const a = hold("a");
    await settle();
    const failed = [1, 2].map(() =>
      rejected(
        "CREATE_FAILED",
        as("b", () => cache.get()),
      ),
    );
    const c = hold("c");
    await settle();
    a.end();
    await Promise.all([a.over, ...failed]);
    await settle();
    expect(log.slice(2)).to.eql(["-a", "+b", "+b", "+c", "c"]);
    c.end();
    await c.over;
  });

  it("and those who wait for the same key are served in their turn, within the limit", async () => {
    let fails = true;
    const create = (key: string): Cache => {
      if (key === "b" && fails) expect.fail(`no${String((fails = false))}`);
      return new Cache(key);
    };
    const { cache, log, hold, as } = fixture(1, { create });
    const a = hold("a");
    await settle();
    const failed = rejected(
      "CREATE_FAILED",
      as("b", () => cache.get()),
    );
    const [c, b] = [hold("c"), hold("b")];
    await settle();
    a.end();
    await Promise.all([a.over, failed]);
    await settle();
    expect(log.slice(2)).to.eql(["-a", "+b", "+c", "c"]);
    c.end();
    await c.over;
    await settle();
    expect(log.slice(6)).to.eql(["-c", "+b", "b"]);
    b.end();
    await b.over;
  });

  it("one that is made asynchronously takes its slot meanwhile, and is waited for", async () => {
    const made = gate<Cache>();
    const { cache, log, hold, as } = fixture(1, { create: (key) => (key === "a" ? made.promise : new Cache(key)) });
    const a = hold("a");
    const b = hold("b");
    await as("a", () => thrown("NOT_READY", () => cache.name()));
    await settle();
    expect(log).to.eql(["+a"]);
    made.open(new Cache("a"));
    await settle();
    expect(log).to.eql(["+a", "a"]);
    a.end();
    await a.over;
    await settle();
    expect(log.at(-1)).to.equal("b");
    b.end();
    await b.over;
  });

  it("one whose caller is gone when it is there makes room for those who wait", async () => {
    const made = gate<Cache>();
    const { cache, log, hold, as } = fixture(1, { create: (key) => (key === "a" ? made.promise : new Cache(key)) });
    await as("a", () => void thrown("NOT_READY", () => cache.name()));
    const b = hold("b");
    await settle();
    expect(log).to.eql(["+a"]);
    made.open(new Cache("a"));
    await settle();
    expect(log).to.eql(["+a", "-a", "+b", "b"]);
    b.end();
    await b.over;
  });

  it("one that fails when the binding is gone already gives nothing back twice", async () => {
    const made = gate<Cache>();
    const { cache, close } = fixture(1, { create: () => made.promise });
    const waiting = rejected(
      "UNBOUND",
      tenant.run("a", () => cache.get()),
    );
    await close();
    await waiting;
    made.fail(new Error("no"));
    await settle();
  });

  it("who waits outlasts the idle time-out, and is told when the binding goes", async () => {
    const { cache, clock, hold, close } = fixture(1);
    const a = hold("a");
    const b = rejected(
      "UNBOUND",
      tenant.run("b", () => cache.get()),
    );
    await settle();
    await clock.advance(3000);
    await close();
    await b;
    a.end();
    await a.over;
    expect(clock.timers).to.equal(0);
  });

  describe("contexts that hold all there is and wait for another key's", () => {
    const waitFor = async (cache: Cache, key: string): Promise<void> =>
      tenant.run(key, async () => void (await cache.get()));

    it("one that waits for itself: POOL_DEADLOCK, which says what to do", async () => {
      const { cache, as } = fixture(1);
      await as("a", async () => {
        await cache.get();
        const error = await rejected("POOL_DEADLOCK", waitFor(cache, "b"));
        expect(error.message).to.include(
          "context of a would wait for ever for Cache of b: context of a waits for Cache of b",
        );
        expect(error.message).to.include("maxTotal");
        expect(error.holders!.map(({ holder }) => holder)).to.eql(["context of a"]);
        expect(cache.name()).to.equal("a");
      });
      await as("b", () => waitFor(cache, "b"));
    });

    it("several in a circle: the last to wait is refused, and the others go on", async () => {
      const { cache, as } = fixture(2);
      const [first, second] = [gate(), gate()];
      const log: string[] = [];
      const a = as("a", async () => {
        await cache.get();
        first.open();
        await second.promise;
        await waitFor(cache, "c");
        log.push("a got c");
      });
      const b = as("b", async () => {
        await first.promise;
        await cache.get();
        second.open();
        await settle();
        await rejected("POOL_DEADLOCK", waitFor(cache, "d"));
        log.push("b was refused");
      });
      await Promise.all([a, b]);
      expect(log).to.eql(["b was refused", "a got c"]);
    });

    it("a context that runs may end: no deadlock, and none when it has taken what another waits to be freed", async () => {
      const { cache, log, as, hold } = fixture(1);
      const a = hold("a");
      await settle();
      let waiting: Promise<void> | undefined;
      const b = as("a", async () => {
        waiting = waitFor(cache, "b");
        await settle();
        // Now it keeps itself what it waits for.
        const refused = rejected("POOL_DEADLOCK", waiting);
        await cache.get();
        await refused;
      });
      await b;
      a.end();
      await a.over;
      expect(log).to.eql(["+a", "a"]);
    });

    it("one of several users that waits is enough: the instance stays as long as any of them", async () => {
      const { cache, as, hold } = fixture(1);
      const runs = hold("a");
      await as("a", async () => {
        await cache.get();
        await rejected("POOL_DEADLOCK", waitFor(cache, "b"));
      });
      runs.end();
      await runs.over;
    });

    it("a lease that a context has taken does not keep the instance after it", async () => {
      const { cache, log, as, hold } = fixture(1);
      const a = hold("a");
      await settle();
      const b = as("b", async () => {
        const leased = lease(cache).then((held) => held.release());
        await waitFor(cache, "c");
        await leased;
      });
      a.end();
      await Promise.all([a.over, b]);
      expect(log.slice(2)).to.eql(["-a", "+b", "-b", "+c"]);
    });

    it("a touch that was refused counts as soon as others have the instance made", async () => {
      const { cache, as, hold } = fixture(1);
      const a = hold("a");
      await settle();
      const other = hold("b");
      const b = as("b", async () => {
        thrown("POOL_EXHAUSTED", () => cache.name());
        await rejected("POOL_DEADLOCK", waitFor(cache, "c"));
      });
      a.end();
      await Promise.all([a.over, b]);
      other.end();
      await other.over;
    });

    it("who gave up waiting is in no circle, and is given nothing", async () => {
      const { cache, log, as } = fixture(1);
      const stop = new AbortController();
      const reason = new Error("enough");
      const end = gate();
      const a = as("a", async () => {
        await cache.get();
        await end.promise;
      });
      await settle();
      const given = tenant.run("b", () =>
        runInContext({ signal: stop.signal }, async () => {
          const waiting = cache.get();
          stop.abort(reason);
          expect(await waiting.catch((error: unknown) => error)).to.equal(reason);
        }),
      );
      await given;
      end.open();
      await a;
      await settle();
      expect(log).to.eql(["+a"]);
    });

    it("a context that ends first names what it waited for, once", async () => {
      const { cache, hold } = fixture(1);
      const a = hold("a");
      await settle();
      let waiting: Promise<string> | undefined;
      await tenant.run("b", () => runInContext({ name: "hasty" }, () => void (waiting = cache.get())));
      expect((await rejected("CONTEXT_ENDED", waiting!)).message).to.match(
        /^hasty ended while it still waited for Cache\. /,
      );
      a.end();
      await a.over;
    });

    it("a lease, or a call without a context, ends by itself: no deadlock", async () => {
      const { cache, log, as } = fixture(1);
      const held = await tenant.run("a", () => lease(cache));
      const b = as("b", () => waitFor(cache, "b"));
      await settle();
      await held.release();
      await b;
      expect(log).to.eql(["+a", "-a", "+b"]);
    });

    it("a touch that cannot wait is told who holds them", async () => {
      const { cache, clock, as, hold } = fixture(1);
      const a = hold("a");
      await settle();
      await clock.advance(20);
      await as("b", () => {
        const { message, holders } = thrown("POOL_EXHAUSTED", () => cache.name());
        expect(message).to.include("held by context of a (for 20 ms)");
        expect(holders).to.eql([{ holder: "context of a", heldMs: 20 }]);
      });
      a.end();
      await a.over;
    });
  });
});
