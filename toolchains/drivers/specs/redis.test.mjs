import { expect } from "chai";
import { createClient } from "redis";
import { behaves } from "../harness.mjs";
import { redis } from "../servers.mjs";

const options = {};
const client = {
  needs: "redis-server",
  scope: "pooled",
  before: async () => {
    options.socket = await redis();
    const one = await client.make();
    await one.set("redis", "x");
    await one.close();
  },
  make: () => createClient(options).connect(),
  end: (one) => one.close(),
  work: (one) => one.get("redis"),
  worked: "x",
  identity: (one) => one.clientId(),
  leave: (one) => ({ over: one.blPop("nothing", 0.1) }),
  library: async (one) => {
    expect(await one.multi().set("multi", "1").get("multi").exec()).to.eql(["OK", "1"]);
  },
};

// The commands of a client are on a class that `createClient` makes for its options: an example has it.
behaves("redis, by an example", { ...client, options: { shape: createClient() } });
behaves("redis, without a class, by predicate", {
  ...client,
  options: { defer: (name) => !["multi", "duplicate", "on", "isOpen", "isReady"].includes(name) },
});
behaves("redis, shared", { ...client, scope: "shared", identity: undefined, options: { shape: createClient() } });
