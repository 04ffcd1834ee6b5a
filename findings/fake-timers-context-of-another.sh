#!/usr/bin/env bash
# @sinonjs/fake-timers 15.5.0 (hence vitest 5.1.2 and jest 30.5.2 too) and the mock timers of node:test: a fake timer runs its callback in the AsyncLocalStorage context
# of whoever moves the clock, a real one in that of whoever set it; fake microtasks likewise. So code that is right finds no context as soon as
# a test moves the clock outside of it, and a test with two requests sees the one do its work as the other. What follows an `await` is right.
# Seen on Node 20.20.2, 22.23.3, 24.21.0, 26.10.0. Move the clock in the same context, or set timers as `setTimeout(AsyncLocalStorage.bind(fn), ms)`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @sinonjs/fake-timers@15.5.0
cat >program.mjs <<'PROGRAM'
import { AsyncLocalStorage } from "node:async_hooks";
import { mock } from "node:test";
import { setTimeout as realSleep } from "node:timers/promises";
import FakeTimers from "@sinonjs/fake-timers";

const user = new AsyncLocalStorage();
async function show(name, advance) {
  const seen = [];
  user.run("ann", () => {
    setTimeout(() => seen.push(`setTimeout as ${user.getStore()}`), 10);
    setImmediate(() => seen.push(`setImmediate as ${user.getStore()}`));
    void new Promise((resolve) => setTimeout(resolve, 10)).then(() => seen.push(`await as ${user.getStore()}`));
  });
  await user.run("bob", advance);
  console.log(`${name}: ${seen.sort().join(", ")}`);
}
await show("real", () => realSleep(50));
const clock = FakeTimers.install();
await show("fake-timers", () => clock.tickAsync(50));
clock.uninstall();
mock.timers.enable({ apis: ["setTimeout", "setImmediate"] });
await show("node:test", async () => mock.timers.tick(50));
PROGRAM
expected='real: await as ann, setImmediate as ann, setTimeout as ann
fake-timers: await as ann, setImmediate as bob, setTimeout as bob
node:test: await as ann, setImmediate as bob, setTimeout as bob'
seen=$(node --no-warnings program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
