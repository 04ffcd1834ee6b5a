import "reflect-metadata";
import { channel } from "node:diagnostics_channel";
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { expect } from "chai";
import { keyedScope, pooledScope, poolOf, runInContext, ScopedContainer } from "inversify-scopes";
import { instrumentPools } from "inversify-scopes/metrics";

import { rejected, thrown } from "../support/errors.js";
import { gate } from "../support/gate.js";
import { poolOf as fixture } from "../support/pool.js";

const POOL = conventions.ATTR_DB_CLIENT_CONNECTION_POOL_NAME;
const STATE = conventions.ATTR_DB_CLIENT_CONNECTION_STATE;

class Db {
  async query(until?: Promise<void>): Promise<string> {
    await until;
    return "rows";
  }
}

describe("instrumentPools, with OpenTelemetry", () => {
  let exporter: InMemoryMetricExporter;
  let provider: MeterProvider;
  let container: ScopedContainer;
  beforeEach(() => {
    exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
    provider = new MeterProvider({ readers: [reader] });
    container = new ScopedContainer();
  });
  afterEach(async () => {
    await provider.shutdown();
    await container.unbindAllAsync();
  });

  /** What the exporter is given now, by name. */
  async function exported(): Promise<Map<string, MetricData>> {
    exporter.reset();
    await provider.forceFlush();
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    return new Map(metrics.map((metric) => [metric.descriptor.name, metric]));
  }

  const points = (metric: MetricData | undefined): DataPoint<number | Histogram>[] =>
    (metric?.dataPoints ?? []) as DataPoint<number | Histogram>[];

  function point(
    metric: MetricData | undefined,
    attributes: Readonly<Record<string, string>>,
  ): number | Histogram | undefined {
    const wanted = Object.entries(attributes);
    const found = points(metric).filter((one) => wanted.every(([name, value]) => one.attributes[name] === value));
    expect(found.length).to.be.at.most(1);
    return found[0]?.value;
  }

  it("has the names and units of the semantic conventions", async () => {
    container.bind(Db).toSelf().inPooledScope({ maxSize: 1, acquireTimeoutMs: 1 });
    const db = container.get(Db);
    using _ = instrumentPools(provider.getMeter("test"), container);
    const end = gate();
    const held = runInContext(() => db.query(end.promise));
    await rejected(
      "POOL_TIMEOUT",
      runInContext(() => db.query()),
    );
    end.open();
    await held;
    const metrics = await exported();
    const ours = [...metrics.keys()].filter((name) => name.startsWith("db."));
    const known = Object.entries(conventions)
      .filter(
        ([name, value]) => name.startsWith("METRIC_DB_CLIENT_CONNECTION_") && value !== "db.client.connection.max",
      )
      .map(([, value]) => String(value));
    expect(ours.toSorted()).to.deep.equal(known.toSorted());
    const units = new Map(
      ours.map((name) => [name.slice("db.client.connection.".length), metrics.get(name)!.descriptor.unit]),
    );
    expect(Object.fromEntries(units)).to.deep.equal({
      count: "{connection}",
      "idle.max": "{connection}",
      "idle.min": "{connection}",
      limit: "{connection}",
      pending_requests: "{request}",
      timeouts: "{timeout}",
      create_time: "s",
      wait_time: "s",
      use_time: "s",
    });
    for (const name of ours) {
      for (const { attributes } of points(metrics.get(name))) expect(attributes[POOL], name).to.equal("Db");
    }
    const count = metrics.get(conventions.METRIC_DB_CLIENT_CONNECTION_COUNT);
    expect(point(count, { [STATE]: conventions.DB_CLIENT_CONNECTION_STATE_VALUE_IDLE })).to.equal(1);
    expect(point(count, { [STATE]: conventions.DB_CLIENT_CONNECTION_STATE_VALUE_USED })).to.equal(0);
    expect(point(metrics.get("db.client.connection.timeouts"), {})).to.equal(1);
  });

  it("records times in seconds, in the buckets that the conventions advise for databases", async () => {
    const { pool, clock } = fixture({ maxSize: 1, label: "timed" });
    const { pool: other } = fixture({ label: "not watched" });
    using _ = instrumentPools(provider.getMeter("test"), [pool]);
    await other.use(() => {});
    const lease = await pool.acquire();
    const waiting = pool.acquire();
    await clock.advance(60);
    await lease.release();
    await (await waiting).release();
    const metrics = await exported();
    const wait = points(metrics.get("db.client.connection.wait_time"));
    expect(wait).to.have.length(1);
    const { count, sum, buckets } = wait[0]!.value as Histogram;
    expect([count, sum]).to.deep.equal([2, 0.06]);
    expect(buckets.boundaries).to.deep.equal([0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]);
    expect(buckets.counts).to.deep.equal([1, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
  });

  it("tells the contexts of the process, by how they end", async () => {
    using _ = instrumentPools(provider.getMeter("test"), container);
    const end = gate();
    const open = runInContext(() => end.promise);
    await runInContext(() => Promise.reject(new Error("no"))).catch(() => {});
    const during = await exported();
    end.open();
    await open;
    const after = await exported();
    const value = (name: string, of: Map<string, MetricData>): number =>
      points(of.get(`inversify_scopes.context.${name}`))[0]!.value as number;
    expect(value("open", during) - value("open", after)).to.equal(1);
    expect(value("begun", after)).to.equal(value("begun", during));
    expect(value("failed", after)).to.equal(1);
    const duration = after.get("inversify_scopes.context.duration");
    for (const outcome of ["completed", "failed"]) {
      const found = point(duration, { "inversify_scopes.context.outcome": outcome }) as Histogram;
      expect(found.count, outcome).to.equal(1);
    }
  });

  it("tells of pools that come later, of each key too; of those unbound and closed nothing is left", async () => {
    let tenant = "a";
    using _ = instrumentPools(provider.getMeter("test"), container);
    const perKey = keyedScope({ key: () => tenant, scope: pooledScope({ maxSize: 3, shape: Db }) });
    container
      .bind("tenant")
      .toDynamicValue(() => new Db())
      .inScope(perKey);
    const db = container.get<Db>("tenant");
    await runInContext(() => db.query());
    tenant = "b";
    await runInContext(() => db.query());
    const names = (metric: MetricData | undefined): unknown[] =>
      points(metric).map(({ attributes }) => attributes[POOL]);
    const both = await exported();
    expect(names(both.get("db.client.connection.limit"))).to.deep.equal(["tenant of a", "tenant of b"]);
    expect(names(both.get("db.client.connection.use_time"))).to.deep.equal(["tenant of a", "tenant of b"]);
    const limits = async (): Promise<unknown> => {
      const told = points((await exported()).get("db.client.connection.limit"));
      return Object.fromEntries(told.map(({ attributes, value }) => [attributes[POOL], value]));
    };
    // A provider goes on telling what it was told last: so it is told that there is nothing.
    await poolOf(db).close();
    expect(await limits()).to.deep.equal({ "tenant of a": 3, "tenant of b": 0 });
    await container.unbind("tenant");
    for (let i = 0; i < 12; i++) expect(await limits()).to.deep.equal({ "tenant of a": 0, "tenant of b": 0 });
  });

  it("several containers and pools on one meter are told of once each", async () => {
    const { pool } = fixture({ maxSize: 2, label: "pool" });
    const { pool: endless } = fixture({ maxSize: Infinity, label: "endless" });
    const meter = provider.getMeter("test");
    const both = [
      instrumentPools(meter, [pool, endless]),
      instrumentPools(meter, container),
      instrumentPools(meter, [pool]),
    ];
    await pool.use(() => {});
    const told = await exported();
    expect(points(told.get("db.client.connection.limit")).map(({ value }) => value)).to.deep.equal([2]);
    expect(points(told.get("db.client.connection.idle.min"))).to.have.length(2);
    expect((point(told.get("db.client.connection.use_time"), {}) as Histogram).count).to.equal(1);
    for (const one of both) one[Symbol.dispose]();
    both[0]![Symbol.dispose]();
    await pool.use(() => {});
    const after = await exported();
    expect((point(after.get("db.client.connection.use_time"), {}) as Histogram).count).to.equal(1);
    expect(channel("inversify-scopes:pool:acquire").hasSubscribers).to.equal(false);
  });

  it("refuses what is no meter, and no pools", () => {
    for (const wrong of [undefined, null, {}, "meter"]) {
      const error = thrown("INVALID_OPTION", () => instrumentPools(wrong as never, container));
      expect(error.message).to.include("a Meter of @opentelemetry/api");
    }
    thrown("INVALID_OPTION", () => instrumentPools(provider.getMeter("test"), {} as never));
  });
});
