#!/usr/bin/env bash
# fastify 5.12.8: of a request with a body, request.signal aborts while the client is there and waits, and handlerTimeout has no effect. Both take the request's "close" for the client's leaving, and that comes
# as soon as the body was read. The documentation says that the signal aborts when the handler's time-out fires or the client disconnects, and recommends it for queries; and that a handler which takes
# longer than handlerTimeout is answered with 503. So each POST whose handler passes the signal on, as in fetch(url, { signal }), fails with AbortError, and one that takes too long is not answered for that.
# Seen on Node 20.20.2. Use a signal of your own, aborted at reply.raw's "close" if reply.raw.writableFinished is false, and set a timer of your own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts fastify@5.12.8
cat >program.mjs <<'PROGRAM'
import { setTimeout as sleep } from "node:timers/promises";
import Fastify from "fastify";

const app = Fastify();
const handlers = {
  "/signal": (request) => sleep(100, "served", { signal: request.signal }),
  "/own-signal": (request, { raw }) => {
    const left = new AbortController();
    raw.once("close", () => raw.writableFinished || left.abort());
    return sleep(100, "served", { signal: left.signal });
  },
  "/time-out": () => sleep(1000, "served"),
};
for (const [url, serve] of Object.entries(handlers)) {
  const handler = async (request, reply) => {
    return serve(request, reply).catch((error) => error.name);
  };
  app.route({ url, method: ["GET", "POST"], handler, ...(url === "/time-out" && { handlerTimeout: 200 }) });
}
const address = await app.listen({ port: 0, host: "127.0.0.1" });
const requests = { GET: {}, POST: { method: "POST", body: '{"name":"book"}', headers: { "content-type": "application/json" } } };
for (const url of Object.keys(handlers))
  for (const [name, request] of Object.entries(requests)) {
    const answer = await fetch(address + url, request);
    console.log(`${name} ${url}: ${answer.ok ? await answer.text() : answer.status}`);
  }
await app.close();
PROGRAM
expected='GET /signal: served
POST /signal: AbortError
GET /own-signal: served
POST /own-signal: served
GET /time-out: 503
POST /time-out: served'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
