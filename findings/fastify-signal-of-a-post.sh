#!/usr/bin/env bash
# fastify 5.12.8: request.signal of a request with a body aborts while its client is there and waits: as soon as the body is read and the handler's next turn comes, since the request's "close" is taken for the
# client's leaving. The documentation says that it aborts when the handler's time-out fires or the client disconnects, and recommends it for queries. So each POST whose handler passes
# it on, as in fetch(url, { signal }), fails with AbortError; that of a GET aborts after the answer. Seen on Node 20.20.2.
# Use a signal of your own, aborted at reply.raw's "close" if reply.raw.writableFinished is false.
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
const signals = {
  "request.signal": (request) => request.signal,
  "one's own": (request, { raw }) => {
    const left = new AbortController();
    raw.once("close", () => raw.writableFinished || left.abort());
    return left.signal;
  },
};
app.all("/", async (request, reply) => {
  const signal = signals[request.headers["signal"]](request, reply);
  const query = sleep(100, "served", { signal });
  return query.catch((error) => error.name);
});
const address = await app.listen({ port: 0, host: "127.0.0.1" });
const requests = { GET: {}, POST: { method: "POST", body: '{"name":"book"}', headers: { "content-type": "application/json" } } };
for (const signal of Object.keys(signals))
  for (const [name, request] of Object.entries(requests)) {
    const answer = await fetch(address, { ...request, headers: { ...request.headers, signal } });
    console.log(`${name}, ${signal}: ${await answer.text()}`);
  }
await app.close();
PROGRAM
expected="GET, request.signal: served
POST, request.signal: AbortError
GET, one's own: served
POST, one's own: served"
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
