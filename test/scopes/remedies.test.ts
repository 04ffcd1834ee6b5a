import "reflect-metadata";

import { inspect } from "node:util";

import { expect } from "chai";
import {
  lease,
  pooledScope,
  ready,
  runInContext,
  ScopedContainer,
  type ScopeError,
  scopedProxy,
  setFactory,
  sharedScope,
  unwrap,
} from "inversify-scopes";

import { VirtualClock } from "../support/clock.js";
import { rejected, thrown } from "../support/errors.js";
import { gate } from "../support/gate.js";

class Db {
  size = 1;
  async query(): Promise<string> {
    return "rows";
  }
  ping(): string {
    return "pong";
  }
  get open(): boolean {
    return true;
  }
  *[Symbol.iterator](): Generator<number> {
    yield 1;
  }
}

type Named = "needs" | "ready" | "lease" | "use" | "defer" | "shape" | "reuse";

/** The remedies that a message names. */
function remediesIn({ message }: ScopeError): Named[] {
  const words: Record<Named, RegExp> = {
    needs: /needs: \[proxy\]/,
    ready: /await ready\(proxy\)/,
    lease: /\blease\(proxy\)/,
    use: /use\(proxy, fn\)/,
    defer: /`defer`/,
    shape: /`shape`/,
    reuse: /nested: "reuse"/,
  };
  return (Object.keys(words) as Named[]).filter((name) => words[name].test(message));
}

const late = async (): Promise<Db> => new Db();

describe("errors list the remedies that work for this service and cause (laws 5 and 6)", () => {
  it("shared: anywhere, but `needs` only in a context", async () => {
    const make = (): Db => {
      const db = scopedProxy<Db>("db", { shape: Db });
      setFactory(db, late, sharedScope());
      return db;
    };
    const outside = make();
    expect(remediesIn(thrown("NOT_READY", () => outside.size))).to.eql(["ready", "lease"]);
    const inside = make();
    await runInContext(() =>
      expect(remediesIn(thrown("NOT_READY", () => inside.size))).to.eql(["needs", "ready", "lease"]),
    );
    await ready(outside, inside);
    expect(outside.size + inside.size).to.equal(2);
  });

  it("per async context: `lease` is said to be another instance", async () => {
    const container = new ScopedContainer();
    container.bind(Db).toDynamicValue(late).inPerAsyncContextScope();
    const db = container.get(Db);
    await runInContext(async () => {
      const error = thrown("NOT_READY", () => db.size);
      expect(remediesIn(error)).to.eql(["needs", "ready", "lease"]);
      expect(error.message).to.include("lease(proxy), for another one than the context's");
      await ready(db);
      expect(db.size).to.equal(1);
    });
  });

  it("under lease 'call' nothing is kept for a context: `use` and `lease`", async () => {
    const container = new ScopedContainer();
    container.bind(Db).toDynamicValue(late).inPooledScope({ maxSize: 1, lease: "call" });
    const db = container.get(Db);
    for (const where of [runInContext, async (fn: () => void) => fn()]) {
      await where(() => expect(remediesIn(thrown("NOT_READY", () => db.size))).to.eql(["lease", "use"]));
    }
    await using _ = await lease(db);
    expect(remediesIn(thrown("POOL_EXHAUSTED", () => db.size))).to.eql(["lease", "use"]);
  });

  it("whole: who cannot wait for what, in which context, and what to do", async () => {
    const why = "cannot wait, and db is made asynchronously and not there yet";
    const touches = (db: Db): string[] =>
      [() => db.size, () => db.ping()].map((touch) => thrown("NOT_READY", touch).message);
    const [shared, own] = [scopedProxy<Db>("db", { shape: Db }), scopedProxy<Db>("db", { shape: Db })];
    setFactory(shared, late, "shared");
    setFactory(own, late, "per-async-context");
    const first = "Take it first: await ready(proxy) or lease(proxy).";
    const deferring = "If ping returns a promise, name it in `defer`: then its calls wait.";
    expect(touches(shared)).to.eql([`db.size ${why}. ${first}`, `db.ping ${why}. ${first} ${deferring}`]);
    await runInContext({ name: "GET /" }, async () => {
      const each =
        "Take it first: runInContext({ needs: [proxy] }, fn), await ready(proxy) or lease(proxy), for another one than the context's.";
      expect(touches(own)).to.eql([
        `db.size ${why} in GET /. ${each}`,
        `db.ping ${why} in GET /. ${each} ${deferring}`,
      ]);
      await ready(own);
    });
    await ready(shared);
  });

  it("whole: who holds a pool's instances, for how long, and what still uses them", async () => {
    const clock = new VirtualClock();
    const until = gate();
    class Slow extends Db {
      override async query(): Promise<string> {
        await until.promise;
        return "rows";
      }
    }
    const db = scopedProxy<Db>("db", { shape: Db });
    setFactory(db, () => new Slow(), pooledScope({ maxSize: 2, clock }));
    let call!: Promise<string>;
    await runInContext({ name: "GET /" }, () => void (call = db.query()));
    await clock.advance(5);
    await runInContext({ name: "job" }, async () => {
      expect(db.size).to.equal(1);
      const { message } = await runInContext(() => thrown("POOL_EXHAUSTED", () => db.size));
      expect(message).to.include(
        "db.size cannot wait, and every instance of db is in use, held by GET / (for 5 ms, draining: query), " +
          "job (for 0 ms). Take it first: ",
      );
    });
    until.open();
    await call;
  });

  for (const [what, touch, expected] of [
    ["a method", (db: Db) => db.ping(), ["defer"]],
    ["a field", (db: Db) => db.size, []],
    ["an accessor", (db: Db) => db.open, []],
    ["unwrap", (db: Db) => unwrap(db), []],
    ["its keys", (db: Db) => Object.keys(db), []],
  ] as [string, (db: Db) => unknown, Named[]][]) {
    it(`a class is known: ${what}`, async () => {
      const container = new ScopedContainer();
      container.bind(Db).toDynamicValue(late).inPooledScope({ maxSize: 1, proxy: "full" });
      const db = container.get(Db);
      await runInContext(() => {
        expect(remediesIn(thrown("NOT_READY", () => touch(db)))).to.eql(["needs", "ready", "lease", ...expected]);
      });
    });
  }

  for (const [what, touch, expected] of [
    ["a member", (db: Db) => db.query(), ["defer", "shape"]],
    ["a member that is written", (db: Db) => (db.size = 2), ["defer", "shape"]],
    ["a symbol", (db: Db) => (db as any)[Symbol.for("mine")], []],
    ["unwrap", (db: Db) => unwrap(db), []],
    ["its keys", (db: Db) => Object.keys(db), []],
  ] as [string, (db: Db) => unknown, Named[]][]) {
    for (const options of [{}, { defer: [] }, { defer: ["other"] }, { shape: Object }] as {
      defer?: string[];
      shape?: any;
    }[]) {
      it(`no class is known, with ${inspect(options)}: ${what}`, async () => {
        const container = new ScopedContainer();
        const binding = container.bind<any>("db").toDynamicValue(late);
        binding.inPooledScope({ maxSize: 1, ...options });
        const db = container.get<Db>("db");
        await runInContext(() => {
          const error = thrown("NOT_READY", () => touch(db));
          expect(remediesIn(error)).to.eql(["needs", "ready", "lease", ...expected]);
          const known = options.defer?.length ? "Only what `defer` names waits: " : "No class of it is known: ";
          if (expected.length > 0) expect(error.message).to.include(known);
        });
      });
    }
  }

  it("the contexts around hold all there is, and wait for this one: none of those, but what makes no circle", async () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inPooledScope({ maxSize: 2, acquireTimeoutMs: 50 });
    const db = container.get(Db);
    await runInContext(async () => {
      db.ping();
      await runInContext(async () => {
        db.ping();
        await runInContext(async () => {
          expect(remediesIn(thrown("POOL_EXHAUSTED", () => db.ping()))).to.eql(["reuse"]);
          await rejected("POOL_DEADLOCK", ready(db));
          await runInContext({ nested: "reuse" }, () => thrown("POOL_EXHAUSTED", () => db.ping()));
        });
        expect(await runInContext({ nested: "reuse" }, () => db.ping())).to.equal("pong");
      });
      await using _ = await lease(db);
      await runInContext(() => {
        // An explicit lease may come back: it can be waited for.
        expect(remediesIn(thrown("POOL_EXHAUSTED", () => db.ping()))).to.eql(["needs", "ready", "lease", "defer"]);
      });
    });
  });

  it("outside any context every adapter is named that opens one", async () => {
    const container = new ScopedContainer();
    container.bind(Db).toSelf().inPerAsyncContextScope();
    const { message } = thrown("NO_CONTEXT", () => container.get(Db).ping());
    const { isBusy: _, stopServer: _stop, ...those } = await import("inversify-scopes/http");
    const adapters = Object.keys(those);
    expect(adapters).to.include.members(["fastifyContext", "inRequest", "requestContext"]);
    for (const name of ["runInContext(fn)", ...adapters]) expect(message).to.include(name);
  });

  it("outside, after and at the end of a context, all likely causes are named, each with its remedy (law 6)", async () => {
    const causes = [
      "work that nobody awaited",
      "a callback of a socket, queue or emitter that another context opened, or a task that waited in a queue (tie it with bindToContext(fn))",
      "a middleware that returned before the request was over (put inRequest of inversify-scopes/http around the listener)",
    ];
    const container = new ScopedContainer();
    const errors: ScopeError[] = [];
    container
      .bind(Db)
      .toSelf()
      .inPerAsyncContextScope({ destroy: () => void errors.push(thrown("CONTEXT_ENDING", () => other.ping())) });
    container.bind("other").to(Db).inPooledScope(1);
    const db = container.get(Db);
    const other = container.get<Db>("other");
    errors.push(
      thrown("NO_CONTEXT", () => db.ping()),
      thrown("NO_CONTEXT", () => other.ping()),
    );
    let ended!: Promise<ScopeError>;
    await runInContext(() => {
      db.ping();
      ended = new Promise((resolve) => setImmediate(() => resolve(thrown("CONTEXT_ENDED", () => db.ping()))));
    });
    errors.push(await ended);
    expect(errors).to.have.length(4);
    for (const { message, code } of errors) for (const cause of causes) expect(message, code).to.include(cause);
  });
});
