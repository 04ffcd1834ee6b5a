/**
 * The example's service on a real PostgreSQL, with the pooled scope and by hand on pg.Pool: the same statements, the same
 * number of connections, 32 requests at a time. Without HTTP, which would only hide what is to be seen.
 */
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

/** @param options of the pool, instead of the example's own */
async function injected(url, options) {
  const { Db } = await import("../../dist/examples/service/database.js");
  const { buildContainer } = await import("../../dist/examples/service/container.js");
  const { CurrentUser } = await import("../../dist/examples/service/current-user.js");
  const { OrderController } = await import("../../dist/examples/service/order-controller.js");
  const { Transaction } = await import("../../dist/examples/service/transaction.js");
  const container = buildContainer(url);
  if (options !== undefined) {
    (await container.rebindAsync(Db)).toDynamicValue(() => Db.connect(url)).inPooledScope(options);
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
      const body =
        i % 5 === 4 ? () => service.list() : () => service.place({ item: items[(n + i) % items.length], quantity: 1 });
      await service.request(`${user}:${i}`, user, body);
      done++;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, (_, n) => client(n)));
  return (done * 1000) / (performance.now() - from);
}

export const rows = [
  {
    id: "postgres",
    what: "requests/s of the example on PostgreSQL, against pg.Pool by hand",
    least: 0.98,
    unit: "/s",
    measure,
  },
];
