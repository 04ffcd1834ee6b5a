#!/usr/bin/env bash
# generic-pool 3.9.0: where the function of pool.use(fn) throws before it gives back a promise, as `(db) => db.query(parse(text))` does if parse throws, use rejects with that error,
# and the resource is never given back nor destroyed: it counts as borrowed for ever. One that rejects is destroyed and replaced.
# Seen on Node 20.20.2. Write the function as an `async` one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund generic-pool@3.9.0
cat >program.mjs <<'PROGRAM'
import { createPool } from "generic-pool";

const failing = {
  "async function": async () => JSON.parse("not JSON"),
  "function": () => Promise.resolve(JSON.parse("not JSON")),
};
for (const [name, use] of Object.entries(failing)) {
  const pool = createPool({ create: async () => ({}), destroy: async () => {} }, { max: 2 });
  for (let request = 0; request < 2; request++) {
    const said = await pool.use(use).then(() => "resolves", (error) => `rejects with ${error.name}`);
    console.log(`${name}: ${said}, ${pool.borrowed} borrowed`);
  }
}
PROGRAM
expected='async function: rejects with SyntaxError, 0 borrowed
async function: rejects with SyntaxError, 0 borrowed
function: rejects with SyntaxError, 1 borrowed
function: rejects with SyntaxError, 2 borrowed'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
