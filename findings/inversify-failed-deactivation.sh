#!/usr/bin/env bash
# inversify 8.2.3: one deactivation handler that fails leaves everything bound that unbindAll or unbindAllAsync should take away. A synchronous one keeps all others from being
# called, however often it is tried again; after an asynchronous one each further try ends the others again, as pools do not like. Calling
# unbind for one service after the other gets past it. Seen on Node 20.20.2. Let handlers catch what they do.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund inversify@8.2.3 reflect-metadata@0.2.2
cat >program.mjs <<'PROGRAM'
import "reflect-metadata";
import { Container } from "inversify";

const failing = {
  "throws": () => {
    throw new Error("refused");
  },
  "rejects": async () => {
    throw new Error("refused");
  },
};
for (const [how, fail] of Object.entries(failing)) {
  const container = new Container();
  let ended = 0;
  const bind = (name, end) => container.bind(name).toDynamicValue(() => ({})).inSingletonScope().onDeactivation(end);
  bind("mailer", fail);
  bind("pool", () => void ended++);
  container.get("mailer");
  container.get("pool");
  for (let tries = 1; tries <= 3; tries++) {
    const said = await container.unbindAllAsync().then(() => "resolves", () => "rejects");
    console.log(`${how}, try ${tries}: ${said}, the pool was ended ${ended} times, bound: ${container.isBound("pool")}`);
  }
}
PROGRAM
expected='throws, try 1: rejects, the pool was ended 0 times, bound: true
throws, try 2: rejects, the pool was ended 0 times, bound: true
throws, try 3: rejects, the pool was ended 0 times, bound: true
rejects, try 1: rejects, the pool was ended 1 times, bound: true
rejects, try 2: rejects, the pool was ended 2 times, bound: true
rejects, try 3: rejects, the pool was ended 3 times, bound: true'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
