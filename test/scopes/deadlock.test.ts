import { subscribe, unsubscribe } from "node:diagnostics_channel";

import { expect } from "chai";
import {
  bindToContext,
  detach,
  lease,
  pooledScope,
  ready,
  release,
  runInContext,
  scopedProxy,
  setFactory,
  use,
  poolOf,
} from "inversify-scopes";

import { Context } from "../../src/context/context.js";
import { current } from "../../src/context/run.js";
import type { Holder, Wait } from "../../src/pool/holder.js";
import { waitBegan, waitEnded } from "../../src/scopes/pooled/deadlock.js";
import { rejected } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";

class Connection {
  async query(): Promise<string> {
    return "rows";
  }
}

function pool(name: string, maxSize: number): Connection {
  const proxy = scopedProxy<Connection>(name, { shape: Connection });
  setFactory(proxy, () => new Connection(), pooledScope({ maxSize }));
  return proxy;
}

/** A context that stays open and does what it is told. */
class Actor {
  readonly end = gate();
  readonly done: Promise<void>;
  run!: <R>(fn: () => R) => R;

  constructor(
    readonly name: string,
    readonly parent?: Actor,
  ) {
    const begin = (): Promise<void> =>
      runInContext({ name }, async () => {
        this.run = bindToContext((fn: () => unknown) => fn()) as Actor["run"];
        await this.end.promise;
      });
    this.done = parent === undefined ? begin() : parent.run(begin);
  }
}

describe("POOL_DEADLOCK (scenario 18)", () => {
  it("a context that holds the only instance waits for a child that needs it (S55)", async () => {
    const db = pool("db", 1);
    await runInContext({ name: "parent" }, async () => {
      await db.query();
      await runInContext({ name: "child" }, async () => {
        const error = await rejected("POOL_DEADLOCK", db.query());
        expect(error.message).to.include("child would wait for ever for db");
        expect(error.message).to.include("child waits for db, held by parent");
        expect(error.message).to.include("parent waits for its child child");
        expect(error.holders?.map(({ holder }) => holder)).to.deep.equal(["parent"]);
      });
    });
  });

  it("two contexts that take two pools in opposite order: the last to wait is told", async () => {
    const [db, cache] = [pool("db", 1), pool("cache", 1)];
    const [a, b] = [new Actor("a"), new Actor("b")];
    await a.run(() => ready(db));
    await b.run(() => ready(cache));
    const first = a.run(() => ready(cache));
    const second = b.run(() => ready(db));
    const error = await rejected("POOL_DEADLOCK", second);
    expect(error.message).to.include("b waits for db, held by a; a waits for cache, held by b");
    b.end.open();
    await first;
    a.end.open();
    await Promise.all([a.done, b.done]);
  });

  it("a lease that is granted may close the circle: the last to wait is told", async () => {
    const [db, cache] = [pool("db", 1), pool("cache", 1)];
    const [a, b, c] = [new Actor("a"), new Actor("b"), new Actor("c")];
    await c.run(() => ready(db));
    await b.run(() => ready(cache));
    const aDb = a.run(() => ready(db));
    const aCache = a.run(() => ready(cache));
    const bDb = b.run(() => ready(db));
    aCache.catch(() => {});
    c.end.open();
    await aDb;
    const error = await rejected("POOL_DEADLOCK", bDb);
    expect(error.context).to.equal("b");
    b.end.open();
    await aCache;
    a.end.open();
    await Promise.all([a.done, b.done, c.done]);
  });

  it("a lease that is granted to a parent may close the circle through its child, which is told", async () => {
    const db = pool("db", 1);
    const [a, b] = [new Actor("a"), new Actor("b")];
    await a.run(() => ready(db));
    const child = new Actor("child", b);
    const granted = b.run(() => ready(db));
    const refused = child.run(() => ready(db));
    await a.run(() => release(db));
    await granted;
    expect((await rejected("POOL_DEADLOCK", refused)).context).to.equal("child");
    child.end.open();
    await child.done;
    for (const { end } of [a, b]) end.open();
    await Promise.all([a.done, b.done]);
  });

  it("of all that a context in the circle waits for, only what is in it too is told, by the shortest way", async () => {
    const [db, cache, queue, free] = [pool("db", 2), pool("cache", 1), pool("queue", 1), pool("free", 1)];
    const [a, b, c, runs] = [new Actor("a"), new Actor("b"), new Actor("c"), new Actor("runs")];
    const log = pool("log", 1);
    await runs.run(() => ready(free));
    await a.run(() => Promise.all([ready(cache), ready(queue)]));
    await b.run(() => ready(db));
    await c.run(() => Promise.all([ready(db), ready(log)]));
    const waiting = [
      b.run(() => ready(free)),
      b.run(() => ready(cache)),
      b.run(() => ready(log)),
      c.run(() => ready(queue)),
    ];
    const error = await rejected(
      "POOL_DEADLOCK",
      a.run(() => ready(db)),
    );
    expect(error.message).to.include(": a waits for db, held by b; b waits for cache, held by a. ");
    for (const { end } of [runs, a]) end.open();
    await waiting[3];
    c.end.open();
    await Promise.all(waiting);
    b.end.open();
    await Promise.all([a, b, c, runs].map(({ done }) => done));
  });

  it("nothing is kept of a wait that is over, nor in the contexts around it", async () => {
    const db = pool("db", 1);
    const holder = new Actor("holder");
    await holder.run(() => ready(db));
    const parent = new Actor("parent");
    const child = new Actor("child", parent);
    const waiting = child.run(() => ready(db));
    const notes = (): unknown[] => [parent, child].map(({ run }) => run(() => current()!.waits));
    expect(notes()).to.not.include(undefined);
    holder.end.open();
    await waiting;
    expect(notes()).to.deep.equal([undefined, undefined]);
    child.end.open();
    await child.done;
    parent.end.open();
    await Promise.all([parent.done, holder.done]);
  });

  it("is none while an explicit lease is out, which anybody may give back", async () => {
    const [db, cache] = [pool("db", 2), pool("cache", 1)];
    const held = await lease(db);
    const [a, b] = [new Actor("a"), new Actor("b")];
    await a.run(() => ready(db));
    await b.run(() => ready(cache));
    const first = a.run(() => ready(cache));
    const second = b.run(() => ready(db));
    await turn();
    await held.release();
    await second;
    b.end.open();
    await first;
    a.end.open();
    await Promise.all([a.done, b.done]);
  });

  it("is none for Promise.all of uses: those leases belong to no context", async () => {
    const [db, cache] = [pool("db", 1), pool("cache", 1)];
    await runInContext(async () => {
      const both = (first: Connection, second: Connection): Promise<string> =>
        use(first, async () => {
          await turn();
          return second === first ? "same" : "other";
        });
      expect(await Promise.all([both(db, cache), both(cache, db), both(db, db)])).to.have.length(3);
    });
  });

  it("is none for detached work, which nobody waits for", async () => {
    const db = pool("db", 1);
    let background!: Promise<string>;
    await runInContext(async () => {
      await db.query();
      background = detach(() => db.query());
      await turn();
    });
    expect(await background).to.equal("rows");
  });

  it("needs takes pools in one order, so that contexts with the same needs never deadlock", async () => {
    const [db, cache] = [pool("db", 1), pool("cache", 1)];
    const work = async (...needs: object[]): Promise<void> => runInContext({ needs }, turn);
    await Promise.all([work(db, cache), work(cache, db), work(db, cache), work(cache, db)]);
  });

  it("is over as soon as one gives way", async () => {
    const [db, cache] = [pool("db", 1), pool("cache", 1)];
    const [a, b] = [new Actor("a"), new Actor("b")];
    await a.run(() => ready(db));
    await b.run(() => ready(cache));
    const first = a.run(() => ready(cache));
    await rejected(
      "POOL_DEADLOCK",
      b.run(() => ready(db)),
    );
    await b.run(() => release(cache));
    await first;
    await a.run(() => release(db));
    await b.run(() => ready(db));
    a.end.open();
    b.end.open();
    await Promise.all([a.done, b.done]);
  });

  it("is told on the channel inversify-scopes:pool:deadlock", async () => {
    const events: unknown[] = [];
    const listener = (event: unknown): void => void events.push(event);
    subscribe("inversify-scopes:pool:deadlock", listener);
    const db = pool("db", 1);
    const child = (): Promise<string> => runInContext({ name: "child" }, () => db.query());
    const error = await rejected(
      "POOL_DEADLOCK",
      runInContext(() => db.query().then(child)),
    );
    unsubscribe("inversify-scopes:pool:deadlock", listener);
    expect(events).to.deep.equal([{ pool: "db", source: poolOf(db), context: "child", error }]);
  });

  it("where the first holder runs, nobody else is looked at, however many there are", () => {
    let looked = 0;
    const holderOf = (context: Context): Holder => ({ context }) as never;
    const waiter = new Context(undefined);
    const wait: Wait = {
      holder: holderOf(waiter),
      order: 1,
      reject: (error) => expect.fail(String(error)),
      pool: {
        label: "Db",
        event: { pool: "Db", source: {} },
        *blockers() {
          for (; looked < 10_000; looked++) yield holderOf(new Context(undefined));
        },
        deadlocked: (_, error) => expect.fail(error.message),
      },
    };
    waitBegan(waiter, wait);
    waitEnded(waiter, wait);
    expect(looked).to.equal(0); // the first `yield` was the last
  });

  it("in contexts nested deeper than the stack is: who waits is served, and a circle is told, shortly", async () => {
    const depth = 10_000;
    const db = pool("db", 1);
    const deepest = (fn: () => Promise<string>, left: number): Promise<string> =>
      runInContext(async () => {
        await undefined;
        return left === 0 ? fn() : deepest(fn, left - 1);
      });
    const holder = new Actor("holder");
    await holder.run(() => db.query());
    const waiting = deepest(() => db.query(), depth);
    setImmediate(() => holder.end.open());
    expect(await waiting).to.equal("rows");
    await runInContext({ name: "outermost" }, async () => {
      await db.query();
      const refused = (left: number): Promise<Error> =>
        rejected(
          "POOL_DEADLOCK",
          deepest(() => db.query(), left),
        );
      expect((await refused(depth)).message)
        .to.include("held by outermost")
        .and.include(`and so on, ${depth + 2} steps in all`);
      expect((await refused(30)).message, "32 steps are told").to.not.include("and so on");
      expect((await refused(31)).message).to.include("and so on, 33 steps in all");
    });
  });
});
