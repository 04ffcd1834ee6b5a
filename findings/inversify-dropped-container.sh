#!/usr/bin/env bash
# inversify 8.2.3: a Container that is dropped stays in memory until the next full garbage collection; small ones, which come often, copy it
# each time. Its constructor makes an object literal with getters that close over the container's services. V8 keeps accessors in the object's
# map, and maps live in the old generation: so each dropped container hangs on an old map. A test suite with a container for each test pays that.
# Seen on Node 20.20.2 and 24.21.0. The same graph without getters in a literal goes with the next small collection.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts inversify@8.2.3 reflect-metadata@0.2.2
cat >program.mjs <<'PROGRAM'
import "reflect-metadata";
import { Container } from "inversify";

const heap = () => process.memoryUsage().heapUsed;
const small = () => gc({ type: "minor" });

/** Which part of what was made and dropped a small collection leaves, of what is made meanwhile. */
async function left(make) {
  for (let i = 0; i < 100; i++) make();
  gc();
  const before = heap();
  let kept = Array.from({ length: 500 }, make);
  const made = heap() - before;
  kept = undefined;
  await new Promise((resolve) => setTimeout(resolve, 10));
  small();
  small();
  const after = heap() - before;
  gc();
  return `${after > made / 3 ? "more than a third" : "little"} is left, and after a full one ${heap() - before > made / 10 ? "some" : "nothing"}`;
}

class Services {
  bindings = new Map([["a", { value: new Array(500).fill(0) }]]);
}
function plain() {
  const services = new Services();
  return { bindings: () => services.bindings };
}
function withGetter() {
  const services = new Services();
  return {
    get bindings() {
      return services.bindings;
    },
  };
}
console.log(`containers: ${await left(() => new Container())}`);
console.log(`objects with a method: ${await left(plain)}`);
console.log(`objects with a getter: ${await left(withGetter)}`);
PROGRAM
expected='containers: more than a third is left, and after a full one nothing
objects with a method: little is left, and after a full one nothing
objects with a getter: more than a third is left, and after a full one nothing'
seen=$(node --expose-gc --min-semi-space-size=64 --max-semi-space-size=64 program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
