#!/usr/bin/env bash
# redis-semaphore 5.8.0: a sign of life ("refresh") that Redis rejects, as ioredis does by default after 20 attempts to reach it, is an unhandled rejection,
# which ends the process by default. `onLockLost` is not called, and `release` cannot tell. So whoever holds a lock while Redis is away for some seconds goes
# down with it. ioredis's `maxRetriesPerRequest: null` avoids that: commands wait for Redis. Seen on Node 20.20.2 with ioredis 6.0.0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund redis-semaphore@5.8.0 ioredis@6.0.0
cat >program.mjs <<'PROGRAM'
import { createServer } from "node:net";
import { Redis } from "ioredis";
import { Semaphore } from "redis-semaphore";

process.once("unhandledRejection", (error) => {
  console.log("unhandled rejection:", error.name);
  process.exit();
});
// As much of Redis as there needs to be: it grants the lock, and goes away.
const server = createServer((socket) => {
  socket.on("error", () => {}).on("data", (data) => {
    socket.write(":1\r\n");
    if (data.includes("evalsha")) server.close(() => {}), setTimeout(() => socket.destroy(), 20);
  });
}).listen(0, "127.0.0.1", async () => {
  const client = new Redis({ port: server.address().port, host: "127.0.0.1", enableReadyCheck: false, disableClientInfo: true, retryStrategy: () => 5 });
  client.on("error", () => {});
  const semaphore = new Semaphore(client, "key", 1, { refreshInterval: 100, onLockLost: () => console.log("told") });
  await semaphore.acquire();
  console.log("acquired", semaphore.isAcquired);
  setTimeout(() => process.exit(), 10_000);
});
PROGRAM
expected='acquired true
unhandled rejection: MaxRetriesPerRequestError'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
