import { Client } from "pg";

import { sharedPostgres } from "../support/postgres.js";
import { itIsTheSame } from "../support/side-by-side.js";

describe("a connected pg.Client cannot be told from its proxy", function () {
  this.timeout(20_000);

  async function connect(): Promise<Client> {
    const client = new Client({ connectionString: (await sharedPostgres()).url });
    await client.connect();
    return client;
  }

  itIsTheSame(Client, connect, (client) => client.end(), ["query"], {
    "a query": async (client) => (await client.query("SELECT 1 AS one, 'x' AS text")).rows,
    "with values": async (client) => (await client.query("SELECT $1::int + 1 AS n", [6])).rows,
    "as an object, rows as arrays": async (client) =>
      (await client.query({ text: "SELECT 1 AS a, 2 AS b", rowMode: "array" })).rows,
    "a prepared statement": async (client) =>
      (await client.query({ name: "mine", text: "SELECT $1::text AS t", values: ["v"] })).rows,
    "an error of the server": (client) => client.query("SELECT nonsense"),
    "a callback": (client) =>
      new Promise((resolve) => {
        client.query("SELECT 3 AS n", (error, result) => resolve([error, result.rows]));
      }),
    "several at once": async (client) => {
      const results = [client.query("SELECT 1 AS n"), client.query("SELECT 2 AS n"), client.query("SELECT 3 AS n")];
      return (await Promise.all(results)).map(({ rows }) => rows as unknown);
    },
    escaping: (client) => [client.escapeIdentifier('a"b'), client.escapeLiteral("it's")],
    settings: (client) => [client.user, client.database, client.port, client.ssl],
    "what it does not have": (client) => (client as unknown as { missing?: () => void }).missing?.(),
    "connecting twice": (client) => client.connect(),
    "a transaction that is rolled back": async (client) => {
      await client.query("BEGIN");
      await client.query("CREATE TABLE pg_client_test (x int)");
      await client.query("ROLLBACK");
      return (await client.query("SELECT to_regclass('pg_client_test') AS name")).rows;
    },
  });
});
