import { expect } from "chai";
import { Pool } from "inversify-scopes/pool";
import { AsyncLocalStorage } from "node:async_hooks";

import { VirtualClock } from "../support/clock.js";
import { turn } from "../support/gate.js";
import { collected } from "../support/gc.js";
import { giveBack, poolOf, take, Thing, watch } from "../support/pool.js";

const storage = new AsyncLocalStorage<string>();
const later = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("async contexts", () => {
  it("who waits goes on in its own context, whoever serves it (S54)", async () => {
    const { pool } = poolOf({ maxSize: 1 });
    const held = await storage.run("holder", () => pool.acquire());
    const seen: unknown[] = [];
    const waiting = storage.run("waiter", async () => {
      await using lease = await pool.acquire();
      seen.push(storage.getStore(), lease.value.n);
    });
    await storage.run("holder", () => held.release());
    await waiting;
    expect(seen).to.deep.equal(["waiter", 0]);
  });

  it("create, hooks, checks, destroy, describe and logger run in the context in which the pool was made (law 8)", async () => {
    const seen: Record<string, Set<unknown>> = {};
    const note = (name: string): void => void (seen[name] ??= new Set()).add(storage.getStore());
    const both = async (name: string): Promise<undefined> => {
      note(name);
      await later();
      note(name);
      return undefined;
    };
    const { pool, clock } = storage.run("maker", () =>
      poolOf({
        maxSize: 2,
        create: async (n) => {
          await both("create");
          return new Thing(n);
        },
        onCreate: () => both("onCreate"),
        onAcquire: () => both("onAcquire"),
        onRelease: () => both("onRelease"),
        healthCheck: () => both("healthCheck"),
        healthCheckIntervalMs: 100,
        checkOn: ["idle", "acquire", "release"],
        destroy: () => both("destroy"),
        describe: () => note("describe"),
        logger: { warn: () => note("logger") },
        leaseWarnMs: 1000,
      }),
    );
    await storage.run("user", async () => {
      const [a, b] = await take(pool, 2);
      const waiting = pool.acquire();
      await a?.release();
      await (await waiting).release();
      await clock.advance(1000);
      await b?.discard();
      await giveBack(await take(pool, 2));
      pool.stats();
      pool.recycle();
      await turn();
    });
    await storage.run("closer", () => pool.close());
    expect(Object.keys(seen).length).to.equal(8);
    for (const [name, stores] of Object.entries(seen)) expect([...stores], name).to.deep.equal(["maker"]);
  });

  it("synchronous ones too, from tryAcquire and from timers (law 8)", async () => {
    const stores = new Set<unknown>();
    const note = (): void => void stores.add(storage.getStore());
    const { pool, clock } = poolOf({
      create: (n) => {
        note();
        return new Thing(n);
      },
      onAcquire: note,
      onRelease: note,
      destroy: note,
      idleTimeoutMs: 50,
      minSize: 1,
    });
    await storage.run("user", async () => {
      const lease = pool.tryAcquire();
      await lease?.release();
      void pool.acquire();
      await pool.acquire();
      await clock.advance(1000);
    });
    expect([...stores]).to.deep.equal([undefined]);
  });

  it("a pool keeps nobody's context alive: neither that of who first acquired, nor of who waited last", async () => {
    const objects = new AsyncLocalStorage<object>();
    const refs: WeakRef<object>[] = [];
    const clock = new VirtualClock();
    const pool = new Pool({
      maxSize: 1,
      idleTimeoutMs: 10_000,
      create: async (n) => {
        await later();
        return new Thing(n);
      },
      onRelease: () => later(),
      clock,
    });
    const request = async (): Promise<void> => {
      const request = { user: "x" };
      refs.push(new WeakRef(request));
      await objects.run(request, async () => {
        const used = pool.use(() => new Promise<void>((resolve) => void clock.setTimeout(resolve, 20)));
        const late = watch(pool.acquire({ timeoutMs: 10 }));
        const last = watch(pool.acquire());
        await clock.advance(30);
        await used;
        expect(late.now.state).to.equal("rejected");
        if (last.now.state === "fulfilled") await last.now.value.release();
      });
    };
    await request();
    await request();
    await turn();
    await collected(() => refs.every((ref) => ref.deref() === undefined));
    expect(pool.stats().idle).to.equal(1);
  });
});
