import { inject, injectable } from "inversify";
import { pooled } from "inversify-scopes";
import { sqlTransactions } from "inversify-scopes/transactions";
import { Client, type QueryResult, type QueryResultRow } from "pg";

/** The address of the database, as a service identifier. */
export const DatabaseUrl = Symbol("DatabaseUrl");

/** How many connections this service may open. */
export const MAX_CONNECTIONS = 8;

/** A statement; one with a name is prepared once on each connection. */
export type Statement = string | { readonly name: string; readonly text: string };

/**
 * What makes a connection as good as new: no transaction, setting, role, listener, lock, temporary table or sequence value
 * of one request reaches the next. Not `DISCARD ALL`: it also drops prepared statements that `pg` believes to be there.
 */
export const RESET =
  "ROLLBACK; RESET ALL; RESET SESSION AUTHORIZATION; UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD TEMP; " +
  "DISCARD SEQUENCES";

/** So many rows at a time are fetched for a stream of them. */
const BATCH = 100;

/**
 * One connection to PostgreSQL. A request takes one from the pool with its first query, has it to itself from then on, and
 * gives it back when it ends. Its methods are `async`: a call waits in line for a connection where none is free.
 */
export class Db implements AsyncDisposable {
  readonly #client: Client;
  #streams = 0;

  constructor(client: Client) {
    this.#client = client;
    // The server may go away while nobody asks it anything: the next query, the reset or the health check finds out.
    client.on("error", () => {});
  }

  static async connect(connectionString: string): Promise<Db> {
    const client = new Client({ connectionString, application_name: "orders", connectionTimeoutMillis: 5_000 });
    const db = new Db(client);
    await client.connect();
    return db;
  }

  /** Runs one statement, and gives back its rows. */
  async query<Row extends QueryResultRow>(statement: Statement, values: unknown[] = []): Promise<Row[]> {
    return (await this.#client.query<Row>(statement, values)).rows;
  }

  /** The rows of a SELECT, however many, by a cursor of the transaction that is open. Read them before it ends. */
  async *rows<Row extends QueryResultRow>(
    select: string,
    values: unknown[] = [],
  ): AsyncGenerator<Row, void, undefined> {
    const cursor = `rows_${++this.#streams}`;
    await this.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${select}`, values);
    let batch: Row[];
    do {
      batch = await this.query<Row>(`FETCH ${BATCH} FROM ${cursor}`);
      yield* batch;
    } while (batch.length === BATCH);
  }

  // ---- for the pool ------------------------------------------------------------------------------------------------

  /** Begins and ends a transaction. The server's answer tells whether a commit has happened. */
  tell(sql: string): Promise<QueryResult> {
    return this.#client.query(sql);
  }

  /** Whether the server still answers. */
  async check(): Promise<boolean> {
    await this.#client.query("SELECT 1");
    return true;
  }

  /** If it fails, the pool replaces the connection. */
  async reset(): Promise<void> {
    await this.#client.query(RESET);
  }

  /** How the pool ends a connection: what can dispose of itself needs no `destroy`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end();
  }
}

/** How the service's outside resources are made. */
@injectable()
export class Providers {
  constructor(@inject(DatabaseUrl) private readonly databaseUrl: string) {}

  @pooled(MAX_CONNECTIONS, {
    provides: Db,
    acquireTimeoutMs: 20_000,
    idleTimeoutMs: 60_000,
    concurrency: "serialize", // two queries at once in one request: one after the other
    healthCheck: (db) => db.check(),
    checkOn: ["acquire"], // of what comes back, the reset is check enough
    checkAfterIdleMs: 1_000,
    checkTimeoutMs: 3_000,
    onRelease: (db) => db.reset(),
    transactions: sqlTransactions((db: Db, sql) => db.tell(sql)), // how `transactional` begins, commits and rolls back
  })
  async db(): Promise<Db> {
    return Db.connect(this.databaseUrl);
  }
}
