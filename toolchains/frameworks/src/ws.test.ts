import "reflect-metadata";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { expect } from "chai";
import { contextValue, runInContext } from "inversify-scopes";
import { inContext, inRequest } from "inversify-scopes/http";
import { type RawData, WebSocket, WebSocketServer } from "ws";

import { eventually, get, numbers, stays, TestServer, whereIs } from "./server.js";

describe("ws, inContext around each listener", () => {
  const server = TestServer.use();
  const failures: string[] = [];
  const heard = (promise: Promise<unknown>): void => void promise.catch((error: Error) => failures.push(error.message));

  /** A server that answers each message with its context, and that of its upgrade request. */
  async function serve(): Promise<void> {
    const { world } = server;
    failures.length = 0;
    world.container.bind<IncomingMessage>("upgrade").toContextValue({ shape: Object });
    const upgrade = world.container.get<IncomingMessage>("upgrade");
    const http = createServer(inRequest((_req, res) => res.end(world.here)));
    const sockets = new WebSocketServer({ server: http, perMessageDeflate: { threshold: 0 } });
    sockets.on("connection", (socket, request) => {
      const options = { values: () => [contextValue(upgrade, request)] };
      const onMessage = inContext(
        async (data: RawData) => {
          if (String(data) === "fail") throw new Error(`own, in ${world.here}`);
          const place = await stays(world, () => String(data) === "leave" && once(socket, "close"));
          socket.send(`${String(data)} ${upgrade.url} ${place}`);
        },
        { ...options, name: (data: RawData) => `message ${String(data)}` },
      );
      socket.on("message", (data) => heard(onMessage(data)));
      const onClose = inContext(async () => void (await stays(world)), { ...options, name: "close" });
      socket.on("close", () => heard(onClose()));
    });
    server.beforeStop(() => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    });
    await server.start(http);
  }

  /** Sends messages at once, and waits for as many answers. */
  async function talk(path: string, messages: readonly string[]): Promise<string[]> {
    const socket = new WebSocket(server.url(path).replace("http", "ws"));
    const answers: string[] = [];
    const over = new Promise<void>((resolve) => {
      socket.on("message", (data) => {
        if (answers.push(String(data)) === messages.length) resolve();
      });
    });
    await once(socket, "open");
    for (const message of messages) socket.send(message);
    await over;
    socket.close();
    await once(socket, "close");
    return answers;
  }

  it("gives each of 100 messages on five sockets a context and the socket's upgrade request", async () => {
    await serve();
    const { world } = server;
    const all = await Promise.all(
      numbers(5).map((n) =>
        talk(
          `/socket-${n}`,
          numbers(20).map((m) => `${n}-${m}`),
        ),
      ),
    );
    await world.expectAllEnded(105);
    const places = new Set<string>();
    for (const answer of all.flat()) {
      const [text, path, , place] = answer.split(" ");
      expect(path).to.equal(`/socket-${text!.split("-")[0]}`);
      places.add(place!);
    }
    expect(places.size).to.equal(100);
  });

  it("ends the context of a message whose listener fails, or whose client has left", async () => {
    await serve();
    const { world } = server;
    expect(await talk("/", ["one"])).to.have.length(1);
    const socket = new WebSocket(server.url("/").replace("http", "ws"));
    await once(socket, "open");
    socket.send("fail");
    socket.ping();
    await once(socket, "pong");
    socket.send("leave");
    await eventually("it is waited for", () => world.begun.includes("message leave"));
    socket.terminate();
    await world.expectAllEnded(5);
    expect(failures).to.eql(["own, in message fail"]);
  });

  it("has none for an upgrade that is malformed, which ws refuses", async () => {
    await serve();
    const client = server.connect();
    await client.send(get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: 1\r\n"));
    await client.receive("400 Bad Request");
    expect(server.world.begun).to.eql([]);
    expect(server.world.open).to.eql([]);
  });

  it("is no child of the request in which somebody has made the server", async () => {
    const { world } = server;
    await runInContext({ name: "maker" }, async () => {
      whereIs(world);
      await serve();
      expect((await talk("/", ["one"]))[0]).to.match(/^one \/ message one#/);
    });
    expect(await (await fetch(server.url("/page"))).text()).to.equal("GET /page");
    expect((await talk("/", ["two"]))[0]).to.match(/^two \/ message two#/);
    await world.expectAllEnded(6);
  });
});
