import { inject, injectable } from "inversify";
import { creationSignal, pooled } from "inversify-scopes";
import { Client, type QueryResultRow } from "pg";
import { type Permit, Permits } from "./permits.js";

/** The address of the database, as a service identifier. */
export const DatabaseUrl = Symbol("DatabaseUrl");

/** What this process may take if the others need nothing. */
export const MAX_CONNECTIONS = 8;

/** A connection, and the fleet's permit to hold it. */
export class Db implements AsyncDisposable {
  readonly #client: Client;
  readonly #permit: Permit;
  #isBroken = false;

  constructor(client: Client, permit: Permit) {
    this.#client = client;
    this.#permit = permit;
    client.on("error", () => (this.#isBroken = true));
  }

  static async connect(connectionString: string, permit: Permit): Promise<Db> {
    const client = new Client({ connectionString, application_name: "fleet", connectionTimeoutMillis: 5_000 });
    const db = new Db(client, permit);
    await client.connect();
    return db;
  }

  async query<Row extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#client.query<Row>(sql, values)).rows;
  }

  /** Whether it may be lent once more. */
  get isFit(): boolean {
    return this.#permit.isHeld && !this.#isBroken;
  }

  /** First the connection, then the right to hold it. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#client.end();
    } finally {
      await this.#permit.release();
    }
  }
}

@injectable()
export class Providers {
  constructor(
    @inject(DatabaseUrl) private readonly url: string,
    @inject(Permits) private readonly permits: Permits,
  ) {}

  @pooled(MAX_CONNECTIONS, {
    provides: Db,
    createConcurrency: 1, // one at a time stands in line for a permit
    acquireTimeoutMs: 20_000,
    createTimeoutMs: 30_000, // longer: a permit that comes after its caller has gone serves the next one
    idleTimeoutMs: 1_000, // what nobody uses makes room for the other processes
    maxAgeMs: 60_000, // and what is always in use does so now and then
    healthCheck: (db) => db.isFit, // asks nobody: it has its permit, and no error came
    checkOn: ["idle", "acquire", "release"],
    healthCheckIntervalMs: 1_000,
    onRelease: (db) => db.query("rollback"),
  })
  async db(): Promise<Db> {
    const permit = await this.permits.take(creationSignal());
    try {
      return await Db.connect(this.url, permit);
    } catch (error) {
      await permit.release();
      throw error;
    }
  }
}
