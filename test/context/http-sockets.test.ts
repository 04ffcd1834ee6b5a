import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { expect } from "chai";
import {
  bindToContext,
  currentContext,
  pooledScope,
  runInContext,
  scopedProxy,
  setFactory,
  unwrap,
} from "inversify-scopes";
import { Client, type Dispatcher, fetch as undiciFetch, Pool } from "undici";
import { rejected } from "../support/errors.js";
import { collected } from "../support/gc.js";
import { gate } from "../support/gate.js";
import { perContext, Thing } from "../support/things.js";

/** Every answer is in several chunks, with trailers of time in between. */
function serve(): Server {
  const server = createServer((request, response) => {
    response.write(`${request.url}:`);
    setImmediate(() => response.end("x".repeat(70_000)));
  });
  // Kept-alive sockets must not be closed under a test.
  server.keepAliveTimeout = 60_000;
  return server.listen(0, "127.0.0.1");
}

/** What a callback sees: the name of its context, and whether the service is that context's. */
interface Sight {
  readonly where: string;
  readonly name: string | undefined;
  readonly same: boolean;
}

describe("contexts under real conditions: HTTP sockets that are kept alive (S22)", () => {
  let server: Server;
  let origin: string;
  let connections: number;
  const user = perContext("user");

  beforeEach(async () => {
    server = serve();
    connections = 0;
    server.on("connection", () => connections++);
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  /** Runs the body in two contexts, one after the other, and in three at once; each must see itself everywhere. */
  async function eachSeesItself(body: (path: string, see: (where: string) => void) => Promise<void>): Promise<void> {
    const inContext = (name: string): Promise<Sight[]> =>
      runInContext({ name }, async () => {
        const sights: Sight[] = [];
        const mine = user.which();
        const see = (where: string): void => {
          let which: number | undefined;
          try {
            which = user.which();
          } catch {}
          sights.push({ where, name: currentContext()?.name, same: which === mine });
        };
        await body(`/${name}`, see);
        see("after it all");
        return sights;
      });
    const names = ["first", "second", "a", "b", "c"];
    const seen = [
      await inContext("first"),
      await inContext("second"),
      ...(await Promise.all(["a", "b", "c"].map(inContext))),
    ];
    for (const [i, sights] of seen.entries()) {
      expect(sights.length).to.be.greaterThan(1);
      for (const sight of sights) expect(sight).to.include({ name: names[i], same: true });
    }
  }

  const clients: Readonly<Record<string, () => Client | Pool>> = {
    "a client of one socket": () => new Client(origin),
    "a client of one socket, pipelined": () => new Client(origin, { pipelining: 4 }),
    "a pool of two sockets": () => new Pool(origin, { connections: 2 }),
  };
  for (const [clientName, open] of Object.entries(clients)) {
    describe(`undici, ${clientName}`, () => {
      let client: Client | Pool;
      beforeEach(() => void (client = open()));
      afterEach(() => client.close());

      it("request: its promise and the body's iteration by themselves, its events tied, whoever opened the socket", async () => {
        await eachSeesItself(async (path, see) => {
          const { body } = await client.request({ path, method: "GET" });
          see("headers");
          body.on(
            "data",
            bindToContext(() => see("data")),
          );
          await once(body, "end");
          see("end");
          const again = await client.request({ path, method: "GET" });
          let text = "";
          for await (const chunk of again.body) {
            see("chunk");
            text += String(chunk);
          }
          expect(text).to.match(new RegExp(`^${path}:x`));
        });
        expect(connections).to.be.lessThan(3);
      });

      it("request with a callback, and stream", async () => {
        await eachSeesItself(async (path, see) => {
          const called = gate();
          client.request({ path, method: "GET" }, (_error, { body }) => {
            see("callback");
            const end = bindToContext(() => {
              see("end");
              called.open();
            });
            body.on("end", end);
            body.resume();
          });
          await called.promise;
          await client.stream({ path, method: "GET" }, () => {
            see("factory");
            const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
            return sink.on(
              "finish",
              bindToContext(() => see("finish")),
            );
          });
        });
      });

      it("a dispatch handler is called by the socket: bindToContext ties it", async () => {
        await eachSeesItself(async (path, see) => {
          const over = gate();
          const handler: Dispatcher.DispatchHandler = {
            onRequestStart: bindToContext(() => see("start")),
            onResponseStart: bindToContext(() => see("headers")),
            onResponseData: bindToContext(() => see("data")),
            onResponseEnd: bindToContext(() => over.open()),
            onResponseError: (_, error) => over.fail(error),
          };
          client.dispatch({ path, method: "GET" }, handler);
          await over.promise;
        });
      });
    });
  }

  for (const [name, get] of Object.entries({ "global fetch": fetch, "undici's fetch": undiciFetch })) {
    it(`${name}: its promise, its body's reader`, async () => {
      await eachSeesItself(async (path, see) => {
        const response = await get(`${origin}${path}`);
        see("headers");
        const reader = response.body!.getReader();
        for (;;) {
          const { done } = await reader.read();
          see("read");
          if (done) break;
        }
      });
    });
  }

  it("an untied handler on a socket that another context has opened never reaches the second's instance, nor the first's", async () => {
    const client = new Client(origin);
    const firstUser = await runInContext({ name: "first" }, async () => {
      await (await client.request({ path: "/", method: "GET" })).body.dump();
      return unwrap(user);
    });
    let code: string | undefined;
    await runInContext({ name: "second" }, async () => {
      user.hello();
      const over = gate();
      client.dispatch(
        { path: "/", method: "GET" },
        {
          onRequestStart() {},
          onResponseData() {
            try {
              expect(user.which()).to.not.equal(firstUser.id);
            } catch (error) {
              code = (error as { code: string }).code;
            }
          },
          onResponseEnd: () => over.open(),
          onResponseError: (_, error) => over.fail(error),
        },
      );
      await over.promise;
    });
    expect(code).to.equal("CONTEXT_ENDED");
    await client.close();
  });

  /** A pooled client whose socket is opened by its factory. */
  function openedByFactory(): Client {
    const http = scopedProxy<Client>("http", { shape: Client });
    setFactory(
      http,
      async () => {
        const client = new Client(origin);
        await (await client.request({ path: "/warm", method: "GET" })).body.dump();
        return client;
      },
      pooledScope({ maxSize: 1, destroy: (client: Client) => client.close() }),
    );
    return http;
  }

  it("a socket that a factory has opened sees no context; what it calls back untied is told so, and how to tie it", async () => {
    const http = openedByFactory();
    await runInContext({ needs: [http] }, async () => {
      const over = gate();
      const real = unwrap(http);
      real.dispatch(
        { path: "/", method: "GET" },
        {
          onRequestStart() {},
          onResponseStart() {
            user.hello();
          },
          onResponseEnd: () => over.open(),
          onResponseError: (_, error) => over.fail(error),
        },
      );
      const error = await rejected("CAPTIVE_DEPENDENCY", over.promise);
      expect(error.message).to.include("user.hello").and.include("factory of http").and.include("bindToContext");
    });
    setFactory(http, () => new Client(origin)); // ends the pool
  });

  it("a kept-alive socket keeps nothing of the requests that used it: instances, and other storages' stores (S45)", async () => {
    const storage = new AsyncLocalStorage<object>();
    const http = openedByFactory();
    const gone: WeakRef<object>[] = [];
    const request = (): Promise<void> =>
      storage.run(new Thing("store of another storage"), () =>
        runInContext({ needs: [http] }, async () => {
          gone.push(new WeakRef(storage.getStore()!), new WeakRef(unwrap(user)), new WeakRef(currentContext()!));
          const { body } = await http.request({ path: "/", method: "GET" });
          await body.dump();
        }),
      );
    await request();
    await request();
    await collected(() => gone.every((ref) => ref.deref() === undefined));
    expect(connections).to.equal(1);
    setFactory(http, () => new Client(origin)); // ends the pool
  });

  it("a client that connects at its first request: the socket keeps that request's frame, but no instance of it (S45)", async () => {
    const client = new Client(origin);
    let instance!: WeakRef<object>;
    await runInContext(async () => {
      instance = new WeakRef(unwrap(user));
      await (await client.request({ path: "/", method: "GET" })).body.dump();
    });
    await collected(() => instance.deref() === undefined);
    await client.close();
  });
});
