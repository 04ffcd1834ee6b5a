#!/usr/bin/env bash
# @nestjs-cls/transactional 3.3.0 (nestjs-cls 6.3.1): what a method that is @Transactional() sets in the context is gone when it returns, and what it has replaced is the old one again: it runs in a copy of the
# context, which is dropped with the transaction. The plugin's documentation does not say so. So the user whom sign-in has set is nobody for the rest of the request as soon as sign-in becomes
# transactional, and whatever reads it with a default goes on with that.
# Seen on Node 20.20.2 with @nestjs/core 12.5.1 and the package's own adapter without a database. Return the value, and set it outside; or keep one object in the context from its beginning, and change what it holds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @nestjs-cls/transactional@3.3.0 nestjs-cls@6.3.1 @nestjs/common@12.5.1 @nestjs/core@12.5.1 reflect-metadata@0.2.2 rxjs@7.8.2
cat >program.mjs <<'PROGRAM'
import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ClsPluginTransactional, NoOpTransactionalAdapter, Transactional } from "@nestjs-cls/transactional";
import { ClsModule, ClsService } from "nestjs-cls";

class SignIn {
  constructor(context) {
    this.context = context;
  }
  async plain() {
    this.context.set("user", "Ann");
  }
  async transactional() {
    this.context.set("user", "Ann");
  }
}
const method = Object.getOwnPropertyDescriptor(SignIn.prototype, "transactional");
Object.defineProperty(SignIn.prototype, "transactional", Transactional()(SignIn.prototype, "transactional", method) ?? method);

class Application {}
const transactional = new ClsPluginTransactional({ adapter: new NoOpTransactionalAdapter({ tx: {} }) });
Module({
  imports: [ClsModule.forRoot({ plugins: [transactional] })],
  providers: [{ provide: SignIn, useFactory: (context) => new SignIn(context), inject: [ClsService] }],
})(Application);

const application = await NestFactory.createApplicationContext(Application, { logger: false });
const context = application.get(ClsService);
const signIn = application.get(SignIn);
for (const before of [undefined, "guest"])
  for (const name of ["plain", "transactional"]) {
    await context.run(async () => {
      if (before !== undefined) context.set("user", before);
      await signIn[name]();
      console.log(`${before}, after ${name}: ${context.get("user")}`);
    });
  }
await application.close();
PROGRAM
expected='undefined, after plain: Ann
undefined, after transactional: undefined
guest, after plain: Ann
guest, after transactional: guest'
seen=$(node program.mjs)
echo "$seen"
[ "$seen" = "$expected" ] || { echo "It has changed. Expected: $expected"; exit 1; }
