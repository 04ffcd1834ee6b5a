import { Client } from "pg";

/** Watches the service's connections from the other end: as PostgreSQL itself sees them. */
export class ConnectionWatch implements AsyncDisposable {
  mostInUse = 0;
  readonly #client: Client;
  readonly #timer: NodeJS.Timeout;
  #rollbacksBefore = 0;
  #looking: Promise<void> | undefined;

  private constructor(client: Client) {
    this.#client = client;
    client.on("error", () => {});
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look()
        .catch(() => {})
        .finally(() => {
          this.#looking = undefined;
        });
    }, 25);
  }

  static async start(databaseUrl: string): Promise<ConnectionWatch> {
    const client = new Client(databaseUrl);
    await client.connect();
    const watch = new ConnectionWatch(client);
    watch.#rollbacksBefore = await watch.#rollbacks();
    return watch;
  }

  /** How many transactions were undone since the start. */
  async rollbacks(): Promise<number> {
    return (await this.#rollbacks()) - this.#rollbacksBefore;
  }

  async #rollbacks(): Promise<number> {
    const { rows } = await this.#client.query<{ n: number }>(
      "SELECT xact_rollback::int AS n FROM pg_stat_database WHERE datname = current_database()",
    );
    return rows[0]?.n ?? 0;
  }

  /** In use means: in a transaction. */
  async #look(): Promise<void> {
    const { rows } = await this.#client.query<{ busy: number }>(
      "SELECT count(*)::int AS busy FROM pg_stat_activity WHERE application_name LIKE 'orders%' AND xact_start IS NOT NULL",
    );
    this.mostInUse = Math.max(this.mostInUse, rows[0]?.busy ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#client.end();
  }
}
