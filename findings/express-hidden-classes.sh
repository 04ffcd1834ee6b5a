#!/usr/bin/env bash
# express 5.3.0 on Node 20.20.2 (and 22.23.3): no two requests, and no two responses, share a hidden class of V8, since Express gives each another
# prototype by Object.setPrototypeOf. So every property that a middleware adds to one makes a hidden class of its own, which the garbage
# collector has to clear away: some 10 µs for each. On Node 24.21.0 (and 26.10.0) they share one. A middleware that must add something adds little there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "allowScripts": { "node": true } }' >package.json
npm install --silent --no-audit --no-fund express@5.3.0 node20@npm:node@20.20.2 node24@npm:node@24.21.0
cat >program.mjs <<'PROGRAM'
import { once } from "node:events";
import { createServer } from "node:http";
import express from "express";

const seen = [];
async function shares(listener) {
  seen.length = 0;
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  for (let i = 0; i < 6; i++) await (await fetch(`http://127.0.0.1:${server.address().port}`)).text();
  server.close();
  server.closeAllConnections();
  const [, first, ...others] = seen; // the very first has its class before V8 has seen all
  return others.every(([req, res]) => %HaveSameMap(req, first[0]) && %HaveSameMap(res, first[1]));
}
const handler = (req, res) => {
  seen.push([req, res]);
  res.end("hello");
};
console.log(`Node ${process.versions.node.split(".")[0]}: node:http ${await shares(handler)}, express ${await shares(express().get("/", handler))}`);
PROGRAM
expected='Node 20: node:http true, express false
Node 24: node:http true, express true'
seen=$(for major in 20 24; do "node_modules/node$major/bin/node" --allow-natives-syntax program.mjs; done)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
