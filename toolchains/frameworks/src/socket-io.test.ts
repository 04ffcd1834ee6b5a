import "reflect-metadata";
import { once } from "node:events";
import { createServer } from "node:http";
import { expect } from "chai";
import { contextValue } from "inversify-scopes";
import { inContext, inRequest } from "inversify-scopes/http";
import { Server, type Socket } from "socket.io";
import { io as connect } from "socket.io-client";

import { numbers, stays, TestServer } from "./server.js";

describe("Socket.IO, inContext around each listener", () => {
  const server = TestServer.use();

  async function serve(): Promise<void> {
    const { world } = server;
    world.container.bind<Socket>("socket").toContextValue({ shape: Object });
    const current = world.container.get<Socket>("socket");
    const http = createServer(inRequest((_req, res) => res.end(world.here)));
    const io = new Server(http);
    io.use((socket, next) => {
      const check = inContext(async () => void (await stays(world)), { name: "handshake" });
      check().then(() => next(), next);
      socket.data = { user: socket.handshake.auth["user"] };
    });
    io.on("connection", (socket) => {
      const gone = once(socket, "disconnect");
      type Ack = (answer: unknown) => void;
      const options = { name: (n: number) => `order ${n}`, values: () => [contextValue(current, socket)] };
      const order = inContext(async (n: number) => {
        const answered = current.emitWithAck("ask", n);
        const place = await stays(world, () => Promise.race([answered, gone]));
        if (n < 0) throw new Error(`own, in ${world.here}`);
        return `${current.data.user} ${place}`;
      }, options);
      socket.on("order", (n: number, ack: Ack) => void order(n).then(ack, (error: Error) => ack(error.message)));
    });
    server.beforeStop(() => void io.close()); // it waits for connections, which are closed next
    await server.start(http);
  }

  function client(transport: string, user: string) {
    const socket = connect(server.url("/"), { transports: [transport], auth: { user }, forceNew: true });
    socket.on("ask", (n: number, ack: (n: number) => void) => ack(n));
    server.beforeStop(() => socket.close());
    return socket;
  }

  for (const transport of ["websocket", "polling"]) {
    it(`gives each event a context, by ${transport}`, async () => {
      await serve();
      const { world } = server;
      const answers = await Promise.all(
        numbers(4).flatMap((user) => {
          const socket = client(transport, `user${user}`);
          return numbers(10).map(async (n) => [user, n, await socket.emitWithAck("order", n)] as const);
        }),
      );
      await world.expectAllEnded(44);
      for (const [user, n, answer] of answers) expect(answer).to.match(new RegExp(`^user${user} order ${n}#`));
      expect(new Set(answers.map(([, , answer]) => answer)).size).to.equal(40);
    });

    it(`ends it where the listener fails, and where the client leaves, by ${transport}`, async () => {
      await serve();
      const { world } = server;
      const socket = client(transport, "ann");
      expect(await socket.emitWithAck("order", -1)).to.equal("own, in order -1");
      expect(await (await fetch(server.url("/page"))).text()).to.equal("GET /page");
      const leaver = client(transport, "ben");
      leaver.off("ask").on("ask", () => leaver.close());
      leaver.emit("order", 7, () => {});
      await world.expectAllEnded(5);
      expect(world.begun).to.include("order 7");
    });
  }
});
