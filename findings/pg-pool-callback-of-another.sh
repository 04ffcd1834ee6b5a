#!/usr/bin/env bash
# pg-pool 3.14.0: the callback of `connect(callback)` that had to wait runs in the AsyncLocalStorage context of whoever releases the client, hence of
# another request; that of a promise keeps its caller's. The client here is a stand-in with the four members that pg-pool uses, so
# that no server is needed; pg 8.23.1 on PostgreSQL 15 shows the same.
# Seen on Node 20.20.2. Instead: await pool.connect(), or pool.connect(AsyncLocalStorage.bind(callback)).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pg-pool@3.14.0 pg@8.23.1
cat >program.mjs <<'PROGRAM'
import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter } from "node:events";
import Pool from "pg-pool";

class Client extends EventEmitter {
  connect(connected) {
    setImmediate(connected);
  }
  end(ended) {
    setImmediate(() => (this.emit("end"), ended?.()));
  }
  ref() {}
  unref() {}
}
const user = new AsyncLocalStorage();
const pool = new Pool({ max: 1, Client });
const first = await user.run("ann", () => pool.connect());
const byCallback = new Promise((resolve) => {
  user.run("bob", () =>
    pool.connect((_, client, release) => {
      resolve(`bob's callback as ${user.getStore()}`);
      release();
    }),
  );
});
const byPromise = user.run("cid", async () => {
  (await pool.connect()).release();
  return `what follows cid's await as ${user.getStore()}`;
});
user.run("ann", () => first.release());
console.log(await byCallback);
console.log(await byPromise);
await pool.end();
PROGRAM
expected="bob's callback as ann
what follows cid's await as cid"
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
