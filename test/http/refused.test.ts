import { createServer, IncomingMessage, type RequestListener, type Server } from "node:http";
import { Socket } from "node:net";
import { expect } from "chai";
import { currentContext, lease, poolOf } from "inversify-scopes";
import { fastifyContext, inContext, inFetch, inRequest, requestContext } from "inversify-scopes/http";

import { eventually } from "../support/connection.js";
import { rejected, thrown } from "../support/errors.js";
import { World } from "../support/requests.js";
import { get, listen, RawClient } from "../support/sockets.js";
import { warningsDuring } from "../support/warnings.js";

describe("Bad input to the adapters", () => {
  const handler = (): void => {};
  const adapters: Record<string, (options: object) => unknown> = {
    inContext: (options) => inContext(handler, options),
    inRequest: (options) => inRequest(handler, options),
    inFetch: (options) => inFetch(() => new Response(), options),
    requestContext: (options) => requestContext(options),
    fastifyContext: (options) =>
      fastifyContext({ addHook: handler }, options, (error) => {
        if (error !== undefined) throw error;
      }),
  };
  for (const [name, adapt] of Object.entries(adapters)) {
    describe(name, () => {
      it("is refused when the adapter is made", () => {
        for (const options of [
          null,
          [],
          { nmae: "x" },
          { name: "" },
          { name: 1 },
          { needs: {} },
          { needs: [{}] },
          { values: [] },
          { signal: new AbortController().signal },
          { graceMs: -1 },
          { leftMs: "1" },
          { onError: "log" },
        ]) {
          expect(thrown("INVALID_OPTION", () => adapt(options as object)).message).to.include(`${name}: `);
        }
      });

      it("may be left out, each by itself", () => {
        adapt({ name: undefined, needs: undefined, values: undefined, signal: undefined, leftMs: Infinity });
      });
    });
  }

  it("that is no function is refused", () => {
    expect(thrown("INVALID_OPTION", () => inContext(1 as never)).message).to.include("inContext: handler");
    expect(thrown("INVALID_OPTION", () => inRequest({} as never)).message).to.include("inRequest: listener");
    expect(thrown("INVALID_OPTION", () => inFetch(undefined as never)).message).to.include("inFetch: handler");
  });

  it("in the wrong order is refused", () => {
    expect(thrown("INVALID_OPTION", () => inContext({ name: "job" } as never, handler as never)).message).to.equal(
      "inContext: handler is an object, but must be a function, given first.",
    );
  });

  it("as a middleware without its parentheses, requestContext says so", () => {
    const request = new IncomingMessage(new Socket());
    expect(thrown("INVALID_OPTION", () => requestContext(request as never)).message).to.equal(
      "requestContext: it lacks its parentheses; say app.use(requestContext()).",
    );
  });

  it("as what Koa gives to its middlewares is refused", () => {
    const context = { req: {}, res: {} };
    thrown("INVALID_OPTION", () => inRequest(handler)(context as never, handler as never));
    thrown("INVALID_OPTION", () => requestContext()(context as never, handler as never, handler));
    thrown("INVALID_OPTION", () => inRequest(handler)(undefined as never, undefined as never));
  });

  describe("at a request", () => {
    let world: World;
    let server: Server;
    const serve = async (listener: RequestListener): Promise<RawClient> => {
      server = createServer(listener);
      return new RawClient(await listen(server));
    };
    beforeEach(() => (world = new World(1)));
    afterEach(async () => {
      server.closeAllConnections();
      server.close();
      await world.container.unbindAllAsync();
    });

    const failing = {
      "a name that is none": [{ name: () => 1 as never }, "INVALID_OPTION"],
      "a signal that is none": [{ signal: () => 1 as never }, "INVALID_OPTION"],
      "a name's error": [
        {
          name: () => {
            throw new Error("own");
          },
        },
        undefined,
      ],
    } as const;
    for (const [what, [options, code]] of Object.entries(failing)) {
      it(`${what}: the listener is not called, 503, and onError gets the reason`, async () => {
        const errors: unknown[] = [];
        const client = await serve(
          inRequest(() => expect.fail(), { ...options, onError: (error) => errors.push(error) }),
        );
        await client.send(get("/"));
        await client.receive("503 Service Unavailable");
        expect(errors).to.have.length(1);
        expect((errors[0] as { code?: string }).code).to.equal(code);
      });

      it(`${what}: next gets the reason`, async () => {
        const errors: unknown[] = [];
        const middleware = requestContext(options);
        const client = await serve((req, res) =>
          middleware(req, res, (error) => {
            errors.push(error);
            res.end("passed on");
          }),
        );
        await client.send(get("/"));
        await client.receive("passed on");
        expect((errors[0] as { code?: string }).code).to.equal(code);
      });

      it(`${what}: inFetch and inContext reject`, async () => {
        for (const adapted of [
          inFetch(() => expect.fail(), options),
          inContext((_request: Request) => expect.fail(), options),
        ]) {
          const error = await adapted(new Request("http://localhost")).then(undefined, (reason: unknown) => reason);
          expect((error as { code?: string }).code).to.equal(code);
        }
      });
    }

    it("with needs that are not to be had: 503 in the context, and it ends", async () => {
      const { container, connection } = world;
      const gone = container.bind("gone").toDynamicValue(() => Promise.reject(new Error("no")));
      gone.inPooledScope({ maxSize: 1, shape: Object });
      const contexts: unknown[] = [];
      const onError = (): void => void contexts.push(currentContext()?.name);
      const needs = [connection, container.get<object>("gone")];
      const client = await serve(inRequest(() => expect.fail(), { needs, onError }));
      await client.send(get("/"));
      await client.receive("503");
      expect(contexts).to.eql(["GET /"]);
      await client.send(get("/"));
      await client.receive("503", 2);
    });

    it("with needs for which it waits when the client leaves: the listener is not called, and nobody is told", async () => {
      const held = await lease(world.connection);
      const client = await serve(inRequest(() => expect.fail(), { needs: [world.connection] }));
      const warnings = await warningsDuring(async () => {
        await client.send(get("/"));
        await eventually("waits", () => poolOf(world.connection).stats().waiting === 1);
        client.leave();
        await eventually("ended", () => world.open.length === 0);
      });
      expect(warnings).to.eql([]);
      await held.release();
      await world.expectAllEnded(0);
    });

    it("that fails after the head was sent leaves the answer alone", async () => {
      const listener = inRequest(() => expect.fail(), { name: () => expect.fail("no name") });
      const client = await serve((req, res) => {
        res.write("begun");
        listener(req, res);
        res.end("ended");
      });
      const warnings = await warningsDuring(async () => {
        await client.send(get("/"));
        await client.receive("ended");
      });
      expect(warnings.map(({ code, message }) => [code, message])).to.eql([
        [
          "CONTEXT_NOT_BEGUN",
          "GET / did not begin, and was answered 503: AssertionError: no name. The option onError gets what fails there.",
        ],
      ]);
    });

    it("of Node's own kind never comes to the listener: heads too large, malformed upgrades", async () => {
      const client = await serve(inRequest((_req, res) => res.end(world.here)));
      await client.send(get("/", `X: ${"x".repeat(20_000)}\r\n`));
      await client.receive("431 Request Header Fields Too Large");
      const other = new RawClient((server.address() as { port: number }).port);
      await other.send(get("/", "Connection: Upgrade\r\nUpgrade: nonsense\r\nSec-WebSocket-Key: 1\r\n\u0000\r\n"));
      await other.receive("400 Bad Request");
      expect(world.begun).to.eql([]);
    });

    it("as a second end leaves the answer alone", async () => {
      const client = await serve(
        inRequest((_req, res) => {
          res.end(`<${world.here}>`);
          res.end();
        }),
      );
      await client.send(get("/"));
      await client.receive("<GET /");
      await world.expectAllEnded(1);
    });

    it("to inFetch's signal, aborted beforehand: the handler is not called", async () => {
      const fetch = inFetch(() => expect.fail());
      const reason = new Error("gone");
      const error = await fetch(new Request("http://localhost", { signal: AbortSignal.abort(reason) })).then(
        undefined,
        (own: unknown) => own,
      );
      expect(error).to.equal(reason);
      await rejected("INVALID_OPTION", inFetch(() => new Response(), { name: () => "" })(new Request("http://a")));
      server = createServer();
    });
  });
});
