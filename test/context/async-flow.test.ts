import { EventEmitter, on, once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough, Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { expect } from "chai";
import { currentContext, runInContext } from "inversify-scopes";
import { perContext } from "../support/things.js";

/** Ways of Node to go on later. Each must find the context in which it was begun. */
const ways: Record<string, (go: () => void) => void> = {
  "a promise": (go) => void Promise.resolve().then(go),
  await: (go) =>
    void (async () => {
      await Promise.resolve();
      await Promise.resolve();
      go();
    })(),
  setTimeout: (go) => void setTimeout(go, 0),
  setInterval(go) {
    const timer = setInterval(() => {
      clearInterval(timer);
      go();
    }, 1);
  },
  setImmediate: (go) => void setImmediate(go),
  "process.nextTick": (go) => process.nextTick(go),
  queueMicrotask: (go) => queueMicrotask(go),
  "a thenable that is awaited": (go) =>
    void (async () => {
      await {
        then(resolve: (value: unknown) => void) {
          go();
          resolve(undefined);
        },
      };
    })(),
  "util.promisify": (go) => void promisify(setImmediate)().then(go),
  "an EventEmitter that emits here": (go) => {
    const emitter = new EventEmitter();
    emitter.once("event", go);
    emitter.emit("event");
  },
  "events.once": (go) => {
    const emitter = new EventEmitter();
    void once(emitter, "event").then(go);
    setImmediate(() => emitter.emit("event"));
  },
  "events.on": (go) => {
    const emitter = new EventEmitter();
    void (async () => {
      for await (const _ of on(emitter, "event")) {
        go();
        break;
      }
    })();
    setImmediate(() => emitter.emit("event"));
  },
  "a readable stream": (go) => void Readable.from(["a"]).on("data", go),
  "for await over a stream": (go) =>
    void (async () => {
      for await (const _ of Readable.from(["a"]).pipe(new PassThrough())) go();
    })(),
  "a pipeline with a transform": (go) => {
    const transform = new Transform({
      objectMode: true,
      transform(chunk, _, done) {
        go();
        done(null, chunk);
      },
    });
    transform.resume();
    void pipeline(Readable.from(["a"]), transform);
  },
  "an async generator": (go) =>
    void (async () => {
      async function* numbers(): AsyncGenerator<number> {
        await Promise.resolve();
        go();
        yield 1;
      }
      for await (const _ of numbers()) break;
    })(),
  "an HTTP answer": (go) => {
    const server = createServer((_, response) => response.end("ok")).listen(0, "127.0.0.1", () => {
      get({ port: (server.address() as AddressInfo).port, agent: false }, (answer: IncomingMessage) => {
        answer.resume();
        answer.on("end", () => {
          server.close();
          go();
        });
      });
    });
  },
};

describe("contexts under real conditions: the context is found", () => {
  for (const [way, begin] of Object.entries(ways)) {
    it(`after ${way}`, async () => {
      const thing = perContext("thing");
      const results = await Promise.all(
        ["one", "two"].map((name) =>
          runInContext({ name }, async () => {
            const mine = thing.which();
            return await new Promise<unknown>((resolve) => {
              begin(() => resolve(currentContext()?.name === name && thing.which() === mine));
            });
          }),
        ),
      );
      expect(results).to.eql([true, true]);
    });
  }

  it("in a server's handler, one context for each request (scenario 20)", async () => {
    const thing = perContext("thing");
    const server = createServer((request, response) => {
      void runInContext({ name: request.url! }, async () => {
        const mine = thing.which();
        let body = "";
        for await (const chunk of request) body += String(chunk);
        response.end(JSON.stringify({ same: thing.which() === mine, name: currentContext()?.name, body }));
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const answers = await Promise.all(
      ["/a", "/b", "/c"].map(async (path) => {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body: path.repeat(1000) });
        return (await answer.json()) as { same: boolean; name: string; body: string };
      }),
    );
    expect(answers.map(({ same, name }) => [same, name])).to.eql([
      [true, "/a"],
      [true, "/b"],
      [true, "/c"],
    ]);
    expect(answers[2]!.body).to.equal("/c".repeat(1000));
    server.closeAllConnections();
    server.close();
  });

  it("no context crosses to a worker thread; a worker's message comes back into it (scenario 28)", async () => {
    const code = `
      import { parentPort } from "node:worker_threads";
      import { currentContext, runInContext } from "inversify-scopes";
      const before = String(currentContext());
      const own = await runInContext({ name: "in the worker" }, () => currentContext().name);
      parentPort.postMessage({ before, own });
    `;
    const answer = await runInContext({ name: "main" }, async () => {
      const worker = new Worker(
        new URL(
          `data:text/javascript,${encodeURIComponent(code.replace('"inversify-scopes"', JSON.stringify(import.meta.resolve("inversify-scopes"))))}`,
        ),
      );
      // Both from the start: a worker that exits at once emits them in one go.
      const [[message]] = (await Promise.all([once(worker, "message"), once(worker, "exit")])) as [[unknown], unknown];
      return { message, context: currentContext()?.name };
    });
    expect(answer).to.eql({ message: { before: "undefined", own: "in the worker" }, context: "main" });
  });
});
