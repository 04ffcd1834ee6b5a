/** Queues, limits, locks: A's task runs, B's waits. */
import { setTimeout as sleep } from "node:timers/promises";

const TASK = "`queue.add(bindToContext(task))`";

/** Two tasks, one after the other, by a function that adds one. */
function waited(add) {
  return async (kit) => {
    const run = await add(kit);
    const first = kit.A(() => run(() => sleep(20)));
    const { promise, note } = kit.spot();
    const second = kit.B(() => run(kit.tie(async () => note())));
    const seen = await promise;
    await Promise.all([first, second]);
    return seen;
  };
}

/** One worker, which its first task starts. */
async function workers() {
  const { default: workerpool } = await import("workerpool");
  const pool = workerpool.pool({ maxWorkers: 1 });
  return { pool, call: () => pool.exec((x) => x, [1]) };
}

export const rows = [
  [
    "p-queue-9",
    "task that waited",
    TASK,
    waited(async () => {
      const { default: PQueue } = await import("p-queue-9");
      const queue = new PQueue({ concurrency: 1 });
      return (task) => queue.add(task);
    }),
  ],
  [
    "p-queue-9",
    "what follows `await queue.add()`",
    "",
    async ({ A, B, here }) => {
      const { default: PQueue } = await import("p-queue-9");
      const queue = new PQueue({ concurrency: 1 });
      void A(() => queue.add(() => sleep(20)));
      return B(async () => {
        await queue.add(() => sleep(1));
        return here();
      });
    },
  ],
  [
    "p-queue-10",
    "task that waited",
    "",
    waited(async () => {
      const { default: PQueue } = await import("p-queue-10");
      const queue = new PQueue({ concurrency: 1 });
      return (task) => queue.add(task);
    }),
  ],
  [
    "p-limit",
    "task that waited",
    "",
    waited(async () => {
      const { default: pLimit } = await import("p-limit");
      return pLimit(1);
    }),
  ],
  [
    "bottleneck",
    "task that waited",
    "`limiter.schedule(bindToContext(task))`",
    waited(async () => {
      const { default: Bottleneck } = await import("bottleneck");
      const limiter = new Bottleneck({ maxConcurrent: 1 });
      return (task) => limiter.schedule(task);
    }),
  ],
  [
    "async",
    "`queue` worker, task of B",
    "push `bindToContext(task)` and let the worker call it",
    waited(async () => {
      const { default: async } = await import("async");
      const queue = async.queue((task, done) => void task().then(() => done(), done), 1);
      return (task) => queue.push(task);
    }),
  ],
  [
    "fastq",
    "worker, task of B",
    "push `bindToContext(task)` and let the worker call it",
    waited(async () => {
      const { default: fastq } = await import("fastq");
      const queue = fastq.promise((task) => task(), 1);
      return (task) => queue.push(task);
    }),
  ],
  [
    "cockatiel",
    "`bulkhead` task that waited",
    "`policy.execute(bindToContext(task))`",
    waited(async () => {
      const { bulkhead } = await import("cockatiel");
      const policy = bulkhead(1, 10);
      return (task) => policy.execute(task);
    }),
  ],
  [
    "cockatiel",
    "`retry`, second attempt",
    "",
    async ({ A, B, here }) => {
      const { ConstantBackoff, handleAll, retry } = await import("cockatiel");
      const policy = A(() => retry(handleAll, { maxAttempts: 2, backoff: new ConstantBackoff(1) }));
      return B(() =>
        policy.execute(({ attempt }) => {
          if (attempt === 0) throw new Error("again");
          return here();
        }),
      );
    },
  ],
  [
    "async-mutex",
    "task that waited",
    "",
    waited(async () => {
      const { Mutex } = await import("async-mutex");
      const mutex = new Mutex();
      return (task) => mutex.runExclusive(task);
    }),
  ],
  [
    "lodash",
    "`debounce`, called in A, then in B",
    "debounce `(task) => task()`, call it with `bindToContext(task)`",
    async ({ A, B, spot, tie }) => {
      const { default: lodash } = await import("lodash");
      const { promise, note } = spot();
      const debounced = lodash.debounce((task) => task(), 20);
      A(() => debounced(tie(() => {})));
      B(() => debounced(tie(note)));
      return promise;
    },
  ],
  [
    "inversify-scopes",
    "`Pool` of size 1, task that waited",
    "",
    waited(async () => {
      const { Pool } = await import("../../../dist/src/pool/index.js");
      const turns = new Pool({ maxSize: 1, create: () => ({}) });
      return (task) => turns.use(task);
    }),
  ],
  [
    "node-cron",
    "the task of a schedule made in A",
    "`inContext(fn)`, or `runInContext` for each run",
    async ({ A, spot, cleanup }) => {
      const { default: cron } = await import("node-cron");
      const { promise, note } = spot();
      const task = A(() => cron.schedule("* * * * * *", note));
      cleanup(() => task.stop());
      return promise;
    },
  ],
  [
    "workerpool",
    "`exec().then(callback)`, worker started in A",
    "`bindToContext(callback)`, or `await` it",
    async ({ A, B, spot, tie, cleanup }) => {
      const { pool, call } = await workers();
      cleanup(() => pool.terminate());
      await A(call);
      const { promise, note } = spot();
      B(() => call().then(tie(note)));
      return promise;
    },
  ],
  [
    "workerpool",
    "what follows `await exec()`",
    "",
    async ({ A, B, here, cleanup }) => {
      const { pool, call } = await workers();
      cleanup(() => pool.terminate());
      await A(call);
      return B(async () => {
        await call();
        return here();
      });
    },
  ],
  [
    "dataloader",
    "batch function, `load` in B, then in C",
    "one loader for each context",
    async ({ A, B, C, here }) => {
      const { default: DataLoader } = await import("dataloader");
      let seen;
      const loader = A(() => new DataLoader(async (keys) => ((seen = here()), keys)));
      await Promise.all([B(() => loader.load(1)), C(() => loader.load(2))]);
      return seen;
    },
  ],
  [
    "lru-cache",
    "`fetchMethod`, `fetch` in B, joined by C",
    "`detach` in it: it works for all who wait",
    async ({ A, B, C, here }) => {
      const { LRUCache } = await import("lru-cache");
      let seen;
      const cache = A(() => new LRUCache({ max: 9, fetchMethod: async () => (await sleep(5), (seen = here()), 1) }));
      await Promise.all([B(() => cache.fetch("x")), C(() => cache.fetch("x"))]);
      return seen;
    },
  ],
];
