#!/usr/bin/env bash
# @inversifyjs/http-fastify 5.6.1: what a middleware sets by AsyncLocalStorage.run(store, next) is lost before the handler. On
# @inversifyjs/http-express 5.6.1 the same middleware's store is there. Seen on Node 20.20.2. On Fastify set it in an onRequest hook of the customApp.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @inversifyjs/http-core@5.6.1 @inversifyjs/http-express@5.6.1 \
  @inversifyjs/http-fastify@5.6.1 express@5.3.0 fastify@5.12.8 inversify@8.2.3 reflect-metadata@0.2.2
cat >program.mjs <<'PROGRAM'
import "reflect-metadata";
import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { Controller, Get } from "@inversifyjs/http-core";
import { InversifyExpressHttpAdapter } from "@inversifyjs/http-express";
import { InversifyFastifyHttpAdapter } from "@inversifyjs/http-fastify";
import { Container, injectable } from "inversify";

const als = new AsyncLocalStorage();
class Middleware {
  execute(_request, _response, next) {
    return als.run("the middleware's", next);
  }
}
injectable()(Middleware);
class Hello {
  async hello() {
    return String(als.getStore());
  }
}
Get("/")(Hello.prototype, "hello", Object.getOwnPropertyDescriptor(Hello.prototype, "hello"));
Controller("/")(Hello);

async function build(Adapter) {
  const container = new Container();
  for (const service of [Middleware, Hello]) container.bind(service).toSelf().inSingletonScope();
  const adapter = new Adapter(container, { logger: false });
  adapter.applyGlobalMiddleware(Middleware);
  return adapter.build();
}

const express = await build(InversifyExpressHttpAdapter);
const server = express.listen(0, "127.0.0.1");
await once(server, "listening");
console.log("express:", await (await fetch(`http://127.0.0.1:${server.address().port}/`)).text());
server.close();
server.closeAllConnections();
const fastify = await build(InversifyFastifyHttpAdapter);
console.log("fastify:", (await fastify.inject("/")).body);
await fastify.close();
PROGRAM
expected="express: the middleware's
fastify: undefined"
seen=$(node program.mjs | grep -v InversifyJS)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
