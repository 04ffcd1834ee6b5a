#!/usr/bin/env bash
# Node 20.20.2, 22.23.3, 24.21.0, 26.10.0: `server.close()` of node:http cuts an answer that was ended and is still being sent. It closes
# idle connections first, and takes one for idle as soon as `res.end()` was called, however much of the answer the client has yet to read.
# So a service that stops by `server.close()` sends half a download to whoever reads slowly. (`closeIdleConnections()` is the same.)
# No package is needed: whatever `node` is in the PATH.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >program.mjs <<'PROGRAM'
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const LENGTH = 50_000_000;
async function download(stop) {
  const server = createServer((_req, res) => res.end(Buffer.alloc(LENGTH))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect(server.address().port, "127.0.0.1");
  client.write("GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  await once(client, "readable");
  stop(server);
  await sleep(100); // the client reads slowly
  let received = 0;
  for await (const chunk of client) received += chunk.length;
  server.close();
  return received > LENGTH ? "whole" : "cut";
}
console.log("left alone:", await download(() => {}));
console.log("close():", await download((server) => server.close()));
PROGRAM
expected='left alone: whole
close(): cut'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
