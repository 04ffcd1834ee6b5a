import { Client } from "pg";

import { ITEMS, SCHEMA, STOCK_AT_FIRST } from "../service/schema.js";
import type { LoadResult } from "./load.js";

/** One thing that must hold after the load. */
export interface Check {
  readonly what: string;
  /** What speaks against it. */
  readonly violations: readonly string[];
}

/** Asks the database what the requests did. Every row tells who wrote it, in which request, over which connection. */
export async function check(databaseUrl: string, load: LoadResult, maxConnections: number): Promise<Check[]> {
  const client = new Client({ connectionString: databaseUrl, options: `-c search_path=${SCHEMA}` });
  client.on("error", () => {});
  await client.connect();
  const ask = async (sql: string): Promise<string[]> =>
    (await client.query<{ answer: string }>(sql)).rows.map((row) => row.answer);
  try {
    const written = new Set(await ask("SELECT request AS answer FROM orders"));
    const noted = new Set(await ask("SELECT request AS answer FROM audit"));
    const backends = await ask("SELECT DISTINCT backend_pid::text AS answer FROM audit");
    return [
      {
        what: "each request used one connection from beginning to end",
        violations: await ask(
          `SELECT request AS answer FROM (${EVERYTHING}) AS e GROUP BY request HAVING count(DISTINCT backend_pid) <> 1`,
        ),
      },
      {
        what: "each request saw its own user throughout",
        violations: await ask(
          `SELECT request || ' ran as ' || username AS answer FROM (${EVERYTHING}) AS e WHERE split_part(request, ':', 1) <> username`,
        ),
      },
      {
        what: "a request that failed left no row",
        violations: [...load.failed].filter((id) => written.has(id) || noted.has(id)),
      },
      {
        what: "an order that was confirmed is there",
        violations: [...load.placed].filter((id) => !written.has(id)),
      },
      {
        what: "each order is whole, also where its client had left: one order, two notes",
        violations: await ask(`SELECT o.request AS answer FROM orders AS o JOIN audit AS a USING (request)
          GROUP BY o.request HAVING count(DISTINCT o.id) <> 1 OR count(*) <> 2`),
      },
      {
        what: "what was sold is missing from the stock, and nothing else",
        violations: await ask(`SELECT item || ': ' || coalesce(sold, 0) || ' sold, ' || quantity || ' left' AS answer
          FROM stock LEFT JOIN (SELECT item, sum(quantity) AS sold FROM orders GROUP BY item) AS s USING (item)
          WHERE item IN ('${ITEMS.join("', '")}') AND quantity + coalesce(sold, 0) <> ${STOCK_AT_FIRST}`),
      },
      {
        what: "there was something to check: orders, failures, and clients that left",
        violations: [
          ...(load.placed.size === 0 ? ["no order was placed"] : []),
          ...(load.failed.size === 0 ? ["no request failed"] : []),
          ...(load.leftEarly === 0 ? ["no client left early"] : []),
        ],
      },
      {
        what: "nothing went wrong that was not meant to",
        violations: [...load.answers.keys()]
          .filter((status) => ![200, 401, 409].includes(status))
          .map((status) => `status ${status}`),
      },
      {
        what: `at most ${maxConnections} connections`,
        violations: backends.length > maxConnections ? [`${backends.length} connections wrote`] : [],
      },
    ];
  } finally {
    await client.end();
  }
}

const EVERYTHING = `SELECT request, username, backend_pid FROM audit UNION ALL SELECT request, buyer, backend_pid FROM orders`;
