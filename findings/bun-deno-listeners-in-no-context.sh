#!/usr/bin/env bash
# Bun 1.4.5 and Deno 2.9.6: some listeners run in no AsyncLocalStorage context, which on Node run in the one in which they were added or in which
# their socket was opened. Bun: `abort` of AbortSignal.timeout, messages of a MessagePort. Deno: `abort` of AbortSignal.timeout, `data` and `end` of a socket.
# Node 20.20.2 says "ann" to all. Tie such listeners: AsyncResource.bind(listener).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts bun@1.4.5 deno@2.9.6
cat >program.mjs <<'PROGRAM'
import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";

const user = new AsyncLocalStorage();
const seen = {};
const note = (what) => () => void (seen[what] = user.getStore() ?? "nobody");
const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1");
await once(server, "listening");
user.run("ann", () => {
  setTimeout(note("timer"), 5);
  AbortSignal.timeout(5).addEventListener("abort", note("time-out"));
  const { port1, port2 } = new MessageChannel();
  port1.on("message", note("message"));
  port2.postMessage("hello");
  connect(server.address().port, "127.0.0.1").on("connect", note("connect")).on("data", note("data")).on("end", note("end"));
});
while (Object.keys(seen).length < 6) await sleep(10);
console.log(Object.keys(seen).toSorted().map((what) => `${what} ${seen[what]}`).join(", "));
process.exit();
PROGRAM
expected='Bun: connect ann, data ann, end ann, message nobody, time-out nobody, timer ann
Deno: connect ann, data nobody, end nobody, message ann, time-out nobody, timer ann'
seen="Bun: $(node_modules/@oven/bun-*/bin/bun program.mjs)
Deno: $(node_modules/@deno/*/deno run -A --quiet program.mjs)"
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
