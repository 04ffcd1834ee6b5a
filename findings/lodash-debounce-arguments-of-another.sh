#!/usr/bin/env bash
# lodash 4.18.1: `debounce` and `throttle` call their function with the arguments of the last caller, but in the AsyncLocalStorage context of
# the first: the timer is the first one's. So one user's arguments are handled as another user.
# Seen on Node 20.20.2. Instead: debounce((task) => task(), ms), called with AsyncLocalStorage.bind(task).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund lodash@4.18.1
cat >program.mjs <<'PROGRAM'
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import lodash from "lodash";

const user = new AsyncLocalStorage();
const save = (text) => console.log(`${text} saved as ${user.getStore()}`);
const debounced = lodash.debounce(save, 20);
const throttled = lodash.throttle(save, 20, { leading: false });
const bound = lodash.debounce((task) => task(), 20);
for (const name of ["ann", "bob"]) {
  user.run(name, () => {
    debounced(`debounce: text of ${name}`);
    throttled(`throttle: text of ${name}`);
    bound(AsyncLocalStorage.bind(() => save(`bound: text of ${name}`)));
  });
}
await sleep(100);
PROGRAM
expected='bound: text of bob saved as bob
debounce: text of bob saved as ann
throttle: text of bob saved as ann'
seen=$(node program.mjs | sort)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
