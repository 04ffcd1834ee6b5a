#!/usr/bin/env bash
# pino 10.4.0: an error that is frozen cannot be logged: log.error(error) throws a TypeError at its caller, and the line is lost. So does an
# error that holds a frozen one in an enumerable property. Its serializer marks each error that it visits by a property of its own.
# Seen on Node 20.20.2. Of concern to whoever makes errors with Object.freeze, or shows other people's errors inside their own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pino@10.4.0
cat >program.mjs <<'PROGRAM'
import pino from "pino";

const log = pino({ base: null, timestamp: false }, { write: (line) => console.log("written", line.trim()) });
const holding = Object.assign(new Error("outer"), { inner: Object.freeze(new Error("inner")) });
for (const error of [Object.freeze(new Error("frozen")), holding]) {
  try {
    log.error(error);
  } catch (thrown) {
    console.log(error.message, "-", thrown.name);
  }
}
PROGRAM
expected='frozen - TypeError
outer - TypeError'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
