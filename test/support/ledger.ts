import { type PooledOptions, poolOf, ScopedContainer } from "inversify-scopes";
import type { Pool } from "inversify-scopes/pool";
import { sqlTransactions } from "inversify-scopes/transactions";
import { Client } from "pg";

import { Connection } from "./connection.js";
import { sharedPostgres } from "./postgres.js";

/** Books in a PostgreSQL, and a pool of connections to it in the form of a class of one's own. */
export interface Ledger extends AsyncDisposable {
  readonly url: string;
  readonly table: string;
  readonly db: Connection;
  readonly pool: Pool<Connection>;
  /** Beside the pool. */
  readonly admin: Connection;
  balance(id: number): Promise<number>;
}

let tables = 0;

/** @param accounts - of 100 each */
export async function openLedger(accounts: number, options: Partial<PooledOptions<Connection>> = {}): Promise<Ledger> {
  const { url } = await sharedPostgres();
  const table = `ledger_${++tables}`;
  const admin = await Connection.open(url, `${table} admin`);
  await admin.query(`CREATE TABLE ${table} (id int PRIMARY KEY, balance int NOT NULL)`);
  await admin.query(`INSERT INTO ${table} SELECT n, 100 FROM generate_series(1, ${accounts}) n`);
  const container = new ScopedContainer();
  container
    .bind(Connection)
    .toDynamicValue(async () => {
      const connection = await Connection.open(url, table);
      // A second by default, for each of those that a test provokes.
      await connection.query("SET deadlock_timeout = '20ms'");
      return connection;
    })
    .inPooledScope({
      maxSize: 8,
      destroy: (connection) => connection.close(),
      healthCheck: (connection) => connection.alive,
      checkOn: ["acquire"],
      transactions: sqlTransactions((connection, sql) => connection.query(sql)),
      ...options,
    });
  const db = container.get(Connection);
  return {
    url,
    table,
    db,
    pool: poolOf(db),
    admin,
    async balance(id) {
      const [row] = await admin.query<{ balance: number }>(`SELECT balance FROM ${table} WHERE id = $1`, [id]);
      return row!.balance;
    },
    async [Symbol.asyncDispose]() {
      await poolOf(db).close({ graceMs: 1_000 });
      await admin.query(`DROP TABLE ${table}`);
      await admin.close();
    },
  };
}

/** The same with `pg.Client` itself. */
export function bindClient(url: string): Client {
  const container = new ScopedContainer();
  container
    .bind(Client)
    .toDynamicValue(async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      return client;
    })
    .inPooledScope({
      maxSize: 2,
      destroy: (client) => client.end(),
      transactions: sqlTransactions((client, sql) => client.query(sql)),
    });
  return container.get(Client);
}
