#!/usr/bin/env bash
# Bun 1.4.5: import "undici" gives a stand-in of Bun's own, also where undici is installed. Its Client has no close(), and its request() gives nothing, without an error.
# So a pool of undici clients makes instances that cannot work and cannot be ended. Seen on Bun 1.4.5 with undici 7.30.2. Instead: the file, import "./node_modules/undici/index.js", or fetch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts bun@1.4.5 undici@7.30.2
cat >program.mjs <<'PROGRAM'
import { once } from "node:events";
import { createServer } from "node:http";
import { Client } from "undici";

const server = createServer((_req, res) => res.end("hello")).listen(0, "127.0.0.1");
await once(server, "listening");
const client = new Client(`http://127.0.0.1:${server.address().port}`);
const response = await client.request({ path: "/", method: "GET" });
console.log(typeof client.close, response === undefined ? "no response" : await response.body.text());
process.exit();
PROGRAM
expected='function hello
undefined no response'
seen=$(node program.mjs; node_modules/@oven/bun-*/bin/bun program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
