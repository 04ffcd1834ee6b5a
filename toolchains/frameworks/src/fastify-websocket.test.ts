import "reflect-metadata";
import { once } from "node:events";
import websocket from "@fastify/websocket";
import { expect } from "chai";
import Fastify from "fastify";
import { currentContext, openContexts } from "inversify-scopes";
import { fastifyContext, inContext } from "inversify-scopes/http";
import { type RawData, WebSocket } from "ws";

import { eventually, numbers, stays, TestServer, whereIs } from "./server.js";

describe("@fastify/websocket, with fastifyContext", () => {
  const server = TestServer.use();

  it("has one context for the upgrade, which ends leftMs after the socket, and one for each message", async () => {
    const { world } = server;
    const app = Fastify({ forceCloseConnections: true });
    await app.register(fastifyContext, { leftMs: 20 });
    await app.register(websocket);
    app.get("/orders", { websocket: true }, (socket) => {
      const upgrade = whereIs(world);
      const onMessage = inContext(
        async (data: RawData) => socket.send(`${String(data)} ${await stays(world)} ${upgrade}`),
        {
          name: "message",
        },
      );
      socket.on("message", (data: RawData) => void onMessage(data).catch((error: Error) => socket.send(error.message)));
    });
    app.get("/page", async () => currentContext()!.name);
    server.beforeStop(() => app.close());
    await app.listen({ port: 0, host: "127.0.0.1" });
    await server.start(app.server);

    const socket = new WebSocket(server.url("/orders").replace("http", "ws"));
    const answers: string[] = [];
    socket.on("message", (data) => answers.push(String(data)));
    await once(socket, "open");
    for (const n of numbers(10)) socket.send(n);
    await eventually("all are answered", () => answers.length === 10);
    expect(new Set(answers.map((answer) => answer.split(" ")[1])).size).to.equal(10);
    expect(new Set(answers.map((answer) => answer.split("GET /orders")[1])).size).to.equal(1);
    expect(openContexts().map(({ name }) => name)).to.eql(["GET /orders"]);
    expect(await (await fetch(server.url("/page"))).text()).to.equal("GET /page");
    socket.close();
    await world.expectAllEnded(11);
  });
});
