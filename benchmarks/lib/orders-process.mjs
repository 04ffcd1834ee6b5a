/**
 * The example's service in a process of its own, as `node orders-process.mjs <way> <server>`: the address of a PostgreSQL, or the name of
 * something that answers as one would, see {@link STAND_INS}. In one process the ways would spoil each other's code: V8 learns from all
 * of them together.
 *
 * It tells its parent when it is ready. At each message, a number of milliseconds, it serves 32 users for so long, and tells the
 * requests per second and the nanoseconds that this process was busy with each. Without HTTP, which would only hide what is to be seen.
 */
import { EventEmitter } from "node:events";
import { runInContext } from "inversify-scopes";
import { sqlTransactions } from "inversify-scopes/transactions";
import { OrdersByHand } from "../../dist/examples/by-hand/orders.js";
import { buildContainer } from "../../dist/examples/service/container.js";
import { CurrentUser } from "../../dist/examples/service/current-user.js";
import { Db, MAX_CONNECTIONS } from "../../dist/examples/service/database.js";
import { OrderController } from "../../dist/examples/service/order-controller.js";
import { ITEMS } from "../../dist/examples/service/schema.js";

const AT_A_TIME = 32;

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
/** Milliseconds of washing, which is no work of the service. */
let washing = 0;

function wash() {
  const from = performance.now();
  for (let i = 0; i < dirt.length; i += CACHE_LINE) dirt[i]++;
  washing += performance.now() - from;
}

const STAND_INS = { "a quick server": QuickClient, "a quick server, cold": ColdClient };

/** @param options of the pool, instead of the example's own */
async function injected(url, options, connect) {
  const container = buildContainer(url);
  if (options !== undefined) {
    const transactions = sqlTransactions((db, sql) => db.tell(sql));
    (await container.rebindAsync(Db)).toDynamicValue(connect).inPooledScope({ ...options, transactions });
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
  };
}

/** What pg.Pool does not do either is left out of it. */
const PLAIN = { maxSize: MAX_CONNECTIONS, onRelease: (db) => db.reset() };
/** As the example's own. */
const WHOLE = {
  ...PLAIN,
  healthCheck: (db) => db.check(),
  checkOn: ["acquire"],
  checkAfterIdleMs: 1_000,
  concurrency: "serialize",
  acquireTimeoutMs: 20_000,
  idleTimeoutMs: 60_000,
};

const WAYS = {
  "by hand": (url, Client) => new OrdersByHand(url, MAX_CONNECTIONS, Client),
  "without health checks and one call at a time": (url, Client) => injected(url, PLAIN, connecting(url, Client)),
  ours: (url, Client) => injected(url, Client && WHOLE, connecting(url, Client)),
};

function connecting(url, Client) {
  return Client === undefined ? () => Db.connect(url) : async () => new Db(new Client());
}

async function drive(service, ms) {
  washing = 0;
  const cpu = process.cpuUsage();
  const from = performance.now();
  const until = from + ms;
  let done = 0;
  const client = async (n) => {
    const user = `user-${n}`;
    for (let i = 0; performance.now() < until; i++) {
      await service.request(`${user}:${i}`, user, bodyOf(service, n + i));
      done++;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, (_, n) => client(n)));
  const rate = (done * 1000) / (performance.now() - from);
  const { user, system } = process.cpuUsage(cpu);
  return { rate, processor: ((user + system) * 1000 - washing * 1e6) / done };
}

/** Four orders, then a list. */
function bodyOf(service, i) {
  return i % 5 === 4 ? () => service.list() : () => service.place({ item: ITEMS[i % ITEMS.length], quantity: 1 });
}

const [way, server] = process.argv.slice(2);
const Client = STAND_INS[server];
const service = await WAYS[way](Client === undefined ? server : "", Client);
process.on("message", async (ms) => process.send(await drive(service, ms)));
process.on("disconnect", () => process.exit());
process.send("ready");
