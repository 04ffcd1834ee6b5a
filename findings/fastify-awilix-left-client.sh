#!/usr/bin/env bash
# @fastify/awilix 8.2.1 (fastify 5.12.8, awilix 13.0.5): with disposeOnResponse the scope of a request is never disposed of if its client leaves before the answer,
# not even when the application closes: Fastify calls no onResponse hook then. So each such request keeps what its scope has made, such as a connection.
# Seen on Node 20.20.2. Dispose in a listener: reply.raw.once("close", () => request.diScope.dispose()), with disposeOnResponse: false.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @fastify/awilix@8.2.1 awilix@13.0.5 fastify@5.12.8
cat >program.mjs <<'PROGRAM'
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fastifyAwilixPlugin } from "@fastify/awilix";
import { asFunction, createContainer } from "awilix";
import Fastify from "fastify";

async function server(disposeOnResponse) {
  let open = 0;
  const container = createContainer();
  container.register({ db: asFunction(() => ({ open: ++open })).scoped().disposer(() => open--) });
  const app = Fastify();
  await app.register(fastifyAwilixPlugin, { container, disposeOnResponse });
  if (!disposeOnResponse)
    app.addHook("onRequest", async (request, { raw }) => void raw.once("close", () => request.diScope.dispose()));
  app.get("/", async (request, { raw }) => {
    request.diScope.resolve("db");
    if (request.headers.leave) await once(raw, "close");
    return "hello";
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  for (const leave of ["", "leave: 1\r\n"]) {
    const client = connect(app.server.address().port, "127.0.0.1");
    client.write(`GET / HTTP/1.1\r\nHost: test\r\n${leave}Connection: close\r\n\r\n`);
    if (leave) {
      while (open === 0) await sleep(10);
      client.destroy();
    } else for await (const _ of client);
    await sleep(100);
    console.log(leave ? "its client left:" : "answered:", open, "open");
  }
  await app.close();
  console.log("closed:", open, "open");
}
console.log("disposeOnResponse");
await server(true);
console.log("at close");
await server(false);
PROGRAM
expected='disposeOnResponse
answered: 0 open
its client left: 1 open
closed: 1 open
at close
answered: 0 open
its client left: 0 open
closed: 0 open'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
