import "reflect-metadata";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { connect, createServer as createHttp2 } from "node:http2";
import { type AddressInfo, connect as connectSocket } from "node:net";
import { expect } from "chai";
import fastify from "fastify";
import { ScopedContainer } from "inversify-scopes";
import { dashboard } from "inversify-scopes/dashboard";
import type { Report } from "inversify-scopes/metrics";

type Listener = (req: IncomingMessage, res: ServerResponse) => unknown;

describe("dashboard: Node's servers", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  async function serve(listener: Listener): Promise<string> {
    server = createServer((req, res) => void listener(req, res)).listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const board = (seen: string[] = []): ReturnType<typeof dashboard> =>
    dashboard(new ScopedContainer(), { authorize: ({ url }) => seen.push(url) > 0 });
  /** What Express and Connect do. */
  const cutOff =
    (mount: string, listener: Listener): Listener =>
    (req, res) => {
      const from = req.url!;
      Object.assign(req, { originalUrl: from, url: from.slice(mount.length).replace(/^(?!\/)/, "/") });
      return listener(req, res);
    };

  it("the page, the report, HEAD, and what is refused", async () => {
    const url = await serve(board().listener);
    const page = await fetch(`${url}/`);
    expect([page.status, page.headers.get("content-type")]).to.eql([200, "text/html; charset=utf-8"]);
    expect(Number(page.headers.get("content-length"))).to.equal(Buffer.byteLength(await page.text()));
    const told = (await (await fetch(`${url}/report.json`)).json()) as Report;
    expect(told.pools).to.eql([]);
    const head = await fetch(`${url}/report.json`, { method: "HEAD" });
    expect([head.status, await head.text()]).to.eql([200, ""]);
    expect(Number(head.headers.get("content-length"))).to.be.greaterThan(0);
    const post = await fetch(`${url}/`, { method: "POST", body: "x" });
    expect([post.status, post.headers.get("allow")]).to.eql([405, "GET, HEAD"]);
    expect((await fetch(`${url}/other`)).status).to.equal(404);
  });

  it("where a framework has cut off the mount's path: with a slash at its end, without, and nothing below", async () => {
    const seen: string[] = [];
    const url = await serve(cutOff("/ops/pools", board(seen).listener));
    const visit = { headers: { accept: "text/html" } };
    for (const path of ["/ops/pools", "/ops/pools/", "/ops/pools?x=1", "/ops/pools/report.json"]) {
      const { status } = await fetch(url + path, { ...visit, redirect: "manual" });
      expect(status, path).to.equal(200);
    }
    for (const path of ["/ops/pools/more", "/ops/pools/more/", "/ops/pools/more/report.json"]) {
      expect((await fetch(url + path, visit)).status, path).to.equal(404);
    }
    // `authorize` sees where the request went.
    expect(seen[0]).to.equal(`${url}/ops/pools`);
  });

  it("where none has: a browser is sent to the slash, by a way that a proxy before the server does not spoil", async () => {
    const url = await serve(board().listener);
    const page = await fetch(`${url}/ops/pools`, { headers: { accept: "text/html" } });
    expect([page.status, page.url]).to.eql([200, `${url}/ops/pools/`]);
  });

  it("in Fastify", async () => {
    const app = fastify();
    const { listener } = board();
    app.get("/ops/*", (req, reply) => {
      reply.hijack();
      listener(req.raw, reply.raw);
    });
    for (const path of ["/ops/", "/ops/report.json"]) expect((await app.inject(path)).statusCode).to.equal(200);
    expect((await app.inject("/ops/other")).statusCode).to.equal(404);
    await app.close();
  });

  it("over HTTP/2, where headers have names of their own", async () => {
    const seen: string[] = [];
    const secure = createHttp2((req, res) => board(seen).listener(req, res)).listen(0, "127.0.0.1");
    await once(secure, "listening");
    const url = `http://127.0.0.1:${(secure.address() as AddressInfo).port}`;
    const client = connect(url);
    const stream = client.request({ ":path": "/report.json" });
    const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
    expect(headers[":status"]).to.equal(200);
    // Node 24 waits for ever for a session that is only asked to close while a stream of its has something to be read.
    client.destroy();
    secure.close();
    expect(seen).to.eql([`${url}/report.json`]);
  });

  it("`authorize` sees https where the connection is, and every value of a header", async () => {
    const seen: Request[] = [];
    const { listener } = dashboard(new ScopedContainer(), { authorize: (one) => seen.push(one) > 0 });
    const url = await serve((req, res) => {
      Object.assign(req.socket, { encrypted: true });
      listener(req, res);
    });
    const asked = request(url, { headers: { "x-many": ["a", "b"], cookie: ["c=1", "d=2"] } }).end();
    const [res] = (await once(asked, "response")) as [IncomingMessage];
    res.resume();
    expect(seen[0]!.url).to.equal(`${url.replace("http:", "https:")}/`);
    expect(seen[0]!.headers.get("x-many")).to.equal("a, b");
    expect(seen[0]!.headers.get("cookie")).to.equal("c=1; d=2");
  });

  /** The status line that comes for a raw request. */
  async function raw(url: string, head: string): Promise<string> {
    const socket = connectSocket(Number(new URL(url).port), "127.0.0.1");
    socket.write(`${head}\r\nConnection: close\r\n\r\n`);
    let said = "";
    for await (const chunk of socket) said += String(chunk);
    return said.split("\r\n")[0]!;
  }

  for (const [what, head, status] of [
    ["a host that is none", "GET / HTTP/1.1\r\nHost: a b:c", 200],
    ["no host", "GET / HTTP/1.0", 200],
    ["a whole address", "GET http://elsewhere/ops/report.json HTTP/1.1\r\nHost: x", 200],
    ["two slashes at the begin", "GET //evil/report.json HTTP/1.1\r\nHost: x", 200],
    ["no path", "OPTIONS * HTTP/1.1\r\nHost: x", 404],
    ["TRACE, which fetch does not know", "TRACE / HTTP/1.1\r\nHost: x", 405],
  ] as const) {
    it(`a request with ${what} is answered`, async () => {
      expect(await raw(await serve(board().listener), head)).to.include(` ${status} `);
    });
  }

  it("a request that somebody has answered meanwhile is left alone", async () => {
    const { listener } = board();
    const url = await serve((req, res) => {
      listener(req, res);
      res.writeHead(418).end();
    });
    expect((await fetch(url)).status).to.equal(418);
  });
});
