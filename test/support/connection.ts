import { Client, type QueryResultRow } from "pg";

/** A connection as a team might wrap it: async methods, and it knows when it is lost. */
export class Connection {
  readonly #client: Client;
  alive = true;

  constructor(client: Client) {
    this.#client = client;
    client.on("error", () => {
      this.alive = false;
    });
    client.on("end", () => {
      this.alive = false;
    });
  }

  static async open(connectionString: string, applicationName: string): Promise<Connection> {
    const client = new Client({ connectionString, application_name: applicationName, connectionTimeoutMillis: 3_000 });
    const connection = new Connection(client);
    await client.connect();
    return connection;
  }

  async query<Row extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#client.query<Row>(sql, values)).rows;
  }

  async backend(): Promise<number> {
    const [row] = await this.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    return row!.pid;
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

/** How many connections of that name the server has. */
export async function connectionsNamed(admin: Connection, applicationName: string): Promise<number> {
  const [row] = await admin.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = $1",
    [applicationName],
  );
  return row!.n;
}

/** The server notices a closed socket a moment later. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 5_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
