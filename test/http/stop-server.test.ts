import "reflect-metadata";
import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { expect } from "chai";
import { currentContext, runInContext } from "inversify-scopes";
import { inRequest, isBusy, stopServer } from "inversify-scopes/http";

import { eventually } from "../support/connection.js";
import { reasonOf } from "../support/errors.js";
import { type Gate, gate, turn } from "../support/gate.js";
import { World } from "../support/requests.js";
import { get, listen, post, RawClient } from "../support/sockets.js";

/** What a refused client gets. */
const REFUSED = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n";

/** The beginning of a request, as long as it is not known what it will be. */
const HALF = "GET /half HTTP/1.1\r\n";
const REST = "Host: test\r\n\r\n";

describe("stopServer", () => {
  let world: World;
  let server: Server;
  let port: number;
  let seen: (string | undefined)[];
  let held: Gate;
  beforeEach(() => {
    world = new World();
    held = gate();
    seen = [];
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const serve = async (listener: RequestListener): Promise<RawClient> => {
    server = createServer((req, res) => {
      seen.push(req.url);
      listener(req, res);
    });
    port = await listen(server);
    return new RawClient(port);
  };
  /** Answers with its connection's word, when the test says so. */
  const holding = (): RequestListener =>
    inRequest(async (req, res) => {
      const text = await world.connection.query(`<${req.url}>`);
      await held.promise;
      await world.connection.query();
      res.end(text);
    });
  const begun = (count: number): Promise<void> => eventually("begun", () => seen.length === count);
  const stop = (graceMs = 1_000_000): Promise<void> => stopServer(server, world.container, { graceMs });
  const hasStopped = async (client: RawClient): Promise<void> => {
    await eventually("the client's connection is closed", () => client.isClosed);
    expect(server.listening).to.equal(false);
  };

  describe("a request that is under way", () => {
    it("is answered, with all that it needs", async () => {
      const client = await serve(holding());
      await client.send(get("/a"));
      await begun(1);
      const stopped = stop();
      held.open();
      await stopped;
      expect(await client.receive("</a>")).to.match(/^HTTP\/1.1 200 /);
      await hasStopped(client);
      await world.expectAllEnded(0);
    });

    it("is answered where it is pipelined behind others", async () => {
      const client = await serve(holding());
      await client.send(["/1", "/2", "/3"].map((path) => get(path)).join(""));
      await begun(3);
      const stopped = stop();
      held.open();
      await stopped;
      const received = await client.receive("</3>");
      expect(received.match(/<.+>/g)).to.eql(["</1>", "</2>", "</3>"]);
    });

    it("may go on with its upload", async () => {
      const client = await serve(
        inRequest(async (req, res) => {
          let text = "";
          for await (const chunk of req) text += await world.connection.query(String(chunk));
          res.end(`<${text}>`);
        }),
      );
      await client.send(`${post("/a", 6)}one`);
      await begun(1);
      const stopped = stop();
      await turn();
      await client.send("two");
      await client.receive("<onetwo>");
      await stopped;
    });

    it("may go on with its download", async () => {
      let response!: ServerResponse;
      const client = await serve(inRequest((_req, res) => void (response = res).write("one")));
      await client.send(get("/a"));
      await client.receive("one");
      const stopped = stop();
      await turn();
      response.end("two");
      expect(await client.receive("0\r\n\r\n")).to.contain("two");
      await stopped;
    });

    for (const [what, listenerOf] of [
      ["in a context", inRequest],
      ["without a context", (listener: RequestListener) => listener],
    ] as const) {
      it(`is answered whole though its client reads slowly, ${what}`, async () => {
        const length = 20_000_000;
        await serve(listenerOf((_req, res) => void res.end(Buffer.alloc(length))));
        const slow = connect(port, "127.0.0.1");
        slow.write(get("/a"));
        await begun(1);
        await turn();
        const stopped = stop();
        await turn();
        let received = 0;
        for await (const chunk of slow) received += (chunk as Buffer).length;
        expect(received).to.be.greaterThan(length);
        await stopped;
      });
    }

    it("is aborted after graceMs, for a reason that means to come again", async () => {
      const client = await serve(
        inRequest(async (_req, res) => {
          const { signal } = currentContext()!;
          await once(signal, "abort");
          res.writeHead(isBusy(signal.reason) ? 503 : 500).end("aborted");
        }),
      );
      await client.send(get("/a"));
      await begun(1);
      await stop(0);
      expect(await client.receive("aborted")).to.match(/^HTTP\/1.1 503 /);
      await hasStopped(client);
    });

    it("has what is left of graceMs if it has no context", async () => {
      let response!: ServerResponse;
      const client = await serve((_req, res) => void (response = res).write("one"));
      await client.send(get("/a"));
      await client.receive("one");
      const stopped = stop();
      await eventually("the services have ended", () => isBusy(reasonNow(() => world.visit.context)));
      response.end("two");
      await client.receive("two");
      await stopped;
    });

    it("is cut then", async () => {
      const client = await serve((_req, res) => void res.write("one"));
      await client.send(get("/a"));
      await client.receive("one");
      await stop(30);
      await hasStopped(client);
    });
  });

  describe("a request that begins", () => {
    it("gets 503 and has to leave, and nothing of the app sees it", async () => {
      const client = await serve(holding());
      await client.send(get("/a"));
      await begun(1);
      const stopped = stop();
      await client.send(get("/b"));
      await turn();
      held.open();
      const received = await client.receive(REFUSED);
      expect(received.indexOf("</a>")).to.be.within(1, received.indexOf(REFUSED));
      await stopped;
      await hasStopped(client);
      expect(seen).to.eql(["/a"]);
    });

    it("counts as one that begins if its head is not complete", async () => {
      const client = await serve(holding());
      await client.send(HALF);
      await turn();
      const stopped = stop();
      await client.send(REST);
      await client.receive(REFUSED);
      await stopped;
      expect(seen).to.eql([]);
    });

    it("may send its body to the end, so that the answer is not lost in a reset", async () => {
      const client = await serve(holding());
      await client.send(get("/a"));
      await begun(1);
      const stopped = stop();
      await client.send(`${post("/b", 6)}one`);
      held.open();
      await client.receive(REFUSED);
      await turn();
      expect(client.isClosed).to.equal(false);
      await client.send("two");
      await stopped;
      await hasStopped(client);
    });

    for (const [event, value] of [
      ["checkContinue", "100-continue"],
      ["checkExpectation", "tea"],
    ] as const) {
      it(`is not told to go on with its body (${event})`, async () => {
        const client = await serve(holding());
        server.on(event, () => seen.push(event));
        await client.send(get("/a"));
        await begun(1);
        const stopped = stop();
        await client.send(post("/b", 6).replace("Host", `Expect: ${value}\r\nHost`));
        held.open();
        expect(await client.receive(REFUSED)).to.not.contain(" 100 ");
        await stopped;
        expect(seen).to.eql(["/a"]);
      });
    }
  });

  describe("connections", () => {
    it("that say nothing are closed", async () => {
      const client = await serve(holding());
      held.open();
      await client.send(get("/a"));
      await client.receive("</a>");
      await stop();
      await hasStopped(client);
    });

    it("that have never said anything are closed", async () => {
      const client = await serve(holding());
      await turn();
      await stop();
      await hasStopped(client);
    });

    it("that never finish the head of a request are closed after graceMs", async () => {
      const client = await serve(holding());
      await client.send(HALF);
      await turn();
      await stop(30);
      await hasStopped(client);
    });

    it("are closed also where the runtime has no list of them", async () => {
      const client = await serve(holding());
      await client.send(HALF);
      await turn();
      const { _getActiveHandles: handles } = process as { _getActiveHandles?: unknown };
      Object.assign(process, { _getActiveHandles: undefined });
      try {
        await stop(0);
      } finally {
        Object.assign(process, { _getActiveHandles: handles });
      }
      await hasStopped(client);
    });

    it("are closed if the services could not end, and the error comes after that", async () => {
      const client = await serve(holding());
      const failure = new Error("it does not end");
      world.container
        .bind("failing")
        .toDynamicValue(() => ({}))
        .inSharedScope({
          shape: Object,
          destroy() {
            throw failure;
          },
        });
      world.container.get<object>("failing").valueOf();
      await client.send(HALF);
      await turn();
      expect(await reasonOf(stop(0))).to.equal(failure);
      await hasStopped(client);
    });
  });

  describe("called again", () => {
    it("is the same promise, also after the end", async () => {
      await serve(holding());
      const stopped = stop();
      expect(stop()).to.equal(stopped);
      await stopped;
      expect(stop()).to.equal(stopped);
    });

    it("with less patience aborts what is under way", async () => {
      const client = await serve(
        inRequest(async (_req, res) => {
          await once(currentContext()!.signal, "abort");
          res.end("aborted");
        }),
      );
      await client.send(get("/a"));
      await begun(1);
      const stopped = stop();
      expect(stop(0)).to.equal(stopped);
      await stopped;
      await client.receive("aborted");
    });

    it("with less patience cuts what is left", async () => {
      const client = await serve((_req, res) => void res.write("one"));
      await client.send(get("/a"));
      await client.receive("one");
      const stopped = stop();
      await eventually("the services have ended", () => isBusy(reasonNow(() => world.visit.context)));
      await turn();
      expect(stop(0)).to.equal(stopped);
      await stopped;
      await hasStopped(client);
    });

    it("with another container is refused", async () => {
      await serve(holding());
      const stopped = stop();
      const error = await reasonOf(stopServer(server, new World().container));
      expect(error).to.include({ code: "INVALID_OPTION" });
      expect(String(error)).to.match(/stopServer: container .* must be the one of the first call/);
      await stopped;
    });
  });

  it("does not wait for the context in which it is called", async () => {
    await serve(holding());
    await runInContext(() => stop());
    expect(server.listening).to.equal(false);
  });

  it("leaves other servers with the same container alone, which may be stopped with it", async () => {
    const client = await serve(holding());
    const other = createServer((_req, res) => res.end("other"));
    const kept = new RawClient(await listen(other));
    await stop();
    await kept.send(get("/"));
    await kept.receive("other");
    await stopServer(other, world.container);
    await eventually("closed", () => client.isClosed && kept.isClosed);
  });

  it("resolves with a server that does not listen: it never did, or was closed before", async () => {
    await stopServer(createServer(), new World().container);
    const client = await serve(holding());
    await client.send(get("/a"));
    await begun(1);
    server.close();
    const stopped = stop();
    held.open();
    await client.receive("</a>");
    await stopped;
  });

  it("keeps a server from listening that was about to", async () => {
    server = createServer(holding());
    server.listen(0, "localhost");
    await stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.listening).to.equal(false);
  });

  describe("with an app that closes its server", () => {
    /** As Fastify's: its `close` waits for the server. */
    const appOf = (after: () => unknown) => {
      const app = {
        closes: 0,
        server,
        async close() {
          app.closes++;
          await new Promise((resolve) => server.close(resolve));
          await after();
        },
      };
      return app;
    };

    it("closes the app, once, while requests are under way", async () => {
      const client = await serve(holding());
      const app = appOf(() => {});
      await client.send(get("/a"));
      await begun(1);
      const stopped = stopServer(app, world.container);
      expect(app.closes).to.equal(1);
      expect(stopServer(app, world.container)).to.equal(stopped);
      held.open();
      await client.receive("</a>");
      await stopped;
      expect(app.closes).to.equal(1);
    });

    it("rejects with what the app's hooks throw; with all, if the services have failed, too", async () => {
      await serve(holding());
      const [ofApp, ofService] = [new Error("a hook"), new Error("a service")];
      const app = appOf(() => {
        throw ofApp;
      });
      expect(await reasonOf(stopServer(app, world.container))).to.equal(ofApp);

      const client = await serve(holding());
      const { container } = new World();
      const destroy = (): never => {
        throw ofService;
      };
      container
        .bind("failing")
        .toDynamicValue(() => ({}))
        .inSharedScope({ shape: Object, destroy });
      container.get<object>("failing").valueOf();
      const error = (await reasonOf(stopServer({ ...app, server }, container))) as AggregateError;
      expect(error.errors).to.eql([ofService, ofApp]);
      expect(error.message).to.equal("2 ends of a server have failed");
      await hasStopped(client);
    });
  });

  describe("refuses, and stops nothing,", () => {
    const wrong: Record<string, [(world: World) => unknown[], RegExp]> = {
      "what is no server": [() => [{}], /^stopServer: server is .*, but must be a server of node:http, .* not the app/],
      "an app of Express in the place of its server": [() => [Object.assign(() => {}, { emit() {} })], /not the app/],
      "an app without a server": [() => [{ server: {}, close() {} }], /stopServer: server/],
      nothing: [() => [undefined], /stopServer: server is undefined/],
      "a container without the plugin": [() => [server, {}], /stopServer: container/],
      "an unknown option": [
        ({ container }) => [server, container, { grace: 5 }],
        /stopServer: there is no option grace/,
      ],
      "a wrong one": [({ container }) => [server, container, { graceMs: -1 }], /stopServer: graceMs is -1/],
    };
    for (const [what, [args, message]] of Object.entries(wrong)) {
      it(what, async () => {
        const client = await serve(holding());
        held.open();
        const given = args(world);
        if (given.length === 1) given.push(world.container);
        const error = await reasonOf(stopServer(...(given as Parameters<typeof stopServer>)));
        expect(error).to.include({ code: "INVALID_OPTION" });
        expect((error as Error).message).to.match(message);
        await client.send(get("/a"));
        await client.receive("</a>");
        await world.container.unbindAllAsync();
      });
    }
  });
});

/** What a function throws. */
function reasonNow(fn: () => unknown): unknown {
  try {
    fn();
    return undefined;
  } catch (error) {
    return error;
  }
}
