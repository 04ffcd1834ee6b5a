/**
 * The example's service on a real PostgreSQL, with the pooled scope and by hand on pg.Pool: the same statements, the same
 * number of connections, 32 requests at a time. Without HTTP, which would only hide what is to be seen.
 */
import { EventEmitter } from "node:events";
import { runInContext } from "inversify-scopes";
import { sqlTransactions } from "inversify-scopes/transactions";
import { shuffled } from "../lib/measure.mjs";

const AT_A_TIME = 32;

/** What pg.Pool does not do either is left out. */
const PLAIN = "without health checks and one call at a time";

/** @param of what {@link drive} tells */
async function onPostgres(effort, of) {
  const { startPostgres } = await import("../../dist/examples/postgres.js");
  const { createSchema, dropSchema, ITEMS } = await import("../../dist/examples/service/schema.js");
  const { MAX_CONNECTIONS } = await import("../../dist/examples/service/database.js");
  const { OrdersByHand } = await import("../../dist/examples/by-hand/orders.js");
  const postgres = await startPostgres();
  try {
    const url = await createSchema(postgres.url);
    const ways = {
      "by hand": new OrdersByHand(url, MAX_CONNECTIONS),
      [PLAIN]: await injected(url, { maxSize: MAX_CONNECTIONS, onRelease: (db) => db.reset() }),
      ours: await injected(url),
    };
    const [rounds, seconds] = isQuick(effort) ? [6, 0.5] : [16, 0.75];
    // Short and in any order: the tables grow.
    const times = await inTurn(ways, rounds, async (way) => (await drive(way, ITEMS, seconds))[of]);
    for (const way of Object.values(ways)) await way.close();
    await dropSchema(postgres.url);
    return times;
  } finally {
    await postgres.stop();
  }
}

const isQuick = (effort) => effort.rounds < 30;

async function inTurn(ways, rounds, measure) {
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = -3; round < rounds; round++) {
    for (const name of shuffled(Object.keys(ways))) {
      const figure = await measure(ways[name]);
      if (round >= 0) times[name].push(figure);
    }
  }
  return times;
}

/** A client whose server answers at once: what is left of a request is the program's own. */
class QuickClient extends EventEmitter {
  /** pg.Pool keeps no others. */
  _queryable = true;

  connect(done) {
    if (done === undefined) return Promise.resolve();
    setImmediate(done, null);
  }

  query() {
    return new Promise((resolve) => setImmediate(resolve, ANSWER));
  }

  end(done) {
    done?.();
    return Promise.resolve();
  }
}

/** What is ordered where nobody looks. */
const ANY_ITEM = ["apple"];
const ANSWER = { command: "SELECT", rows: [{ id: 1, quantity: 1 }] };

/**
 * The same, but before each answer the core has been used for something else, as it is while a process waits for a real
 * server: its first two caches and its address translations are of other memory.
 */
class ColdClient extends QuickClient {
  query() {
    return new Promise((resolve) =>
      setImmediate(() => {
        wash();
        resolve(ANSWER);
      }),
    );
  }
}

const dirt = new Uint8Array(2 ** 22);
const CACHE_LINE = 64;
let washing = 0;

function wash() {
  const from = performance.now();
  for (let i = 0; i < dirt.length; i += CACHE_LINE) dirt[i]++;
  washing += performance.now() - from;
}

/** The ways without a database. */
async function withoutServer(Client) {
  const { Db, MAX_CONNECTIONS } = await import("../../dist/examples/service/database.js");
  const { OrdersByHand } = await import("../../dist/examples/by-hand/orders.js");
  const connect = async () => new Db(new Client());
  const pool = { maxSize: MAX_CONNECTIONS, onRelease: (db) => db.reset() };
  const checks = {
    healthCheck: (db) => db.check(),
    checkOn: ["acquire"],
    checkAfterIdleMs: 1_000,
    concurrency: "serialize",
  };
  return {
    "by hand": new OrdersByHand("", MAX_CONNECTIONS, Client),
    [PLAIN]: await injected("", pool, connect),
    ours: await injected("", { ...pool, ...checks, acquireTimeoutMs: 20_000, idleTimeoutMs: 60_000 }, connect),
  };
}

/** @param n how many requests */
async function serve(service, n) {
  let left = n;
  const client = async (user) => {
    while (left-- > 0) await service.request(user, user, bodyOf(service, ANY_ITEM, left));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, (_, i) => client(`user-${i}`)));
}

/** @returns nanoseconds for one request, without the washing */
async function coldly(service) {
  washing = 0;
  const from = performance.now();
  await serve(service, REQUESTS);
  return ((performance.now() - from - washing) * 1e6) / REQUESTS;
}

const REQUESTS = 100;

/** @param options of the pool, instead of the example's own */
async function injected(url, options, connect) {
  const { Db } = await import("../../dist/examples/service/database.js");
  const { buildContainer } = await import("../../dist/examples/service/container.js");
  const { CurrentUser } = await import("../../dist/examples/service/current-user.js");
  const { OrderController } = await import("../../dist/examples/service/order-controller.js");
  const container = buildContainer(url);
  if (options !== undefined) {
    const transactions = sqlTransactions((db, sql) => db.tell(sql));
    (await container.rebindAsync(Db))
      .toDynamicValue(connect ?? (() => Db.connect(url)))
      .inPooledScope({ ...options, transactions });
  }
  const user = container.get(CurrentUser);
  const orders = container.get(OrderController);
  return {
    request: (name, who, body) =>
      runInContext({ name }, () => {
        user.signIn(who);
        return body();
      }),
    place: (order) => orders.place(order),
    list: () => orders.list(),
    close: () => container.unbindAllAsync(),
  };
}

/** @returns requests per second, and nanoseconds of this process for each */
async function drive(service, items, seconds) {
  const cpu = process.cpuUsage();
  const from = performance.now();
  const until = from + seconds * 1000;
  let done = 0;
  const client = async (n) => {
    const user = `user-${n}`;
    for (let i = 0; performance.now() < until; i++) {
      await service.request(`${user}:${i}`, user, bodyOf(service, items, n + i));
      done++;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, (_, n) => client(n)));
  const rate = (done * 1000) / (performance.now() - from);
  const { user, system } = process.cpuUsage(cpu);
  return { rate, processor: ((user + system) * 1000) / done };
}

/** Four orders, then a list. */
function bodyOf(service, items, i) {
  return i % 5 === 4 ? () => service.list() : () => service.place({ item: items[i % items.length], quantity: 1 });
}

export const rows = [
  {
    id: "postgres",
    what: "requests/s of the example on PostgreSQL, against pg.Pool by hand",
    least: 0.98,
    unit: "/s",
    measure: (effort) => onPostgres(effort, "rate"),
  },
  {
    id: "postgres-processor",
    what: "processor time of such a request in the example's process",
    measure: (effort) => onPostgres(effort, "processor"),
  },
  {
    id: "without-server",
    what: "such a request with a server that answers at once",
    cases: async () =>
      Object.entries(await withoutServer(QuickClient)).map(([name, way]) => ({ name, run: (n) => serve(way, n) })),
  },
  {
    id: "cold-caches",
    what: "the same, with the processor's caches washed out before each answer",
    measure: async (effort) => inTurn(await withoutServer(ColdClient), isQuick(effort) ? 8 : 30, coldly),
  },
];
