/** The libraries that people use today, at the same jobs. Each is measured in a process of its own, against the same by hand. */
import { ArrayPool, LinkedPool } from "../by-hand/pools.mjs";
import { keep } from "../lib/sink.mjs";
import { asyncBody, requestCases, syncBody, syncRequestCases, wired } from "./contexts.mjs";
import { handAcquire, tasks } from "./pools.mjs";

const create = () => ({ used: 0 });

const CHILD = "inversify child container";
const SCOPES = {
  "nestjs-cls": () => import("../peers/nestjs-cls.mjs"),
  awilix: () => import("../peers/awilix.mjs"),
  [CHILD]: () => import("../by-hand/child-container.mjs"),
};

async function request(name, load, isSync) {
  const parts = wired();
  const [byHand] = isSync ? syncRequestCases(parts) : requestCases(parts);
  const { open } = await load();
  const { service, run, runSync } = await open(parts.User, new ArrayPool(() => new parts.Db(), 8));
  const make = isSync ? syncBody : asyncBody;
  // Where proxies are injected once, there is one body; else the service is another each time.
  const body = service === undefined ? perService(make) : make(service);
  const peer = isSync
    ? (n) => {
        for (let i = 0; i < n; i++) keep(runSync(body));
      }
    : async (n) => {
        for (let i = 0; i < n; i++) keep(await run(body));
      };
  return [byHand, { name, run: peer }];
}

function perService(make) {
  return make === asyncBody
    ? async (service) => {
        let sum = service.user.add(1) + service.db.add(2) + service.user.add(3);
        await null;
        sum += service.db.add(4) + service.db.add(5) + service.user.add(6) + service.db.add(7);
        await null;
        return sum + service.user.add(8) + service.db.add(9) + service.user.add(10);
      }
    : ({ user, db }) =>
        user.add(1) +
        db.add(2) +
        user.add(3) +
        db.add(4) +
        db.add(5) +
        user.add(6) +
        db.add(7) +
        user.add(8) +
        db.add(9) +
        user.add(10);
}

async function call() {
  const parts = wired();
  const { open } = await SCOPES["nestjs-cls"]();
  const { service, run } = await open(parts.User, new ArrayPool(() => new parts.Db(), 8));
  const loop = (text, s) =>
    new Function(
      "s",
      "keep",
      `return function (n) { let sum = 0; for (let x = 0; x < n; x++) sum += ${text}.add(x & 7); keep(sum); }`,
    )(s, keep);
  const byHand = loop("s.user", parts.hand);
  const peer = loop("s.user ", service);
  return [
    { name: "by hand", run: (n) => parts.hand.request(async () => byHand(n)) },
    { name: "nestjs-cls", run: (n) => run(async () => peer(n)) },
  ];
}

async function acquire(name) {
  const { POOLS } = await import("../peers/pools.mjs");
  const pool = await POOLS[name](create, 8);
  const run =
    pool.run ??
    (async (n) => {
      for (let i = 0; i < n; i++) {
        const connection = await pool.acquire();
        connection.used++;
        await pool.release(connection);
      }
    });
  return [handAcquire(), { name, run }];
}

async function contended(name) {
  const { POOLS } = await import("../peers/pools.mjs");
  const linked = new LinkedPool(create, 8);
  const byHand = tasks(
    "by hand",
    () => linked.acquire(),
    (connection) => linked.release(connection),
  );
  const pool = await POOLS[name](create, 8);
  if (pool.runTasks === undefined) return [byHand, tasks(name, pool.acquire, pool.release)];
  const run = async (n) => {
    for (let done = 0; done < n; done += 100) await pool.runTasks(100);
  };
  return [byHand, { name, run }];
}

const POOL_NAMES = ["generic-pool", "tarn", "lightning-pool", "pg-pool", "effect"];
const row = (job, peer, cases) => ({ id: `peer-${job}-${peer.replaceAll(" ", "-")}`, job, peer, cases });

export const rows = [
  row("call-per-context", "nestjs-cls", call),
  ...Object.entries(SCOPES).map(([peer, load]) => row("request", peer, () => request(peer, load, false))),
  row("request-sync", CHILD, () => request(CHILD, SCOPES[CHILD], true)),
  ...POOL_NAMES.map((peer) => row("acquire", peer, () => acquire(peer))),
  ...POOL_NAMES.map((peer) => row("contended", peer, () => contended(peer))),
];
