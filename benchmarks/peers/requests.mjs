/** The same request with what teams use for it today, which has no pool: connections are taken and given back by hand. */
import { requestContext as held, fastifyRequestContext } from "@fastify/request-context";
import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ClsMiddleware, ClsModule, ClsService } from "nestjs-cls";
import { Db, User } from "../by-hand/requests.mjs";
import { ArrayPool } from "../by-hand/pools.mjs";

const pool = new ArrayPool(() => new Db(), 8);

async function answerFrom(store, name) {
  const user = store.get("user");
  user.name = name;
  let db = store.get("db");
  if (db === undefined) store.set("db", (db = await pool.acquire()));
  return `${user.name}: ${await db.query()}`;
}

function giveBack(db) {
  if (db !== undefined) pool.release(db);
}

export async function withRequestContext(app) {
  await app.register(fastifyRequestContext, { defaultStoreValues: () => ({ user: new User() }) });
  app.addHook("onResponse", async () => giveBack(held.get("db")));
  return (name) => answerFrom(held, name);
}

export async function withClsMiddleware(app) {
  class App {}
  Module({ imports: [ClsModule.forRoot({})] })(App);
  const nest = await NestFactory.createApplicationContext(App, { logger: false });
  const cls = nest.get(ClsService);
  const middleware = new ClsMiddleware({
    setup(store, _req, res) {
      store.set("user", new User());
      res.on("close", () => giveBack(store.get("db")));
    },
  });
  app.use((req, res, next) => middleware.use(req, res, next));
  return (name) => answerFrom(cls, name);
}
