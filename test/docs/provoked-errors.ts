/**
 * One plain way into each error, by its code: what the page of errors shows is what these throw.
 *
 * @module
 */
import "reflect-metadata";

import {
  bindToContext,
  type ErrorCode,
  lease,
  type PooledOptions,
  runInContext,
  ScopedContainer,
  unwrap,
} from "inversify-scopes";
import { Pool } from "inversify-scopes/pool";
import { expectNoLeases, expectNoSwaps, swapInstance } from "inversify-scopes/testing";
import { sqlTransactions, transactional } from "inversify-scopes/transactions";

import { reasonOf } from "../support/errors.js";
import { gate } from "../support/gate.js";

const logger = { warn: (): void => {} };

class User {
  name = "ann";
}
class Db {
  host = "db1";
  escape(text: string): string {
    return `'${text}'`;
  }
  async query(_sql = "select"): Promise<unknown[]> {
    return [];
  }
  *rows(): Generator<string> {
    yield "row";
  }
}

function userOf(): User {
  const container = new ScopedContainer();
  container.bind(User).toSelf().inPerAsyncContextScope();
  return container.get(User);
}

function pooled(options: Partial<PooledOptions<Db>> = {}): { container: ScopedContainer; db: Db } {
  const container = new ScopedContainer();
  container
    .bind(Db)
    .toSelf()
    .inPooledScope({ maxSize: 1, logger, ...options });
  return { container, db: container.get(Db) };
}

const transactions = sqlTransactions<Db>((db, sql) => db.query(sql));

/** What `GET /orders` does while another context, `GET /report`, holds all there are. */
async function besides(db: Db, work: () => unknown): Promise<void> {
  const over = gate();
  const report = runInContext({ name: "GET /report" }, () => (db.escape(""), over.promise));
  try {
    await runInContext({ name: "GET /orders" }, work);
  } finally {
    over.open();
    await report;
  }
}

export const provoked: Readonly<Record<ErrorCode, () => unknown>> = {
  NO_CONTEXT: () => userOf().name,
  CONTEXT_ENDED: async () => {
    const user = userOf();
    const late = await runInContext({ name: "GET /orders" }, () => bindToContext(() => user.name));
    return late();
  },
  CONTEXT_ENDING: async () => {
    const container = new ScopedContainer();
    container.bind(User).toSelf().inPerAsyncContextScope();
    const user = container.get(User);
    container
      .bind(Db)
      .toSelf()
      .inPerAsyncContextScope({ destroy: () => user.name });
    await runInContext({ name: "GET /orders" }, () => container.get(Db).escape(""));
  },
  NOT_READY: () => {
    const container = new ScopedContainer();
    container
      .bind(Db)
      .toDynamicValue(async () => new Db())
      .inSharedScope();
    return container.get(Db).host;
  },
  NOT_SET: () => {
    const container = new ScopedContainer();
    container.bind(User).toContextValue();
    return runInContext({ name: "GET /orders" }, () => container.get(User).name);
  },
  UNBOUND: async () => {
    const { container, db } = pooled();
    await container.unbindAsync(Db);
    await runInContext(() => db.query());
  },
  POOL_EXHAUSTED: () => {
    const { db } = pooled();
    return besides(db, () => db.escape(""));
  },
  POOL_TIMEOUT: () => {
    const { db } = pooled({ acquireTimeoutMs: 1 });
    return besides(db, () => db.query());
  },
  POOL_OVERLOADED: () => {
    const { db } = pooled({ maxWaiting: 0 });
    return besides(db, () => db.query());
  },
  POOL_CLOSED: async () => {
    const pool = new Pool({ create: () => new Db(), maxSize: 1, label: "Db" });
    await pool.close();
    await pool.acquire();
  },
  POOL_DEADLOCK: () => {
    const { db } = pooled();
    return runInContext({ name: "GET /report" }, async () => {
      db.escape("");
      await runInContext({ name: "audit" }, () => db.query());
    });
  },
  CREATE_FAILED: () => {
    const container = new ScopedContainer();
    const failing = async (): Promise<Db> => {
      throw new Error("connect ECONNREFUSED 127.0.0.1:5432");
    };
    container.bind(Db).toDynamicValue(failing).inPooledScope({ maxSize: 1, logger });
    return runInContext(() => container.get(Db).query());
  },
  CREATE_TIMEOUT: () => {
    const pool = new Pool({ create: () => new Promise<Db>(() => {}), maxSize: 1, label: "Db", createTimeoutMs: 1 });
    return pool.acquire();
  },
  CHECK_TIMEOUT: async () => {
    const pool = new Pool({
      create: () => new Db(),
      onAcquire: () => new Promise<void>(() => {}),
      ...{ maxSize: 1, label: "Db", checkTimeoutMs: 1, logger },
    });
    throw ((await reasonOf(pool.acquire())) as Error).cause;
  },
  DESTROY_TIMEOUT: async () => {
    const told: { error?: unknown }[] = [];
    const pool = new Pool({
      create: () => new Db(),
      destroy: () => new Promise<void>(() => {}),
      ...{ maxSize: 1, label: "Db", destroyTimeoutMs: 1 },
      logger: { warn: (_message, facts) => void told.push(facts) },
    });
    await pool.use(() => undefined);
    await pool.close();
    throw told[0]!.error;
  },
  LEASE_ENDED: async () => {
    const { db } = pooled();
    const held = await lease(db);
    await held.release();
    return held.value;
  },
  LEASES_LEFT: async () => {
    const { container, db } = pooled();
    await lease(db);
    expectNoLeases(container);
  },
  SWAPS_LEFT: () => {
    const { container } = pooled();
    swapInstance(container, Db, new Db());
    expectNoSwaps(container);
  },
  RESULT_ESCAPES: () => pooled({ lease: "call" }).db.rows(),
  CONCURRENT_USE: () => {
    const { db } = pooled({ concurrency: "throw" });
    return runInContext({ name: "GET /orders" }, () => Promise.all([db.query(), db.query()]));
  },
  CAPTIVE_DEPENDENCY: () => {
    const container = new ScopedContainer();
    container.bind(User).toSelf().inPerAsyncContextScope();
    container
      .bind(Db)
      .toDynamicValue((context) => Object.assign(new Db(), { host: context.get(User).name }))
      .inSharedScope();
    return runInContext(() => container.get(Db).host);
  },
  SCOPE_CYCLE: () => {
    const container = new ScopedContainer();
    container
      .bind(User)
      .toDynamicValue((context) => Object.assign(new User(), { name: context.get(Db).host }))
      .inSharedScope();
    container
      .bind(Db)
      .toDynamicValue((context) => Object.assign(new Db(), { host: context.get(User).name }))
      .inSharedScope();
    return container.get(Db).host;
  },
  NOT_PROXYABLE: () => {
    const container = new ScopedContainer();
    container
      .bind<unknown>("port")
      .toDynamicValue(() => 8080)
      .inSharedScope();
    return unwrap(container.get<object>("port"));
  },
  TRANSACTION_ENDED: () => {
    const { db } = pooled({ transactions });
    return runInContext({ name: "POST /orders" }, async () => {
      const late = await transactional(db, () => Promise.resolve([bindToContext(() => db.query())]));
      await late[0]!();
    });
  },
  TRANSACTION_REQUIRED: () => {
    const { db } = pooled({ transactions });
    return runInContext({ name: "POST /orders" }, () =>
      transactional(db, { propagation: "mandatory" }, () => db.query()),
    );
  },
  TRANSACTION_FORBIDDEN: () => {
    const { db } = pooled({ transactions });
    return runInContext({ name: "POST /orders" }, () =>
      transactional(db, () => transactional(db, { propagation: "never" }, () => db.query())),
    );
  },
  TRANSACTION_CONFLICT: () => {
    const { db } = pooled({ transactions });
    return runInContext({ name: "POST /orders" }, () =>
      transactional(db, () => transactional(db, { isolation: "serializable" }, () => db.query())),
    );
  },
  TRANSACTION_ROLLED_BACK: () => {
    const { db } = pooled({ transactions });
    const fails = (): Promise<never> => transactional(db, () => Promise.reject(new Error("duplicate key")));
    return runInContext({ name: "POST /orders" }, () => transactional(db, () => fails().catch(() => {})));
  },
  TRANSACTION_TIMEOUT: () => {
    const { db } = pooled({ transactions });
    return runInContext({ name: "POST /orders" }, () =>
      transactional(db, { timeoutMs: 1 }, () => new Promise(() => {})),
    );
  },
  INVALID_OPTION: () => pooled({ maxSize: 0 }),
};
