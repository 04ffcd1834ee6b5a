#!/usr/bin/env bash
# opossum 10.0.0: a call that has timed out no longer counts against `capacity`, though its function still runs. The documentation says that no more than `capacity`
# function calls are executed at once. So just when a database is slow, and each call times out, a breaker with room for two sends it two more at each time-out: of ten
# callers here all ten run at once, until `volumeThreshold` have failed and the circuit opens. Seen on Node 24.21.0.
# Count what runs in a semaphore inside of the function, or end it by the breaker's AbortController.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "allowScripts": { "node": true } }' >package.json
npm install --silent --no-audit --no-fund opossum@10.0.0 node24@npm:node@24.21.0
cat >program.mjs <<'PROGRAM'
import { setTimeout as sleep } from "node:timers/promises";
import CircuitBreaker from "opossum";

async function most(milliseconds) {
  let running = 0;
  let most = 0;
  const query = async () => {
    most = Math.max(most, ++running);
    await sleep(milliseconds);
    running--;
  };
  const breaker = new CircuitBreaker(query, { capacity: 2, timeout: 100, volumeThreshold: 20 });
  for (let pair = 0; pair < 5; pair++) await Promise.allSettled([breaker.fire(), breaker.fire()]);
  breaker.shutdown();
  return most;
}
console.log(`capacity 2, fast calls: at most ${await most(1)} at once`);
console.log(`capacity 2, slow calls: at most ${await most(5000)} at once`);
process.exit();
PROGRAM
expected='capacity 2, fast calls: at most 2 at once
capacity 2, slow calls: at most 10 at once'
seen=$(node_modules/node24/bin/node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
