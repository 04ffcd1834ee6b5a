import "reflect-metadata";
import { Readable } from "node:stream";
import { expect } from "chai";
import { currentContext } from "inversify-scopes";
import { inRequest } from "inversify-scopes/http";
import Koa from "koa";

import { eventually, gate, get, post, TestServer, whereIs } from "./server.js";

describe("Koa, inRequest around callback()", () => {
  const server = TestServer.use();
  let app: Koa;
  beforeEach(() => {
    app = new Koa();
    app.silent = true;
  });
  const start = () => server.start(inRequest(app.callback()));

  it("keeps the context over middlewares, a body in later packets, and a streamed answer", async () => {
    const { world } = server;
    const places = new Set<string>();
    app.use(async (ctx, next) => {
      places.add(whereIs(world));
      await next();
      places.add(whereIs(world));
      ctx.res.on("finish", () => places.add(whereIs(world)));
    });
    app.use(async (ctx) => {
      for await (const chunk of ctx.req) await world.connection.query(String(chunk));
      const rows = async function* (): AsyncGenerator<string> {
        for (const n of [1, 2]) {
          places.add(whereIs(world));
          yield await world.connection.query(`<${n}>`);
        }
      };
      ctx.body = Readable.from(rows());
    });
    const client = await start();
    for (const packet of [post("/", 6), "abc", "def"]) {
      await client.send(packet);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await client.receive("<2>");
    await world.expectAllEnded(1);
    expect(places.size).to.equal(1);
  });

  it("ends it in every case of failure, and hears app's error in it", async () => {
    const { world } = server;
    const places: string[] = [];
    app.on("error", () => places.push(world.here));
    app.use(async (ctx, next) => {
      expect(world.here).to.be.a("string");
      if (ctx.path === "/rejects") throw new Error("own");
      if (ctx.path === "/twice") return void (await next(), await next());
      if (ctx.path === "/stream") ctx.body = Readable.from(failing());
      return undefined;
    });
    const failing = async function* (): AsyncGenerator<string> {
      yield "begun";
      await world.connection.query();
      throw new Error("own");
    };
    await start();
    expect((await fetch(server.url("/rejects"))).status).to.equal(500);
    expect((await fetch(server.url("/twice"))).status).to.equal(500);
    expect((await fetch(server.url("/nowhere"))).status).to.equal(404);
    expect(await (await fetch(server.url("/stream"))).text().catch(() => "cut")).to.equal("cut");
    await world.expectAllEnded(4);
    expect([...new Set(places)]).to.eql(["GET /rejects", "GET /twice", "GET /stream"]);
  });

  it("waits for a middleware whose client has left", async () => {
    const { world } = server;
    const work = gate();
    const done: unknown[] = [];
    app.use(async (ctx) => {
      done.push(await world.connection.query(world.here));
      await work.promise;
      done.push(await world.connection.query("commit"), currentContext()!.signal.aborted, world.ended.length);
      ctx.body = "too late";
    });
    const client = await start();
    await client.send(get("/"));
    await eventually("begun", () => done.length === 1);
    client.leave();
    await new Promise((resolve) => setTimeout(resolve, 30));
    work.open();
    await world.expectAllEnded(1);
    expect(done).to.eql(["GET /", "commit", true, 0]);
  });

  it("ends it when the client leaves during a streamed answer", async () => {
    const { world } = server;
    const rows = async function* (): AsyncGenerator<string> {
      for (;;) yield await world.connection.query(`${world.here}\n`);
    };
    app.use((ctx) => void (ctx.body = Readable.from(rows())));
    const client = await start();
    await client.send(get("/"));
    await client.receive("GET /");
    client.leave();
    await world.expectAllEnded(1);
  });

  it("a hundred requests at once: nobody meets an instance in use", async () => {
    const { world } = server;
    app.use(async (ctx) => {
      await world.connection.query();
      ctx.body = await world.connection.query(world.here);
    });
    await start();
    const texts = Array.from({ length: 100 }, async (_, n) => (await fetch(server.url(`/${n}`))).text());
    expect(await Promise.all(texts)).to.eql(Array.from({ length: 100 }, (_, n) => `GET /${n}`));
    await world.expectAllEnded(100);
  });
});
