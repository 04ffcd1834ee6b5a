import "reflect-metadata";
import type { Server } from "node:http";
import { getRequestListener, serve } from "@hono/node-server";
import { expect } from "chai";
import { Hono } from "hono";
import { stream } from "hono/streaming";
import { contextValue, currentContext } from "inversify-scopes";
import { inFetch, inRequest } from "inversify-scopes/http";

import { eventually, gate, get, post, TestServer, whereIs } from "./server.js";

const ways: Record<string, (app: Hono) => Parameters<TestServer["start"]>[0]> = {
  "inRequest around its request listener": ({ fetch }) => inRequest(getRequestListener(fetch)),
  "inFetch around fetch": ({ fetch }) => getRequestListener(inFetch(fetch)) as never,
  "inFetch in serve()": ({ fetch }) => serve({ fetch: inFetch(fetch), port: 0, hostname: "127.0.0.1" }) as Server,
  both: ({ fetch }) => inRequest(getRequestListener(inFetch(fetch, { name: "second" }))),
};

for (const [way, around] of Object.entries(ways)) {
  describe(`Hono, ${way}`, () => {
    const server = TestServer.use();
    let app: Hono;
    beforeEach(() => (app = new Hono()));
    const start = async () => {
      const listener = around(app);
      if (typeof listener !== "function") await eventually("listening", () => listener.listening);
      return server.start(listener);
    };

    it("keeps the context over middlewares and a body in later packets", async () => {
      const { world } = server;
      const places = new Set<string>();
      app.use(async (_c, next) => {
        places.add(whereIs(world));
        await next();
        places.add(whereIs(world));
      });
      app.post("/", async (c) => {
        const text = await c.req.text();
        places.add(whereIs(world));
        return c.text(`<${text} ${await world.connection.query()}>`);
      });
      const client = await start();
      for (const packet of [post("/", 6), "abc", "def"]) {
        await client.send(packet);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await client.receive("<abcdef rows>");
      await world.expectAllEnded(1);
      expect([...places]).to.have.length(1);
      expect([...places][0]).to.match(/^POST \/#/);
    });

    it("keeps it over a streamed answer", async () => {
      const { world } = server;
      app.get("/", (c) =>
        stream(c, async (out) => {
          for (const n of [1, 2, 3]) await out.write(await world.connection.query(`<${n} in ${world.here}>`));
        }),
      );
      await start();
      expect(await (await fetch(server.url("/"))).text()).to.equal("<1 in GET /><2 in GET /><3 in GET />");
      await world.expectAllEnded(1);
    });

    it("ends it where there is no body, no route, a failure", async () => {
      const { world } = server;
      app.use(async (_c, next) => (void world.here, next()));
      app.get("/empty", (c) => c.body(null, 204));
      app.get("/throws", () => {
        throw new Error("own");
      });
      app.onError((_error, c) => c.text(`handled in ${world.here}`, 500));
      await start();
      expect((await fetch(server.url("/empty"))).status).to.equal(204);
      expect((await fetch(server.url("/nowhere"))).status).to.equal(404);
      expect(await (await fetch(server.url("/throws"))).text()).to.equal("handled in GET /throws");
      expect((await fetch(server.url("/throws"), { method: "HEAD" })).status).to.equal(500);
      await world.expectAllEnded(4);
    });

    it("waits for a handler whose client has left", async () => {
      const { world } = server;
      const work = gate();
      const done: unknown[] = [];
      app.get("/", async (c) => {
        done.push(await world.connection.query(world.here));
        await work.promise;
        done.push(await world.connection.query("commit"), world.ended.length);
        return c.text("too late");
      });
      const client = await start();
      await client.send(get("/"));
      await eventually("begun", () => done.length === 1);
      client.leave();
      await new Promise((resolve) => setTimeout(resolve, 30));
      work.open();
      await world.expectAllEnded(1);
      expect(done).to.eql(["GET /", "commit", 0]);
    });

    it("ends it when the client leaves during a streamed answer", async () => {
      const { world } = server;
      let aborted = false;
      app.get("/", (c) =>
        stream(c, async (out) => {
          currentContext()!.signal.addEventListener("abort", () => (aborted = true));
          while (!out.aborted) await out.write(await world.connection.query(`${world.here}\n`));
        }),
      );
      const client = await start();
      await client.send(get("/"));
      await client.receive("GET /");
      client.leave();
      await world.expectAllEnded(1);
      await eventually("aborted", () => aborted);
    });

    it("a hundred requests at once: nobody meets an instance in use", async () => {
      const { world } = server;
      app.get("/:n", async (c) => {
        await world.connection.query();
        return c.text(await world.connection.query(world.here));
      });
      await start();
      const texts = Array.from({ length: 100 }, async (_, n) => (await fetch(server.url(`/${n}`))).text());
      expect(await Promise.all(texts)).to.eql(Array.from({ length: 100 }, (_, n) => `GET /${n}`));
      await world.expectAllEnded(100);
    });
  });
}

describe("Hono without a server", () => {
  const server = TestServer.use();

  it("app.request() through inFetch: the context ends when the body has been read", async () => {
    const { world } = server;
    world.container.bind<Request>("request").toContextValue({ shape: Request });
    const request = world.container.get<Request>("request");
    const app = new Hono().get("/:id", (c) => c.text(`${new URL(request.url).search} ${world.here}`));
    const fetch = inFetch(app.fetch, { values: (own) => [contextValue(request, own)] });
    const response = await fetch(new Request("http://localhost/7?x=1"));
    expect(await response.text()).to.equal("?x=1 GET /7");
    await world.expectAllEnded(1);
  });
});
