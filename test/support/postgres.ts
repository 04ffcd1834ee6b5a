import { after } from "mocha";

import { type Postgres, startPostgres } from "../../examples/postgres.js";

/** So few that a test can use them up; the pools of the tests are smaller. */
export const SERVER_CONNECTIONS = 30;

let started: Promise<Postgres> | undefined;

/** The one PostgreSQL of this run, started when the first suite asks for it, stopped when all have run. */
export function sharedPostgres(): Promise<Postgres> {
  return (started ??= startPostgres({ maxConnections: SERVER_CONNECTIONS }));
}

after(async function () {
  this.timeout(10_000);
  await (await started)?.stop();
});
