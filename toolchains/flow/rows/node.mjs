/** Node's own. */
import { EventEmitter } from "node:events";
import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { mock } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel, Worker } from "node:worker_threads";
import { createGzip } from "node:zlib";

const LISTENER = "`bindToContext(listener)`";
const ITERATE = "`bindToContext(listener)`, or `for await`";
const self = fileURLToPath(import.meta.url);

export const rows = [
  [
    "Node",
    "what follows `await`, resolved in C",
    "",
    async ({ B, C, here }) => {
      let resolve;
      const promise = new Promise((done) => (resolve = done));
      const seen = B(async () => (await promise, here()));
      C(resolve);
      return seen;
    },
  ],
  [
    "Node",
    "`setTimeout`, `setImmediate`, `nextTick`, `queueMicrotask`",
    "",
    async ({ B, spot }) => {
      const { promise, note } = spot();
      B(() => setTimeout(() => process.nextTick(() => queueMicrotask(() => setImmediate(() => note())))));
      return promise;
    },
  ],
  [
    "Node",
    "`setTimeout` under the mock timers of `node:test`, clock moved in A",
    "`bindToContext(callback)`, or move the clock in B",
    async ({ A, B, spot, tie }) => {
      const { promise, note } = spot();
      mock.timers.enable({ apis: ["setTimeout"] });
      B(() => {
        const callback = tie(note);
        setTimeout(() => callback(), 1);
      });
      A(() => mock.timers.tick(1));
      mock.timers.reset();
      return promise;
    },
  ],
  [
    "Node",
    "listener of an `EventEmitter`, emitted in A",
    LISTENER,
    async ({ A, B, here, tie }) => {
      const emitter = new EventEmitter();
      let seen;
      B(() =>
        emitter.on(
          "event",
          tie(() => (seen = here())),
        ),
      );
      A(() => emitter.emit("event"));
      return seen;
    },
  ],
  [
    "Node",
    "listener of an `EventTarget`, dispatched in A",
    LISTENER,
    async ({ A, B, here, tie }) => {
      const target = new EventTarget();
      let seen;
      B(() =>
        target.addEventListener(
          "event",
          tie(() => (seen = here())),
        ),
      );
      A(() => target.dispatchEvent(new Event("event")));
      return seen;
    },
  ],
  [
    "Node",
    "`abort` listener, aborted in A",
    LISTENER,
    async ({ A, B, here, tie }) => {
      const controller = new AbortController();
      let seen;
      B(() =>
        controller.signal.addEventListener(
          "abort",
          tie(() => (seen = here())),
        ),
      );
      A(() => controller.abort());
      return seen;
    },
  ],
  [
    "Node",
    "`abort` listener of `AbortSignal.timeout()` made in A",
    LISTENER,
    async ({ A, B, spot, tie }) => {
      const signal = A(() => AbortSignal.timeout(5));
      const { promise, note } = spot();
      B(() => signal.addEventListener("abort", tie(note)));
      // The timer of such a signal does not keep the process alive.
      await sleep(50);
      return promise;
    },
  ],
  [
    "Node",
    "`message` of a `Worker` started in A",
    LISTENER,
    async ({ A, B, spot, tie, cleanup }) => {
      const code = 'require("node:worker_threads").parentPort.on("message", function (m) { this.postMessage(m); })';
      const worker = A(() => new Worker(code, { eval: true }));
      cleanup(() => worker.terminate());
      const { promise, note } = spot();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window
      B(() => worker.on("message", tie(note)).postMessage("x"));
      return promise;
    },
  ],
  [
    "Node",
    "`message` of a `MessageChannel` made in A",
    LISTENER,
    async ({ A, B, C, spot, tie, cleanup }) => {
      const { port1, port2 } = A(() => new MessageChannel());
      cleanup(() => port1.close());
      const { promise, note } = spot();
      B(() => port1.on("message", tie(note)));
      C(() => port2.postMessage("x"));
      return promise;
    },
  ],
  [
    "Node",
    "`data` of a file stream opened in A",
    ITERATE,
    async ({ A, B, spot, tie }) => {
      const stream = A(() => createReadStream(self));
      const { promise, note } = spot();
      B(() => stream.on("data", tie(note)));
      return promise;
    },
  ],
  [
    "Node",
    "`for await` of a file stream opened in A",
    "",
    async ({ A, B, here }) => {
      const stream = A(() => createReadStream(self));
      return B(async () => {
        for await (const _ of stream) return here();
      });
    },
  ],
  [
    "Node",
    "`data` of a zlib stream made in A",
    ITERATE,
    async ({ A, B, spot, tie }) => {
      const gzip = A(() => createGzip());
      const { promise, note } = spot();
      B(() => gzip.on("data", tie(note)).end("x".repeat(100_000)));
      return promise;
    },
  ],
  [
    "Node",
    "`line` of a readline interface made in A",
    ITERATE,
    async ({ A, B, spot, tie }) => {
      const input = A(() => new PassThrough());
      const lines = A(() => createInterface({ input }));
      const { promise, note } = spot();
      B(() => lines.on("line", tie(note)));
      A(() => input.end("one\n"));
      return promise;
    },
  ],
];
