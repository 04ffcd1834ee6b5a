import { AsyncLocalStorage } from "node:async_hooks";
import { createServer, type RequestListener } from "node:http";
import { expect } from "chai";
import { type ContextTraceEvent, ScopedContainer } from "inversify-scopes";
import { inFetch, inRequest, requestContext } from "inversify-scopes/http";

import { turn } from "../support/gate.js";
import { get, listen, RawClient } from "../support/sockets.js";
import { traces } from "../support/traces.js";

const ASYNC = ["start", "end", "asyncStart", "asyncEnd"];
const FAILED = ["start", "end", "error", "asyncStart", "asyncEnd"];

/** An instance whose end fails or takes time, if it is told to. */
class Held {
  failure: Error | undefined;
  takes: Promise<unknown> | undefined;
}

describe("the TracingChannel inversify-scopes:context, of requests", () => {
  const container = new ScopedContainer();
  let held: Held;
  before(() => {
    container
      .bind(Held)
      .toSelf()
      .inPerAsyncContextScope({
        destroy: ({ failure, takes }) => {
          if (failure !== undefined) throw failure;
          return takes;
        },
      });
    held = container.get(Held);
  });
  after(() => container.unbindAllAsync());

  /** What one request tells, from its begin until its connection has closed. */
  const told = async (listener: RequestListener) => {
    const heard = await traces<ContextTraceEvent>("inversify-scopes:context", async () => {
      const server = createServer(listener);
      const client = new RawClient(await listen(server));
      await client.send(get("/orders"));
      await client.receive("done");
      await turn();
      await turn();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return heard.map(({ events, told: { context, outcome, error } }) => ({ events, context, outcome, error }));
  };
  const quiet = { onError: () => {} };

  it("tells of a request from its begin to its end", async () => {
    const listener = inRequest(async (_req, res) => void res.end("done"));
    expect(await told(listener)).to.eql([
      { events: ASYNC, context: "GET /orders", outcome: "completed", error: undefined },
    ]);
  });

  it("of a context that is entered in the same way as one that nobody hears of", async () => {
    const other = new AsyncLocalStorage<string>();
    const emit = (): boolean => true;
    /** What the caller of a middleware sees of a storage that was entered behind it. */
    const seen = (): string | undefined =>
      other.run("outside", () => {
        const [request, response] = [
          { emit },
          { emit, end: () => {}, statusCode: 200, closed: true, headersSent: true },
        ];
        requestContext()(request as never, response as never, () => other.enterWith("inside"));
        return other.getStore();
      });
    const unheard = seen();
    let heard: string | undefined;
    await traces("inversify-scopes:context", async () => {
      heard = seen();
      await turn();
    });
    expect(heard).to.equal(unheard);
  });

  it("after an end that takes time", async () => {
    const listener = inRequest(async (_req, res) => {
      held.takes = turn();
      res.end("done");
    });
    expect(await told(listener)).to.eql([
      { events: ASYNC, context: "GET /orders", outcome: "completed", error: undefined },
    ]);
  });

  it("of a handler that has failed, with its error", async () => {
    const error = new Error("no");
    const listener = inRequest(async (_req, res) => {
      res.end("done");
      throw error;
    });
    const rejected = (req: unknown, res: unknown): void =>
      void (listener(req as never, res as never) as unknown as Promise<void>).catch(() => {});
    expect(await told(rejected)).to.eql([{ events: FAILED, context: "GET /orders", outcome: "failed", error }]);
  });

  it("of an end that has failed, with its error", async () => {
    const failure = new Error("stuck");
    const listener = inRequest(async (_req, res) => {
      held.failure = failure;
      res.end("done");
    }, quiet);
    expect(await told(listener)).to.eql([
      { events: FAILED, context: "GET /orders", outcome: "completed", error: failure },
    ]);
  });

  it("of inFetch, until the body was read", async () => {
    const fetch = inFetch(async () => new Response("done"));
    const heard = await traces<ContextTraceEvent>("inversify-scopes:context", async () => {
      await (await fetch(new Request("http://localhost/orders"))).text();
      await turn();
    });
    expect(heard.map(({ events, told: { context, outcome } }) => [events, context, outcome])).to.eql([
      [ASYNC, "GET /orders", "completed"],
    ]);
  });
});
