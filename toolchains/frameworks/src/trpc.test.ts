import "reflect-metadata";
import { createServer } from "node:http";
import { initTRPC } from "@trpc/server";
import { createTRPCClient, createWSClient, httpBatchLink, wsLink } from "@trpc/client";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { expect } from "chai";
import { inContext, inRequest } from "inversify-scopes/http";
import { WebSocket, WebSocketServer } from "ws";

import { eventually, numbers, stays, TestServer, whereIs } from "./server.js";

const number = (input: unknown): number => Number(input);

describe("tRPC", () => {
  const server = TestServer.use();
  const t = initTRPC.create();

  describe("over HTTP, inRequest around its handler", () => {
    function router() {
      const { world } = server;
      return t.router({
        order: t.procedure.input(number).query(async ({ input }) => `${input} ${await stays(world)}`),
        fails: t.procedure.query(async () => {
          throw new Error(`own, in ${(await stays(world)).split("#")[0]}`);
        }),
        ticks: t.procedure.input(number).subscription(async function* ({ input }) {
          for (let n = 0; n < input; n++) yield await stays(world);
        }),
      });
    }
    async function serve() {
      await server.start(createServer(inRequest(createHTTPHandler({ router: router() }))));
      return createTRPCClient<ReturnType<typeof router>>({ links: [httpBatchLink({ url: server.url("/") })] });
    }

    it("has one context for a batch of procedures, and one for each of two batches", async () => {
      const client = await serve();
      const batch = () => Promise.all(numbers(10).map((n) => client.order.query(n)));
      const places = [...(await batch()), ...(await batch())].map((answer) => answer.split(" ").slice(1).join(" "));
      await server.world.expectAllEnded(2);
      expect(new Set(places).size).to.equal(2);
      expect(await client.fails.query().catch((error: Error) => error.message)).to.equal("own, in GET /fails");
      await server.world.expectAllEnded(3);
    });

    it("keeps a subscription by server-sent events in its request's context until it is over", async () => {
      await serve();
      const text = await (await fetch(server.url("/ticks?input=3"))).text();
      const places = [...text.matchAll(/GET \/ticks#\d+/g)].map(([place]) => place);
      expect(places).to.have.length(3);
      expect(new Set(places).size).to.equal(1);
      await server.world.expectAllEnded(1);
    });

    it("ends it when the subscriber leaves", async () => {
      await serve();
      const leave = new AbortController();
      const response = await fetch(server.url("/ticks?input=1000000"), { signal: leave.signal });
      await response.body!.getReader().read();
      expect(server.world.ended).to.eql([]);
      leave.abort();
      await server.world.expectAllEnded(1);
    });
  });

  it("over ws has a context for each procedure by a middleware, and for each event by inContext", async () => {
    const { world } = server;
    const each = t.procedure.use((call) => inContext(() => call.next(), { name: `${call.type} ${call.path}` })());
    const tick = inContext(() => stays(world), { name: "tick" });
    const router = t.router({
      order: each.input(number).mutation(async ({ input }) => `${input} ${await stays(world)}`),
      fails: each.query(() => {
        throw new Error(`own, in ${whereIs(world).split("#")[0]}`);
      }),
      ticks: t.procedure.input(number).subscription(async function* ({ input }) {
        for (let n = 0; n < input; n++) yield await tick();
      }),
    });
    const http = createServer();
    const sockets = new WebSocketServer({ server: http });
    applyWSSHandler({ wss: sockets, router });
    server.beforeStop(() => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    });
    await server.start(http);
    const url = server.url("/").replace("http", "ws");
    const socket = createWSClient({ url, WebSocket: WebSocket as never });
    server.beforeStop(() => socket.close());
    const client = createTRPCClient<typeof router>({ links: [wsLink({ client: socket })] });

    const answers = await Promise.all(numbers(20).map((n) => client.order.mutate(n)));
    expect(new Set(answers.map((answer) => answer.split(" ").at(-1))).size).to.equal(20);
    expect(answers[7]).to.match(/^7 mutation order#/);
    expect(await client.fails.query().catch((error: Error) => error.message)).to.equal("own, in query fails");
    const events: string[] = [];
    let isOver = false;
    client.ticks.subscribe(5, { onData: (event) => events.push(event), onComplete: () => (isOver = true) });
    await eventually("the subscription is over", () => isOver);
    expect(new Set(events).size).to.equal(5);
    await world.expectAllEnded(26);
  });
});
