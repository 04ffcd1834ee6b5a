/**
 * One process of the fleet: a small HTTP service. SIGTERM stops it.
 *
 * @module
 */
import "reflect-metadata";

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inRequest, stopServer } from "inversify-scopes/http";
import { buildContainer } from "./container.js";
import { Db } from "./database.js";

const { DATABASE_URL = "", REDIS_URL = "", FLEET_LIMIT = "5", LOCK_TIMEOUT_MS = "10000" } = process.env;
const container = buildContainer(DATABASE_URL, REDIS_URL, {
  key: "orders-db",
  limit: Number(FLEET_LIMIT),
  lockTimeoutMs: Number(LOCK_TIMEOUT_MS),
});
const db = container.get(Db);

const server = createServer(
  inRequest(async (_req, res) => {
    try {
      const [row] = await db.query<{ pid: number }>("select pg_backend_pid() as pid, pg_sleep(0.02)");
      res.end(JSON.stringify({ pid: row!.pid }));
    } catch (error) {
      res.statusCode = 503;
      res.end(error instanceof Error ? error.message : "");
    }
  }),
);
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));

process.once("SIGTERM", async () => {
  await stopServer(server, container, { graceMs: 5_000 });
  process.disconnect?.();
});
