import { once } from "node:events";
import { Readable } from "node:stream";
import { expect } from "chai";
import Fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { contextValue, currentContext } from "inversify-scopes";
import {
  type AdapterOptions,
  fastifyContext,
  type FastifyReplyLike,
  type FastifyRequestLike,
} from "inversify-scopes/http";
import type { AddressInfo } from "node:net";

import { rejected, thrown } from "../support/errors.js";
import { gate } from "../support/gate.js";
import { World } from "../support/requests.js";
import { get, post, RawClient } from "../support/sockets.js";

type Options = AdapterOptions<[FastifyRequestLike, FastifyReplyLike]>;

describe("fastifyContext", () => {
  let world: World;
  let app: FastifyInstance;
  beforeEach(() => (world = new World()));
  afterEach(async () => {
    app.server.closeAllConnections();
    await app.close();
    await world.container.unbindAllAsync();
  });
  const start = async (options: Options = {}): Promise<void> => {
    app = Fastify();
    await app.register(fastifyContext, options);
  };
  const client = async (): Promise<RawClient> => {
    await app.listen({ port: 0, host: "127.0.0.1" });
    return new RawClient((app.server.address() as AddressInfo).port);
  };

  it("gives each injected request a context, named by its route, in every hook", async () => {
    await start();
    const hooks: string[] = [];
    for (const hook of ["onRequest", "preParsing", "preValidation", "preHandler", "onSend", "onResponse"] as const) {
      app.addHook(hook as "onRequest", async () => void hooks.push(`${hook} ${world.here}`));
    }
    app.post("/orders/:id", async () => ({ here: await world.connection.query(world.here) }));
    const response = await app.inject({ method: "POST", url: "/orders/7?token=x", payload: { a: 1 } });
    expect(response.json()).to.eql({ here: "POST /orders/:id" });
    await world.expectAllEnded(1);
    expect(new Set(hooks.map((text) => text.replace(/^\w+ /, "")))).to.eql(new Set(["POST /orders/:id"]));
    expect(hooks).to.have.length(6);
  });

  for (const [how, packets] of [
    ["one packet", [`${post("/", 3)}abc`]],
    ["later packets", [post("/", 6), "abc", "def"]],
  ] as const) {
    it(`keeps it over a body in ${how}, also for a parser of one's own`, async () => {
      await start();
      app.removeAllContentTypeParsers();
      app.addContentTypeParser("text/plain", (_request, payload, done) => {
        let text = "";
        payload.on("data", (chunk) => (text += `${String(chunk)} in ${world.here},`));
        payload.on("end", () => done(null, `${text} ended in ${world.here}`));
      });
      app.post("/", async ({ body }) => `${String(body)}, handled in ${world.here}.`);
      const socket = await client();
      for (const packet of packets) {
        await socket.send(packet);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await socket.receive("ended in POST /, handled in POST /.");
      await world.expectAllEnded(1);
    });
  }

  it("gives one to what has no route, and to a malformed body", async () => {
    await start({ name: (request) => (expect(world.ended).to.be.an("array"), `${request.method} of ${request.id}`) });
    app.addHook("onRequest", async () => void world.here);
    app.post("/", async () => "never");
    expect((await app.inject("/nowhere")).statusCode).to.equal(404);
    const headers = { "content-type": "application/json" };
    expect((await app.inject({ method: "POST", url: "/", headers, payload: "{" })).statusCode).to.equal(400);
    await world.expectAllEnded(2);
    expect(world.begun).to.eql(["GET of req-1", "POST of req-2"]);
  });

  it("is named by the path where there is no route", async () => {
    await start();
    app.addHook("onRequest", async () => void world.here);
    await app.inject("/nowhere?token=x");
    await world.expectAllEnded(1);
    expect(world.begun).to.eql(["GET /nowhere"]);
  });

  it("has the outcome of the handler, of which onError tells", async () => {
    await start();
    const outcomes: unknown[] = [];
    world.container
      .bind(Map)
      .toDynamicValue(() => new Map())
      .inPerAsyncContextScope({ destroy: () => void outcomes.push(currentContext()!.outcome) });
    app.addHook("onRequest", async () => world.container.get(Map).clear());
    const error = new Error("own");
    app.get("/fails", async () => {
      throw error;
    });
    app.get("/", async () => world.here);
    expect((await app.inject("/fails")).statusCode).to.equal(500);
    expect((await app.inject("/")).statusCode).to.equal(200);
    await world.expectAllEnded(1);
    expect(outcomes).to.eql([{ status: "failed", error }, { status: "completed" }]);
  });

  it("waits for a handler whose client has left", async () => {
    await start();
    const [begun, work] = [gate(), gate()];
    const done: unknown[] = [];
    app.get("/", async () => {
      await world.connection.query(world.here);
      begun.open();
      await work.promise;
      done.push(await world.connection.query("commit"), currentContext()!.signal.aborted, world.ended.length);
      return "too late";
    });
    const socket = await client();
    await socket.send(get("/"));
    await begun.promise;
    socket.leave();
    await new Promise((resolve) => setTimeout(resolve, 20));
    work.open();
    await world.expectAllEnded(1);
    expect(done).to.eql(["commit", true, 0]);
  });

  it("ends when handlerTimeout has answered: what the handler asks for later is refused", async () => {
    await start();
    const [work, over] = [gate(), gate<unknown>()];
    app.get("/", { handlerTimeout: 1 }, async () => {
      await world.connection.query(world.here);
      await work.promise;
      over.open(await rejected("CONTEXT_ENDED", world.connection.query("commit")));
      return "too late";
    });
    const socket = await client();
    await socket.send(get("/"));
    await socket.receive("503 Service Unavailable");
    await world.expectAllEnded(1);
    work.open();
    await over.promise;
  });

  it("does not take a body that was read for a client that has left, as request.signal of 5.12.8 does", async () => {
    await start();
    app.addContentTypeParser("text/plain", { parseAs: "string" }, (_request, body, done) => done(null, body));
    app.post("/", async ({ raw }) => {
      await world.connection.query(world.here);
      if (!raw.closed) await once(raw, "close");
      return `${await world.connection.query("served")}, ${currentContext()!.signal.aborted}`;
    });
    const socket = await client();
    await socket.send(`${post("/", 3)}abc`);
    await socket.receive("served, false");
    await world.expectAllEnded(1);
  });

  it("ends when the client leaves during a streamed answer", async () => {
    await start();
    const rows = async function* (): AsyncGenerator<string> {
      for (;;) yield await world.connection.query(`${world.here}\n`);
    };
    app.get("/", (_request, reply) => reply.send(Readable.from(rows())));
    const socket = await client();
    await socket.send(get("/"));
    await socket.receive("GET /");
    socket.leave();
    await world.expectAllEnded(1);
  });

  it("takes what is needed, and gives values of the request", async () => {
    const { container, connection } = world;
    container.bind<FastifyRequest>("request").toContextValue({ shape: Object });
    const request = container.get<FastifyRequest>("request");
    await start({ needs: [connection], values: (own: FastifyRequest) => [contextValue(request, own)] });
    app.get("/", async () => `${request.id} ${world.here}`);
    expect((await app.inject("/")).body).to.equal("req-1 GET /");
    await world.expectAllEnded(1);
  });

  it("gives its error handler what is wrong with an option", async () => {
    await start({ name: () => "" });
    app.get("/", () => expect.fail());
    expect((await app.inject("/")).json()).to.include({ statusCode: 500, code: "INVALID_OPTION" });
    expect(world.open).to.eql([]);
  });

  it("refuses wrong options when it is registered", async () => {
    app = Fastify();
    await rejected("INVALID_OPTION", app.register(fastifyContext, { nmae: "x" } as Options));
  });

  it("says that it is to be registered, where it is called", () => {
    const call = fastifyContext as (...args: unknown[]) => void;
    for (const args of [[], [Fastify()], [Fastify(), {}]]) {
      expect(thrown("INVALID_OPTION", () => call(...args)).message).to.contain("app.register(fastifyContext, options)");
    }
  });

  it("joins another of its kind", async () => {
    await start({ name: "first" });
    await app.register(fastifyContext, { name: "second" });
    app.get("/", async () => world.here);
    expect((await app.inject("/")).body).to.equal("first");
    await world.expectAllEnded(1);
  });

  it("a hundred requests at once: nobody meets an instance in use", async () => {
    await start();
    app.get("/:n", async () => `${await world.connection.query(world.here)} ${currentContext()!.id}`);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => app.inject(`/${n}`)));
    expect(new Set(answers.map(({ body }) => body)).size).to.equal(100);
    await world.expectAllEnded(100);
  });

  it("ends once where a handler answers twice, and where a hook goes on twice: Fastify says so, as ever", async () => {
    const said: string[] = [];
    await start();
    app.addHook("onResponse", async () => void said.push(currentContext()!.name));
    app.get("/answers", async (_request, reply) => {
      await reply.send(world.here);
      return "again";
    });
    app.get("/ends", (_request, reply) => {
      reply.send(world.here);
      reply.raw.end();
    });
    app.get("/goes-on", { preHandler: (_request, _reply, done) => (done(), done()) }, async () => world.here);
    const paths = ["/answers", "/ends", "/goes-on"];
    for (const path of paths) expect((await app.inject(path)).body).to.equal(`GET ${path}`);
    await world.expectAllEnded(3);
    expect(said).to.eql(paths.map((path) => `GET ${path}`));
  });
});
