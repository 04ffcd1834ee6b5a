#!/usr/bin/env bash
# Bun 1.4.5: a function that AsyncLocalStorage.bind() has tied is called without `this`, and shows the length 0. So an EventEmitter's listener
# that is tied so does not see its emitter, and what tells a handler by its number of parameters takes it for another. AsyncResource.bind keeps both.
# Seen on Bun 1.4.5; Node 20.20.2 keeps both either way.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts bun@1.4.5
cat >program.mjs <<'PROGRAM'
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";

function listener(_a, _b) {
  return this?.name;
}
const emitter = { name: "the emitter" };
for (const [name, bound] of Object.entries({
  "AsyncLocalStorage.bind": AsyncLocalStorage.bind(listener),
  "AsyncResource.bind": AsyncResource.bind(listener),
}))
  console.log(`${name}: this is ${bound.call(emitter, 1, 2)}, length ${bound.length}`);
PROGRAM
expected='AsyncLocalStorage.bind: this is undefined, length 0
AsyncResource.bind: this is the emitter, length 2'
seen=$(node_modules/@oven/bun-*/bin/bun program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
