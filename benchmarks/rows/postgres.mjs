/**
 * The example's service on a real PostgreSQL, with the pooled scope and by hand on pg.Pool: the same statements, the same
 * number of connections, 32 requests at a time. Without HTTP, which would only hide what is to be seen.
 */
import { EventEmitter } from "node:events";
import { runInContext } from "inversify-scopes";
import { OrdersByHand } from "../by-hand/orders.mjs";

const AT_A_TIME = 32;

/** What pg.Pool does not do either is left out. */
const PLAIN = "without health checks and one call at a time";

async function measure(effort) {
  const { startPostgres } = await import("../../dist/examples/postgres.js");
  const { createSchema, dropSchema, ITEMS } = await import("../../dist/examples/service/schema.js");
  const { MAX_CONNECTIONS } = await import("../../dist/examples/service/database.js");
  const postgres = await startPostgres();
  try {
    const url = await createSchema(postgres.url);
    const byHand = new OrdersByHand(url, MAX_CONNECTIONS);
    const ours = await injected(url);
    const plain = await injected(url, { maxSize: MAX_CONNECTIONS, onRelease: (db) => db.reset() });
    const ways = { "by hand": byHand, [PLAIN]: plain, ours };
    const times = { "by hand": [], [PLAIN]: [], ours: [] };
    const isQuick = effort.rounds < 30;
    const [rounds, seconds] = isQuick ? [6, 0.5] : [12, 1];
    for (let round = -3; round < rounds; round++) {
      // In turn, and turned round in each round: the tables grow.
      const names = Object.keys(ways);
      for (const name of round % 2 === 0 ? names : names.reverse()) {
        const rate = await drive(ways[name], ITEMS, seconds);
        if (round >= 0) times[name].push(rate);
      }
    }
    await byHand.close();
    await plain.close();
    await ours.close();
    await dropSchema(postgres.url);
    return times;
  } finally {
    await postgres.stop();
  }
}

/** A client whose server answers at once: what is left of a request is the program's own. */
class QuickClient extends EventEmitter {
  connect(done) {
    if (done === undefined) return Promise.resolve();
    setImmediate(done, null);
  }

  query() {
    return new Promise((resolve) => setImmediate(resolve, { rows: [{ id: 1, quantity: 1 }] }));
  }

  end(done) {
    done?.();
    return Promise.resolve();
  }
}

/** The same requests without a database; a job is one request. */
async function withoutServer() {
  const { ITEMS } = await import("../../dist/examples/service/schema.js");
  const { Db, MAX_CONNECTIONS } = await import("../../dist/examples/service/database.js");
  const connect = async () => new Db(new QuickClient());
  const pool = { maxSize: MAX_CONNECTIONS, onRelease: (db) => db.reset() };
  const checks = { healthCheck: (db) => db.alive, checkOn: ["acquire", "release"], concurrency: "serialize" };
  const ways = {
    "by hand": new OrdersByHand("", MAX_CONNECTIONS, QuickClient),
    [PLAIN]: await injected("", pool, connect),
    ours: await injected("", { ...pool, ...checks, acquireTimeoutMs: 20_000, idleTimeoutMs: 60_000 }, connect),
  };
  return Object.entries(ways).map(([name, service]) => ({
    name,
    async run(n) {
      let left = n;
      const client = async (user) => {
        while (left-- > 0) await service.request(user, user, bodyOf(service, ITEMS, left));
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, (_, i) => client(`user-${i}`)));
    },
  }));
}

/** @param options of the pool, instead of the example's own */
async function injected(url, options, connect) {
  const { Db } = await import("../../dist/examples/service/database.js");
  const { buildContainer } = await import("../../dist/examples/service/container.js");
  const { CurrentUser } = await import("../../dist/examples/service/current-user.js");
  const { OrderController } = await import("../../dist/examples/service/order-controller.js");
  const { Transaction } = await import("../../dist/examples/service/transaction.js");
  const container = buildContainer(url);
  if (options !== undefined) {
    (await container.rebindAsync(Db)).toDynamicValue(connect ?? (() => Db.connect(url))).inPooledScope(options);
  }
  const user = container.get(CurrentUser);
  const orders = container.get(OrderController);
  const transaction = container.get(Transaction);
  return {
    request: (name, who, body) =>
      runInContext({ name }, () => {
        user.signIn(who);
        return transaction.around(body);
      }),
    place: (order) => orders.place(order),
    list: () => orders.list(),
    close: () => container.unbindAllAsync(),
  };
}

/** @returns requests per second */
async function drive(service, items, seconds) {
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
  return (done * 1000) / (performance.now() - from);
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
    measure,
  },
  {
    id: "without-server",
    what: "a request of the same with a server that answers at once",
    cases: withoutServer,
  },
];
