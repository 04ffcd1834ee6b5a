#!/usr/bin/env bash
# Bun 1.4.5: Error.captureStackTrace(here, fn) leaves out the frames down to the first function that has the same name as `fn`, not down to `fn` itself.
# So where a method of a subclass calls its super method, which captures the stack below `this.method`, the stack begins in the middle.
# Seen on Bun 1.4.5; on Node 20.20.2 it begins with the caller.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts bun@1.4.5
cat >program.mjs <<'PROGRAM'
class Pool {
  acquire() {
    const here = {};
    Error.captureStackTrace(here, this.acquire);
    return [here.stack];
  }
}
class Counting extends Pool {
  calls = 0;
  acquire() {
    const [stack] = super.acquire();
    this.calls++;
    return [stack];
  }
}
function caller() {
  const [stack] = new Counting().acquire();
  return /at (\w+)/.exec(stack)[1];
}
console.log(`the stack begins with ${caller()}`);
PROGRAM
expected='the stack begins with caller
the stack begins with acquire'
seen=$(node program.mjs; node_modules/@oven/bun-*/bin/bun program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
