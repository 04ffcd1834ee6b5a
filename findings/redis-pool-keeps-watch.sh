#!/usr/bin/env bash
# redis 6.3.1: a client goes back into a createClientPool with the keys still watched that the function of pool.execute(fn) had watched, if it threw or returned before exec(). So
# the transaction of a later request, which watches nothing, throws WatchError, and its writes are lost, once one of those keys has changed. The
# pool is what the documentation recommends for WATCH, and its own example reads and computes between watch() and exec().
# Seen on Node 20.20.2 with a stand-in for the server, which knows a few commands; Redis 7.0 shows the same. In the function: finally { await client.unwatch(); }
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund redis@6.3.1
cat >program.mjs <<'PROGRAM'
import { createServer } from "node:net";
import { once } from "node:events";
import { createClient, createClientPool } from "redis";

async function standIn() {
  const watching = new Map(); // for each connection that watches: whether a key of it has changed
  const server = createServer((socket) => {
    let queued;
    const answer = (name) => {
      if (name === "HELLO") return "%0\r\n";
      if (name === "MULTI") return ((queued = []), "+OK\r\n");
      if (name === "WATCH") return (watching.set(socket, false), "+OK\r\n");
      if (name === "UNWATCH") return (watching.delete(socket), "+OK\r\n");
      if (name === "EXEC") {
        const done = queued;
        const changed = watching.get(socket);
        queued = undefined;
        watching.delete(socket);
        return changed ? "_\r\n" : `*${done.length}\r\n${done.join("")}`;
      }
      if (queued) return (queued.push("+OK\r\n"), "+QUEUED\r\n");
      if (name === "SET") for (const other of watching.keys()) watching.set(other, true);
      return "+OK\r\n";
    };
    socket.on("data", (data) => {
      for (const [, name] of data.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) socket.write(answer(name));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
}
const socket = { host: "127.0.0.1", port: Number(process.argv[2] ?? (await standIn())) };
const other = await createClient({ socket }).connect();
const later = async (first) => {
  const pool = await createClientPool({ socket }, { minimum: 1, maximum: 1 }).connect();
  await pool.execute(first).catch(() => {});
  await other.set("stock", "1");
  const seen = await pool.multi().set("order", "2").exec().then(() => "done", ({ constructor }) => constructor.name);
  pool.destroy();
  return seen;
};
const sell = async (client) => {
  await client.watch("stock");
  throw new Error("not for sale");
};
const sellAndUnwatch = (client) => sell(client).finally(() => client.unwatch());
console.log(`after a function that threw: ${await later(sell)}`);
console.log(`after one that unwatched:    ${await later(sellAndUnwatch)}`);
process.exit();
PROGRAM
expected='after a function that threw: WatchError
after one that unwatched:    done'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
