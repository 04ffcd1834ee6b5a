import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { exec } from "node:child_process";
import { pbkdf2, randomBytes } from "node:crypto";
import { lookup } from "node:dns";
import { promises, stat } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { PassThrough, pipeline, Readable } from "node:stream";
import { setInterval as intervals } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import { gzip } from "node:zlib";
import { expect } from "chai";
import { currentContext, runInContext } from "inversify-scopes";
import { perContext } from "../support/things.js";

/** What Node does elsewhere (threads, the kernel, other processes) and comes back from. */
const apis: Readonly<Record<string, (go: () => void) => void>> = {
  "a file, by callback": (go) => stat("/", go),
  "a file, by promise": (go) => void promises.stat("/").then(go),
  "a name's address": (go) => lookup("localhost", go),
  compression: (go) => gzip("x", go),
  "a derived key": (go) => pbkdf2("a", "b", 1, 8, "sha256", go),
  "random bytes": (go) => randomBytes(8, go),
  "another process": (go) => exec(`"${process.execPath}" --version`, go),
  "a socket's data": (go) => {
    const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1", () => {
      const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
      socket.on("data", () => {
        server.close();
        go();
      });
    });
  },
  "lines of a stream": (go) => void createInterface({ input: Readable.from(["line\n"]) }).once("line", go),
  "a web stream": (go) =>
    void (async () => {
      const stream = new ReadableStream({
        start(controller) {
          controller.enqueue(1);
          controller.close();
        },
      });
      for await (const _ of stream) go();
    })(),
  "a pipeline's callback": (go) => void pipeline(Readable.from(["a"]), new PassThrough().resume(), go),
  "a message of a channel": (go) => {
    const { port1, port2 } = new MessageChannel();
    port1.once("message", () => {
      port1.close();
      go();
    });
    port2.postMessage("hello");
  },
  "an event of an EventTarget": (go) => {
    const target = new EventTarget();
    target.addEventListener("event", go, { once: true });
    target.dispatchEvent(new Event("event"));
  },
  "a signal's time-out": (go) => AbortSignal.timeout(1).addEventListener("abort", go, { once: true }),
  "intervals that are iterated": (go) =>
    void (async () => {
      for await (const _ of intervals(1)) {
        go();
        break;
      }
    })(),
  "an AsyncResource": (go) => {
    const resource = new AsyncResource("test");
    setImmediate(() => resource.runInAsyncScope(go));
  },
  "a snapshot": (go) => {
    const run = AsyncLocalStorage.snapshot();
    setImmediate(() => run(go));
  },
  "a module that is imported": (go) => void import("node:os").then(go),
};

describe("contexts under real conditions: the context is found after Node has been elsewhere", () => {
  for (const [api, begin] of Object.entries(apis)) {
    it(`for ${api}`, async () => {
      const thing = perContext("thing");
      const results = await Promise.all(
        ["one", "two"].map((name) =>
          runInContext({ name }, async () => {
            const mine = thing.which();
            return new Promise<unknown>((resolve) => {
              begin(() => resolve(currentContext()?.name === name && thing.which() === mine));
            });
          }),
        ),
      );
      expect(results).to.eql([true, true]);
    });
  }
});
