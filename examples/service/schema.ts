import { Client } from "pg";

/** The tables live in a schema of their own, so that a database that is used for other things too is left alone. */
export const SCHEMA = "inversify_scopes_example";

/** What is sold, and how much of it there is at first. */
export const ITEMS = ["apple", "banana", "cherry", "damson", "elder", "fig", "grape", "hazelnut"] as const;
export const STOCK_AT_FIRST = 1_000_000;

const CREATE = `
  DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE;
  CREATE SCHEMA ${SCHEMA};
  SET search_path TO ${SCHEMA};
  CREATE TABLE orders (id serial PRIMARY KEY, request text NOT NULL, buyer text NOT NULL, backend_pid integer NOT NULL,
    item text NOT NULL, quantity integer NOT NULL);
  CREATE INDEX ON orders (buyer, id);
  CREATE TABLE audit (request text NOT NULL, username text NOT NULL, backend_pid integer NOT NULL, deed text NOT NULL);
  CREATE TABLE stock (item text PRIMARY KEY, quantity integer NOT NULL);
  INSERT INTO stock SELECT item, ${STOCK_AT_FIRST} FROM unnest($items$) AS item;
  INSERT INTO stock VALUES ('unicorn', 0);
`.replace("$items$", `ARRAY['${ITEMS.join("', '")}']`);

/** Creates the tables; gives back the address under which the service finds them. */
export async function createSchema(databaseUrl: string): Promise<string> {
  await execute(databaseUrl, CREATE);
  const url = new URL(databaseUrl);
  url.searchParams.set("options", `-c search_path=${SCHEMA}`);
  return url.href;
}

export async function dropSchema(databaseUrl: string): Promise<void> {
  await execute(databaseUrl, `DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
}

async function execute(databaseUrl: string, sql: string): Promise<void> {
  const client = new Client(databaseUrl);
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
