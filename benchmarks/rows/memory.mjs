/** Bytes on the heap: of contexts that are open, and of those who wait for a pool. Needs `--expose-gc`. */
import { AsyncLocalStorage } from "node:async_hooks";
import { runInContext, ScopedContainer } from "inversify-scopes";
import { Pool } from "inversify-scopes/pool";
import { Exactly } from "../by-hand/exact.mjs";
import { TimedPool } from "../by-hand/pools.mjs";
import { bytesOf } from "../lib/memory.mjs";
import { makeClass } from "../lib/services.mjs";

/** Rounds of both, in turn. */
async function compare(rounds, ways) {
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const bytes = await way();
      // The first rounds compile and grow tables.
      if (round >= 0) times[name].push(bytes);
    }
  }
  return times;
}

function gate() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { opened, open };
}

function context(rounds, isTouched) {
  const als = new AsyncLocalStorage();
  const User = makeClass(1);
  const container = new ScopedContainer();
  container.bind(User).toSelf().inPerAsyncContextScope();
  const user = container.get(User);
  const way = (enter, touch) => () => {
    const { opened, open } = gate();
    const body = async () => {
      if (isTouched) touch();
      await opened;
    };
    return bytesOf(
      () => enter(body),
      async (all) => {
        open();
        await Promise.all(all);
      },
    );
  };
  const byHand = (body) => als.run({ user: undefined, db: undefined }, body);
  /** Whoever ends something must be told when the work is over. */
  const byHandTold = (body) => {
    const store = { user: undefined, db: undefined };
    const over = (value) => {
      store.user = undefined;
      return value;
    };
    const failed = (error) => {
      store.user = undefined;
      throw error;
    };
    return als.run(store, body).then(over, failed);
  };
  const exact = new Exactly(User, User);
  const touchByHand = () => (als.getStore().user ??= new User()).add(1);
  return compare(rounds, {
    "by hand": way(byHand, touchByHand),
    "by hand, told when it is over": way(byHandTold, touchByHand),
    "by hand, with the guarantees of a context": way(
      (body) => exact.request(body),
      () => exact.user.add(1),
    ),
    ours: way(runInContext, () => user.add(1)),
  });
}

function waiter(rounds) {
  const create = () => ({});
  const way = (acquire, release) => async () => {
    const held = await acquire();
    return bytesOf(acquire, async (all) => {
      release(held);
      for (const one of all) release(await one);
    });
  };
  const timed = new TimedPool(create, 1, 600_000);
  const pool = new Pool({ create, maxSize: 1, acquireTimeoutMs: 600_000 });
  return compare(rounds, {
    "by hand": way(
      () => timed.acquire(),
      (connection) => timed.release(connection),
    ),
    ours: way(
      () => pool.acquire(),
      (lease) => void lease.release(),
    ),
  });
}

const rounds = (effort) => Math.ceil(effort.rounds / 5);

export const rows = [
  {
    id: "bytes-context",
    what: "bytes for an open, empty context",
    max: 1.25,
    unit: "B",
    measure: (effort) => context(rounds(effort), false),
  },
  {
    id: "bytes-instance",
    what: "bytes for one that holds an instance",
    max: 1.25,
    unit: "B",
    measure: (effort) => context(rounds(effort), true),
  },
  {
    id: "bytes-waiter",
    what: "bytes for one who waits for a pool, with a time-out",
    max: 2,
    unit: "B",
    measure: (effort) => waiter(rounds(effort)),
  },
];
