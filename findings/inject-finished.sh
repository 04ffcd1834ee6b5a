#!/usr/bin/env bash
# light-my-request 6.8.1 (app.inject() of fastify 5.12.8): a response emits 'finish' twice, the first time, and at 'close', with writableFinished false.
# Node's own emits it once, and says true from just before it on. Seen on Node 20.20.2. Who tells by writableFinished at 'close' whether the
# client has left takes each injected request for an aborted one; whether 'finish' came before 'close' tells right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund fastify@5.12.8 light-my-request@6.8.1
cat >program.mjs <<'PROGRAM'
import Fastify from "fastify";

const app = Fastify();
app.addHook("onRequest", async (_request, { raw }) => {
  for (const event of ["finish", "close"]) raw.on(event, () => console.log(event, raw.writableFinished));
});
app.get("/", async () => "hello");
console.log("injected");
await app.inject("/");
await new Promise((resolve) => setTimeout(resolve, 50));
console.log("sent");
await (await fetch(await app.listen({ port: 0, host: "127.0.0.1" }))).text();
await new Promise((resolve) => setTimeout(resolve, 50));
await app.close();
PROGRAM
expected='injected
finish false
close false
finish true
sent
finish true
close true'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
