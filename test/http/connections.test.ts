import { createServer, type RequestListener, type Server } from "node:http";
import { expect } from "chai";
import { currentContext } from "inversify-scopes";
import { inRequest } from "inversify-scopes/http";

import { eventually } from "../support/connection.js";
import { World } from "../support/requests.js";
import { get, listen, post, RawClient } from "../support/sockets.js";
import { unhandledDuring, warningsDuring } from "../support/warnings.js";

describe("Requests on one connection", () => {
  let world: World;
  let server: Server;
  let port: number;
  const serve = async (listener: RequestListener): Promise<RawClient> => {
    server = createServer(listener);
    port = await listen(server);
    return new RawClient(port);
  };
  beforeEach(() => (world = new World()));
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await world.container.unbindAllAsync();
  });
  /** Queries twice and says in which context. */
  const asking = (): RequestListener =>
    inRequest(async (_req, res) => {
      const first = await world.connection.query(world.here);
      const second = await world.connection.query(world.here);
      res.end(`<${first}|${second}>`);
    });

  it("have a context each, one after the other", async () => {
    const client = await serve(asking());
    for (const n of [1, 2, 3]) {
      await client.send(get(`/${n}`));
      await client.receive(`<GET /${n}|GET /${n}>`);
      await world.expectAllEnded(n);
    }
  });

  it("have a context each where they are pipelined, in one packet", async () => {
    const client = await serve(asking());
    await client.send(Array.from({ length: 20 }, (_, n) => get(`/${n}`)).join(""));
    await client.receive("<GET /19|GET /19>");
    await world.expectAllEnded(20);
  });

  it("end though the client leaves before the turn of the pipelined ones has come", async () => {
    const open: unknown[] = [];
    const client = await serve(
      inRequest(
        (_req, _res) => {
          open.push(world.here);
        },
        { leftMs: 5 },
      ),
    );
    const warnings = await warningsDuring(async () => {
      await client.send(Array.from({ length: 20 }, (_, n) => get(`/${n}`)).join(""));
      await eventually("all begun", () => open.length === 20);
      client.leave();
      await world.expectAllEnded(20);
    });
    expect(warnings).to.eql([]);
  });

  it("end where the client leaves during the answer to a pipelined one whose turn has come", async () => {
    const aborted: string[] = [];
    const client = await serve(
      inRequest(async (req, res) => {
        currentContext()!.signal.addEventListener("abort", () => aborted.push(world.here));
        res.write(`<${world.here}>`);
        if (req.url === "/1") res.end();
      }),
    );
    await client.send(get("/1") + get("/2"));
    await client.receive("<GET /2>");
    client.leave();
    await world.expectAllEnded(2);
    expect(aborted).to.eql(["GET /2"]);
  });

  it("abort all of them when the client leaves", async () => {
    let aborted = 0;
    const client = await serve(
      inRequest(async () => {
        const { signal } = currentContext()!;
        expect(world.here).to.be.a("string");
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        aborted++;
      }),
    );
    await client.send(get("/1") + get("/2") + get("/3"));
    await eventually("all begun", () => world.begun.length === 3);
    client.leave();
    await world.expectAllEnded(3);
    expect(aborted).to.equal(3);
  });

  it("at once, a hundred on as many connections: nobody meets an instance in use", async () => {
    const first = await serve(asking());
    const clients = [first, ...Array.from({ length: 99 }, () => new RawClient(port))];
    await Promise.all(
      clients.map(async (client, n) => {
        for (const path of [`/${n}/a`, `/${n}/b`]) {
          await client.send(get(path));
          await client.receive(`<GET ${path}|GET ${path}>`);
        }
      }),
    );
    await world.expectAllEnded(200);
  });

  it("end though the chunks of a body are malformed: Node answers, as ever", async () => {
    const client = await serve(
      inRequest(async (req, res) => {
        res.setHeader("x-of", world.here);
        for await (const chunk of req) await world.connection.query(String(chunk));
      }),
    );
    const rejections = await unhandledDuring(async () => {
      await client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
      await eventually("begun", () => world.begun.length === 1);
      await client.send("nonsense\r\n");
      await client.receive("400 Bad Request");
      await world.expectAllEnded(1);
    });
    expect(rejections.map((error) => (error as Error).message)).to.eql(["aborted"]);
  });

  it("with a body that was not read leave the next one alone", async () => {
    const client = await serve(inRequest((_req, res) => res.end(`<${world.here}>`)));
    await client.send(`${post("/", 3)}abc${get("/next")}`);
    await client.receive("<GET /next>");
    await world.expectAllEnded(2);
  });
});
