import "reflect-metadata";
import { once } from "node:events";
import websocket, { type WebsocketHandler } from "@fastify/websocket";
import { expect } from "chai";
import Fastify, { type FastifyInstance } from "fastify";
import { currentContext, openContexts } from "inversify-scopes";
import { fastifyContext, inContext } from "inversify-scopes/http";
import { type RawData, WebSocket } from "ws";

import { eventually, gate, get, numbers, stays, TestServer, whereIs } from "./server.js";

describe("@fastify/websocket, with fastifyContext", () => {
  const server = TestServer.use();

  async function serve(handler: WebsocketHandler, hook?: () => Promise<void>): Promise<FastifyInstance> {
    const app = Fastify({ forceCloseConnections: true });
    await app.register(fastifyContext);
    await app.register(websocket);
    app.get("/orders", { websocket: true, ...(hook && { preValidation: hook }) }, handler);
    app.get("/page", async () => currentContext()!.name);
    server.beforeStop(() => app.close());
    await app.listen({ port: 0, host: "127.0.0.1" });
    await server.start(app.server);
    return app;
  }
  const connect = (): WebSocket => new WebSocket(server.url("/orders").replace("http", "ws"));
  const open = (): string[] => openContexts().map(({ name }) => name);

  it("has one context for the upgrade, which ends with the socket, and one for each message", async () => {
    const { world } = server;
    await serve((socket) => {
      const upgrade = whereIs(world);
      const onMessage = inContext(
        async (data: RawData) => socket.send(`${String(data)} ${await stays(world)} ${upgrade}`),
        {
          name: "message",
        },
      );
      socket.on("message", (data: RawData) => void onMessage(data).catch((error: Error) => socket.send(error.message)));
    });

    const socket = connect();
    const answers: string[] = [];
    socket.on("message", (data) => answers.push(String(data)));
    await once(socket, "open");
    for (const n of numbers(10)) socket.send(n);
    await eventually("all are answered", () => answers.length === 10);
    expect(new Set(answers.map((answer) => answer.split(" ")[1])).size).to.equal(10);
    expect(new Set(answers.map((answer) => answer.split("GET /orders")[1])).size).to.equal(1);
    expect(open()).to.eql(["GET /orders"]);
    expect(await (await fetch(server.url("/page"))).text()).to.equal("GET /page");
    socket.close();
    await world.expectAllEnded(11);
  });

  it("ends it where the handler fails, which has the socket closed", async () => {
    const { world } = server;
    await serve(async () => {
      await stays(world);
      throw new Error("own");
    });
    await once(connect(), "close");
    await world.expectAllEnded(1);
  });

  it("ends it where the upgrade is refused by an answer", async () => {
    const { world } = server;
    await serve(
      () => {},
      async () => {
        await stays(world);
        throw new Error("nobody knows you");
      },
    );
    const [error] = (await once(connect(), "error")) as [Error];
    expect(error.message).to.include("500");
    await world.expectAllEnded(1);
  });

  it("ends it where the upgrade is malformed, which ws refuses", async () => {
    const { world } = server;
    await serve(
      () => expect.fail("there is no WebSocket"),
      async () => void (await stays(world)),
    );
    const client = server.connect();
    await client.send(get("/orders", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: 1\r\n"));
    await client.receive("400 Bad Request");
    await world.expectAllEnded(1);
  });

  it("keeps it for a hook whose client has left", async () => {
    const { world } = server;
    const work = gate();
    const here: string[] = [];
    await serve(
      () => void here.push("the handler"),
      async () => {
        here.push(world.here);
        await work.promise;
        here.push(await stays(world));
        throw new Error("too late");
      },
    );
    const socket = connect();
    socket.on("error", () => {});
    await eventually("begun", () => here.length === 1);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.terminate();
    await closed;
    expect(open()).to.eql(["GET /orders"]);
    work.open();
    await world.expectAllEnded(1);
    expect(here[1]).to.include(here[0]);
  });

  it("ends it without a server, too", async () => {
    const { world } = server;
    const app = await serve((socket) => socket.send(whereIs(world)));
    let said = "";
    const socket = await app.injectWS(
      "/orders",
      {},
      { onInit: (ws) => ws.on("message", (data) => (said = String(data))) },
    );
    await eventually("it is told", () => said.includes("GET /orders"));
    socket.terminate();
    await world.expectAllEnded(1);
  });
});
