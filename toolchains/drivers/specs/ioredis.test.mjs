import { expect } from "chai";
import { Redis } from "ioredis";
import { behaves } from "../harness.mjs";
import { redis } from "../servers.mjs";

let server;
const client = {
  needs: "redis-server",
  before: async () => {
    server = await redis();
    const one = new Redis(server);
    await one.set("ioredis", "x");
    await one.quit();
  },
  make: async () => {
    const one = new Redis({ ...server, lazyConnect: true });
    await one.connect();
    return one;
  },
  end: (one) => one.quit(),
  work: (one) => one.get("ioredis"),
  worked: "x",
  identity: (one) => one.client("ID"),
  leave: (one) => ({ over: one.blpop("nothing", 0.1) }),
  library: async (one) => {
    const results = await one.multi().set("multi", "1").get("multi").exec();
    expect(results).to.eql([
      [null, "OK"],
      [null, "1"],
    ]);
  },
};
const SYNC = new Set(["multi", "pipeline", "duplicate", "defineCommand", "on", "once", "off", "disconnect"]);

behaves("ioredis, commands by name", {
  ...client,
  scope: "pooled",
  options: { shape: Redis, defer: ["get", "client", "blpop"] },
});
behaves("ioredis, commands by predicate, an example", {
  ...client,
  scope: "pooled",
  options: { shape: new Redis({ lazyConnect: true }), defer: (name) => !SYNC.has(name) },
});
behaves("ioredis, shared", {
  ...client,
  scope: "shared",
  identity: undefined,
  options: { shape: Redis, defer: (name) => !SYNC.has(name) },
});
