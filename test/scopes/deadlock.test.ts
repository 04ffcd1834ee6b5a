import { subscribe, unsubscribe } from "node:diagnostics_channel";

import { expect } from "chai";
import fc from "fast-check";
import {
  bindToContext,
  detach,
  lease,
  pooledScope,
  ready,
  release,
  runInContext,
  scopedProxy,
  ScopeError,
  setFactory,
  use,
} from "inversify-scopes";

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

describe("POOL_DEADLOCK", () => {
  it("S55: a context that holds the only instance waits for a child that needs it", async () => {
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
    expect(events).to.deep.equal([{ pool: "db", context: "child", error }]);
  });

  it("random contexts, children and pools: never a false alarm, never a miss", async () => {
    await fc.assert(fc.asyncProperty(fc.array(command, { minLength: 4, maxLength: 40 }), play), { numRuns: 1000 });
  }).timeout(60_000);
});

type Command =
  | { readonly kind: "take"; readonly actor: number; readonly pool: number }
  | { readonly kind: "release"; readonly actor: number; readonly pool: number }
  | { readonly kind: "child"; readonly actor: number }
  | { readonly kind: "end"; readonly actor: number };

const index = fc.nat({ max: 7 });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("take" as const), actor: index, pool: index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("release" as const), actor: index, pool: index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("child" as const), actor: index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("end" as const), actor: index }) },
);

const SIZES = [1, 1, 2];

interface Wanting {
  readonly actor: Actor;
  readonly pool: number;
  outcome: "waits" | "holds" | "deadlock" | Error;
}

/** Plays the commands, and compares who waits and who is refused with what brute force says. */
async function play(commands: readonly Command[]): Promise<void> {
  const pools = SIZES.map((size, i) => pool(`pool-${i}`, size));
  const actors = [new Actor("0"), new Actor("1"), new Actor("2"), new Actor("3")];
  const wants: Wanting[] = [];
  const refused: Wanting[] = [];
  const of = (actor: Actor): Wanting[] => wants.filter((want) => want.actor === actor);
  const open = new Set(actors);
  const childrenOf = (actor: Actor): Actor[] => [...open].filter(({ parent }) => parent === actor);

  for (const { kind, ...rest } of commands) {
    const actor = actors[rest.actor % actors.length]!;
    if (!open.has(actor)) continue;
    if (kind === "take") {
      const number = (rest as { pool: number }).pool % pools.length;
      if (of(actor).some((want) => want.pool === number && (want.outcome === "waits" || want.outcome === "holds")))
        continue;
      const want: Wanting = { actor, pool: number, outcome: "waits" };
      wants.push(want);
      actor
        .run(() => ready(pools[number]!))
        .then(
          () => (want.outcome = "holds"),
          (error: unknown) => {
            want.outcome =
              error instanceof ScopeError && error.code === "POOL_DEADLOCK" ? "deadlock" : (error as Error);
          },
        );
    } else if (kind === "release") {
      const number = (rest as { pool: number }).pool % pools.length;
      const held = of(actor).find((want) => want.pool === number && want.outcome === "holds");
      if (held === undefined) continue;
      await actor.run(() => release(pools[number]!));
      wants.splice(wants.indexOf(held), 1);
    } else if (kind === "child") {
      if (actors.length < 8) open.add(add(actors, new Actor(String(actors.length), actor)));
    } else {
      if (childrenOf(actor).length > 0 || of(actor).some(({ outcome }) => outcome === "waits")) continue;
      open.delete(actor);
      for (const want of of(actor)) wants.splice(wants.indexOf(want), 1);
      actor.end.open();
      await actor.done;
    }
    await turn();
    for (const { outcome } of wants) expect(outcome, String(outcome)).to.be.a("string");
    expect(someStuck([...open], wants), "a deadlock was missed").to.equal(false);
    refuseFalseAlarms([...open], wants, refused);
  }
  for (const { end } of open) end.open();
  await Promise.all([...open].map(({ done }) => done));
}

function add<T>(list: T[], item: T): T {
  list.push(item);
  return item;
}

/** Every refusal must have been right: with its wait, and those refused after it, brute force finds a deadlock. */
function refuseFalseAlarms(open: readonly Actor[], wants: Wanting[], refused: Wanting[]): void {
  for (const want of refused) want.outcome = "waits";
  for (const want of refused.splice(0)) {
    expect(someStuck(open, wants), "a false alarm").to.equal(true);
    wants.splice(wants.indexOf(want), 1);
  }
}

/** Brute force: is there a set of contexts each of which is stuck if the others are? */
function someStuck(open: readonly Actor[], wants: readonly Wanting[]): boolean {
  for (let bits = 1; bits < 1 << open.length; bits++) {
    const set = new Set(open.filter((_, i) => (bits >> i) & 1));
    if ([...set].every((actor) => isStuck(actor, set, open, wants))) return true;
  }
  return false;
}

function isStuck(actor: Actor, set: ReadonlySet<Actor>, open: readonly Actor[], wants: readonly Wanting[]): boolean {
  if (open.some((child) => child.parent === actor && set.has(child))) return true;
  return wants.some((want) => {
    if (want.actor !== actor || want.outcome !== "waits") return false;
    const holders = wants.filter(({ pool, outcome }) => pool === want.pool && outcome === "holds");
    return holders.length === SIZES[want.pool] && holders.every((holder) => set.has(holder.actor));
  });
}
