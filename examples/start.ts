/**
 * `npm start`: the example service to play with, on a real PostgreSQL. Ctrl-C stops all of it.
 *
 * @module
 */
import "reflect-metadata";
import { once } from "node:events";

import { startPostgres } from "./postgres.js";
import { buildContainer } from "./service/container.js";
import { createSchema, dropSchema } from "./service/schema.js";
import { buildServer } from "./service/server.js";

console.log(process.env["DATABASE_URL"] ? "Using DATABASE_URL." : "Starting PostgreSQL …");
const postgres = await startPostgres();
const container = buildContainer(await createSchema(postgres.url));
const server = buildServer(container);
const address = await server.listen({ host: "127.0.0.1", port: Number(process.env["PORT"] ?? 3000) });

console.log(`The service listens on ${address}. Try:

  curl -H 'x-user: ann' -H 'content-type: application/json' -d '{"item":"apple","quantity":2}' ${address}/orders
  curl -H 'x-user: ann' ${address}/orders
  curl -H 'x-user: bob' -H 'content-type: application/json' -d '{"item":"unicorn"}' ${address}/orders   # sold out: rolled back
  curl -H 'x-user: bob' ${address}/orders

Ctrl-C stops it.`);

await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
console.log("\nStopping …");
await server.close(); // requests that are under way end first
await container.unbindAllAsync(); // closes the connections
await dropSchema(postgres.url);
await postgres.stop();
