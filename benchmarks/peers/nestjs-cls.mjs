/** nestjs-cls: proxy providers in a Nest application. The user is a proxy provider, the connection another. */
import "reflect-metadata";
import { Inject, Injectable, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ClsModule, ClsService, InjectableProxy } from "nestjs-cls";

/** @returns the two injected proxies, and what runs a body in a context */
export async function open(User, pool) {
  InjectableProxy()(User);
  class Service {
    constructor(user, db) {
      this.user = user;
      this.db = db;
    }
  }
  Injectable()(Service);
  Inject(User)(Service, undefined, 0);
  Inject("db")(Service, undefined, 1);
  class App {}
  Module({
    imports: [
      ClsModule.forRoot({}),
      ClsModule.forFeature(User),
      ClsModule.forFeatureAsync({ provide: "db", useFactory: () => pool.take() }),
    ],
    providers: [Service],
  })(App);
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  const cls = app.get(ClsService);
  const service = app.get(Service);
  return {
    service,
    run: (body) =>
      cls.run(async () => {
        await cls.proxy.resolve();
        try {
          return await body();
        } finally {
          pool.release(cls.proxy.get("db"));
        }
      }),
  };
}
