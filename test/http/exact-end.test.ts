import { createServer, type RequestListener, type Server } from "node:http";
import { Readable } from "node:stream";
import { expect } from "chai";
import { type AsyncContext, currentContext, lease, poolOf, ready } from "inversify-scopes";
import { inRequest, requestContext } from "inversify-scopes/http";

import { eventually } from "../support/connection.js";
import { reasonOf } from "../support/errors.js";
import { gate } from "../support/gate.js";
import { World } from "../support/requests.js";
import { get, listen, post, RawClient } from "../support/sockets.js";
import { unhandledDuring } from "../support/warnings.js";

describe("The end of a request's context", () => {
  let world: World;
  let server: Server | undefined;
  let port: number;
  const serve = async (listener: RequestListener): Promise<RawClient> => {
    server = createServer(listener);
    port = await listen(server);
    return new RawClient(port);
  };
  /** A listener that tells nothing, as Express. */
  const silently = (handler: (...args: Parameters<RequestListener>) => unknown, leftMs?: number): RequestListener => {
    const middleware = requestContext({ leftMs });
    return (req, res) => middleware(req, res, () => void handler(req, res));
  };
  beforeEach(() => (world = new World()));
  afterEach(async () => {
    server?.closeAllConnections();
    server?.close();
    await world.container.unbindAllAsync();
  });

  it("comes when the answer was sent and the handler has settled", async () => {
    const work = gate();
    const client = await serve(
      inRequest(async (_req, res) => {
        res.end(world.here);
        await work.promise;
        await world.connection.query();
      }),
    );
    await client.send(get("/orders?id=1"));
    await client.receive("GET /orders");
    expect(world.ended).to.eql([]);
    work.open();
    await world.expectAllEnded(1);
  });

  it("does not come when the signal of the options aborts, which aborts the context's", async () => {
    const abort = new AbortController();
    const seen: unknown[] = [];
    const client = await serve(
      inRequest(
        (_req, res) => {
          const { signal } = currentContext()!;
          abort.abort("enough");
          seen.push(signal.aborted, signal.reason, currentContext()!.state);
          res.end("done");
        },
        { signal: () => abort.signal },
      ),
    );
    await client.send(get("/"));
    await client.receive("done");
    expect(seen).to.eql([true, "enough", "active"]);
  });

  it("waits for the answer to be sent, though the handler has settled", async () => {
    const client = await serve(
      inRequest(async (_req, res) => {
        res.write(world.here);
        setTimeout(() => res.end(`still ${world.here}.`), 20);
      }),
    );
    await client.send(get("/"));
    await client.receive("still GET /.");
    await world.expectAllEnded(1);
  });

  it("waits for a handler whose client has left, which may commit, and whose signal has aborted", async () => {
    const left = gate();
    const committed: unknown[] = [];
    const client = await serve(
      inRequest(async (_req, res) => {
        await world.connection.query(world.here);
        currentContext()!.signal.addEventListener("abort", () => left.open());
        await left.promise;
        committed.push(await world.connection.query("commit"), world.here, world.ended.length);
        res.end("too late");
      }),
    );
    await client.send(get("/"));
    await eventually("begun", () => world.begun.length === 1);
    client.leave();
    await world.expectAllEnded(1);
    expect(committed).to.eql(["commit", "GET /", 0]);
  });

  it("tells by its outcome that the client has left", async () => {
    const reasons: unknown[] = [];
    const client = await serve(
      inRequest(async () => {
        const { signal } = currentContext()!;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        reasons.push(signal.reason);
      }),
    );
    await client.send(get("/"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.leave();
    await eventually("the client's leaving is told", () => reasons.length === 1);
    expect(reasons[0]).to.include({ name: "AbortError", code: "ABORT_ERR" });
    expect((reasons[0] as Error).message).to.equal("GET /: the client left before it had the whole answer.");
  });

  it("comes when the client leaves, where the handler has settled and answered nothing", async () => {
    const client = await serve(inRequest(async () => void world.here));
    await client.send(get("/"));
    await eventually("begun", () => world.begun.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(world.ended).to.eql([]);
    client.leave();
    await world.expectAllEnded(1);
  });

  it("aborts, though an error handler answers the upload that was aborted", async () => {
    const aborted: unknown[] = [];
    const client = await serve(
      inRequest((req, res) => {
        const { signal } = currentContext()!;
        res.setHeader("x-of", world.here);
        // As body-parser does it.
        req.on("aborted", () => res.writeHead(400).end());
        req.on("error", () => {});
        req.resume();
        res.on("close", () => setImmediate(() => aborted.push(signal.aborted)));
      }),
    );
    await client.send(`${post("/", 6)}abc`);
    await eventually("begun", () => world.begun.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.leave();
    await world.expectAllEnded(1);
    await eventually("closed", () => aborted.length === 1);
    expect(aborted).to.eql([true]);
  });

  it("is near when the client has left: nothing new is taken, with the reason", async () => {
    let taking: Promise<unknown> | undefined;
    const client = await serve(
      inRequest(async () => {
        const { signal } = currentContext()!;
        expect(world.here).to.equal("GET /");
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        taking = reasonOf(world.connection.query());
        expect(await taking).to.equal(signal.reason);
      }),
    );
    await client.send(get("/"));
    await eventually("begun", () => world.begun.length === 1);
    client.leave();
    await world.expectAllEnded(1);
    expect(await taking).to.have.property("name", "AbortError");
  });

  it("rejects what waits for a pool, when the client leaves", async () => {
    const full = new World(1);
    const held = await lease(full.connection);
    let waiting: Promise<unknown> | undefined;
    const client = await serve(
      inRequest(async (_req, res) => {
        res.setHeader("x-of", full.here);
        waiting = reasonOf(full.connection.query());
        await waiting;
      }),
    );
    await client.send(get("/"));
    await eventually("waits", () => poolOf(full.connection).stats().waiting === 1);
    client.leave();
    await eventually("rejected", () => full.ended.length === 1);
    expect(await waiting).to.have.property("name", "AbortError");
    await held.release();
    await full.expectAllEnded(1);
    await full.container.unbindAllAsync();
  });

  describe("of a handler that tells nothing", () => {
    it("comes when the answer was sent", async () => {
      const client = await serve(silently((_req, res) => res.end(world.here)));
      await client.send(get("/"));
      await world.expectAllEnded(1);
    });

    it("waits for its attempt to answer a client that has left", async () => {
      const work = gate();
      const done: string[] = [];
      const client = await serve(
        silently(async (_req, res) => {
          done.push(await world.connection.query(world.here));
          await work.promise;
          done.push(await world.connection.query("commit"));
          res.end("too late");
        }),
      );
      await client.send(get("/"));
      await eventually("begun", () => done.length === 1);
      client.leave();
      await eventually("left", () => server!.listening && client.isClosed);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(world.ended).to.eql([]);
      work.open();
      await world.expectAllEnded(1);
      expect(done).to.eql(["GET /", "commit"]);
    });

    it("comes leftMs after the client has left, if it does not attempt to answer", async () => {
      const client = await serve(silently(() => void world.here, 10));
      await client.send(get("/"));
      await eventually("begun", () => world.begun.length === 1);
      client.leave();
      await world.expectAllEnded(1);
    });

    it("comes when the client leaves during the download: a stream that is cancelled never ends the answer", async () => {
      const rows = async function* (): AsyncGenerator<string> {
        for (;;) yield await world.connection.query(`${world.here}\n`);
      };
      const client = await serve(silently((_req, res) => void Readable.from(rows()).pipe(res)));
      await client.send(get("/"));
      await client.receive("GET /");
      client.leave();
      await world.expectAllEnded(1);
    });
  });

  it("comes though the response had closed before the context began", async () => {
    const late = requestContext({ leftMs: 5 });
    let context: AsyncContext | undefined;
    const client = await serve((req, res) => {
      res.once("close", () => late(req, res, () => (context = currentContext())));
    });
    await client.send(get("/"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.leave();
    await eventually("ended", () => context?.state === "ended");
    expect(context!.signal.aborted).to.equal(true);
  });

  it("comes when a handler rejects that has answered nothing; Node gets the rejection as it is", async () => {
    const error = new Error("own");
    let client!: RawClient;
    const reasons = await unhandledDuring(async () => {
      client = await serve(inRequest(() => Promise.reject((void world.here, error))));
      await client.send(get("/"));
      await world.expectAllEnded(1);
    });
    expect(reasons).to.eql([error]);
  });

  it("comes when a handler throws that has answered nothing; the caller gets what it throws", async () => {
    const error = new Error("own");
    const thrown: unknown[] = [];
    const listener = inRequest(() => {
      expect(world.here).to.equal("GET /");
      throw error;
    });
    const client = await serve((req, res) => {
      try {
        listener(req, res);
      } catch (own) {
        thrown.push(own);
      }
    });
    await client.send(get("/"));
    await world.expectAllEnded(1);
    expect(thrown).to.eql([error]);
  });

  it("waits for the close where a handler fails after the head was sent", async () => {
    const reasons = await unhandledDuring(async () => {
      const client = await serve(
        inRequest(async (_req, res) => {
          res.write(world.here);
          setTimeout(() => res.end(` still in ${world.here}.`), 20);
          throw new Error("own");
        }),
      );
      await client.send(get("/"));
      await client.receive("still in GET /.");
      await world.expectAllEnded(1);
    });
    expect(reasons).to.have.length(1);
  });

  it("takes what is needed before the handler runs", async () => {
    const client = await serve(
      inRequest(
        (_req, res) => {
          ready(world.connection).then(
            () => res.end("ready"),
            () => res.end("not ready"),
          );
        },
        { needs: [world.connection] },
      ),
    );
    await client.send(get("/"));
    await client.receive("ready");
  });
});
