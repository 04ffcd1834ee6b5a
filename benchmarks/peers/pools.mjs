/** Other pools, each with its own way to take and give back; a fake connection costs nothing to make. */

export const POOLS = {
  "generic-pool": async (create, max) => {
    const { default: genericPool } = await import("generic-pool");
    const pool = genericPool.createPool({ create: async () => create(), destroy: async () => {} }, { max });
    return { acquire: () => pool.acquire(), release: (connection) => pool.release(connection) };
  },
  tarn: async (create, max) => {
    const { Pool } = await import("tarn");
    const pool = new Pool({ create: async () => create(), destroy() {}, min: 0, max });
    return { acquire: () => pool.acquire().promise, release: (connection) => pool.release(connection) };
  },
  "lightning-pool": async (create, max) => {
    const { Pool } = await import("lightning-pool");
    const pool = new Pool({ create: async () => create(), destroy: async () => {} }, { max, min: 0, maxQueue: 1e6 });
    return { acquire: () => pool.acquire(), release: (connection) => pool.releaseAsync(connection) };
  },
  "pg-pool": async (create, max) => {
    const { default: PgPool } = await import("pg-pool");
    const { EventEmitter } = await import("node:events");
    class Client extends EventEmitter {
      /** The pool keeps no others. */
      _queryable = true;
      connection = create();
      connect(done) {
        done();
      }
      end(done) {
        done?.();
      }
      ref() {}
      unref() {}
    }
    const pool = new PgPool({ Client, max, idleTimeoutMillis: 0 });
    return { acquire: () => pool.connect(), release: (client) => client.release() };
  },
  // In one fiber, as a program written with Effect would.
  effect: async (create, max) => {
    const { Effect, Pool, Scope } = await import("effect");
    const scope = await Effect.runPromise(Scope.make());
    const made = Pool.make({ acquire: Effect.sync(create), size: max });
    const pool = await Effect.runPromise(Effect.provideService(made, Scope.Scope, scope));
    const one = Pool.use(pool, (connection) => Effect.sync(() => void connection.used++));
    const loop = (n) =>
      Effect.gen(function* () {
        for (let i = 0; i < n; i++) yield* one;
      });
    const awaiting = Pool.use(pool, (connection) =>
      Effect.promise(async () => {
        await null;
        connection.used++;
      }),
    );
    const all = (count) =>
      Effect.all(Array.from({ length: count }).fill(awaiting), { concurrency: "unbounded", discard: true });
    return { run: (n) => Effect.runPromise(loop(n)), runTasks: (count) => Effect.runPromise(all(count)) };
  },
};
