import "reflect-metadata";
import { channel } from "node:diagnostics_channel";
import { expect } from "chai";
import { collectDefaultMetrics, Counter, Registry } from "prom-client";
import { keyedScope, pooledScope, poolOf, runInContext, ScopedContainer } from "inversify-scopes";
import { collectPools } from "inversify-scopes/metrics";
import { Pool } from "inversify-scopes/pool";

import { rejected, thrown } from "../support/errors.js";
import { collected } from "../support/gc.js";
import { gate, turn } from "../support/gate.js";
import { poolOf as fixture } from "../support/pool.js";
import { parseScrape, type Scrape } from "../support/prometheus.js";

class Db {
  async query(until?: Promise<void>): Promise<string> {
    await until;
    return "rows";
  }
}

const POOL = "db_client_connection_pool_name";
const STATE = "db_client_connection_state";

describe("collectPools, with prom-client", () => {
  let registry: Registry;
  let container: ScopedContainer;
  beforeEach(() => {
    registry = new Registry();
    container = new ScopedContainer();
  });
  afterEach(() => container.unbindAllAsync());

  const scrape = async (of: Registry = registry): Promise<Scrape> => parseScrape(await of.metrics());

  it("tells each pool's instances by state, its limits, who waits, time-outs, and how long all took", async () => {
    container.bind(Db).toSelf().inPooledScope({ maxSize: 2, minSize: 1, acquireTimeoutMs: 1 });
    const db = container.get(Db);
    using _ = collectPools(registry, container);
    const end = gate();
    const held = [1, 2].map(() => runInContext(() => db.query(end.promise)));
    await rejected(
      "POOL_TIMEOUT",
      runInContext(() => db.query().then(() => {})).then(() => {}),
    );
    const busy = await scrape();
    end.open();
    await Promise.all(held);
    const after = await scrape();
    const of = { [POOL]: "Db" };
    expect(busy.value("db_client_connection_count", { ...of, [STATE]: "used" })).to.equal(2);
    expect(after.value("db_client_connection_count", { ...of, [STATE]: "used" })).to.equal(0);
    expect(after.value("db_client_connection_count", { ...of, [STATE]: "idle" })).to.equal(2);
    expect(after.value("db_client_connection_limit", of)).to.equal(2);
    expect(after.value("db_client_connection_idle_max", of)).to.equal(2);
    expect(after.value("db_client_connection_idle_min", of)).to.equal(1);
    expect(after.value("db_client_connection_pending_requests", of)).to.equal(0);
    expect(after.value("db_client_connection_timeouts_total", of)).to.equal(1);
    for (const [time, count] of [
      ["create", 2],
      ["wait", 2],
      ["use", 2],
    ] as const) {
      const name = `db_client_connection_${time}_time_seconds`;
      expect(after.types.get(name)).to.equal("histogram");
      expect(after.value(`${name}_count`, of), name).to.equal(count);
      expect(after.value(`${name}_bucket`, { ...of, le: "+Inf" }), name).to.equal(count);
      expect(after.value(`${name}_sum`, of), name).to.be.at.least(0);
    }
  });

  it("tells times in seconds, each in the buckets that it is not above", async () => {
    const { pool, clock } = fixture({ maxSize: 1, label: "timed" });
    using _ = collectPools(registry, [pool]);
    for (const ms of [1, 60, 20_000]) {
      const lease = await pool.acquire();
      await clock.advance(ms);
      await lease.release();
    }
    const { value } = await scrape();
    const bucket = (le: string): number | undefined => value("db_client_connection_use_time_seconds_bucket", { le });
    expect(["0.001", "0.05", "0.1", "10", "+Inf"].map(bucket)).to.deep.equal([1, 1, 2, 2, 3]);
    expect(value("db_client_connection_use_time_seconds_sum")).to.be.closeTo(20.061, 1e-9);
    expect(value("db_client_connection_wait_time_seconds_sum")).to.equal(0);
  });

  it("says of the states for which the conventions have no name what the pool calls them", async () => {
    container.bind(Db).toSelf().inPooledScope(1);
    const db = container.get(Db);
    using _ = collectPools(registry, container);
    const end = gate();
    await runInContext(() => void db.query(end.promise));
    const { series } = await scrape();
    const states = series.filter(({ name, value }) => name === "db_client_connection_count" && value > 0);
    expect(states.map(({ labels }) => labels[STATE])).to.deep.equal(["draining"]);
    end.open();
    await turn();
  });

  it("tells the contexts of the process: open, begun, failed, and how long", async () => {
    using _ = collectPools(registry, container);
    const before = await scrape();
    const end = gate();
    const open = runInContext(() => end.promise);
    await runInContext(() => {
      throw new Error("no");
    }).catch(() => {});
    await runInContext(() => Promise.reject(new Error("no"))).catch(() => {});
    const during = await scrape();
    end.open();
    await open;
    const after = await scrape();
    const more = (name: string, of: Scrape): number => of.value(name)! - before.value(name)!;
    expect(more("inversify_scopes_context_open", during)).to.equal(1);
    expect(more("inversify_scopes_context_open", after)).to.equal(0);
    expect(more("inversify_scopes_context_begun_total", after)).to.equal(3);
    expect(after.value("inversify_scopes_context_failed_total")).to.equal(2);
    const counted = (outcome: string): number | undefined =>
      after.value("inversify_scopes_context_duration_seconds_count", { inversify_scopes_context_outcome: outcome });
    expect([counted("completed"), counted("failed"), counted("aborted")]).to.deep.equal([1, 2, undefined]);
  });

  describe("pools come and go", () => {
    it("one that is bound, keyed or rebound later is collected too; one that is unbound or closed vanishes", async () => {
      let tenant = "a";
      using _ = collectPools(registry, container);
      const names = async (): Promise<string[]> => {
        const { series } = await scrape();
        return series
          .filter(({ name }) => name === "db_client_connection_limit")
          .map(({ labels, value }) => `${labels[POOL]} ${value}`);
      };
      expect(await names()).to.deep.equal([]);
      container.bind(Db).toSelf().inPooledScope(1);
      container
        .bind("tenant")
        .toDynamicValue(() => new Db())
        .inScope(keyedScope({ key: () => tenant, scope: pooledScope({ maxSize: 3, shape: Db }) }));
      const perTenant = container.get<Db>("tenant");
      await runInContext(() => perTenant.query());
      tenant = "b";
      await runInContext(() => perTenant.query());
      expect(await names()).to.deep.equal(["Db 1", "tenant of a 3", "tenant of b 3"]);
      container.rebind(Db).toSelf().inPooledScope(2);
      expect((await names()).toSorted()).to.deep.equal(["Db 2", "tenant of a 3", "tenant of b 3"]);
      await container.unbind("tenant");
      expect(await names()).to.deep.equal(["Db 2"]);
      await runInContext(() => container.get(Db).query());
      await poolOf(container.get(Db)).close();
      expect(await names()).to.deep.equal([]);
    });

    it("looking makes no pool, and so no connection", async () => {
      let made = 0;
      container
        .bind(Db)
        .toDynamicValue(() => (made++, new Db()))
        .inPooledScope({ maxSize: 4, minSize: 2 });
      using _ = collectPools(registry, container);
      const { value } = await scrape();
      await turn();
      expect(value("db_client_connection_limit")).to.equal(4);
      expect(value("db_client_connection_count", { [STATE]: "creating" })).to.equal(0);
      expect(made).to.equal(0);
    });

    it("one may close while it is scraped", async () => {
      const { pool, clock } = fixture({
        label: "closing",
        destroy: () => new Promise((done) => void clock.setTimeout(() => done(undefined), 50)),
      });
      using _ = collectPools(registry, [pool]);
      await (await pool.acquire()).release();
      const scraping = registry.metrics();
      const closed = pool.close();
      await clock.advance(20);
      const text = await scraping;
      const { value } = parseScrape(text);
      expect(value("db_client_connection_count", { [STATE]: "idle" })).to.equal(1);
      const closing = await scrape();
      expect(closing.value("db_client_connection_count", { [STATE]: "destroying" })).to.equal(1);
      await clock.advance(50);
      await closed;
      expect((await scrape()).value("db_client_connection_limit")).to.equal(undefined);
    });

    it("an infinite limit is not told", async () => {
      const { pool } = fixture({ maxSize: Infinity });
      using _ = collectPools(registry, [pool]);
      const { value } = await scrape();
      expect(value("db_client_connection_limit")).to.equal(undefined);
      expect(value("db_client_connection_idle_min")).to.equal(0);
    });

    it("the garbage collector gets a container that nobody has but the registry, and a pool", async () => {
      let refs: WeakRef<object>[] = [];
      const collecting: Disposable[] = [];
      await (async () => {
        const dropped = new ScopedContainer();
        dropped.bind(Db).toSelf().inPooledScope(1);
        const db = dropped.get(Db);
        const pool = new Pool({ create: () => ({}), maxSize: 1, label: "dropped" });
        collecting.push(collectPools(registry, dropped), collectPools(registry, [pool]));
        await runInContext(() => db.query());
        await pool.use(() => {});
        await scrape();
        refs = [new WeakRef(dropped), new WeakRef(pool)];
      })();
      await collected(() => refs.every((ref) => ref.deref() === undefined));
      expect((await scrape()).value("db_client_connection_limit")).to.equal(undefined);
      for (const one of collecting) one[Symbol.dispose]();
    });
  });

  describe("several in one registry", () => {
    it("containers and pools are collected side by side; what is given twice counts once", async () => {
      const other = new ScopedContainer();
      container.bind(Db).toSelf().inPooledScope(1);
      other
        .bind("other")
        .toDynamicValue(() => new Db())
        .inPooledScope({ maxSize: 2, shape: Db });
      const both = [
        collectPools(registry, container),
        collectPools(registry, other),
        collectPools(registry, container),
      ];
      const all = await scrape();
      expect(all.value("db_client_connection_limit", { [POOL]: "Db" })).to.equal(1);
      expect(all.value("db_client_connection_limit", { [POOL]: "other" })).to.equal(2);
      both[1]![Symbol.dispose]();
      both[1]![Symbol.dispose]();
      both[2]![Symbol.dispose]();
      const left = await scrape();
      expect(left.value("db_client_connection_limit")).to.equal(1);
      both[0]![Symbol.dispose]();
      await other.unbindAllAsync();
    });

    it("those with the same label are one series", async () => {
      const pools = [1, 2, 3].map((maxSize) => fixture({ maxSize, label: "same" }).pool);
      using _ = collectPools(registry, pools);
      for (const pool of pools) await pool.use(() => {});
      const { value } = await scrape();
      expect(value("db_client_connection_limit")).to.equal(6);
      expect(value("db_client_connection_count", { [STATE]: "idle" })).to.equal(3);
      expect(value("db_client_connection_use_time_seconds_count")).to.equal(3);
    });

    it("a name that something else has taken is refused, and says what to do; nothing is left behind", async () => {
      new Counter({ name: "db_client_connection_timeouts_total", help: "another's", registers: [registry] });
      const error = thrown("INVALID_OPTION", () => collectPools(registry, container));
      expect(error.message).to.include("db_client_connection_timeouts_total").and.include("removeSingleMetric");
      expect(registry.getMetricsAsArray()).to.have.length(1);
      const own = new Registry();
      using _ = collectPools(own, container);
      expect(own.getMetricsAsArray()).to.have.length(13);
    });
  });

  it("a label may hold anything: it stays in its place, in its quotes, on its line", async () => {
    const evil = 'db"} 1\nfake_metric{x="\\';
    const labels = [evil, "\u0000\u202e\ud800", "ünïcode 🐘", "x".repeat(10_000)];
    using _ = collectPools(
      registry,
      labels.map((label) => fixture({ label, maxSize: 1 }).pool),
    );
    const { series, types } = await scrape();
    const told = series.filter(({ name }) => name === "db_client_connection_limit").map(({ labels }) => labels[POOL]!);
    expect(told.slice(0, 3)).to.deep.equal([evil.replace("\n", "\\n"), "\\u0000\\u202e\\ud800", "ünïcode 🐘"]);
    expect(told[3]).to.have.length(500);
    expect([...types.keys()]).to.not.include("fake_metric");
  });

  it("a context's name is no label: whoever sends requests makes no series", async () => {
    using _ = collectPools(registry, container);
    const before = (await scrape()).series.length;
    for (let i = 0; i < 50; i++) await runInContext({ name: `GET /${i}"\n` }, () => {});
    expect((await scrape()).series.length - before).to.be.below(15);
  });

  it("of a thousand pools each is told, in time that grows no more than they", async () => {
    const series = async (count: number): Promise<[number, number]> => {
      const own = new Registry();
      const pools = Array.from(
        { length: count },
        (_, i) => new Pool({ create: () => ({}), maxSize: 1, label: `pool ${i}` }),
      );
      using _ = collectPools(own, pools);
      let read = 0;
      for (const pool of pools) {
        const { figures } = pool.view;
        pool.view.figures = () => (read++, figures.call(pool.view));
      }
      const scraped = await scrape(own);
      return [scraped.series.filter(({ name }) => name === "db_client_connection_limit").length, read];
    };
    expect(await series(10)).to.deep.equal([10, 10]);
    expect(await series(1000)).to.deep.equal([1000, 1000]);
  });

  it("goes beside other metrics, default labels, OpenMetrics, JSON and resets", async () => {
    const other = new Registry<"application/openmetrics-text; version=1.0.0; charset=utf-8">();
    other.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    other.setDefaultLabels({ app: "orders" });
    collectDefaultMetrics({ register: other });
    const { pool } = fixture({ label: "db" });
    const collecting = collectPools(other, [pool]);
    await pool.use(() => {});
    const text = await other.metrics();
    expect(text).to.match(/^db_client_connection_timeouts_total\{[^}]*app="orders"[^}]*\} 0$/m);
    expect(text).to.match(/# EOF\n$/);
    other.resetMetrics();
    const json = await other.getMetricsAsJSON();
    expect(json.find(({ name }) => name === "db_client_connection_limit")).to.deep.include({
      type: "gauge",
      aggregator: "sum",
    });
    expect(structuredClone(json)).to.deep.equal(json);
    collecting[Symbol.dispose]();
    expect(await other.metrics()).to.not.include("db_client");
  });

  it("disposed of, it leaves nothing: no metric, no listener; and it can begin again", async () => {
    const { pool } = fixture();
    const heard = (): boolean[] =>
      ["acquire", "release", "create", "timeout"].map(
        (name) => channel(`inversify-scopes:pool:${name}`).hasSubscribers,
      );
    for (let i = 0; i < 2; i++) {
      const collecting = collectPools(registry, [pool]);
      expect(heard()).to.deep.equal([true, true, true, true]);
      expect(registry.getMetricsAsArray()).to.have.length(13);
      collecting[Symbol.dispose]();
      expect(heard()).to.deep.equal([false, false, false, false]);
      expect(registry.getMetricsAsArray()).to.deep.equal([]);
    }
  });

  it("after clear() of the registry it is there again with the next call, and takes away nothing that is another's", async () => {
    const { pool } = fixture();
    const first = collectPools(registry, [pool]);
    registry.clear();
    const second = collectPools(registry, container);
    expect((await scrape()).value("db_client_connection_limit")).to.equal(2);
    registry.clear();
    const others = new Counter({
      name: "db_client_connection_timeouts_total",
      help: "another's",
      registers: [registry],
    });
    first[Symbol.dispose]();
    second[Symbol.dispose]();
    expect(registry.getMetricsAsArray()).to.deep.equal([others]);
  });

  describe("refuses", () => {
    for (const [what, wrong] of [
      ["nothing", undefined],
      ["null", null],
      ["a string", "pools"],
      ["a number", 1],
      ["a list of something else", [{ stats: () => ({}) }]],
      ["a pool that is not in a list", new Pool({ create: () => ({}), maxSize: 1 })],
      ["a container without the plugin", { unbindAll() {} }],
    ] as const) {
      it(`${what} for pools`, () => {
        thrown("INVALID_OPTION", () => collectPools(registry, wrong as never));
        expect(registry.getMetricsAsArray()).to.deep.equal([]);
      });
    }
    it("what is no registry", () => {
      for (const wrong of [undefined, null, {}, "registry"]) {
        const error = thrown("INVALID_OPTION", () => collectPools(wrong as never, container));
        expect(error.message).to.include("a Registry of prom-client");
      }
    });
  });
});
