import "reflect-metadata";

import { inject, injectable } from "inversify";
import { ScopedContainer } from "inversify-scopes";
import {
  currentTransaction,
  sqlTransactions,
  transactional,
  type TransactionDriver,
} from "inversify-scopes/transactions";

class Db {
  async query(sql: string): Promise<string[]> {
    return [sql];
  }
}

const container = new ScopedContainer();
container
  .bind(Db)
  .toSelf()
  .inPooledScope({ maxSize: 2, transactions: sqlTransactions((db, sql) => db.query(sql)) });
const driver: TransactionDriver<Db> = {
  begin: (db, { isolation }) => db.query(`begin ${isolation ?? ""}`),
  commit: async (db) => (await db.query("commit")).length > 0,
  rollback: (db) => db.query("rollback"),
};
container.bind(Db).toSelf().inPerAsyncContextScope({ transactions: driver });

@injectable()
class Orders {
  constructor(@inject(Db) readonly db: Db) {}

  @transactional<Orders>((self) => self.db, { retry: { times: 2, on: (error) => error instanceof Error } })
  async place(): Promise<number> {
    return 1;
  }

  @transactional((self: Orders) => self.db)
  async list(): Promise<string[]> {
    const rows: string[] = await transactional(this.db, () => this.db.query("select"));
    const n: number = await transactional(this.db, { propagation: "nested", timeoutMs: 5 }, () => 1);
    return [...rows, String(n), String(currentTransaction(this.db)?.level)];
  }
}

container.bind(Orders).toSelf();
