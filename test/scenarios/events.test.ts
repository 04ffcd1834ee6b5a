import "reflect-metadata";
import { EventEmitter } from "node:events";
import { expect } from "chai";
import { inject, injectable } from "inversify";
import { bindToContext, currentContext, detach, runInContext, ScopedContainer } from "inversify-scopes";

import { thrown } from "../support/errors.js";
import { gate, turn } from "../support/gate.js";

/** Loads many keys at once, as GraphQL's data loaders do, and keeps what it has loaded. */
class Loader {
  static made = 0;
  readonly batches: number[][] = [];
  readonly #cache = new Map<number, Promise<string>>();
  #keys: number[] | undefined;
  constructor() {
    Loader.made++;
  }
  load(key: number): Promise<string> {
    let loaded = this.#cache.get(key);
    if (loaded === undefined) this.#cache.set(key, (loaded = this.#enqueue(key)));
    return loaded;
  }
  async #enqueue(key: number): Promise<string> {
    if (this.#keys === undefined) {
      this.#keys = [];
      queueMicrotask(() => {
        this.batches.push(this.#keys!);
        this.#keys = undefined;
      });
    }
    this.#keys.push(key);
    await turn();
    return `item ${key}`;
  }
}

/** A queue's worker: it calls the processor, and tells by events, outside of it. */
class Worker extends EventEmitter {
  constructor(readonly process: (job: string) => Promise<string>) {
    super();
  }
  async run(job: string): Promise<void> {
    try {
      this.emit("completed", job, await this.process(job));
    } catch (error) {
      this.emit("failed", job, error);
    }
  }
}

describe("scenarios: jobs, resolvers, sockets, global components", () => {
  let container: ScopedContainer;
  let loader: Loader;
  beforeEach(() => {
    Loader.made = 0;
    container = new ScopedContainer();
    container.bind(Loader).toSelf().inPerAsyncContextScope();
    loader = container.get(Loader);
  });
  afterEach(() => container.unbindAllAsync());

  it("jobs that run at once have a context each; so have the listeners for their end, which run outside of theirs (S27)", async () => {
    const seen: string[] = [];
    const worker = new Worker((job) =>
      runInContext({ name: job }, async () => {
        await loader.load(1);
        if (job === "job b") throw new Error("no");
        return `${currentContext()?.name} done`;
      }),
    );
    worker.on("completed", (job: string, result: string) => {
      thrown("NO_CONTEXT", () => loader.batches);
      void detach({ name: `after ${job}` }, () => {
        expect(loader.batches).to.eql([]);
        seen.push(`${result}, ${currentContext()?.name}`);
      });
    });
    worker.on("failed", (job: string, error: Error) => {
      void detach({ name: `after ${job}` }, () => seen.push(`${job}: ${error.message}, ${currentContext()?.name}`));
    });
    await Promise.all(["job a", "job b", "job c"].map((job) => worker.run(job)));
    expect(seen.toSorted()).to.eql(["job a done, after job a", "job b: no, after job b", "job c done, after job c"]);
    expect(Loader.made, "three jobs, and two listeners who touched it").to.equal(5);
  });

  it("a hundred resolvers of one operation share the loader, and its batch; another operation has its own (S63)", async () => {
    const operation = (): Promise<number[][]> =>
      runInContext(async () => {
        await Promise.all(Array.from({ length: 100 }, (_, i) => Promise.resolve().then(() => loader.load(i % 10))));
        return loader.batches;
      });
    const [one, two] = await Promise.all([operation(), operation()]);
    for (const batches of [one, two]) {
      expect(batches).to.have.length(1);
      expect(batches[0]!.toSorted((a, b) => a - b)).to.eql([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
    expect(Loader.made).to.equal(2);
  });

  it("each event on a socket has a fresh child of the connection's context, so that nothing is cached for ever (S64)", async () => {
    const socket = new EventEmitter();
    const closed = gate();
    const seen: unknown[] = [];
    const connection = runInContext({ name: "connection" }, async () => {
      await loader.load(1);
      const inConnection = bindToContext((work: () => Promise<void>) => runInContext({ name: "event" }, work));
      socket.on("message", (key: number) => {
        void inConnection(async () => {
          await loader.load(key);
          seen.push([currentContext()?.name, currentContext()?.parent?.name, loader.batches.length]);
        });
      });
      await closed.promise;
      return loader.batches.length;
    });
    await turn();
    socket.emit("message", 1);
    socket.emit("message", 1);
    await turn();
    closed.open();
    expect(await connection, "the connection's own").to.equal(1);
    expect(seen).to.eql([
      ["event", "connection", 1],
      ["event", "connection", 1],
    ]);
    expect(Loader.made).to.equal(3);
  });

  it("a global component that exists once (a strategy, a cron job, a gateway) is injected the proxy, and works (S65)", async () => {
    @injectable()
    class Strategy {
      constructor(@inject(Loader) private readonly users: Loader) {}
      validate(id: number): Promise<string> {
        return this.users.load(id);
      }
    }
    container.bind(Strategy).toSelf().inSingletonScope();
    const strategy = container.get(Strategy); // long before the first request
    expect(await Promise.all([1, 2].map((id) => runInContext(() => strategy.validate(id))))).to.eql([
      "item 1",
      "item 2",
    ]);
    thrown("NO_CONTEXT", () => void strategy.validate(3));
  });
});
