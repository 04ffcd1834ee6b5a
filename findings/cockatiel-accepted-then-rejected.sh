#!/usr/bin/env bash
# cockatiel 4.0.0: a task that waits in a bulkhead's queue can still be rejected with BulkheadRejectedError, while calls that came later are served: between the end of a
# task and the start of the one that waited there is a microtask in which the slot is free, and whoever calls then takes it; the one that
# waited has to queue again, at the end, or is refused if the queue is full by then. Here two later calls and the running one hear of one event.
# Seen on Node 24.21.0. A task that was accepted is to be tried again like one that was not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "allowScripts": { "node": true } }' >package.json
npm install --silent --no-audit --no-fund cockatiel@4.0.0 node24@npm:node@24.21.0
cat >program.mjs <<'PROGRAM'
import { setTimeout as sleep } from "node:timers/promises";
import { bulkhead } from "cockatiel";

const policy = bulkhead(1, 1); // one runs, one waits
const call = async (name, task) => {
  try {
    await policy.execute(task);
    console.log(`${name}: served`);
  } catch (error) {
    console.log(`${name}: ${error.constructor.name}`);
  }
};
const reply = sleep(50);
const readReply = async () => (await reply, "read");
const running = call("running", readReply);
const waiting = call("waiting", () => sleep(1));
console.log(`slots left in the queue: ${policy.queueSlots}`);
const late = readReply().then(() => Promise.all([call("late 1", () => sleep(1)), call("late 2", () => sleep(1))]));
await Promise.all([running, waiting, late]);
PROGRAM
expected='slots left in the queue: 0
running: served
waiting: BulkheadRejectedError
late 1: served
late 2: served'
seen=$(node_modules/node24/bin/node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
