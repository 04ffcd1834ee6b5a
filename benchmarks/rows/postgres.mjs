/**
 * The example's service on a real PostgreSQL, with the pooled scope and by hand on pg.Pool: the same statements, the same
 * number of connections, 32 requests at a time. Each way is a process, and they work in turn.
 */
import { ask, start } from "../lib/children.mjs";
import { inTurn } from "../lib/processor.mjs";

const WAYS = ["by hand", "without health checks and one call at a time", "ours"];

const ROUND_MS = 500;
/** V8 takes some ten thousand requests to compile what such a service uses. A server that answers at once serves them in one round. */
const WARM_UPS = { onPostgres: 12, atOnce: 3 };

/** @param server see `lib/orders-process.mjs` */
async function onServer(server, of, { rounds }, warmUps = WARM_UPS.atOnce) {
  const children = [];
  try {
    const ways = {};
    for (const name of WAYS) {
      const child = await start("orders-process.mjs", name, server);
      children.push(child);
      ways[name] = async () => (await ask(child, ROUND_MS))[of];
    }
    return await inTurn(Math.round(rounds / 2.5), ways, warmUps);
  } finally {
    for (const child of children) child.kill();
  }
}

async function onPostgres(of, effort) {
  const { startPostgres } = await import("../../dist/examples/postgres.js");
  const { createSchema, dropSchema } = await import("../../dist/examples/service/schema.js");
  const postgres = await startPostgres();
  try {
    const figures = await onServer(await createSchema(postgres.url), of, effort, WARM_UPS.onPostgres);
    await dropSchema(postgres.url);
    return figures;
  } finally {
    await postgres.stop();
  }
}

export const rows = [
  {
    id: "postgres",
    what: "requests/s of the example on PostgreSQL, against pg.Pool by hand",
    least: 0.97,
    unit: "/s",
    measure: (effort) => onPostgres("rate", effort),
  },
  {
    id: "postgres-processor",
    what: "processor time of such a request in the example's process",
    measure: (effort) => onPostgres("processor", effort),
  },
  {
    id: "without-server",
    what: "such a request with a server that answers at once",
    measure: (effort) => onServer("a quick server", "processor", effort),
  },
  {
    id: "cold-caches",
    what: "the same, with the processor's caches washed out before each answer",
    measure: (effort) => onServer("a quick server, cold", "processor", effort),
  },
];
