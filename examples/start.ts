/**
 * `npm start`: the example service to play with, on a real PostgreSQL. Ctrl-C stops all of it.
 *
 * @module
 */
import "reflect-metadata";

import { stopServer } from "inversify-scopes/http";

import { startBoard } from "./board.js";
import { startPostgres } from "./postgres.js";
import { buildContainer } from "./service/container.js";
import { createSchema, dropSchema } from "./service/schema.js";
import { buildServer } from "./service/server.js";

console.log(process.env["DATABASE_URL"] ? "Using DATABASE_URL." : "Starting PostgreSQL …");
await using postgres = await startPostgres();
await using container = buildContainer(await createSchema(postgres.url));
const server = await buildServer(container);
const address = await server.listen({ host: "127.0.0.1", port: Number(process.env["PORT"] ?? 0) });

await using board = await startBoard(container);

console.log(`The service listens on ${address}

  # an order, and the list of one's orders
  curl -H 'x-user: ann' --json '{"item":"apple","quantity":2}' ${address}/orders
  curl -H 'x-user: ann' ${address}/orders
  curl -H 'x-user: ann' ${address}/orders/export

  # sold out: 409, and the order that was written first has never been
  curl -H 'x-user: bob' --json '{"item":"unicorn"}' ${address}/orders
  curl -H 'x-user: bob' ${address}/orders

What it is doing: ${board.address}

Ctrl-C stops it.`);

await new Promise((resolve) => {
  // Not `once`: Ctrl-C reaches this process twice when npm passes it on, too.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, resolve);
});
console.log("\nStopping …");
// Whoever sent the signal is patient for 10 s or so.
const deadline = setTimeout(() => {
  console.error("Something does not end.");
  process.exit(1);
}, 9_000).unref();
await stopServer(server, container, { graceMs: 5_000 }); // requests that are under way end first, then the connections to the database
await dropSchema(postgres.url);
await postgres.stop();
clearTimeout(deadline);
console.log("Stopped.");
