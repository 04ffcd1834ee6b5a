import "reflect-metadata";
import type { Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Body, Controller, Get, Params, Post, UseGuard, UseInterceptor } from "@inversifyjs/http-core";
import { InversifyExpressHttpAdapter } from "@inversifyjs/http-express";
import { InversifyFastifyHttpAdapter } from "@inversifyjs/http-fastify";
import { InversifyHonoHttpAdapter } from "@inversifyjs/http-hono";
import { expect } from "chai";
import express from "express";
import Fastify, { type FastifyInstance } from "fastify";
import { inject, injectable } from "inversify";
import { currentContext } from "inversify-scopes";
import { fastifyContext, inRequest, requestContext } from "inversify-scopes/http";

import { post, TestServer, Visit, Connection } from "./server.js";

/** Where something ran, of each request. */
const places: string[] = [];
const note = (what: string): unknown => places.push(`${what} ${currentContext()?.id}`);

@injectable()
class Guard {
  activate(): boolean {
    note("guard");
    return true;
  }
}

@injectable()
class Interceptor {
  async intercept(_request: unknown, _response: unknown, next: () => Promise<unknown>): Promise<void> {
    note("before");
    await next();
    note("after");
  }
}

@Controller("/orders")
class Orders {
  constructor(
    @inject(Visit) private readonly visit: Visit,
    @inject(Connection) private readonly connection: Connection,
  ) {}

  @Get("/fails")
  async fail(): Promise<string> {
    await this.connection.query(this.visit.context);
    throw new Error("own");
  }

  @Get("/:id")
  @UseGuard(Guard)
  @UseInterceptor(Interceptor)
  async one(@Params({ name: "id" }) id: string): Promise<string> {
    note("handler");
    await this.connection.query();
    note("handler");
    return `${id} in ${this.visit.context} ${await this.connection.query()}`;
  }

  @Post()
  async create(@Body() body: unknown): Promise<string> {
    return `${JSON.stringify(body)} in ${this.visit.context}`;
  }
}

type Build = (server: TestServer) => Promise<Parameters<TestServer["start"]>[0]>;

const adapters: Record<string, Build> = {
  "Express, requestContext on its customApp": async ({ world }) => {
    const app = express();
    app.set("env", "test");
    // Of a custom app it adds no parsers.
    app.use(requestContext(), express.json());
    return (await new InversifyExpressHttpAdapter(world.container, { logger: false }, app).build()) as never;
  },
  "Express, inRequest around what it builds": async ({ world }) => {
    return inRequest(await new InversifyExpressHttpAdapter(world.container, { logger: false }).build());
  },
  "Fastify, fastifyContext on its customApp": async ({ world }) => {
    const app = Fastify();
    await app.register(fastifyContext);
    const built: FastifyInstance = await new InversifyFastifyHttpAdapter(
      world.container,
      { logger: false },
      app as never,
    ).build();
    await built.listen({ port: 0, host: "127.0.0.1" });
    return built.server as Server;
  },
  "Hono, inRequest around the request listener": async ({ world }) => {
    const { fetch } = await new InversifyHonoHttpAdapter(world.container, { logger: false }).build();
    return inRequest(getRequestListener(fetch));
  },
};

for (const [name, build] of Object.entries(adapters)) {
  describe(`inversify's adapter of ${name}`, () => {
    const server = TestServer.use();
    const start = async () => {
      places.length = 0;
      const { container } = server.world;
      container.bind(Orders).toSelf().inSingletonScope();
      container.bind(Guard).toSelf().inSingletonScope();
      container.bind(Interceptor).toSelf().inSingletonScope();
      return server.start(await build(server));
    };

    it("a singleton controller, guards and interceptors are in the request's context", async () => {
      const { world } = server;
      await start();
      const response = await fetch(server.url("/orders/7?x=1"));
      const text = await response.text();
      expect(text).to.match(/^7 in GET \/orders\/(7|:id) rows$/);
      await world.expectAllEnded(1);
      expect(places.map((place) => place.split(" ")[0])).to.eql(["guard", "before", "handler", "handler", "after"]);
      expect(new Set(places.map((place) => place.split(" ")[1])).size).to.equal(1);
      expect(places[0]).not.to.include("undefined");
    });

    it("a body in later packets", async () => {
      const { world } = server;
      const client = await start();
      const body = `{"a":1,"b":"${"x".repeat(50)}"}`;
      const head = post("/orders", body.length).replace("text/plain", "application/json");
      for (const packet of [head, body.slice(0, 5), body.slice(5)]) {
        await client.send(packet);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await client.receive(`${body} in POST /orders`);
      await world.expectAllEnded(1);
    });

    it("a handler that fails, and no route", async () => {
      const { world } = server;
      await start();
      expect((await fetch(server.url("/orders/fails"))).status).to.equal(500);
      expect((await fetch(server.url("/nowhere"))).status).to.equal(404);
      await world.expectAllEnded(1);
    });

    it("a hundred requests at once: nobody meets an instance in use", async () => {
      const { world } = server;
      await start();
      const texts = await Promise.all(
        Array.from({ length: 100 }, async (_, n) => (await fetch(server.url(`/orders/${n}`))).text()),
      );
      expect(texts.every((text, n) => text.startsWith(`${n} in GET /orders/`))).to.equal(true);
      await world.expectAllEnded(100);
    });
  });
}
