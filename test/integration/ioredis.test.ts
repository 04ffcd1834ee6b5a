import { once } from "node:events";
import { expect } from "chai";
import {
  bindToContext,
  currentContext,
  pooledScope,
  runInContext,
  scopedProxy,
  setFactory,
  setInstance,
} from "inversify-scopes";
import { Redis } from "ioredis";

import { rejected } from "../support/errors.js";
import { RedisServer } from "../support/redis-server.js";
import { itIsTheSame } from "../support/side-by-side.js";
import { perContext } from "../support/things.js";

describe("a connected ioredis client", () => {
  const server = new RedisServer();
  let port: number;
  before(async () => void (port = await server.start()));
  after(() => server.stop());

  async function connect(): Promise<Redis> {
    const redis = new Redis({ port, host: "127.0.0.1", lazyConnect: true, retryStrategy: () => null });
    await redis.connect();
    return redis;
  }

  async function end(redis: Redis): Promise<void> {
    const closed = once(redis, "end");
    redis.disconnect();
    await closed;
  }

  describe("cannot be told from its proxy", () => {
    itIsTheSame(Redis, connect, end, ["incr"], {
      ping: (redis) => redis.ping(),
      "set, get, del": async (redis) => [
        await redis.set("key", "välue"),
        await redis.get("key"),
        await redis.del("key"),
        await redis.get("key"),
      ],
      "a buffer": async (redis) => [await redis.set("key", "v"), await redis.getBuffer("key")],
      "a callback": (redis) =>
        new Promise((resolve) => {
          void redis.get("key", (error, value) => resolve([error, value]));
        }),
      "several at once": async (redis) => {
        await redis.del("n");
        return Promise.all([redis.incr("n"), redis.incr("n"), redis.incr("n")]);
      },
      "an error of the server": (redis) => redis.call("nonsense", "a"),
      "by name": (redis) => redis.call("get", "key"),
      state: (redis) => [redis.status, redis.mode, redis.options.port === port],
      "connecting twice": (redis) => redis.connect(),
      "its commands": (redis) => redis.getBuiltinCommands().length > 100,
    });
  });

  it("a pipeline, in a context: it goes on using the instance, so a lease of one call is too short for it", async () => {
    const redis = scopedProxy<Redis>("redis", { shape: Redis });
    setFactory(redis, connect, pooledScope<Redis>({ maxSize: 1, destroy: end }));
    await runInContext({ needs: [redis] }, async () => {
      expect(await redis.pipeline().set("a", "1").get("a").exec()).to.eql([
        [null, "OK"],
        [null, "1"],
      ]);
    });
    setInstance(redis, new Redis({ lazyConnect: true }));
  });

  it("commands that return a promise without being async wait where `defer` names them", async () => {
    const redis = scopedProxy<Redis>("redis", { shape: Redis, defer: ["ping", "quit"] });
    setFactory(redis, connect, pooledScope<Redis>({ maxSize: 1, destroy: end }));
    await runInContext(async () => {
      await rejected(
        "NOT_READY",
        Promise.resolve().then(() => redis.get("a")),
      );
      expect(await redis.ping()).to.equal("PONG");
      expect(await redis.get("missing")).to.equal(null);
    });
    setInstance(redis, new Redis({ lazyConnect: true }));
  });

  it("promises and tied messages see their own context, on one socket that another has opened (S22)", async () => {
    const user = perContext("user");
    const redis = scopedProxy<Redis>("redis", { shape: Redis });
    const subscriber = await connect();
    setFactory(redis, connect, pooledScope<Redis>({ maxSize: 1, destroy: end }));
    for (const name of ["opens it", "uses it"]) {
      await runInContext({ name, needs: [redis] }, async () => {
        const mine = user.which();
        await Promise.all(
          [1, 2, 3].map(async (n) => {
            await redis.set(`key ${n}`, n);
            expect([currentContext()?.name, user.which()]).to.eql([name, mine]);
          }),
        );
        await subscriber.subscribe(name);
        const heard = new Promise<unknown>((resolve) => {
          subscriber.once(
            "message",
            bindToContext((channel: string, text: string) =>
              resolve([channel, text, currentContext()?.name, user.which()]),
            ),
          );
        });
        await redis.publish(name, "hello");
        expect(await heard).to.eql([name, "hello", name, mine]);
      });
    }
    await end(subscriber);
    setInstance(redis, new Redis({ lazyConnect: true }));
  });
});
