import "reflect-metadata";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import websocket from "@fastify/websocket";
import { serve } from "@hono/node-server";
import { InversifyExpressHttpAdapter } from "@inversifyjs/http-express";
import { InversifyFastifyHttpAdapter } from "@inversifyjs/http-fastify";
import { Controller, Get } from "@inversifyjs/http-core";
import { expect } from "chai";
import express from "express";
import Fastify, { type FastifyInstance } from "fastify";
import { Hono } from "hono";
import { inject } from "inversify";
import {
  isBusy,
  fastifyContext,
  inFetch,
  inRequest,
  requestContext,
  type ServerApp,
  type ServerLike,
  stopServer,
} from "inversify-scopes/http";
import Koa from "koa";
import { WebSocket } from "ws";

import { Connection, eventually, gate, get, RawClient, World } from "./server.js";

/** A service whose requests the test holds. */
class Rig {
  readonly world = new World();
  readonly held = gate();
  readonly seen: string[] = [];

  /** What a route answers. */
  async answer(path: string): Promise<string> {
    this.seen.push(path);
    const text = await this.world.connection.query(`<${path}>`);
    await this.held.promise;
    return text;
  }
}

let rig: Rig;
beforeEach(() => (rig = new Rig()));

@Controller("/")
class Answers {
  constructor(@inject(Connection) private readonly connection: Connection) {}
  @Get("/a")
  async a(): Promise<string> {
    rig.seen.push("/a");
    const text = await this.connection.query("</a>");
    await rig.held.promise;
    return text;
  }
}

async function fastifyApp(): Promise<FastifyInstance> {
  const app = Fastify();
  await app.register(fastifyContext);
  return app;
}

type Started = {
  readonly stop: ServerLike | ServerApp;
  readonly server: ServerLike & Pick<Server, "address" | "listening">;
};

/** What a user hands to `stopServer` in each framework. */
const frameworks: Record<string, () => Promise<Started>> = {
  "Express, what listen returns": async () => {
    const app = express();
    app.use(requestContext());
    app.get("/:path", async (req, res) => void res.send(await rig.answer(req.path)));
    const server = app.listen(0, "127.0.0.1");
    return { stop: server, server };
  },
  "Koa, the server around its callback": async () => {
    const app = new Koa();
    app.use(async (ctx) => void (ctx.body = await rig.answer(ctx.path)));
    const server = createServer(inRequest(app.callback())).listen(0, "127.0.0.1");
    return { stop: server, server };
  },
  "Hono, what serve returns": async () => {
    const app = new Hono();
    app.get("/:path", async (c) => c.text(await rig.answer(c.req.path)));
    const server = serve({ fetch: inFetch(app.fetch), port: 0, hostname: "127.0.0.1" });
    return { stop: server, server };
  },
  "Fastify, the app": async () => {
    const app = await fastifyApp();
    app.get("/:path", async (req) => rig.answer(req.url));
    await app.listen({ port: 0, host: "127.0.0.1" });
    return { stop: app, server: app.server };
  },
  "Fastify, its server": async () => {
    const app = await fastifyApp();
    app.get("/:path", async (req) => rig.answer(req.url));
    await app.listen({ port: 0, host: "127.0.0.1" });
    return { stop: app.server, server: app.server };
  },
  "inversify's adapter for Express": async () => {
    const app = express();
    app.use(requestContext());
    rig.world.container.bind(Answers).toSelf().inSingletonScope();
    const built = await new InversifyExpressHttpAdapter(rig.world.container, { logger: false }, app).build();
    const server = built.listen(0, "127.0.0.1");
    return { stop: server, server };
  },
  "inversify's adapter for Fastify": async () => {
    rig.world.container.bind(Answers).toSelf().inSingletonScope();
    const app = await new InversifyFastifyHttpAdapter(
      rig.world.container,
      { logger: false },
      await fastifyApp(),
    ).build();
    await app.listen({ port: 0, host: "127.0.0.1" });
    return { stop: app, server: app.server };
  },
};

describe("stopServer", () => {
  for (const [framework, start] of Object.entries(frameworks)) {
    it(`answers what is under way, refuses what begins, and ends: ${framework}`, async () => {
      const { stop, server } = await start();
      await eventually("listening", () => server.listening);
      const client = new RawClient((server.address() as AddressInfo).port);
      await client.send(get("/a"));
      await eventually("begun", () => rig.seen.length === 1);
      const stopped = stopServer(stop, rig.world.container, { graceMs: 5_000 });
      await client.send(get("/b"));
      await new Promise((resolve) => setTimeout(resolve, 20));
      rig.held.open();
      await client.receive("</a>");
      expect(await client.receive("HTTP/1.1 503 ")).to.match(/connection: close/i);
      await stopped;
      await eventually("closed", () => client.isClosed);
      expect(rig.seen).to.eql(["/a"]);
      expect(server.listening).to.equal(false);
    });
  }
});

describe("stopServer with a Fastify app", () => {
  it("runs its hooks: preClose at once, onClose when requests have ended", async () => {
    const app = await fastifyApp();
    const log: string[] = [];
    app.addHook("preClose", async () => void log.push("preClose"));
    app.addHook("onClose", async () => void log.push("onClose"));
    app.get("/a", async () => {
      const text = await rig.answer("/a");
      log.push("answered");
      return text;
    });
    await app.listen({ port: 0, host: "127.0.0.1" });
    const client = new RawClient((app.server.address() as AddressInfo).port);
    await client.send(get("/a"));
    await eventually("begun", () => rig.seen.length === 1);
    const stopped = stopServer(app, rig.world.container);
    await eventually("preClose", () => log.length === 1);
    rig.held.open();
    await client.receive("</a>");
    await stopped;
    expect(log).to.eql(["preClose", "answered", "onClose"]);
  });

  it("rejects with what a hook throws", async () => {
    const app = await fastifyApp();
    const failure = new Error("it does not close");
    app.addHook("onClose", async () => {
      throw failure;
    });
    await app.listen({ port: 0, host: "127.0.0.1" });
    const error: unknown = await stopServer(app, rig.world.container).catch((reason: unknown) => reason);
    expect(error).to.equal(failure);
    expect(isBusy(error)).to.equal(false);
  });

  it("is fine beside a call of app.close(), before or after", async () => {
    for (const isBefore of [true, false]) {
      const { container } = new World();
      const app = await fastifyApp();
      await app.listen({ port: 0, host: "127.0.0.1" });
      const closed = isBefore ? app.close() : undefined;
      await stopServer(app.server, container);
      await (closed ?? app.close());
    }
  });

  it("closes one that never listened, as in a test with inject", async () => {
    const app = await fastifyApp();
    app.get("/a", async () => rig.answer("/a"));
    rig.held.open();
    expect((await app.inject("/a")).body).to.equal("</a>");
    await stopServer(app, rig.world.container);
  });

  it("waits for WebSockets that a plugin closes", async () => {
    const app = await fastifyApp();
    await app.register(websocket);
    app.get("/chat", { websocket: true }, (socket) => socket.send("hello"));
    await app.listen({ port: 0, host: "127.0.0.1" });
    const socket = new WebSocket(`ws://127.0.0.1:${(app.server.address() as AddressInfo).port}/chat`);
    await once(socket, "message");
    const closed = once(socket, "close");
    await stopServer(app, rig.world.container);
    const [code] = (await closed) as [number];
    expect(code).to.equal(1005);
  });
});
