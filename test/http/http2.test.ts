import {
  type ClientHttp2Stream,
  connect,
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { currentContext } from "inversify-scopes";
import { inRequest, requestContext } from "inversify-scopes/http";

import { eventually } from "../support/connection.js";
import { World } from "../support/requests.js";

describe("Requests of HTTP/2", () => {
  let world: World;
  let server: Http2Server;
  let session: ReturnType<typeof connect>;
  const serve = async (listener: (req: Http2ServerRequest, res: Http2ServerResponse) => void): Promise<void> => {
    server = createServer(listener).listen(0, "127.0.0.1");
    await once(server, "listening");
    session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  };
  beforeEach(() => (world = new World()));
  afterEach(async () => {
    session.destroy();
    server.close();
    await world.container.unbindAllAsync();
  });

  const ask = async (path: string, body?: string): Promise<string> => {
    const stream = session.request({ ":path": path, ":method": body === undefined ? "GET" : "POST" });
    stream.setEncoding("utf8").end(body);
    let text = "";
    for await (const chunk of stream) text += chunk as string;
    return text;
  };

  it("have a context each, many at once on one connection, and end with it complete", async () => {
    const signals: AbortSignal[] = [];
    await serve(
      inRequest(async (req, res) => {
        signals.push(currentContext()!.signal);
        for await (const chunk of req) await world.connection.query(String(chunk));
        res.end(`${await world.connection.query(world.here)}`);
      }),
    );
    const texts = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(`/${i}`, "body")));
    expect(texts).to.eql(Array.from({ length: 20 }, (_, i) => `POST /${i}`));
    await world.expectAllEnded(20);
    expect(signals.some(({ aborted }) => aborted)).to.equal(false);
  });

  for (const [how, leave] of [
    ["cancels", (stream: ClientHttp2Stream) => stream.close(8)],
    ["closes without an error", (stream: ClientHttp2Stream) => stream.close(0)],
    ["is gone", () => session.destroy()],
  ] as const)
    it(`abort when the client ${how}, and wait for the handler`, async () => {
      const done: unknown[] = [];
      await serve(
        inRequest(async () => {
          const { signal } = currentContext()!;
          await world.connection.query(world.here);
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          done.push(await world.connection.query("rolled back"), world.ended.length);
        }),
      );
      const stream = session.request({ ":path": "/" });
      stream.on("error", () => {});
      await eventually("begun", () => world.begun.length === 1);
      await new Promise((resolve) => setTimeout(resolve, 10));
      leave(stream);
      await world.expectAllEnded(1);
      expect(done).to.eql(["rolled back", 0]);
    });

  it("end though the stream was gone when the context began", async () => {
    const middleware = requestContext<Http2ServerRequest, Http2ServerResponse>({ leftMs: 5 });
    let context: ReturnType<typeof currentContext>;
    await serve((req, res) => {
      res.on("close", () => setImmediate(() => middleware(req, res, () => (context = currentContext()))));
    });
    const stream = session.request({ ":path": "/" });
    stream.on("error", () => {});
    await new Promise((resolve) => setTimeout(resolve, 30));
    stream.close(8);
    await eventually("ended", () => context?.state === "ended");
    expect(context!.signal.aborted).to.equal(true);
  });
});
