import "reflect-metadata";
import { EventEmitter, once } from "node:events";
import { createServer, connect, type Server, type AddressInfo, type Socket } from "node:net";
import { finished, PassThrough, pipeline, Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import {
  hasInstance,
  type PerAsyncContextOptions,
  release,
  runInContext,
  ScopedContainer,
  unwrap,
} from "inversify-scopes";
import { thrown } from "../support/errors.js";

class Source extends Readable {
  constructor() {
    super({ objectMode: true });
  }
  override _read(): void {
    setTimeout(() => this.push("row"), 1);
  }
}
class Middle extends PassThrough {
  constructor() {
    super({ objectMode: true });
  }
}
class Sink extends Writable {
  constructor() {
    super({ objectMode: true });
  }
  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    setTimeout(done, 1);
  }
}
/** As files and sockets are closed: not at once. */
class SlowSink extends Sink {
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    setTimeout(done, 2, error);
  }
}

type Body = (source: Source, middle: Middle, sink: Sink) => unknown;

const joins: Readonly<Record<string, Body>> = {
  "a pipe": (source, _, sink) => void source.pipe(sink),
  "a pipe by way of a third stream": (source, middle, sink) => void source.pipe(middle).pipe(sink),
  "a pipe between real instances and proxies": (source, _, sink) => void unwrap(source).pipe(sink),
  "a pipe that is taken apart": (source, _, sink) => void source.pipe(sink).on("close", () => source.unpipe(sink)),
  "a pipeline": (source, middle, sink) => void pipeline(source, middle, sink, () => {}),
  finished: (source, _, sink) => {
    finished(source, () => sink.end());
    finished(sink, () => source.destroy());
  },
  "handlers by hand": (source, _, sink) => {
    source.on("data", (row) => sink.write(row));
    const more = (): void => void source.resume();
    sink.on("drain", more);
    source.on("close", () => sink.off("drain", more).end());
    sink.on("close", () => source.removeAllListeners("data").destroy());
  },
  "a handler of errors": (source, _, sink) => {
    sink.on("error", () => source.unpipe(sink).destroy());
    source.on("error", () => sink.destroy());
    source.pipe(sink);
  },
};

const disposers: Readonly<Record<string, PerAsyncContextOptions<Readable>>> = {
  "their own": {},
  "destroy, not awaited": { destroy: (stream) => void stream.destroy() },
  "destroy with an error": { destroy: (stream) => void stream.on("error", () => {}).destroy(new Error("over")) },
};

/** What would have ended the process. */
async function uncaughtOf(run: () => unknown): Promise<unknown[]> {
  const uncaught: unknown[] = [];
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error: Error & { code?: string }) => uncaught.push(error.code ?? error));
  try {
    await run();
    await sleep(8);
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) process.on("uncaughtException", listener);
  }
  return uncaught;
}

describe("streams and emitters of one context, when it ends", () => {
  for (const proxy of ["auto", "full"] as const) {
    for (const [how, options] of Object.entries(disposers)) {
      for (const [name, join] of Object.entries(joins)) {
        for (const kind of [Sink, SlowSink]) {
          it(`${name} ends no process (${proxy}, ${kind.name}, disposers: ${how})`, async () => {
            const container = new ScopedContainer();
            for (const [service, type] of [
              [Source, Source],
              [Middle, Middle],
              [Sink, kind],
            ] as const) {
              container
                .bind<unknown>(service)
                .to(type)
                .inPerAsyncContextScope({ ...options, proxy } as PerAsyncContextOptions<unknown>);
            }
            const [source, middle, sink] = [container.get(Source), container.get(Middle), container.get(Sink)];
            const uncaught = await uncaughtOf(async () => {
              const over = runInContext(async () => {
                join(source, middle, sink);
                await sleep(3);
              });
              // A stream that was destroyed by another one says so to its own disposer, too.
              await over.catch(() => {});
            });
            expect(uncaught).to.eql([]);
          });
        }
      }
    }
  }

  it("a socket that its disposer destroys is closed before the context has ended", async () => {
    const server: Server = createServer((socket) => socket.pipe(socket)).listen(0);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const container = new ScopedContainer();
    container
      .bind<Socket>("socket")
      .toDynamicValue(() => connect(port))
      .inPerAsyncContextScope({ destroy: (socket) => void socket.destroy() });
    container.bind(Sink).toSelf().inPerAsyncContextScope();
    const [socket, sink] = [container.get<Socket>("socket"), container.get(Sink)];
    let real: Socket | undefined;
    const uncaught = await uncaughtOf(async () => {
      await runInContext(async () => {
        real = unwrap(socket);
        socket.pipe(sink);
        sink.on("close", () => socket.removeAllListeners("data"));
        socket.on("close", () => sink.off("drain", () => {}));
        await once(real, "connect");
      });
      expect(real!.closed).to.equal(true);
    });
    expect(uncaught).to.eql([]);
    server.close();
  });

  it("a stream that never says that it is closed is not waited for", async () => {
    class Quiet extends Writable {
      constructor() {
        super({ emitClose: false });
      }
      override _destroy(): void {}
    }
    class QuietSource extends Readable {
      constructor() {
        super({ emitClose: false });
      }
      override _destroy(): void {}
    }
    const container = new ScopedContainer();
    const services = [Quiet, QuietSource];
    for (const S of services) {
      container
        .bind<Writable | Readable>(S)
        .to(S)
        .inPerAsyncContextScope({ destroy: (stream) => void stream.destroy() });
    }
    await runInContext(() => services.map((S) => unwrap(container.get<object>(S))));
  });

  it("a stream whose disposer leaves it open is not waited for", async () => {
    const container = new ScopedContainer();
    container
      .bind(Sink)
      .toSelf()
      .inPerAsyncContextScope({ destroy: () => {} });
    const sink = container.get(Sink);
    const real = await runInContext(() => unwrap(sink));
    expect(real.destroyed).to.equal(false);
  });

  describe("what has listeners, and has been ended", () => {
    class Bus extends EventEmitter {
      readonly name = "bus";
    }
    class User {
      constructor(readonly bus: Bus) {}
    }

    /** What a disposer that runs after the bus has ended does with it. */
    const afterwards = (use: (bus: Bus) => unknown): Promise<void> => {
      const container = new ScopedContainer();
      container
        .bind(Bus)
        .toSelf()
        .inPerAsyncContextScope({ destroy: () => {} });
      const bus = container.get(Bus);
      container
        .bind(User)
        .toDynamicValue(() => new User(bus))
        .inPerAsyncContextScope({ destroy: () => void use(bus) });
      const user = container.get(User);
      return runInContext(() => {
        unwrap(user);
        unwrap(bus);
      });
    };

    it("can still be called by what ends after it: it is the same instance, and none is made anew", async () => {
      let last: unknown;
      await afterwards((bus) => {
        last = unwrap(bus);
        expect(unwrap(bus)).to.equal(last);
        expect(bus.name).to.equal("bus");
        expect(bus.off("gone", () => {})).to.equal(bus);
      });
      expect(last).to.be.instanceOf(Bus);
    });

    it("is no instance of the context any more, nor is it ended twice by release", async () => {
      await afterwards(async (bus) => {
        expect(hasInstance(bus)).to.equal(false);
        await release(bus);
      });
    });

    it("is out of reach once the context has ended", async () => {
      const container = new ScopedContainer();
      container.bind(Bus).toSelf().inPerAsyncContextScope();
      const bus = container.get(Bus);
      let late!: () => void;
      await runInContext(() => {
        unwrap(bus);
        late = () => void thrown("CONTEXT_ENDED", () => bus.off("x", () => {}));
        setTimeout(() => late(), 1);
      });
      await sleep(5);
    });

    it("may be an EventTarget", async () => {
      const seen: unknown[] = [];
      const container = new ScopedContainer();
      container
        .bind(EventTarget)
        .toDynamicValue(() => new EventTarget())
        .inPerAsyncContextScope();
      const target = container.get(EventTarget);
      container
        .bind("user")
        .toDynamicValue(() => ({}))
        .inPerAsyncContextScope({ destroy: () => void seen.push(target.dispatchEvent(new Event("last"))) });
      await runInContext(() => {
        unwrap(container.get<object>("user"));
        unwrap(target);
      });
      expect(seen).to.eql([true]);
    });

    it("was never made: nothing new is made while the context is ending", async () => {
      const container = new ScopedContainer();
      container.bind(Bus).toSelf().inPerAsyncContextScope();
      const bus = container.get(Bus);
      container
        .bind("user")
        .toDynamicValue(() => new User(bus))
        .inPerAsyncContextScope({ destroy: () => void thrown("CONTEXT_ENDING", () => bus.name) });
      await runInContext(() => unwrap(container.get<object>("user")));
    });

    it("and was given back before the end, is not it: a later touch took another, which is", async () => {
      const seen: unknown[] = [];
      const container = new ScopedContainer();
      container.bind(Bus).toSelf().inPerAsyncContextScope();
      const bus = container.get(Bus);
      container
        .bind("user")
        .toDynamicValue(() => new User(bus))
        .inPerAsyncContextScope({ destroy: () => void seen.push(unwrap(bus)) });
      await runInContext(async () => {
        unwrap(container.get<object>("user"));
        unwrap(bus);
        await release(bus);
        seen.push(unwrap(bus));
      });
      expect(seen[0]).to.equal(seen[1]);
    });
  });
});
