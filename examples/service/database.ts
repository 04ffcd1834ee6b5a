import { inject, injectable } from "inversify";
import { pooled } from "inversify-scopes";
import { Client, type QueryResultRow } from "pg";

/** The address of the database, as a service identifier. */
export const DatabaseUrl = Symbol("DatabaseUrl");

/** How many connections this service may open. */
export const MAX_CONNECTIONS = 8;

/**
 * One connection to PostgreSQL. A request takes one from the pool with its first query, has it to itself from then on, and
 * gives it back when it ends. Its methods are `async`: a call waits in line for a connection where none is free.
 */
export class Db implements AsyncDisposable {
  readonly #client: Client;
  #alive = true;
  #inTransaction = false;

  constructor(client: Client) {
    this.#client = client;
    client.on("error", () => {
      this.#alive = false; // the server went away while nobody was asking it
    });
  }

  static async connect(connectionString: string): Promise<Db> {
    const client = new Client({ connectionString, application_name: "orders", connectionTimeoutMillis: 5_000 });
    const db = new Db(client);
    await client.connect();
    return db;
  }

  /** Runs one statement, in a transaction that the first one begins. */
  async query<Row extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    if (!this.#inTransaction) {
      this.#inTransaction = true;
      await this.#client.query("BEGIN");
    }
    return (await this.#client.query<Row>(sql, values)).rows;
  }

  async commit(): Promise<void> {
    await this.#end("COMMIT");
  }

  async rollback(): Promise<void> {
    await this.#end("ROLLBACK");
  }

  // ---- for the pool ------------------------------------------------------------------------------------------------

  get alive(): boolean {
    return this.#alive;
  }

  /** Nothing of one request may reach the next: no open transaction, no settings, no temporary tables. */
  async reset(): Promise<void> {
    if (this.#inTransaction) await this.rollback();
    await this.#client.query("DISCARD ALL");
  }

  /** How the pool ends a connection: what can dispose of itself needs no `destroy`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end();
  }

  #end(how: "COMMIT" | "ROLLBACK"): Promise<unknown> | undefined {
    if (!this.#inTransaction) return undefined;
    this.#inTransaction = false;
    return this.#client.query(how);
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
    healthCheck: (db) => db.alive,
    checkOn: ["acquire", "release"],
    onRelease: (db) => db.reset(),
  })
  async db(): Promise<Db> {
    return Db.connect(this.databaseUrl);
  }
}
