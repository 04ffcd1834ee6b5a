import { createServer, type IncomingMessage, type RequestListener, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { expect } from "chai";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { currentContext } from "inversify-scopes";
import { fastifyContext, inRequest, requestContext } from "inversify-scopes/http";

import { eventually } from "../support/connection.js";
import { gate } from "../support/gate.js";
import { World } from "../support/requests.js";
import { get, listen, RawClient } from "../support/sockets.js";

const SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n";
const upgrade = get("/chat", "Connection: Upgrade\r\nUpgrade: chat\r\n");

describe("An upgrade", () => {
  let world: World;
  let server: Server;
  let app: FastifyInstance | undefined;
  const sockets: Socket[] = [];
  beforeEach(() => (world = new World()));
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server?.closeAllConnections();
    server?.close();
    await app?.close();
    app = undefined;
    await world.container.unbindAllAsync();
  });

  /** A server that gives its upgrades to a listener, too, as `@fastify/websocket` and `express-ws` do. */
  async function serve(on: Server, upgraded: (req: IncomingMessage, socket: Socket) => void): Promise<RawClient> {
    server = on;
    server.on("upgrade", (req, socket: Socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      socket.on("end", () => socket.end()).resume(); // or it would not see the client leave
      upgraded(req, socket);
    });
    return new RawClient(await listen(server));
  }
  const left = async (client: RawClient): Promise<void> => {
    client.leave();
    await eventually("the server knows", () => sockets.every(({ closed }) => closed));
  };

  it("that does not pass the listener opens no context", async () => {
    const client = await serve(createServer(inRequest((_req, res) => res.end(world.here))), (_req, socket) =>
      socket.write(SWITCHING + String(currentContext()?.name)),
    );
    await client.send(upgrade);
    await client.receive("undefined");
    expect(world.open).to.eql([]);
    await left(client);
  });

  const tellsNothing: RequestListener = (req, res) =>
    requestContext()(req, res, () => req.socket.write(SWITCHING + world.here));
  for (const [how, respond] of [
    ["a response that has its socket", (req: IncomingMessage) => sent(new ServerResponse(req), req.socket)],
    ["a response without one", (req: IncomingMessage) => new ServerResponse(req)],
  ] as const) {
    it(`by hand, with ${how}, has a context until the socket closes`, async () => {
      const client = await serve(createServer(), (req) => tellsNothing(req, respond(req)));
      await client.send(upgrade);
      await client.receive("GET /chat");
      expect(world.open.map(({ name }) => name)).to.eql(["GET /chat"]);
      await left(client);
      await world.expectAllEnded(1);
    });
  }

  it("by hand, whose listener gives a promise, has it until that has settled, too", async () => {
    const work = gate();
    const listener = inRequest(async (req) => {
      req.socket.write(SWITCHING + world.here);
      await work.promise;
    });
    const client = await serve(createServer(), (req) => listener(req, new ServerResponse(req)));
    await client.send(upgrade);
    await client.receive("GET /chat");
    await left(client);
    expect(world.open).to.have.length(1);
    work.open();
    await world.expectAllEnded(1);
  });

  describe("in Fastify", () => {
    const start = async (handler: (request: FastifyRequest, reply: FastifyReply) => void): Promise<FastifyInstance> => {
      app = Fastify({ forceCloseConnections: true });
      await app.register(fastifyContext);
      app.get("/chat", handler);
      await app.ready();
      return app;
    };

    it("that the handler takes over has a context until the socket closes", async () => {
      const { routing, server: http } = await start((request, reply) => {
        reply.hijack();
        request.raw.socket.write(SWITCHING + world.here);
      });
      const client = await serve(http, (req, socket) => routing(req, sent(new ServerResponse(req), socket)));
      await client.send(upgrade);
      await client.receive("GET /chat");
      expect(world.open).to.have.length(1);
      await left(client);
      await world.expectAllEnded(1);
    });

    for (const [asked, request] of [
      ["nothing of the kind was asked", get("/chat")],
      // As Java's client and curl ask for HTTP/2 by default: Node goes on in HTTP/1.1.
      ["nobody listens to upgrades", upgrade],
    ] as const)
      it(`is no answer that the handler gives by itself, where ${asked}: its context is there until it tries`, async () => {
        const work = gate();
        const { server: http } = await start((_request, reply) => {
          reply.hijack();
          expect(world.here).to.equal("GET /chat");
          void work.promise.then(() => reply.raw.end("too late"));
        });
        server = http;
        const client = new RawClient(await listen(http));
        await client.send(request);
        await eventually("begun", () => world.begun.length === 1);
        client.leave();
        await eventually("the signal has aborted", () => world.open[0]!.signal.aborted);
        expect(world.open).to.have.length(1);
        work.open();
        await world.expectAllEnded(1);
      });

    it("has a context where its request is an object of no class, as that of injectWS", async () => {
      const socket = new PassThrough();
      const { routing, server: http } = await start((_request, reply) => {
        reply.hijack();
        socket.write(world.here);
      });
      server = http;
      const req = {
        method: "GET",
        url: "/chat",
        httpVersion: "1.1",
        headers: { connection: "upgrade", upgrade: "chat" },
      };
      routing(req as never, sent(new ServerResponse(req as never), socket as never));
      await eventually("answered", () => String(socket.read() ?? "") === "GET /chat");
      socket.destroy();
      await world.expectAllEnded(1);
    });
  });
});

function sent(response: ServerResponse, socket: Socket): ServerResponse {
  response.assignSocket(socket);
  return response;
}
