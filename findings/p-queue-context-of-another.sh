#!/usr/bin/env bash
# p-queue 9.3.5: a task that had to wait runs in the AsyncLocalStorage context of the task that ended before it, hence of whoever came first,
# not in that of its own caller. p-queue 10.0.0 keeps the caller's.
# Seen on Node 20.20.2. With 9: queue.add(AsyncLocalStorage.bind(task)).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund p-queue-9@npm:p-queue@9.3.5 p-queue-10@npm:p-queue@10.0.0
cat >program.mjs <<'PROGRAM'
import { AsyncLocalStorage } from "node:async_hooks";

const user = new AsyncLocalStorage();
for (const version of ["9", "10"]) {
  const { default: PQueue } = await import(`p-queue-${version}`);
  const queue = new PQueue({ concurrency: 1 });
  const seen = [];
  const request = (name) => user.run(name, () => queue.add(async () => seen.push(`${name} as ${user.getStore()}`)));
  await Promise.all(["ann", "bob", "cid"].map(request));
  console.log(version, seen.join(", "));
}
PROGRAM
expected='9 ann as ann, bob as ann, cid as ann
10 ann as ann, bob as bob, cid as cid'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
