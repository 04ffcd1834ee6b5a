/** Servers and clients of sockets: A is where the server or the client was made. */
import { once } from "node:events";
import { createServer, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const LISTENER = "`bindToContext(listener)`";

async function listen(server, cleanup) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup(() => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())));
  return server.address().port;
}

/** Posts a body: the head first, the rest when the server has got that. */
async function post(server, port, headers, parts) {
  const begun = once(server, "request");
  const sent = request({ port, host: "127.0.0.1", method: "POST", headers });
  const answered = new Promise((resolve, reject) => {
    sent.on("error", reject).on("response", (response) => response.resume().on("end", resolve));
  });
  sent.flushHeaders();
  await begun;
  for (const part of parts) {
    await sleep(20);
    sent.write(part);
  }
  sent.end();
  await answered;
}

const BOUNDARY = "x-x-x";
const HEAD = { "content-type": `multipart/form-data; boundary=${BOUNDARY}` };
const FILE = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="f"; filename="f"\r\n\r\n`;
const PARTS = [FILE, "x".repeat(100_000), `\r\n--${BOUNDARY}--\r\n`];

/** A server, made in A, each of whose requests is handled in B. */
async function handled(kit, handle, ...sent) {
  const server = kit.A(() => createServer((req, res) => kit.B(() => handle(req, res))));
  const port = await kit.A(() => listen(server, kit.cleanup));
  await post(server, port, ...sent);
}

/** A client of undici's that has opened its connection in A. */
async function clientOfA(kit) {
  const { Client } = await import("undici");
  const port = await listen(
    createServer((req, res) => res.end("x")),
    kit.cleanup,
  );
  const client = kit.A(() => new Client(`http://127.0.0.1:${port}`));
  kit.cleanup(() => client.destroy());
  await kit.A(async () => (await client.request({ path: "/", method: "GET" })).body.text());
  return client;
}

export const rows = [
  [
    "Node",
    "http: `data` of a request, body in later packets",
    "`inRequest`, `requestContext`",
    async (kit) => {
      const { promise, note } = kit.spot();
      await handled(kit, (req, res) => req.on("data", kit.tie(note)).on("end", () => res.end()), {}, ["x", "y"]);
      return promise;
    },
  ],
  [
    "Node",
    "http: `for await` of a request",
    "",
    async (kit) => {
      const { promise, note } = kit.spot();
      await handled(
        kit,
        async (req, res) => {
          for await (const _ of req) note();
          res.end();
        },
        {},
        ["x", "y"],
      );
      return promise;
    },
  ],
  [
    "express",
    "handler after `express.json()`, body in later packets",
    "",
    async (kit) => {
      const { default: express } = await import("express");
      const { promise, note } = kit.spot();
      const app = express();
      app.use((req, res, next) => kit.B(() => next()));
      app.use(express.json());
      app.use((req, res) => (note(), res.end()));
      const server = kit.A(() => createServer(app));
      const port = await kit.A(() => listen(server, kit.cleanup));
      await post(server, port, { "content-type": "application/json" }, ["{", '"a": 1}']);
      return promise;
    },
  ],
  [
    "multer",
    "handler after `multer().any()`",
    "",
    async (kit) => {
      const { default: multer } = await import("multer");
      const upload = multer().any();
      const { promise, note } = kit.spot();
      await handled(kit, (req, res) => upload(req, res, () => (note(), res.end())), HEAD, PARTS);
      return promise;
    },
  ],
  [
    "busboy",
    "`file`, body in later packets",
    LISTENER,
    async (kit) => {
      const { default: busboy } = await import("busboy");
      const { promise, note } = kit.spot();
      const handle = (req, res) => {
        const parser = busboy({ headers: req.headers });
        const onFile = kit.tie(note);
        parser.on("file", (_, file) => (onFile(), file.resume())).on("close", () => res.end());
        req.pipe(parser);
      };
      await handled(kit, handle, HEAD, PARTS);
      return promise;
    },
  ],
  [
    "undici",
    "handler of `dispatch`, connection opened in A",
    "`bindToContext` on each of its methods",
    async (kit) => {
      const client = await clientOfA(kit);
      const { promise, note } = kit.spot();
      const handler = {
        onRequestStart() {},
        onResponseStart: undefined,
        onResponseData() {},
        onResponseEnd() {},
        onResponseError() {},
      };
      kit.B(() => client.dispatch({ path: "/", method: "GET" }, { ...handler, onResponseStart: kit.tie(note) }));
      return promise;
    },
  ],
  [
    "undici",
    "what follows `await request()`",
    "",
    async (kit) => {
      const client = await clientOfA(kit);
      return kit.B(async () => (await (await client.request({ path: "/", method: "GET" })).body.text(), kit.here()));
    },
  ],
  [
    "ws",
    "server: `message`, listened to in B",
    `${LISTENER}; \`inContext\` for each message`,
    async (kit) => {
      const { WebSocket, WebSocketServer } = await import("ws");
      const { promise, note } = kit.spot();
      const server = kit.A(() => new WebSocketServer({ host: "127.0.0.1", port: 0 }));
      await once(server, "listening");
      kit.cleanup(() => new Promise((resolve) => server.close(resolve)));
      server.on("connection", (socket) => kit.B(() => socket.on("message", kit.tie(note))));
      const client = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
      kit.cleanup(() => client.terminate());
      await once(client, "open");
      client.send("x");
      return promise;
    },
  ],
  [
    "ws",
    "client: `message`, connected in A",
    LISTENER,
    async (kit) => {
      const { WebSocket, WebSocketServer } = await import("ws");
      const { promise, note } = kit.spot();
      const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
      await once(server, "listening");
      kit.cleanup(() => new Promise((resolve) => server.close(resolve)));
      server.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
      const client = kit.A(() => new WebSocket(`ws://127.0.0.1:${server.address().port}`));
      kit.cleanup(() => client.terminate());
      await once(client, "open");
      kit.B(() => client.on("message", kit.tie(note)).send("x"));
      return promise;
    },
  ],
  ...["websocket", "polling"].map((transport) => [
    "socket.io",
    `event by ${transport}, listened to in B`,
    `${LISTENER}; \`inContext\` for each event`,
    async (kit) => {
      const [{ Server }, { io }] = [await import("socket.io"), await import("socket.io-client")];
      const http = createServer();
      const server = kit.A(() => new Server(http));
      const port = await kit.A(() => listen(http, () => {}));
      const { promise, note } = kit.spot();
      server.on("connection", (socket) => kit.B(() => socket.on("event", kit.tie(note))));
      const client = io(`http://127.0.0.1:${port}`, { transports: [transport] });
      kit.cleanup(() => server.close());
      kit.cleanup(() => client.close());
      await once(client, "connect");
      client.emit("event");
      return promise;
    },
  ]),
  [
    "@grpc/grpc-js",
    "callback of a unary call, client made in A",
    "",
    async (kit) => {
      const { client, call } = await grpc(kit);
      const { promise, note } = kit.spot();
      kit.B(() => call(client, kit.tie(note)));
      return promise;
    },
  ],
  [
    "@grpc/grpc-js",
    "unary handler of a server made in A",
    "`inContext(handler)`",
    async (kit) => {
      const { promise, note } = kit.spot();
      const { client, call } = await grpc(kit, note);
      kit.B(() => call(client, () => {}));
      return promise;
    },
  ],
];

async function grpc(kit, onCall = () => {}) {
  const { default: grpc } = await import("@grpc/grpc-js");
  const same = (value) => Buffer.from(value);
  const method = {
    path: "/flow/Call",
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  const Client = grpc.makeGenericClientConstructor({ call: method }, "flow");
  const server = kit.A(() => new grpc.Server());
  kit.A(() => server.addService({ call: method }, { call: (_, done) => (onCall(), done(null, "x")) }));
  const bind = promisify(server.bindAsync.bind(server));
  const port = await kit.A(() => bind("127.0.0.1:0", grpc.ServerCredentials.createInsecure()));
  kit.cleanup(() => server.forceShutdown());
  const client = kit.A(() => new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure()));
  kit.cleanup(() => client.close());
  const call = (of, callback) => of.call("x", callback);
  await new Promise((resolve) => kit.A(() => client.waitForReady(Date.now() + 5000, resolve)));
  return { client, call };
}
