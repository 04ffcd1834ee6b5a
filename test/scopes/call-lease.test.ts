import { PassThrough } from "node:stream";
import { expect } from "chai";
import {
  bindToContext,
  currentContext,
  hasInstance,
  lease,
  poolOf,
  pooledScope,
  ready,
  release,
  runInContext,
  scopedProxy,
  setFactory,
  unwrap,
  use,
} from "inversify-scopes";
import type { PooledOptions } from "inversify-scopes";

import { reasonOf, rejected, thrown } from "../support/errors.js";
import { gate, microtasks, turn } from "../support/gate.js";
import { serviceOf } from "../support/services.js";
import { warningsOf } from "../support/warnings.js";

class Parser {
  static busy = 0;
  options = { strict: true };
  constructor(readonly id: number) {}
  parse(text: string): number {
    return text.length;
  }
  fail(): never {
    throw DOWN;
  }
  async load(until: Promise<unknown> = Promise.resolve()): Promise<number> {
    await until;
    return this.id;
  }
  async reject(): Promise<never> {
    await turn();
    throw DOWN;
  }
  async run<R>(fn: () => R): Promise<R> {
    return fn();
  }
  /** Deferrable only where the binding says so. */
  query(): Promise<number> {
    return Promise.resolve(this.id);
  }
  /** As a query builder: it works when it is awaited. */
  lazy(): PromiseLike<number> {
    const { id } = this;
    return {
      then: (resolve, reject) => {
        Parser.busy++;
        return Promise.resolve(id).then(resolve, reject);
      },
    };
  }
}

const DOWN = new Error("down");

function pool(
  options: Partial<PooledOptions<Parser>> = {},
  factory: (n: number) => Parser | Promise<Parser> = (n) => new Parser(n),
): Parser {
  return serviceOf(Parser, factory, pooledScope<Parser>({ maxSize: 1, lease: "call", ...options }), "parser");
}

function expectAllBack(parser: Parser): void {
  expect(poolOf(parser).stats()).to.include({ leased: 0, waiting: 0, doubleReleases: 0 });
}

describe("lease: 'call'", () => {
  for (const [where, around] of [
    ["with no context", async <R>(fn: () => R) => fn()],
    ["in a context", <R>(fn: () => R) => runInContext(fn)],
  ] as const) {
    describe(where, () => {
      it("a synchronous call takes an instance, runs, and gives it back", async () => {
        const parser = pool();
        await around(() => {
          expect(parser.parse("abc")).to.equal(3);
          expectAllBack(parser);
          expect(parser.parse("abcd")).to.equal(4);
        });
      });

      it("an asynchronous call holds it until its promise has settled", async () => {
        const parser = pool();
        const until = gate();
        await around(async () => {
          const call = parser.load(until.promise);
          expect(poolOf(parser).stats().leased).to.equal(1);
          until.open();
          expect(await call).to.equal(0);
          expectAllBack(parser);
        });
      });

      it("a failing call gives it back, once, and its error is the call's own", async () => {
        const parser = pool();
        await around(async () => {
          expect(() => parser.fail()).to.throw(DOWN);
          expectAllBack(parser);
          expect(await reasonOf(parser.reject())).to.equal(DOWN);
          expectAllBack(parser);
        });
      });

      it("deferred calls wait their turn, first come first served", async () => {
        const parser = pool();
        const until = gate();
        await around(async () => {
          const order: string[] = [];
          const calls = ["a", "b", "c"].map((name) => parser.load(until.promise).then(() => order.push(name)));
          until.open();
          await Promise.all(calls);
          expect(order).to.deep.equal(["a", "b", "c"]);
          expectAllBack(parser);
        });
      });

      it("a synchronous call while all are lent: POOL_EXHAUSTED; while one is being made: NOT_READY", async () => {
        const until = gate();
        const made = gate<Parser>();
        const parser = pool();
        const slow = pool({}, () => made.promise);
        await around(async () => {
          const call = parser.load(until.promise);
          thrown("POOL_EXHAUSTED", () => parser.parse("x"));
          until.open();
          await call;
          thrown("NOT_READY", () => slow.parse("x"));
          made.open(new Parser(5));
          await ready(slow);
          expect(slow.parse("x")).to.equal(1);
        });
      });

      it("fields are read and written on an instance of the moment", async () => {
        const parser = pool();
        await around(() => {
          expect(parser.options).to.deep.equal({ strict: true });
          parser.options = { strict: false };
          expect(parser.options.strict).to.equal(false);
          expectAllBack(parser);
        });
      });

      it("use and lease give one for longer; release has nothing to do; hasInstance is false", async () => {
        const parser = pool();
        await around(async () => {
          expect(await use(parser, (own) => own.parse("ab") + own.parse("abc"))).to.equal(5);
          const own = await lease(parser);
          expect(own.value.id).to.equal(0);
          await release(parser);
          expect(hasInstance(parser)).to.equal(false);
          await own.release();
          expectAllBack(parser);
        });
      });

      it("a thenable that is no native promise is refused, and never begun: it may be an unfinished query", async () => {
        const parser = pool();
        Parser.busy = 0;
        await around(async () => {
          const { message } = thrown("RESULT_ESCAPES", () => parser.lazy());
          expect(message).to.include("parser.lazy").and.include("thenable");
          await turn();
          expect(Parser.busy).to.equal(0);
          expectAllBack(parser);
        });
      });
    });
  }

  it("errors name the calls and explicit leases that hold the instances, and the contexts they are in (law 11)", async () => {
    const until = gate();
    const parser = scopedProxy<Parser>("parser", { shape: Parser });
    setFactory(parser, (n) => new Parser(n), pooledScope({ maxSize: 4, lease: "call" }));
    const outside = parser.load(until.promise);
    const ownOutside = await lease(parser);
    await runInContext({ name: "GET /x" }, async () => {
      const inside = parser.load(until.promise);
      const own = await lease(parser);
      const { holders, message } = thrown("POOL_EXHAUSTED", () => parser.parse("x"));
      const names = ["parser.load", "explicit lease", "parser.load in GET /x", "explicit lease in GET /x"];
      expect(holders?.map(({ holder }) => holder)).to.have.members(names);
      for (const name of names) expect(message).to.include(name);
      until.open();
      await Promise.all([inside, outside]);
      await own.release();
      await ownOutside.release();
      const again = await poolOf(parser).acquire();
      expect(
        poolOf(parser)
          .stats()
          .instances.map(({ holder }) => holder),
      ).to.include("explicit lease");
      await again.release();
    });
  });

  it("a method that only returns a promise waits if it is named in defer", async () => {
    const until = gate();
    const parser = scopedProxy<Parser>("parser", { shape: Parser, defer: ["query"] });
    setFactory(parser, (n) => new Parser(n), pooledScope({ maxSize: 1, lease: "call" }));
    const first = parser.load(until.promise);
    const second = parser.query();
    until.open();
    expect(await Promise.all([first, second])).to.deep.equal([0, 0]);
    const strict = pool();
    const held = strict.load(turn());
    thrown("POOL_EXHAUSTED", () => void strict.query());
    await held;
  });

  it("a factory's failure reaches the call, synchronous or not", async () => {
    const sync = pool({}, () => {
      throw DOWN;
    });
    expect(thrown("CREATE_FAILED", () => sync.parse("")).cause).to.equal(DOWN);
    const late = pool({ label: "other" }, async () => {
      throw DOWN;
    });
    expect((await rejected("CREATE_FAILED", late.load())).cause).to.equal(DOWN);
  });

  it("the end of the context rejects calls that wait, and no slot is lost", async () => {
    const parser = pool();
    const until = gate();
    const held = parser.load(until.promise);
    let waiting!: Promise<unknown>;
    await runInContext({ name: "GET /" }, () => void (waiting = rejected("CONTEXT_ENDED", parser.load())));
    await waiting;
    until.open();
    await held;
    expectAllBack(parser);
  });

  for (let offset = 0; offset < 16; offset++) {
    it(`the end of the context ${offset} reactions after an instance came back: served before it, or not at all`, async () => {
      const parser = pool();
      const until = gate();
      const body = gate();
      const held = parser.load(until.promise);
      let call!: Promise<unknown>;
      const context = runInContext(() => {
        call = parser.run(() => currentContext()!.state).catch((error: unknown) => (error as { code: string }).code);
        return body.promise;
      });
      until.open();
      await microtasks(offset);
      body.open();
      await Promise.all([held, context]);
      expect(await call).to.be.oneOf(["active", "CONTEXT_ENDED"]);
      await turn();
      expectAllBack(parser);
      expect(parser.parse("abc")).to.equal(3);
    });
  }

  it("the context's signal aborts calls that wait, with its reason", async () => {
    const parser = pool();
    const until = gate();
    const held = parser.load(until.promise);
    const controller = new AbortController();
    await runInContext({ signal: controller.signal }, async () => {
      const call = reasonOf(parser.load());
      controller.abort("left");
      expect(await call).to.equal("left");
    });
    until.open();
    await held;
    expectAllBack(parser);
  });

  it("not in an ended context (law 6)", async () => {
    const parser = pool();
    let stale!: () => number;
    await runInContext(() => void (stale = bindToContext(() => parser.parse(""))));
    thrown("CONTEXT_ENDED", stale);
  });

  it("needs waits until one can be had, and keeps none", async () => {
    const parser = pool({}, async () => new Parser(1));
    await runInContext({ needs: [parser] }, () => {
      expectAllBack(parser);
      expect(parser.parse("a")).to.equal(1);
    });
  });

  it("unbinding lets running calls end", async () => {
    const parser = pool();
    const until = gate();
    const call = parser.load(until.promise);
    setFactory(parser, () => new Parser(50), pooledScope({ maxSize: 1, lease: "call" }));
    expect(await parser.load()).to.equal(50);
    until.open();
    expect(await call).to.equal(0);
  });
});

describe("lease: 'call': RESULT_ESCAPES", () => {
  class Source {
    name = "source";
    stream = { pipe(): void {} };
    self(): this {
      return this;
    }
    async selfLater(): Promise<this> {
      return this;
    }
    readable(): unknown {
      return { pipe(): void {} };
    }
    web(): unknown {
      return new ReadableStream();
    }
    sink(): unknown {
      return new WritableStream();
    }
    *rows(): Generator<number> {
      yield 1;
    }
    async *pages(): AsyncGenerator<number> {
      yield 1;
    }
    async cursor(): Promise<unknown> {
      return new Map([[1, 2]]).entries();
    }
    hostile(): unknown {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    }
    foreign(other: unknown): unknown {
      return other;
    }
  }

  function source(): { source: Source; ended: string[] } {
    const ended: string[] = [];
    const proxy = scopedProxy<Source>("source", { shape: Source, destroy: ({ name }) => void ended.push(name) });
    setFactory(proxy, () => new Source(), pooledScope({ maxSize: 1, lease: "call" }));
    return { source: proxy, ended };
  }

  for (const [method, what] of [
    ["readable", "a stream"],
    ["web", "a stream"],
    ["sink", "a stream"],
    ["rows", "an iterator"],
    ["pages", "an iterator"],
    ["cursor", "an iterator"],
  ] as const) {
    it(`${what} of ${method}() is refused, and its instance goes: somebody may still use it`, async () => {
      const { source: proxy, ended } = source();
      const warnings = await warningsOf(async () => {
        const error = (await reasonOf(Promise.resolve().then(() => proxy[method]()))) as Error;
        expect(error).to.have.property("code", "RESULT_ESCAPES");
        expect(error.message).to.include(`source.${method} returned ${what}`).and.include("use(proxy, fn)");
      });
      expect(warnings).to.deep.equal([]);
      expect(ended).to.deep.equal(["source"]);
      expect(poolOf(proxy).stats().leased).to.equal(0);
    });
  }

  describe("what is refused is ended, as nobody else has it", () => {
    /** Its end fails what it has made, as a connection's does. */
    class Connection {
      readonly streams: PassThrough[] = [];
      log: string[] = [];
      stream(): unknown {
        const stream = new PassThrough();
        this.streams.push(stream);
        return stream;
      }
      async later(): Promise<unknown> {
        return this.stream();
      }
      cursor(): unknown {
        const cursor = {
          next: () => ({ done: false }),
          return: () => this.log.push("closed"),
          [Symbol.iterator]: () => cursor,
        };
        return cursor;
      }
      get socket(): unknown {
        return (this.stream() as PassThrough).on("error", () => this.log.push("told"));
      }
      end(how: "destroy" | "emit"): void {
        for (const stream of this.streams) {
          const error = new Error("the connection has ended");
          this.log.push(stream.destroyed ? "destroyed" : "open");
          if (how === "destroy") stream.destroy(error);
          else stream.emit("error", error);
        }
        this.log.push("end");
      }
    }

    function connection(how: "destroy" | "emit"): { proxy: Connection; log: string[] } {
      const log: string[] = [];
      const proxy = scopedProxy<Connection>("connection", { shape: Connection, destroy: (it) => it.end(how) });
      const make = (): Connection => Object.assign(new Connection(), { log });
      setFactory(proxy, make, pooledScope({ maxSize: 1, lease: "call" }));
      return { proxy, log };
    }

    for (const how of ["destroy", "emit"] as const) {
      it(`a stream, so that no error that it tells of by ${how} ends the process`, async () => {
        const { proxy, log } = connection(how);
        const warnings = await warningsOf(async () => {
          thrown("RESULT_ESCAPES", () => proxy.stream());
          await rejected("RESULT_ESCAPES", proxy.later());
        });
        expect(warnings).to.eql([]);
        expect(log).to.eql(["destroyed", "end", "destroyed", "end"]);
      });
    }

    it("an iterator, before the end of the instance", () => {
      const { proxy, log } = connection("emit");
      thrown("RESULT_ESCAPES", () => proxy.cursor());
      expect(log).to.eql(["closed", "end"]);
    });

    it("but not what is read, which the instance has, and may need for its end", async () => {
      const { proxy, log } = connection("destroy");
      thrown("RESULT_ESCAPES", () => Reflect.get(proxy, "socket"));
      await turn();
      expect(log).to.eql(["open", "end", "told"]);
    });
  });

  it("the instance itself is refused, from a call, a promise and unwrap; it goes back unharmed (law 9)", async () => {
    const { source: proxy, ended } = source();
    expect(thrown("RESULT_ESCAPES", () => proxy.self()).message).to.include("the instance itself");
    await rejected("RESULT_ESCAPES", proxy.selfLater());
    thrown("RESULT_ESCAPES", () => unwrap(proxy));
    expect(ended).to.deep.equal([]);
    expect(proxy.name).to.equal("source");
  });

  it("a field that is a stream is refused too", () => {
    const { source: proxy } = source();
    thrown("RESULT_ESCAPES", () => proxy.stream);
  });

  it("another service's proxy passes, untouched", () => {
    const { source: proxy } = source();
    const user = serviceOf(Source, () => new Source(), "per-async-context", "user");
    expect(proxy.foreign(user)).to.equal(user);
  });

  it("a result that cannot be looked at loses no slot", () => {
    const { source: proxy } = source();
    expect(() => proxy.hostile()).to.throw(TypeError);
    expect(poolOf(proxy).stats().leased).to.equal(0);
  });
});
