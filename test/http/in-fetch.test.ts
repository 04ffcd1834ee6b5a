import { expect } from "chai";
import { contextValue, currentContext } from "inversify-scopes";
import { inFetch } from "inversify-scopes/http";

import { reasonOf, rejected } from "../support/errors.js";
import { collected } from "../support/gc.js";
import { turn } from "../support/gate.js";
import { World } from "../support/requests.js";

describe("inFetch", () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.container.unbindAllAsync());

  const url = "http://localhost/rows?id=1";
  /** A body made on demand, in pieces. */
  const rows = (count: number, onCancel?: (reason: unknown) => void): ReadableStream<Uint8Array> => {
    let sent = 0;
    return new ReadableStream(
      {
        pull: async (controller) => {
          if (sent++ === count) return controller.close();
          controller.enqueue(new TextEncoder().encode(await world.connection.query(`<${sent} in ${world.here}>`)));
        },
        cancel: (reason) => onCancel?.(reason),
      },
      { highWaterMark: 0 },
    );
  };

  it("ends the context when the body has been read, which is made in it", async () => {
    const fetch = inFetch(() => new Response(rows(2), { status: 201, headers: { "x-of": world.here } }));
    const response = await fetch(new Request(url));
    expect([response.status, response.headers.get("x-of")]).to.eql([201, "GET /rows"]);
    expect(world.ended).to.eql([]);
    expect(await response.text()).to.equal("<1 in GET /rows><2 in GET /rows>");
    await world.expectAllEnded(1);
  });

  it("keeps each cookie", async () => {
    const headers = new Headers([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]);
    const response = await inFetch(() => new Response("text", { headers }))(new Request(url));
    expect(response.headers.getSetCookie()).to.eql(["a=1", "b=2"]);
    await response.text();
  });

  it("hands on what comes with the request, this, name and length", async () => {
    const fetch = inFetch(async function handle(this: unknown, request: Request, env: { text: string }, more: number) {
      return new Response(`${request.url} ${env.text} ${more} ${typeof this}`);
    });
    expect([fetch.name, fetch.length]).to.eql(["handle", 3]);
    expect(await (await fetch.call({}, new Request(url), { text: "env" }, 1)).text()).to.equal(`${url} env 1 object`);
  });

  it("ends at once where there is no body, or none that can be read", async () => {
    const used = new Response("used");
    await used.text();
    const locked = new Response("locked");
    locked.body!.getReader();
    for (const response of [new Response(null, { status: 204 }), used, locked]) {
      expect(await inFetch(() => (world.here, response))(new Request(url))).to.equal(response);
      await turn();
      expect(world.open).to.eql([]);
    }
    await world.expectAllEnded(3);
  });

  it("hands on what is no response: the server judges it, and Bun wants none after an upgrade", async () => {
    for (const given of [undefined, null, "text", { status: 200 }, { body: "text" }]) {
      expect(await inFetch(() => (world.here, given as never))(new Request(url))).to.equal(given);
      await turn();
      expect(world.open).to.eql([]);
    }
  });

  it("is refused what is no request", async () => {
    const fetch = inFetch(() => expect.fail()) as (request?: unknown) => Promise<Response>;
    for (const given of [undefined, null, url, { req: new Request(url) }]) {
      const error = await rejected("INVALID_OPTION", fetch(given));
      expect(error.message).to.match(/^inFetch: the first argument is .*, but must be a Request/);
    }
    expect(world.open).to.eql([]);
  });

  it("ends when the body is cancelled", async () => {
    const reasons: unknown[] = [];
    const onCancel = (reason: unknown): void => void reasons.push([reason, world.here]);
    const response = await inFetch(() => (world.here, new Response(rows(9, onCancel))))(new Request(url));
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel("enough");
    expect(reasons).to.eql([["enough", "GET /rows"]]);
    await world.expectAllEnded(1);
  });

  it("ends when the body fails, also by being cancelled, and says so in its outcome", async () => {
    const outcomes: unknown[] = [];
    world.container
      .bind(Map)
      .toDynamicValue(() => new Map())
      .inPerAsyncContextScope({ destroy: () => void outcomes.push(currentContext()!.outcome!.status) });
    const map = world.container.get(Map);
    const error = new Error("broken");
    const broken = (): ReadableStream =>
      new ReadableStream(
        { pull: () => Promise.reject(error), cancel: () => Promise.reject(error) },
        { highWaterMark: 0 },
      );
    const fetch = inFetch(() => (map.clear(), world.here, new Response(broken())));
    expect(await reasonOf((await fetch(new Request(url))).text())).to.equal(error);
    expect(await reasonOf((await fetch(new Request(url))).body!.cancel())).to.equal(error);
    await world.expectAllEnded(2);
    expect(outcomes).to.eql(["failed", "failed"]);
  });

  it("ends when the handler fails, with what it throws", async () => {
    const error = new Error("own");
    const fetch = inFetch((request: Request) => {
      expect(world.here).to.be.a("string");
      if (request.method === "GET") throw error;
      return Promise.reject(error);
    });
    for (const method of ["GET", "POST"]) {
      expect(await reasonOf(fetch(new Request(url, { method })))).to.equal(error);
    }
    await world.expectAllEnded(2);
  });

  it("has failed where the server aborts the signal as soon as it has that answer, as Deno does", async () => {
    const outcomes: unknown[] = [];
    const abort = new AbortController();
    world.container
      .bind<object>("unit")
      .toDynamicValue(() => ({ work: 1 }))
      .inPerAsyncContextScope({ destroy: () => void outcomes.push(currentContext()!.outcome!.status) });
    const unit = world.container.get<{ work: number }>("unit");
    const fetch = inFetch(() => {
      throw new Error(`no ${unit.work}`);
    });
    await fetch(new Request(url, { signal: abort.signal })).catch(() => abort.abort());
    await turn();
    expect(outcomes).to.eql(["failed"]);
  });

  it("joins the request's signal, and then waits for the body to be cancelled, at the latest leftMs", async () => {
    const abort = new AbortController();
    const heard: unknown[] = [];
    const fetch = inFetch(
      () => {
        const { signal } = currentContext()!;
        signal.addEventListener("abort", () => heard.push(signal.reason));
        expect(world.here).to.be.a("string");
        return new Response(rows(9));
      },
      { leftMs: 5 },
    );
    const response = await fetch(new Request(url, { signal: abort.signal }));
    abort.abort("left");
    expect(heard).to.eql(["left"]);
    expect(world.ended).to.eql([]);
    await world.expectAllEnded(1);
    await response.body!.cancel();
    const later = new AbortController();
    const patient = inFetch(() => new Response(rows(1), { headers: { in: world.here } }));
    const read = await patient(new Request(url, { signal: later.signal }));
    later.abort("left");
    await read.body!.cancel();
    await world.expectAllEnded(2);
  });

  it("takes what is needed, gives values and tells of the end's errors", async () => {
    const { container, connection } = world;
    container.bind<{ id: string }>("user").toContextValue({ shape: Object });
    const user = container.get<{ id: string }>("user");
    container
      .bind(Map)
      .toDynamicValue(() => new Map())
      .inPerAsyncContextScope({
        destroy: () => {
          throw new Error("cannot close");
        },
      });
    const told: unknown[] = [];
    const fetch = inFetch((_request: Request) => (container.get(Map).clear(), new Response(user.id)), {
      needs: [connection],
      values: (request) => [contextValue(user, { id: request.method })],
      onError: (error, request) => told.push((error as Error).message, request.method),
    });
    expect(await (await fetch(new Request(url))).text()).to.equal("GET");
    await turn();
    expect(told).to.eql(["cannot close", "GET"]);
  });

  it("ends a context whose response nobody has kept", async () => {
    const fetch = inFetch(() => (world.here, new Response(rows(1))));
    const ask = async (): Promise<number> => (await fetch(new Request(url))).status;
    expect(await ask()).to.equal(200);
    await collected(() => world.ended.length > 0);
    await world.expectAllEnded(1);
  });
});
