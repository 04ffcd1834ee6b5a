import { subscribe, unsubscribe } from "node:diagnostics_channel";

import { Client } from "pg";

/** What the pool's events and PostgreSQL itself tell of the service's connections. */
export class ConnectionWatch implements AsyncDisposable {
  opened = 0;
  mostInUse = 0;
  longestWaitMs = 0;
  readonly #client: Client;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | undefined;

  private constructor(client: Client) {
    this.#client = client;
    client.on("error", () => {});
    subscribe("inversify-scopes:pool:create", this.#onCreate);
    subscribe("inversify-scopes:pool:acquire", this.#onAcquire);
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
    return new ConnectionWatch(client);
  }

  readonly #onCreate = (): void => {
    this.opened++;
  };

  readonly #onAcquire = (event: unknown): void => {
    this.longestWaitMs = Math.max(this.longestWaitMs, (event as { waitedMs: number }).waitedMs);
  };

  /** How many transactions of the service were undone, ever. */
  async rollbacks(): Promise<number> {
    const { rows } = await this.#client.query<{ n: number }>(
      "SELECT xact_rollback::int AS n FROM pg_stat_database WHERE datname = current_database()",
    );
    return rows[0]?.n ?? 0;
  }

  /** In use, as PostgreSQL sees it: in a transaction. */
  async #look(): Promise<void> {
    const { rows } = await this.#client.query<{ busy: number }>(
      "SELECT count(*)::int AS busy FROM pg_stat_activity WHERE application_name = 'orders' AND xact_start IS NOT NULL",
    );
    this.mostInUse = Math.max(this.mostInUse, rows[0]?.busy ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    unsubscribe("inversify-scopes:pool:create", this.#onCreate);
    unsubscribe("inversify-scopes:pool:acquire", this.#onAcquire);
    await this.#client.end();
  }
}
