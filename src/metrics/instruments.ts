/**
 * The metrics of pools, named as the semantic conventions 1.45 of OpenTelemetry do, and those of contexts, for which there are none.
 *
 * @module
 */

/** One metric. */
export interface Instrument {
  readonly name: string;
  readonly kind: "gauge" | "counter" | "histogram";
  readonly unit: string;
  readonly description: string;
}

export const POOL_NAME = "db.client.connection.pool.name";
export const STATE = "db.client.connection.state";
export const OUTCOME = "inversify_scopes.context.outcome";

/** What can be read from a pool at any time. */
export const POOL_GAUGES = {
  count: gauge("db.client.connection.count", "{connection}", "Instances of the pool in each state."),
  idleMax: gauge("db.client.connection.idle.max", "{connection}", "How many instances may be idle."),
  idleMin: gauge("db.client.connection.idle.min", "{connection}", "How many instances are made ahead."),
  limit: gauge("db.client.connection.limit", "{connection}", "How many instances may exist."),
  pending: gauge("db.client.connection.pending_requests", "{request}", "Acquisitions that wait for an instance."),
} as const;

export const POOL_TIMEOUTS = counter("db.client.connection.timeouts", "{timeout}", "Acquisitions that timed out.");

/** How long things take with a pool. */
export const POOL_TIMES = {
  create: seconds("db.client.connection.create_time", "How long it took to make an instance."),
  wait: seconds("db.client.connection.wait_time", "How long it took to get an instance from the pool."),
  use: seconds("db.client.connection.use_time", "How long an instance was held."),
} as const;

export const CONTEXTS = {
  open: gauge("inversify_scopes.context.open", "{context}", "Contexts that have begun and not ended."),
  begun: counter("inversify_scopes.context.begun", "{context}", "Contexts that have begun."),
  failed: counter("inversify_scopes.context.failed", "{context}", "Contexts whose callback has failed."),
  duration: seconds("inversify_scopes.context.duration", "How long contexts were open."),
} as const;

/** In seconds, as the conventions advise for database operations. */
export const BOUNDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] as const;

function gauge(name: string, unit: string, description: string): Instrument {
  return { name, kind: "gauge", unit, description };
}

function counter(name: string, unit: string, description: string): Instrument {
  return { name, kind: "counter", unit, description };
}

function seconds(name: string, description: string): Instrument {
  return { name, kind: "histogram", unit: "s", description };
}
