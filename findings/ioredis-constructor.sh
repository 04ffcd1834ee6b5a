#!/usr/bin/env bash
# ioredis 6.0.0: the `constructor` of a client is EventEmitter, which a mixin has left on the prototype. So whatever goes by it (a logger's or an
# inspector's class name, a container that registers what it is given by its class, `new client.constructor(options)`) takes a client for a bare emitter.
# Seen on Node 20.20.2. `instanceof Redis` and Object.getPrototypeOf(client) === Redis.prototype are right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ioredis@6.0.0
cat >program.mjs <<'PROGRAM'
import { Redis } from "ioredis";

const client = new Redis({ lazyConnect: true });
console.log(client.constructor.name, client.constructor === Redis, client instanceof Redis);
console.log(Object.getPrototypeOf(client) === Redis.prototype, "get" in new client.constructor());
PROGRAM
expected='EventEmitter false true
true false'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
