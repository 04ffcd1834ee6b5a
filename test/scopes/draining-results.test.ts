import { PassThrough, Readable, Stream, Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { expect } from "chai";
import { pooledScope, poolOf, runInContext, scopedProxy, setFactory } from "inversify-scopes";
import { reasonOf } from "../support/errors.js";
import { turn } from "../support/gate.js";
import { warningsDuring } from "../support/warnings.js";

/** A service whose one method returns what a test wants it to. */
class Source {
  constructor(readonly make: () => unknown) {}
  open(): unknown {
    return this.make();
  }
  async openLater(): Promise<unknown> {
    return this.make();
  }
}

function returning<T>(make: () => T): { open(): T; openLater(): Promise<T>; draining(): number; idle(): number } {
  const proxy = scopedProxy<Source>("Source", { shape: Source });
  setFactory(proxy, () => new Source(make), pooledScope(1));
  return {
    open: () => proxy.open() as T,
    openLater: () => proxy.openLater() as Promise<T>,
    draining: () => poolOf(proxy).stats().draining,
    idle: () => poolOf(proxy).stats().idle,
  };
}

/** Takes what the service returns out of a context that ends, at once or in a promise. */
async function takeOut<T extends object>(source: ReturnType<typeof returning<T>>, later: boolean): Promise<T> {
  const [result] = await runInContext(async () => [later ? await source.openLater() : source.open()]);
  return result;
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

async function* threeLater(): AsyncGenerator<number> {
  for (const n of [1, 2, 3]) {
    await turn();
    yield n;
  }
}

function* three(): Generator<number> {
  yield* [1, 2, 3];
}

let closeIt = (): void => {};

/** What a call may return that goes on using the instance, and how its user comes to the end of it. */
const RESULTS: Readonly<Record<string, { make: () => object; end: (result: never) => unknown }>> = {
  "an async generator, read to its end": {
    make: threeLater,
    end: async (rows: AsyncGenerator<number>) => expect(await all(rows)).to.eql([1, 2, 3]),
  },
  "an async generator, left by break": {
    make: threeLater,
    async end(rows: AsyncGenerator<number>) {
      for await (const row of rows) if (row === 2) break;
    },
  },
  "an async generator that fails": {
    async *make() {
      yield 1;
      throw new Error("no");
    },
    end: async (rows: AsyncGenerator<number>) => {
      await rows.next();
      await reasonOf(rows.next());
    },
  },
  "an async generator, ended by throw": {
    make: threeLater,
    end: (rows: AsyncGenerator<number>) => reasonOf(rows.throw(new Error("enough"))),
  },
  "a generator, read to its end": {
    make: three,
    end: (rows: Generator<number>) => expect([...rows]).to.eql([1, 2, 3]),
  },
  "a generator, left by break": {
    make: three,
    end(rows: Generator<number>) {
      for (const row of rows) if (row === 2) break;
    },
  },
  "a generator that fails": {
    *make() {
      yield 1;
      throw new Error("no");
    },
    end(rows: Generator<number>) {
      expect(() => [...rows]).to.throw("no");
    },
  },
  "what a Map gives": {
    make: () => new Map([[1, 2]]).entries(),
    end: (entries: Iterator<unknown> & Iterable<unknown>) => expect([...entries]).to.eql([[1, 2]]),
  },
  "an iterator whose return answers nothing": {
    make: () => ({
      next: () => ({ done: false, value: 1 }),
      return() {},
      [Symbol.iterator]() {
        return this;
      },
    }),
    end: (cursor: { return(): unknown }) => cursor.return(),
  },
  "a frozen iterator": {
    make: () => Object.freeze(three()),
    end: (rows: Iterable<number>) => expect([...rows]).to.eql([1, 2, 3]),
  },
  "a readable stream, read to its end": {
    make: () => Readable.from(threeLater()),
    end: async (stream: Readable) => expect(await stream.toArray()).to.eql([1, 2, 3]),
  },
  "a readable stream that is destroyed": {
    make: () => Readable.from(threeLater()),
    end: (stream: Readable) => stream.destroy(),
  },
  "a readable stream that fails": {
    make: () => Readable.from(threeLater()),
    end: (stream: Readable) => stream.on("error", () => {}).destroy(new Error("no")),
  },
  "a stream that does not destroy itself": {
    make: () => new Readable({ autoDestroy: false, read: () => {} }),
    end: async (stream: Readable) => {
      stream.push(null);
      await stream.toArray();
    },
  },
  "a writable stream": {
    make: () => new Writable({ write: (_chunk, _encoding, done) => done() }),
    end: (stream: Writable) => finished(stream.end("last")),
  },
  "a writable stream that does not destroy itself": {
    make: () => new Writable({ autoDestroy: false, write: (_chunk, _encoding, done) => done() }),
    end: (stream: Writable) => finished(stream.end("last")),
  },
  "a stream that was destroyed and has not closed yet": {
    make() {
      const stream = new PassThrough({ destroy: (error, closed) => void (closeIt = () => closed(error)) });
      return stream.destroy();
    },
    end: () => closeIt(),
  },
  "a duplex, both sides": {
    make: () => new PassThrough(),
    end: (stream: PassThrough) => pipeline(["text"], stream, (text) => all(text)),
  },
  "an iterator without return, left by break": {
    make: () => new Map([[1, "one"]]).keys(),
    end(keys: IterableIterator<number>) {
      for (const key of keys) if (key === 1) break;
    },
  },
  "an async iterator without return, left by break": {
    make: () => ({
      next: async () => ({ done: false, value: 1 }),
      [Symbol.asyncIterator]() {
        return this;
      },
    }),
    async end(ones: AsyncIterable<number>) {
      for await (const one of ones) if (one === 1) break;
    },
  },
  "a stream of the oldest kind": {
    make: () => Object.assign(new Stream(), { readable: true }),
    end: (stream: Stream) => stream.emit("close"),
  },
  "a web stream, read to its end": {
    make: () => ReadableStream.from(threeLater()),
    end: async (stream: ReadableStream) => expect(await all(stream)).to.eql([1, 2, 3]),
  },
  "a web stream that is cancelled": {
    make: () => ReadableStream.from(threeLater()),
    end: (stream: ReadableStream) => stream.cancel("enough"),
  },
  "a web stream that fails": {
    make: () => new ReadableStream({ pull: () => Promise.reject(new Error("no")) }, { highWaterMark: 0 }),
    end: (stream: ReadableStream) => reasonOf(stream.getReader().read()),
  },
  "a writable web stream": {
    make: () => new WritableStream(),
    end: (stream: WritableStream) => stream.close(),
  },
  "a transform of the web's, both sides": {
    make: () => new TransformStream(),
    end: async ({ readable, writable }: TransformStream) => {
      await Promise.all([writable.close(), readable.getReader().read()]);
    },
  },
};

describe("a stream or an iterator that outlives its lease keeps the instance out of the pool (law 13)", () => {
  for (const [name, { make, end }] of Object.entries(RESULTS)) {
    for (const later of [false, true]) {
      it(`${name}, ${later ? "in a promise" : "at once"}`, async () => {
        const source = returning(make);
        const result = await takeOut(source, later);
        await turn();
        expect(source.draining(), "in use").to.equal(1);
        await end(result as never);
        for (let i = 0; i < 5; i++) await turn();
        expect(source.draining(), "finished").to.equal(0);
        expect(source.idle()).to.equal(1);
      });
    }
  }

  it("an iterator is in use until its last step, a pair of web streams until both sides are closed", async () => {
    const rows = returning(threeLater);
    const steps = await takeOut(rows, false);
    await steps.next();
    await turn();
    expect(rows.draining()).to.equal(1);
    await steps.return(undefined);
    expect(rows.draining()).to.equal(0);
    const pairs = returning(() => new TransformStream());
    const { readable } = await takeOut(pairs, false);
    await readable.cancel("enough");
    for (let i = 0; i < 5; i++) await turn();
    expect(pairs.idle()).to.equal(1);
    const half = returning(() => ({
      [Symbol.toStringTag]: "TransformStream",
      readable: new ReadableStream(),
      writable: new WritableStream(),
    }));
    const two = await takeOut(half, false);
    await two.readable.cancel();
    await turn();
    expect(half.draining()).to.equal(1);
    await two.writable.close();
    await turn();
    expect(half.draining()).to.equal(0);
  });

  it("a method whose text alone tells that it returns no instance is followed at its second call, too (law 13)", async () => {
    class Rows {
      *steps(): Generator<number> {
        yield 1;
      }
      async *stepsLater(): AsyncGenerator<number> {
        yield 1;
      }
      async promised(): Promise<Iterator<number>> {
        return three();
      }
    }
    const proxy = scopedProxy<Rows>("Rows", { shape: Rows });
    setFactory(proxy, () => new Rows(), pooledScope(1));
    for (const method of ["steps", "stepsLater", "promised"] as const) {
      const [second] = await runInContext(async () => {
        const first: Iterator<number> | AsyncIterator<number> = await proxy[method]();
        await first.return!(undefined);
        return [await proxy[method]()];
      });
      await turn();
      expect(poolOf(proxy).stats().draining, method).to.equal(1);
      await second.return!(undefined);
      await turn();
      expect(poolOf(proxy).stats(), method).to.include({ draining: 0, idle: 1 });
    }
  });

  it("an iterator gets no step that it had not but return, which ends loops, and what was taken of it works on", async () => {
    const made = {
      next: () => ({ done: true, value: 1 }),
      [Symbol.iterator]() {
        return this;
      },
    };
    const source = returning(() => made);
    const shown = await takeOut(source, false);
    expect(shown).to.equal(made);
    expect("throw" in shown).to.equal(false);
    expect(Object.keys(shown)).to.eql(["next"]);
    expect(shown.next()).to.eql({ done: true, value: 1 });
  });

  it("an old stream that tells of its destruction only is over when it is destroyed", async () => {
    const old = Object.assign(new Stream(), { destroyed: true, readable: true });
    const source = returning(() => old);
    await takeOut(source, false);
    expect(source.draining()).to.equal(0);
  });

  it("one that was finished inside is over, and so is one that was never open", async () => {
    const source = returning(() => Readable.from([1]));
    await runInContext(async () => void (await source.open().toArray()));
    expect(source.idle()).to.equal(1);
    const closed = returning(() => new Readable().destroy());
    await runInContext(async () => {
      closed.open();
      await turn();
      closed.open();
    });
    expect(closed.draining()).to.equal(0);
  });

  it("the same stream returned again and again is listened to once", async () => {
    const stream = new PassThrough();
    const source = returning(() => stream);
    const warnings = await warningsDuring(() =>
      runInContext(() => {
        for (let i = 0; i < 30; i++) expect(source.open()).to.equal(stream);
      }),
    );
    expect(warnings).to.eql([]);
    expect(source.draining()).to.equal(1);
    stream.destroy();
    await turn();
    expect(source.idle()).to.equal(1);
  });

  it("an error that nobody listens for is as loud as without a proxy", async () => {
    const source = returning(() => new PassThrough());
    const stream = await takeOut(source, false);
    expect(() => stream.emit("error", new Error("unheard"))).to.throw("unheard");
  });

  it("what is neither is not kept: rows, thenables, what cannot be looked at, another service's proxy", async () => {
    const other = scopedProxy<object>("another");
    const hostile = new Proxy({}, { get: () => expect.fail("a trap that throws") });
    const pairs = { next: 2, [Symbol.iterator]: () => [][Symbol.iterator]() };
    const cursor = { next: () => 1, [Symbol.iterator]: () => [][Symbol.iterator]() };
    const halfHostile = {
      pipe() {},
      get on(): never {
        throw new Error("a getter that throws");
      },
    };
    for (const value of [
      [{ id: 1 }],
      { then: () => expect.fail("it was sent") },
      hostile,
      other,
      pairs,
      cursor,
      halfHostile,
      null,
    ]) {
      const source = returning(() => value);
      await runInContext(() => void source.open());
      expect(source.draining()).to.equal(0);
    }
  });

  it("another service's proxy is handed on without a touch", async () => {
    let made = 0;
    for (const way of [{ shape: Source }, { shape: Source, proxy: "full" }, {}] as const) {
      const other = scopedProxy<Source>("another", way);
      setFactory(other, () => (made++, new Source(three)), "per-async-context");
      const source = returning(() => other);
      await runInContext(async () => {
        expect([source.open(), source.open(), made]).to.eql([other, other, 0]);
      });
    }
  });
});
