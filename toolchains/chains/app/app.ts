/**
 * A small service as its team writes it: decorators whose parameters TypeScript writes down, a connection that is made asynchronously,
 * a user for each request, a transaction, a test that puts a fake in. What it does is told, and is the same whoever has compiled it.
 */
import "reflect-metadata";
import { inject, injectable } from "inversify";
import {
  currentContext,
  lease,
  perAsyncContext,
  pooled,
  ScopedContainer,
  scopedModule,
  verify,
} from "inversify-scopes";
import { shared } from "inversify-scopes/decorators";
import { inContext } from "inversify-scopes/http";
import { Pool } from "inversify-scopes/pool";
import { expectNoLeases, swapInstance } from "inversify-scopes/testing";
import { afterCommit, sqlTransactions, transactional } from "inversify-scopes/transactions";

const sent: string[] = [];

@shared()
class Settings {
  readonly greeting = "hello";
}

class Db {
  async query(sql: string): Promise<string> {
    sent.push(sql);
    return `${sql}: done`;
  }
  async end(): Promise<void> {
    sent.push("end");
  }
}

class Clock {
  now(): string {
    return "noon";
  }
}

@injectable()
class Providers {
  constructor(private readonly settings: Settings) {}

  @pooled(1, {
    provides: Db,
    leaseStacks: true,
    destroy: (db) => db.end(),
    transactions: sqlTransactions((db: Db, sql) => db.query(sql)),
  })
  async db(): Promise<Db> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    sent.push(`connect with ${this.settings.greeting}`);
    return new Db();
  }

  @shared()
  clock(): Clock {
    return new Clock();
  }
}

@perAsyncContext()
class CurrentUser {
  readonly name = currentContext()?.name;
  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}
  greeted(): string {
    return `${this.settings.greeting} ${this.name} at ${this.clock.now()}`;
  }
}

@injectable()
class Orders {
  constructor(
    @inject(Db) readonly db: Db,
    private readonly user: CurrentUser,
  ) {}

  /** The call waits for the connection. */
  greet(): Promise<string> {
    return this.db.query(this.user.greeted());
  }

  place(): Promise<string> {
    return transactional(this.db, async () => {
      afterCommit(() => void sent.push("mail"));
      return this.db.query("insert");
    });
  }
}

/** What the error of somebody who waits in vain tells of who holds the connection. */
async function refusal(db: Db): Promise<{ code: string; message: string; stack: string }> {
  const error: unknown = await lease(db, { timeoutMs: 1 }).catch((reason: unknown) => reason);
  const { code, message, holders } = error as Error & { code: string; holders: { acquisitionStack: string }[] };
  return { code, message, stack: holders[0]!.acquisitionStack };
}

export async function main() {
  await using container = new ScopedContainer();
  container.load(scopedModule(Settings, Providers, CurrentUser));
  container.bind(Orders).toSelf().inSingletonScope();
  verify(container);
  const orders = container.get(Orders);

  const serve = inContext(
    async function servesUser(_name: string) {
      return [await orders.greet(), await orders.place()];
    },
    { name: (name) => name },
  );
  const served = [await serve("ann"), await serve("bob")];
  const refused = await inContext(
    async function holdsTheConnection() {
      await orders.db.query("hold");
      return refusal(orders.db);
    },
    { name: "GET /orders" },
  )();
  const swap = swapInstance<Db>(container, Db, { query: async () => "faked", end: async () => {} });
  const faked = await serve("carl");
  await swap.undo();
  expectNoLeases(container);

  const pool = new Pool({ create: async () => ({ n: 7 }), maxSize: 1 });
  const pooledAlone = await pool.use(({ n }) => n);
  await pool.close();
  return { served, refused, faked, pooledAlone, sent };
}
