/** The adapters on the servers of Bun and Deno, as a program of a user: each line that it prints is a result. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import "reflect-metadata";
import { currentContext, ScopedContainer } from "inversify-scopes";
import { inFetch, inRequest } from "inversify-scopes/http";

/** What each request has, and how it ended. */
const ended = [];
let conns = 0;
class Conn {
  n = ++conns;
}
const container = new ScopedContainer();
container
  .bind(Conn)
  .toSelf()
  .inPerAsyncContextScope({ destroy: ({ n }) => void ended.push(`${n} ${currentContext().outcome.status}`) });
const conn = container.get(Conn);

const eventually = async (what, isSo) => {
  for (let i = 0; !isSo(); i++) {
    assert(i < 500, `not so: ${what()}`);
    await sleep(10);
  }
};
const endedWith = (...all) =>
  eventually(
    () => JSON.stringify(ended),
    () => JSON.stringify(ended) === JSON.stringify(all),
  );

/** Rows that come one by one, until the client leaves. */
const rows = (count) => {
  let i = 0;
  return new ReadableStream({
    async pull(controller) {
      if (i++ === count) return controller.close();
      await sleep(5);
      controller.enqueue(new TextEncoder().encode(`${conn.n} `));
    },
  });
};
const fetchHandler = inFetch(({ url }) => {
  const { pathname } = new URL(url);
  void conn.n;
  if (pathname === "/fails") throw new Error("no");
  return new Response(pathname === "/text" ? `conn ${conn.n}` : rows(pathname === "/rows" ? 3 : Infinity));
});

async function serveFetch() {
  const answer = (request) => fetchHandler(request).catch(() => new Response("failed", { status: 500 }));
  if (globalThis.Bun !== undefined) {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
    return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
  }
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, answer);
  return { url: `http://127.0.0.1:${server.addr.port}`, stop: () => server.shutdown() };
}

async function serveNode() {
  const listener = async (req, res) => {
    void conn.n;
    if (req.url === "/text") return void res.end(`conn ${conn.n}`);
    for (let i = 0; i < (req.url === "/rows" ? 3 : Infinity) && !res.destroyed; i++) {
      res.write(`${conn.n} `);
      await sleep(5);
    }
    res.end();
  };
  const server = createServer(inRequest(listener)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

const get = async (url) => (await fetch(url)).text();
async function leaveEarly(url) {
  const controller = new AbortController();
  const response = await fetch(url, { signal: controller.signal });
  await response.body.getReader().read();
  controller.abort();
}

const name = globalThis.Bun === undefined ? "Deno.serve" : "Bun.serve";
for (const [server, serve] of Object.entries({ [name]: serveFetch, "node:http": serveNode })) {
  const { url, stop } = await serve();
  const check = async (what, fn) => {
    conns = ended.length = 0;
    const test = `${server}: ${what}`;
    try {
      await fn();
      console.log(JSON.stringify({ test }));
    } catch (error) {
      console.log(JSON.stringify({ test, failure: String(error.stack) }));
    }
  };
  await check("a context for each request ends when its response has been sent", async () => {
    assert.deepEqual((await Promise.all(["/text", "/text"].map((path) => get(url + path)))).toSorted(), [
      "conn 1",
      "conn 2",
    ]);
    await eventually(
      () => ended.join(),
      () => ended.length === 2 && ended.every((end) => end.endsWith(" completed")),
    );
  });
  await check("it lasts as long as a body that is streamed", async () => {
    assert.equal(await get(`${url}/rows`), "1 1 1 ");
    await endedWith("1 completed");
  });
  await check("a client that leaves ends it", async () => {
    await leaveEarly(`${url}/endless`);
    await endedWith("1 aborted");
  });
  if (serve === serveFetch) {
    await check("a handler that fails ends it", async () => {
      assert.equal(await get(`${url}/fails`), "failed");
      await endedWith("1 failed");
    });
  }
  await stop();
}
process.exit();
