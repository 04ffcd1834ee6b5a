#!/usr/bin/env bash
# workerpool 10.0.3: the promise of pool.exec() is no native one, and what is given to its then, catch and finally runs in the AsyncLocalStorage context of the call that
# started the worker, for as long as that worker lives: hence the callbacks of all requests run as the first one that came. The documentation calls it a Promise.
# What follows an `await` is right. Seen on Node 20.20.2. Await it, or begin the chain with Promise.resolve(pool.exec(…)).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts workerpool@10.0.3
cat >program.mjs <<'PROGRAM'
import { AsyncLocalStorage } from "node:async_hooks";
import workerpool from "workerpool";

const request = new AsyncLocalStorage();
const pool = workerpool.pool({ maxWorkers: 1 });
const render = (page) => {
  if (page === "none") throw new Error("no such page");
  return page;
};
const ways = {
  then: () => pool.exec(render, ["home"]).then(() => request.getStore()),
  catch: () => pool.exec(render, ["none"]).catch(() => request.getStore()),
  async await() {
    await pool.exec(render, ["home"]);
    return request.getStore();
  },
  resolve: () => Promise.resolve(pool.exec(render, ["home"])).then(() => request.getStore()),
};
await request.run("the first", () => pool.exec(render, ["home"]));
for (const [name, way] of Object.entries(ways)) console.log(`${name} of the second runs as ${await request.run("the second", way)}`);
await pool.terminate();
PROGRAM
expected='then of the second runs as the first
catch of the second runs as the first
await of the second runs as the second
resolve of the second runs as the second'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
