#!/usr/bin/env bash
# sinon 22.1.0: stub(object, name) of a method that a getter gives returns a stub, changes nothing and says nothing: the object goes on with
# the real function, the stub counts no call, and restore() is not there. Assigning works, so does defining the property anew.
# Seen on Node 20.20.2. Whoever makes objects for tests to stub gives them methods as plain data properties.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund sinon@22.1.0
cat >program.mjs <<'PROGRAM'
import sinon from "sinon";

const send = () => "really sent";
const mailer = Object.defineProperty({}, "send", { get: () => send, set() {}, configurable: true, enumerable: true });
const stub = sinon.stub(mailer, "send");
console.log(mailer.send(), stub.callCount, typeof mailer.send.restore);
PROGRAM
expected='really sent 0 undefined'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
