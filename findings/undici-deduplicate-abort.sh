#!/usr/bin/env bash
# undici 7.30.2: with interceptors.deduplicate() the signal of the request that came first is the signal of all that were joined to it. When it aborts, the others reject with
# AbortError too, though they have no signal at all, and none is sent again. So one client that leaves makes the requests of others fail.
# Seen on Node 20.20.2 (undici 8.13.1 on Node 24.21.0 is the same). Give no signal to what may be joined; race its promise with the signal.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund undici@7.30.2
cat >program.mjs <<'PROGRAM'
import { once } from "node:events";
import { createServer } from "node:http";
import { Agent, interceptors, request } from "undici";

let arrived = 0;
const server = createServer((_req, res) => {
  arrived++;
  server.emit("arrival");
  setTimeout(() => res.end("hello"), 200);
}).listen(0, "127.0.0.1");
await once(server, "listening");
const ask = async (dispatcher, signal) => {
  try {
    const { body } = await request(`http://127.0.0.1:${server.address().port}`, { dispatcher, signal });
    return await body.text();
  } catch (error) {
    return error.name;
  }
};
const plain = new Agent();
for (const [way, dispatcher] of Object.entries({ plain, deduplicate: plain.compose(interceptors.deduplicate()) })) {
  arrived = 0;
  const leaves = new AbortController();
  const first = ask(dispatcher, leaves.signal);
  await once(server, "arrival");
  const others = [ask(dispatcher), ask(dispatcher)];
  leaves.abort();
  console.log(`${way}: ${(await Promise.all([first, ...others])).join(", ")}; ${arrived} sent`);
}
process.exit();
PROGRAM
expected='plain: AbortError, hello, hello; 3 sent
deduplicate: AbortError, AbortError, AbortError; 1 sent'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
