/** The pool alone, against pools by hand. */
import { Pool } from "inversify-scopes/pool";
import { ArrayPool, LeaseStack, LinkedPool, Stack } from "../by-hand/pools.mjs";
import { keep } from "../lib/sink.mjs";

class Connection {
  used = 0;
}
const create = () => new Connection();
const PLAIN = { create, maxSize: 8 };
/** What a production pool has on. Statistics are always on. */
const FEATURED = { ...PLAIN, acquireTimeoutMs: 5000, maxAgeMs: 3_600_000, maxUses: 1e9, idleTimeoutMs: 60_000 };

function tryAcquire() {
  const stack = new Stack(create, 8);
  const leases = new LeaseStack(create, 8);
  const pool = new Pool(PLAIN);
  return [
    {
      name: "by hand",
      run(n) {
        for (let i = 0; i < n; i++) {
          const connection = stack.take();
          connection.used++;
          stack.give(connection);
        }
      },
    },
    {
      name: "by hand, with leases",
      run(n) {
        for (let i = 0; i < n; i++) {
          const lease = leases.take();
          lease.value.used++;
          lease.release();
        }
      },
    },
    {
      name: "ours",
      run(n) {
        for (let i = 0; i < n; i++) {
          const lease = pool.tryAcquire();
          lease.value.used++;
          void lease.release();
        }
      },
    },
  ];
}

export function handAcquire() {
  const pool = new ArrayPool(create, 8);
  return {
    name: "by hand",
    async run(n) {
      for (let i = 0; i < n; i++) {
        const connection = await pool.acquire();
        connection.used++;
        pool.release(connection);
      }
    },
  };
}

export function ourAcquire(options) {
  const pool = new Pool(options);
  return {
    name: "ours",
    async run(n) {
      for (let i = 0; i < n; i++) {
        const lease = await pool.acquire();
        lease.value.used++;
        void lease.release();
      }
    },
  };
}

const TASKS = 100;

/** A hundred tasks at once on eight instances; a job is one task. */
export function tasks(name, acquire, release) {
  const task = async () => {
    const lease = await acquire();
    await null;
    keep(lease);
    await release(lease);
  };
  return {
    name,
    async run(n) {
      for (let done = 0; done < n; done += TASKS) {
        const all = [];
        for (let i = 0; i < TASKS; i++) all.push(task());
        await Promise.all(all);
      }
    },
  };
}

function contended() {
  const linked = new LinkedPool(create, 8);
  const pool = new Pool({ ...PLAIN, acquireTimeoutMs: 5000 });
  return [
    tasks(
      "by hand",
      () => linked.acquire(),
      (connection) => linked.release(connection),
    ),
    tasks(
      "ours",
      () => pool.acquire(),
      (lease) => lease.release(),
    ),
  ];
}

/**
 * One more in the queue, and the first of it served, while so many wait. The queue is there only while it is measured: the
 * garbage collector would make the other cases pay for it.
 */
function withWaiters(name, acquire, release, waiters) {
  let waiting = [];
  let at = 0;
  return {
    name,
    async before() {
      waiting = [acquire()];
      await waiting[0];
      for (let i = 0; i < waiters; i++) waiting.push(acquire());
      at = 0;
    },
    async run(n) {
      const { length } = waiting;
      for (let i = 0; i < n; i++) {
        const held = await waiting[at];
        waiting[at] = acquire();
        at = (at + 1) % length;
        release(held);
      }
    },
    async after() {
      for (let i = 0; i < waiting.length; i++) release(await waiting[(at + i) % waiting.length]);
      waiting = [];
    },
  };
}

const [FEW, MANY] = [100, 10_000];

function waiters() {
  const linked = () => new LinkedPool(create, 1);
  const ours = () => new Pool({ create, maxSize: 1, acquireTimeoutMs: 600_000 });
  return [FEW, MANY].flatMap((count) => {
    const byHand = linked();
    const pool = ours();
    return [
      withWaiters(
        `by hand, ${count}`,
        () => byHand.acquire(),
        (connection) => byHand.release(connection),
        count,
      ),
      withWaiters(
        `ours, ${count}`,
        () => pool.acquire(),
        (lease) => void lease.release(),
        count,
      ),
    ];
  });
}

/** Takes and returns while so many lie idle. */
function instances() {
  return [FEW, MANY].flatMap((count) => {
    const byHand = new ArrayPool(create, count);
    const pool = new Pool({ create, maxSize: count });
    const idle = async (acquire, release) => {
      const all = [];
      for (let i = 0; i < count; i++) all.push(await acquire());
      for (const one of all) release(one);
    };
    let isFull = false;
    const fill = async () => {
      if (isFull) return;
      isFull = true;
      await idle(
        () => byHand.acquire(),
        (connection) => byHand.release(connection),
      );
      await idle(
        () => pool.acquire(),
        (lease) => void lease.release(),
      );
    };
    return [
      {
        name: `by hand, ${count}`,
        before: fill,
        async run(n) {
          for (let i = 0; i < n; i++) byHand.release(await byHand.acquire());
        },
      },
      {
        name: `ours, ${count}`,
        before: fill,
        async run(n) {
          for (let i = 0; i < n; i++) void (await pool.acquire()).release();
        },
      },
    ];
  });
}

/** How much slower with many than with few, ours against the hand-written. */
const growth = (round) =>
  round[`ours, ${MANY}`] / round[`ours, ${FEW}`] / (round[`by hand, ${MANY}`] / round[`by hand, ${FEW}`]);

export const rows = [
  { id: "try-acquire", what: "`tryAcquire()` and release, against a bare stack", max: 3, cases: tryAcquire },
  {
    id: "acquire",
    what: "`await acquire()` and `release()`, options off",
    max: 1.2,
    cases: () => [handAcquire(), ourAcquire(PLAIN)],
  },
  {
    id: "acquire-featured",
    what: "the same with time-out, max age, max uses, idle time-out and statistics",
    max: 1.6,
    cases: () => [handAcquire(), ourAcquire(FEATURED)],
  },
  { id: "contended", what: "100 tasks on 8 instances, with an acquire time-out", max: 1.8, cases: contended },
  {
    id: "waiters",
    what: "growth from 100 to 10,000 waiters, against a linked list's own",
    max: 1.2,
    ratio: growth,
    cases: waiters,
  },
  {
    id: "instances",
    what: "growth from 100 to 10,000 instances, against a stack's own",
    max: 1.2,
    ratio: growth,
    cases: instances,
  },
];
