#!/usr/bin/env bash
# Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: Symbol.asyncDispose of a node:http server (of https and http2 too) rejects with ERR_SERVER_NOT_RUNNING if the server
# has been closed already, or never listened; that of a node:net server does nothing then, and the documentation of both says the same. So `await using server`
# turns a stop that went well into an error, and where `listen` failed it hides why, in a SuppressedError; a container that ends what it made by
# that symbol tells of a failure at each shutdown. Dispose only while `server.listening`.
# No package is needed: whatever `node` is in the PATH.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >program.mjs <<'PROGRAM'
import { once } from "node:events";
import http from "node:http";
import net from "node:net";

for (const [name, { createServer }] of Object.entries({ net, http })) {
  const dispose = (server) => server[Symbol.asyncDispose]().then(() => "resolves", ({ code }) => `rejects, ${code}`);
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  await new Promise((closed) => server.close(closed));
  console.log(`${name}: closed before: ${await dispose(server)}; never listened: ${await dispose(createServer())}`);
}
PROGRAM
expected='net: closed before: resolves; never listened: resolves
http: closed before: rejects, ERR_SERVER_NOT_RUNNING; never listened: rejects, ERR_SERVER_NOT_RUNNING'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
