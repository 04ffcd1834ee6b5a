import "reflect-metadata";
import { type EventEmitter, once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createSecureServer,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { createServer as createHttpsServer, request } from "node:https";
import type { Server } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { expect } from "chai";
import { inRequest, stopServer } from "inversify-scopes/http";

import { eventually } from "../support/connection.js";
import { type Gate, gate, turn } from "../support/gate.js";
import { World } from "../support/requests.js";
import { listen, RawClient } from "../support/sockets.js";

/** TLS with a key that both sides have: it takes no certificate. */
const psk = Buffer.from("0123456789abcdef0123456789abcdef", "hex");
const TLS = { ciphers: "PSK+AES128:@SECLEVEL=0", maxVersion: "TLSv1.2" } as const;
const OF_SERVER = { ...TLS, pskCallback: () => psk };
const OF_CLIENT = {
  ...TLS,
  pskCallback: () => ({ psk, identity: "test" }),
  checkServerIdentity: () => undefined,
};

let world: World;
let held: Gate;
let begun: number;
beforeEach(() => {
  world = new World();
  held = gate();
  begun = 0;
});

/** Answers when the test says so. */
const holding = (): RequestListener =>
  inRequest(async (req, res) => {
    begun++;
    const answer = await world.connection.query(`<${req.url}>`);
    await held.promise;
    res.end(answer);
  });
const hasBegun = (): Promise<void> => eventually("a request has begun", () => begun > 0);

describe("stopServer with upgrades", () => {
  const UPGRADE = "Connection: Upgrade\r\nUpgrade: x\r\n\r\n";
  const upgrading = async (): Promise<{
    server: ReturnType<typeof createServer>;
    upgraded: string[];
    client: RawClient;
  }> => {
    const upgraded: string[] = [];
    const server = createServer(holding());
    for (const event of ["upgrade", "connect"] as const) {
      server.on(event, ({ url }, socket) => {
        upgraded.push(url);
        socket.on("error", () => {});
        socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
      });
    }
    return { server, upgraded, client: new RawClient(await listen(server)) };
  };

  for (const [what, line, rest] of [
    ["an upgrade", "GET /chat HTTP/1.1\r\nHost: test\r\n", UPGRADE],
    ["a CONNECT", "CONNECT chat:80 HTTP/1.1\r\nHost: test\r\n", "\r\n"],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { server, upgraded, client } = await upgrading();
      await client.send(line);
      await turn();
      const stopped = stopServer(server, world.container);
      await client.send(rest);
      await stopped;
      await eventually("closed", () => client.isClosed);
      expect(client.received).to.match(/^HTTP\/1.1 503 Service Unavailable\r\n/);
      expect(upgraded).to.eql([]);
    });
  }

  it("outlives a client that leaves while it is refused", async () => {
    const { server, client } = await upgrading();
    await client.send("GET /chat HTTP/1.1\r\nHost: test\r\n");
    await turn();
    const stopped = stopServer(server, world.container);
    await client.send(UPGRADE);
    client.leave();
    await stopped;
  });

  it("does not wait for ever where the runtime has no list of what was upgraded", async () => {
    const { server, client } = await upgrading();
    await client.send(`GET /chat HTTP/1.1\r\nHost: test\r\n${UPGRADE}`);
    await client.receive("101");
    const { _getActiveHandles: handles } = process as { _getActiveHandles?: unknown };
    Object.assign(process, { _getActiveHandles: undefined });
    try {
      await stopServer(server, world.container, { graceMs: 0 });
    } finally {
      Object.assign(process, { _getActiveHandles: handles });
    }
    expect(client.isClosed).to.equal(false);
    client.leave();
  });

  it("cuts what was upgraded before and has not been closed within graceMs", async () => {
    const { server, upgraded, client } = await upgrading();
    await client.send(`GET /chat HTTP/1.1\r\nHost: test\r\n${UPGRADE}`);
    await client.receive("101");
    await stopServer(server, world.container, { graceMs: 30 });
    await eventually("closed", () => client.isClosed);
    expect(upgraded).to.eql(["/chat"]);
  });
});

describe("stopServer with HTTPS", () => {
  it("answers what is under way, and cuts a connection that never ends its handshake", async () => {
    const server = createHttpsServer(OF_SERVER, holding());
    const port = await listen(server);
    const silent = new RawClient(port);
    const asked = request({ host: "127.0.0.1", port, path: "/a", ...OF_CLIENT }).end();
    const response = once(asked, "response") as Promise<[NodeJS.ReadableStream]>;
    await hasBegun();
    const stopped = stopServer(server, world.container, { graceMs: 300 });
    held.open();
    expect(await text((await response)[0])).to.equal("</a>");
    await stopped;
    await eventually("closed", () => silent.isClosed);
  });
});

/** The two kinds of servers for HTTP/2, and their clients. */
const kinds: Record<string, [(listener: RequestListener) => Server, (port: number) => ClientHttp2Session]> = {
  "in the clear": [
    (listener) => createHttp2Server(listener as never),
    (port) => connectHttp2(`http://127.0.0.1:${port}`),
  ],
  "over TLS": [
    (listener) => createSecureServer({ ...OF_SERVER, allowHTTP1: true }, listener as never),
    (port) => connectHttp2(`https://127.0.0.1:${port}`, OF_CLIENT),
  ],
};

for (const [kind, [create, connect]] of Object.entries(kinds)) {
  describe(`stopServer with HTTP/2, ${kind}`, () => {
    let server: Server;
    let session: ClientHttp2Session;
    let port: number;
    const serve = async (listener: RequestListener): Promise<void> => {
      server = create(listener);
      port = await listen(server);
      session = connect(port);
      session.on("error", () => {}); // it is cut
      await once(session, "connect");
    };
    afterEach(() => session.destroy());

    /** What it answers: its status and text, or why there is no answer. */
    const ask = async (path: string, send = (stream: { end(): unknown }): unknown => stream.end()): Promise<string> => {
      try {
        const stream = session.request({ ":path": path, ":method": "POST" });
        const body = text(stream);
        send(stream);
        body.catch(() => {});
        const [headers] = (await once(stream, "response")) as [{ ":status": number }];
        return `${headers[":status"]} ${await body}`;
      } catch (error) {
        return String(error);
      }
    };
    const closed = (): Promise<unknown> =>
      session.closed ? Promise.resolve() : once(session as EventEmitter, "close");

    it("answers what is under way, refuses what begins, and lets the session go", async () => {
      await serve(holding());
      const first = ask("/a");
      await hasBegun();
      const stopped = stopServer(server, world.container);
      // Since Node 24 the server closes its sessions by itself, which then refuse streams.
      expect(await ask("/b")).to.match(/^503 $|GOAWAY|NGHTTP2_REFUSED_STREAM/);
      held.open();
      expect(await first).to.equal("200 </a>");
      await Promise.all([stopped, closed()]);
      expect(begun).to.equal(1);
      await world.expectAllEnded(0);
    });

    it("takes a session that is idle for one that may be cut", async () => {
      await serve(holding());
      await Promise.all([stopServer(server, world.container, { graceMs: 30 }), closed()]);
    });

    it("goes on with a download that is under way", async () => {
      let response!: Http2ServerResponse;
      await serve(((_req: Http2ServerRequest, res: Http2ServerResponse) => {
        response = res;
        res.write("one");
        begun++;
      }) as never);
      const answer = ask("/a");
      await hasBegun();
      const stopped = stopServer(server, world.container, { graceMs: 300 });
      await turn();
      response.end("two");
      expect(await answer).to.equal("200 onetwo");
      await stopped;
    });

    it("refuses listeners of streams, too, and outlives clients that reset theirs", async () => {
      const streams: unknown[] = [];
      await serve(() => {});
      server.on("stream", (stream) => streams.push(stream));
      const stopped = stopServer(server, world.container, { graceMs: 100 });
      await ask("/b", (stream) => (stream as unknown as { close(code: number): void }).close(2));
      await stopped;
      expect(streams).to.eql([]);
    });
  });
}

describe("stopServer with HTTP/1 on a server for HTTP/2", () => {
  it("refuses what begins there, as always", async () => {
    const server = createSecureServer({ ...OF_SERVER, allowHTTP1: true }, holding() as never);
    const port = await listen(server);
    const socket = connectTls({ host: "127.0.0.1", port, ...OF_CLIENT, ALPNProtocols: ["http/1.1"] });
    await once(socket, "secureConnect");
    socket.write("GET /a HTTP/1.1\r\nHost: test\r\n\r\n");
    await hasBegun();
    const stopped = stopServer(server, world.container);
    socket.write("GET /b HTTP/1.1\r\nHost: test\r\n\r\n");
    await turn();
    held.open();
    const received = await text(socket);
    expect(received).to.match(
      /^HTTP\/1.1 200 OK\r\n[^]*<\/a>[^]*HTTP\/1.1 503 Service Unavailable\r\nconnection: close\r\n/,
    );
    await stopped;
    expect(begun).to.equal(1);
  });
});
