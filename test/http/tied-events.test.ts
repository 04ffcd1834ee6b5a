import { AsyncLocalStorage } from "node:async_hooks";
import { createServer, IncomingMessage, type RequestListener, type Server, ServerResponse } from "node:http";
import { expect } from "chai";
import { currentContext, runInContext } from "inversify-scopes";
import { inRequest } from "inversify-scopes/http";

import { World } from "../support/requests.js";
import { get, listen, post, RawClient } from "../support/sockets.js";

describe("What a request and its response emit", () => {
  let world: World;
  let server: Server;
  const serve = async (listener: RequestListener): Promise<RawClient> => {
    server = createServer(listener);
    return new RawClient(await listen(server));
  };
  beforeEach(() => (world = new World()));
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await world.container.unbindAllAsync();
  });

  /** Names the contexts in which each event is heard. */
  const listening = (heard: string[]): RequestListener =>
    inRequest((req, res) => {
      for (const event of ["data", "end", "close"]) req.on(event, () => heard.push(`req ${event} ${world.here}`));
      for (const event of ["finish", "close"]) res.on(event, () => heard.push(`res ${event} ${world.here}`));
      req.on("end", () => res.end(`answered in ${world.here}`));
    });

  for (const [how, packets] of [
    ["in the packet of its head", [`${post("/", 3)}abc`]],
    ["in later packets", [post("/", 6), "abc", "def"]],
  ] as const) {
    it(`is heard in its context, where the body comes ${how}`, async () => {
      const heard: string[] = [];
      const client = await serve(listening(heard));
      for (const packet of packets) {
        await client.send(packet);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await client.receive("answered in POST /");
      await world.expectAllEnded(1);
      expect(new Set(heard)).to.eql(
        new Set(["req data POST /", "req end POST /", "req close POST /", "res finish POST /", "res close POST /"]),
      );
    });
  }

  it("is heard there when the client leaves during the upload", async () => {
    const heard: string[] = [];
    const client = await serve(
      inRequest(
        (req, res) => {
          req.on("error", (error) => heard.push(`${error.message} ${world.here}`));
          res.on("close", () => heard.push(`close ${world.here}`));
          currentContext()!.signal.addEventListener("abort", () => heard.push(`abort ${world.here}`));
          heard.push(world.here);
        },
        { leftMs: 1 },
      ),
    );
    await client.send(`${post("/", 6)}abc`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.leave();
    await world.expectAllEnded(1);
    expect(heard).to.have.members(["POST /", "aborted POST /", "close POST /", "abort POST /"]);
  });

  it("is heard in the request's context, not in that of a child that ends the answer", async () => {
    let heard: string | undefined;
    const client = await serve(
      inRequest(async (_req, res) => {
        res.on("finish", () => (heard = currentContext()?.name));
        await runInContext({ name: "child" }, () => res.end(world.here));
      }),
    );
    await client.send(get("/"));
    await client.receive("child");
    await world.expectAllEnded(1);
    expect(heard).to.equal("GET /");
  });

  it("is heard with what other storages had where it is emitted in the context, else where the context began", async () => {
    const als = new AsyncLocalStorage<string>();
    const heard: unknown[] = [];
    const listener = inRequest((req, res) => {
      req.on("data", () => heard.push(als.getStore()));
      res.on("pipe", () => heard.push(als.getStore()));
      als.run("inner", () => res.emit("pipe"));
      req.on("end", () => res.end(world.here));
    });
    const client = await serve((req, res) => als.run("outer", () => listener(req, res)));
    await client.send(post("/", 3));
    await new Promise((resolve) => setTimeout(resolve, 10));
    await client.send("abc");
    await client.receive("POST /");
    expect(heard).to.eql(["inner", "outer"]);
    await world.expectAllEnded(1);
  });

  it("changes no prototype", async () => {
    const looks = (): unknown =>
      [IncomingMessage, ServerResponse].map(({ prototype }) => Object.getOwnPropertyDescriptors(prototype));
    const before = looks();
    const client = await serve(inRequest((_req, res) => res.end(world.here)));
    await client.send(get("/"));
    await world.expectAllEnded(1);
    expect(looks()).to.eql(before);
  });

  it("lets a listener's own error pass", async () => {
    const client = await serve(
      inRequest((_req, res) => {
        res.on("mine", () => {
          throw new Error("own");
        });
        expect(() => res.emit("mine")).to.throw("own");
        res.end(world.here);
      }),
    );
    await client.send(get("/"));
    await client.receive("GET /");
    await world.expectAllEnded(1);
  });
});
