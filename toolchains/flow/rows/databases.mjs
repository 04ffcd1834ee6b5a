/** Clients of PostgreSQL, Redis and MariaDB: opened in A, used in B. */
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const TIE = "`bindToContext(callback)`, or the promise";
const LISTENER = "`bindToContext(listener)`";

async function pgClient({ A, servers, cleanup }) {
  const { default: pg } = await import("pg");
  const client = new pg.Client(servers.postgres);
  await A(() => client.connect());
  cleanup(() => client.end());
  return client;
}

async function pgPool({ servers, cleanup }) {
  const { default: Pool } = await import("pg-pool");
  const pool = new Pool({ ...servers.postgres, max: 1 });
  cleanup(() => pool.end());
  return pool;
}

async function ioredis({ A, servers, cleanup }) {
  const { Redis } = await import("ioredis");
  const client = A(() => new Redis(servers.redis));
  await A(() => client.ping());
  cleanup(() => client.disconnect());
  return client;
}

async function mysql({ A, servers, cleanup }) {
  const { default: mysql2 } = await import("mysql2");
  const connection = A(() => mysql2.createConnection(servers.mariadb));
  await A(() => promisify(connection.connect.bind(connection))());
  cleanup(() => connection.destroy());
  return connection;
}

async function bullmq({ A, servers, cleanup }, onJob) {
  const { Queue, Worker } = await import("bullmq");
  const name = `flow-${Math.random()}`;
  const connection = { ...servers.redis, maxRetriesPerRequest: null };
  const worker = A(() => new Worker(name, onJob, { connection }));
  const queue = new Queue(name, { connection });
  await Promise.all([worker.waitUntilReady(), queue.waitUntilReady()]);
  cleanup(() => worker.close(true));
  cleanup(() => queue.close());
  return { queue, worker };
}

const all = [
  [
    "postgres",
    "pg",
    "`query(text, callback)`",
    TIE,
    async (kit) => {
      const client = await pgClient(kit);
      const { promise, note } = kit.spot();
      kit.B(() => client.query("select 1", kit.tie(note)));
      return promise;
    },
  ],
  [
    "postgres",
    "pg",
    "what follows `await query(text)`",
    "",
    async (kit) => {
      const client = await pgClient(kit);
      return kit.B(async () => (await client.query("select 1"), kit.here()));
    },
  ],
  [
    "postgres",
    "pg",
    "`row`, `end` of a `Query`",
    LISTENER,
    async (kit) => {
      const { default: pg } = await import("pg");
      const client = await pgClient(kit);
      const { promise, note } = kit.spot();
      kit.B(() => client.query(new pg.Query("select 1")).on("row", kit.tie(note)));
      return promise;
    },
  ],
  [
    "postgres",
    "pg",
    "`notification`",
    LISTENER,
    async (kit) => {
      const client = await pgClient(kit);
      const { promise, note } = kit.spot();
      await kit.B(() => {
        client.on("notification", kit.tie(note));
        return client.query("listen flow; notify flow");
      });
      return promise;
    },
  ],
  [
    "postgres",
    "pg-pool",
    "`connect(callback)` that waited, released in A",
    TIE,
    async (kit) => {
      const pool = await pgPool(kit);
      const client = await kit.A(() => pool.connect());
      const { promise, note } = kit.spot();
      kit.B(() => pool.connect(kit.tie((_, own, done) => (note(), done()))));
      kit.A(() => client.release());
      return promise;
    },
  ],
  [
    "postgres",
    "pg-pool",
    "what follows `await connect()` that waited",
    "",
    async (kit) => {
      const pool = await pgPool(kit);
      const client = await kit.A(() => pool.connect());
      const seen = kit.B(async () => {
        (await pool.connect()).release();
        return kit.here();
      });
      kit.A(() => client.release());
      return seen;
    },
  ],
  [
    "postgres",
    "pg-pool",
    "`query(text, callback)`, socket opened in A",
    TIE,
    async (kit) => {
      const pool = await pgPool(kit);
      await kit.A(() => pool.query("select 1"));
      const { promise, note } = kit.spot();
      kit.B(() => pool.query("select 1", kit.tie(note)));
      return promise;
    },
  ],
  [
    "redis",
    "ioredis",
    "`get(key, callback)`",
    "",
    async (kit) => {
      const client = await ioredis(kit);
      const { promise, note } = kit.spot();
      kit.B(() => client.get("key", kit.tie(note)));
      return promise;
    },
  ],
  [
    "redis",
    "ioredis",
    "`message`",
    LISTENER,
    async (kit) => {
      const [subscriber, publisher] = [await ioredis(kit), await ioredis(kit)];
      const { promise, note } = kit.spot();
      await kit.B(() => subscriber.on("message", kit.tie(note)).subscribe("flow-io"));
      await kit.C(() => publisher.publish("flow-io", "x"));
      return promise;
    },
  ],
  [
    "redis",
    "redis",
    "listener of `subscribe`",
    LISTENER,
    async (kit) => {
      const { createClient } = await import("redis");
      const socket = kit.servers.redis;
      const [subscriber, publisher] = [createClient({ socket }), createClient({ socket })];
      for (const client of [subscriber, publisher]) {
        await kit.A(() => client.connect());
        kit.cleanup(() => client.destroy());
      }
      const { promise, note } = kit.spot();
      await kit.B(() => subscriber.subscribe("flow", kit.tie(note)));
      await kit.C(() => publisher.publish("flow", "x"));
      return promise;
    },
  ],
  [
    "redis",
    "redis",
    "`createClientPool().execute(fn)` that waited for A's",
    "`pool.execute(bindToContext(fn))`",
    async (kit) => {
      const { createClientPool } = await import("redis");
      const pool = createClientPool({ socket: kit.servers.redis }, { minimum: 1, maximum: 1 });
      await kit.C(() => pool.connect());
      kit.cleanup(() => pool.destroy());
      const { promise, note } = kit.spot();
      const first = kit.A(() => pool.execute((client) => client.ping()));
      const second = kit.B(() => pool.execute(kit.tie(async () => note())));
      const seen = await promise;
      await Promise.all([first, second]);
      return seen;
    },
  ],
  [
    "mariadb",
    "mysql2",
    "`query(text, callback)`",
    TIE,
    async (kit) => {
      const connection = await mysql(kit);
      const { promise, note } = kit.spot();
      kit.B(() => connection.query("select 1", kit.tie(note)));
      return promise;
    },
  ],
  [
    "mariadb",
    "mysql2",
    "what follows `await promise().query(text)`",
    "",
    async (kit) => {
      const connection = await mysql(kit);
      return kit.B(async () => (await connection.promise().query("select 1"), kit.here()));
    },
  ],
  [
    "mariadb",
    "mysql2",
    "`pool.getConnection(callback)` that waited, released in A",
    TIE,
    async (kit) => {
      const { default: mysql2 } = await import("mysql2");
      const pool = mysql2.createPool({ ...kit.servers.mariadb, connectionLimit: 1 });
      kit.cleanup(() => pool.promise().end());
      const first = await kit.A(() => pool.promise().getConnection());
      const { promise, note } = kit.spot();
      kit.B(() => pool.getConnection(kit.tie((_, own) => (note(), own.release()))));
      kit.A(() => first.release());
      return promise;
    },
  ],
  [
    "redis",
    "bullmq",
    "processor of a worker made in A, job added in B",
    "`inContext(processor)`, or `runInContext` in it",
    async (kit) => {
      const { promise, note } = kit.spot();
      const { queue } = await bullmq(kit, async () => note());
      await kit.B(() => queue.add("job", {}));
      return promise;
    },
  ],
  [
    "redis",
    "bullmq",
    "`completed` of the worker, listened to in B",
    LISTENER,
    async (kit) => {
      const { promise, note } = kit.spot();
      const { queue, worker } = await bullmq(kit, () => sleep(1));
      kit.B(() => worker.on("completed", kit.tie(note)));
      await kit.B(() => queue.add("job", {}));
      return promise;
    },
  ],
];

export const rows = all.map(([server, ...row]) => Object.assign(row, { server }));
