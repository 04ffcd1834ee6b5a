import { poolOf } from "inversify-scopes";
import { stopServer } from "inversify-scopes/http";
import { swapScope } from "inversify-scopes/testing";
import { setImmediate } from "node:timers/promises";

import { OrdersByHand } from "../by-hand/orders.js";
import { buildServerByHand } from "../by-hand/server.js";
import { buildContainer } from "../service/container.js";
import { CurrentUser } from "../service/current-user.js";
import { Db, MAX_CONNECTIONS } from "../service/database.js";
import { buildServer } from "../service/server.js";

/** A service under load. */
export interface Running {
  readonly address: string;
  /** What the pool says of itself, for the table. */
  figures(): readonly (readonly [what: string, value: string | number])[];
  /** Ends it. @returns what did not end by itself */
  stop(): Promise<string[]>;
}

/** What the demo can put under load, by the word after `npm run demo --`. */
export const VARIANTS: Readonly<Record<string, (databaseUrl: string) => Promise<Running>>> = {
  "as-it-is": (url) => withContainer(buildContainer(url)),
  async "shared-user"(url) {
    const container = buildContainer(url);
    swapScope(container, CurrentUser, "shared"); // as `@shared()` in the place of `@perAsyncContext()` would have it
    return withContainer(container);
  },
  async "by-hand"(url) {
    const orders = new OrdersByHand(url, MAX_CONNECTIONS);
    const server = buildServerByHand(orders);
    return {
      address: await server.listen(LOOPBACK),
      figures: () => [],
      async stop() {
        await server.close();
        await orders.close();
        return [];
      },
    };
  },
};

const LOOPBACK = { host: "127.0.0.1", port: 0 };

async function withContainer(container: ReturnType<typeof buildContainer>): Promise<Running> {
  const server = await buildServer(container);
  const pool = poolOf(container.get(Db));
  return {
    address: await server.listen(LOOPBACK),
    figures: () => [
      ["connections opened", pool.stats().created],
      ["longest wait for one", `${Math.round(pool.stats().waitTime.maxMs)} ms`],
    ],
    stop: () =>
      // What is still under way ends first, then the connections.
      warningsOf(() => stopServer(server, container)),
  };
}

/** What could not end by itself is told as a warning of the process. */
async function warningsOf(stop: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = [];
  process.on("warning", ({ message }) => warnings.push(message));
  await stop();
  await setImmediate();
  return warnings;
}
