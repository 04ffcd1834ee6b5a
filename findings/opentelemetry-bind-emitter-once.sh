#!/usr/bin/env bash
# @opentelemetry/context-async-hooks 3.1.1 (@opentelemetry/api 1.10.0): context.bind(context, emitter) works once for each emitter. The second time, with another context, it does nothing and
# says nothing: the listeners that are added from then on still run in the first one. So a pooled client or a keep-alive socket that is bound for
# each request hands the spans of all of them to the first, which it keeps in memory too. The documentation says that the given context is used.
# Seen on Node 24.21.0. Bind the listener, not the emitter: socket.once("data", context.bind(context.active(), listener)).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "allowScripts": { "node": true } }' >package.json
npm install --silent --no-audit --no-fund @opentelemetry/context-async-hooks@3.1.1 @opentelemetry/api@1.10.0 node24@npm:node@24.21.0
cat >program.mjs <<'PROGRAM'
import { EventEmitter } from "node:events";
import { context, createContextKey } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";

context.setGlobalContextManager(new AsyncLocalStorageContextManager());
const user = createContextKey("user");
const request = (name, handle) => context.with(context.active().setValue(user, name), handle);

const socket = new EventEmitter();
for (const name of ["ann", "bob"])
  request(name, () => {
    context.bind(context.active(), socket);
    socket.once("data", () => console.log(`emitter bound: data of ${name} as ${context.active().getValue(user)}`));
    socket.emit("data");
  });
const other = new EventEmitter();
for (const name of ["ann", "bob"])
  request(name, () => {
    const listener = () => console.log(`listener bound: data of ${name} as ${context.active().getValue(user)}`);
    other.once("data", context.bind(context.active(), listener));
  });
other.emit("data");
PROGRAM
expected='emitter bound: data of ann as ann
emitter bound: data of bob as ann
listener bound: data of ann as ann
listener bound: data of bob as bob'
seen=$(node_modules/node24/bin/node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
