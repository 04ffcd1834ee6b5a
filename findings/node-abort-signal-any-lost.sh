#!/usr/bin/env bash
# Node 20.20.2, 22.23.3, 24.21.0: a signal of AbortSignal.any() may never abort, once garbage was collected. Node 20 loses a time-out, as in AbortSignal.any([request.signal, AbortSignal.timeout(ms)]),
# though the program holds that signal and listens to it. Node 22 forgets the listeners of a signal that is made of another of AbortSignal.any(), if nothing else holds it. Node 24 loses an abort whose
# controller was dropped before somebody looked at the signal. The documentation says that it aborts if one of them does. So a query has no deadline, though its code sets one,
# as soon as the process collects garbage in between. Node 26.10.0 loses none of these.
# Make one AbortController instead, and abort it in a setTimeout and in the "abort" listeners of the others.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "allowScripts": { "node": true } }' >package.json
npm install --silent --no-audit --no-fund node20@npm:node@20.20.2 node22@npm:node@22.23.3 node24@npm:node@24.21.0 node26@npm:node@26.10.0
cat >program.mjs <<'PROGRAM'
import { setTimeout as sleep } from "node:timers/promises";

const collect = async () => {
  for (let time = 0; time < 3; time++) {
    await sleep(5);
    globalThis.gc();
  }
};
const listen = (signal) => signal.addEventListener("abort", () => {});

async function timeOut() {
  const request = new AbortController();
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(100)]);
  listen(signal);
  await collect();
  await sleep(300);
  return signal;
}
async function nested() {
  const request = new AbortController();
  const heard = new AbortController();
  (() => {
    const signal = AbortSignal.any([AbortSignal.any([request.signal])]);
    signal.addEventListener("abort", () => heard.abort());
  })();
  await collect();
  request.abort();
  return heard.signal;
}
async function dropped() {
  let request = new AbortController();
  const signal = AbortSignal.any([request.signal]);
  request.abort();
  request = undefined;
  await collect();
  return signal;
}
const seen = [];
for (const lose of [timeOut, nested, dropped]) seen.push(`${lose.name} ${(await lose()).aborted ? "aborts" : "is lost"}`);
console.log(`${process.version}: ${seen.join(", ")}`);
PROGRAM
expected='v20.20.2: timeOut is lost, nested aborts, dropped aborts
v22.23.3: timeOut aborts, nested is lost, dropped aborts
v24.21.0: timeOut aborts, nested aborts, dropped is lost
v26.10.0: timeOut aborts, nested aborts, dropped aborts'
seen=$(for version in 20 22 24 26; do "node_modules/node$version/bin/node" --expose-gc program.mjs; done)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
