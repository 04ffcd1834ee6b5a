#!/usr/bin/env bash
# inversify 8.2.3: a RangeError "Maximum call stack size exceeded" that a factory throws, because of its own endless recursion, comes out as
# "Circular dependency found: (No dependency trace)", though nothing depends on anything. The RangeError is its cause, where the stack still is.
# Seen on Node 20.20.2. Look at error.cause before looking for a circle.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund inversify@8.2.3 reflect-metadata@0.2.2
cat >program.mjs <<'PROGRAM'
import "reflect-metadata";
import { Container } from "inversify";

const depth = (node) => 1 + depth(node.child);
const tree = {};
tree.child = tree;
const container = new Container();
container.bind("depth").toDynamicValue(() => depth(tree));
try {
  container.get("depth");
} catch (error) {
  console.log(error.message);
  console.log(error.cause.name);
}
PROGRAM
expected='Circular dependency found: (No dependency trace)
RangeError'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
