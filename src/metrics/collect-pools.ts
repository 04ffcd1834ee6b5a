import { ScopeError } from "../base/errors.js";
import { countBegun, countOpen, onContextEnd } from "./context-figures.js";
import { expectMethods } from "./expect-methods.js";
import { Histogram } from "./histogram.js";
import {
  CONTEXTS,
  type Instrument,
  OUTCOME,
  POOL_GAUGES,
  POOL_NAME,
  POOL_TIMEOUTS,
  POOL_TIMES,
  STATE,
} from "./instruments.js";
import { listenToPools } from "./pool-events.js";
import { type Labels, PromMetric, promName, type Sample, samplesOf } from "./prom-metric.js";
import { type Reading, readingsOf, STATES } from "./readings.js";
import { SharedByCallers } from "./shared-by-callers.js";
import { type PoolsToWatch, type WatchedPools, watchedPools } from "./watched-pools.js";

/** A registry of prom-client 15, as far as it is used. */
export interface PromRegistry {
  /** Adds a metric. */
  registerMetric(metric: never): void;
  /** Finds a metric by its name. */
  getSingleMetric(name: string): unknown;
  /** Removes a metric by its name. */
  removeSingleMetric(name: string): void;
}

/**
 * Collects the figures of pools, and of the contexts of the process, in a registry of prom-client: by the names that OpenTelemetry's
 * conventions have in Prometheus. `docs/observing.md` lists them.
 *
 * Pools that come later to a container are collected too; those that are closed or unbound vanish. Pools with the same label are one
 * series. To collect several containers in one registry, call it for each.
 *
 * @param registry - of prom-client 15, such as its `register`
 * @param pools - a container with the plugin, whose own bindings count, or pools
 * @returns takes all of it back
 * @throws ScopeError `INVALID_OPTION`, also where something else has taken one of the names
 *
 * @example
 * ```ts
 * const collecting = collectPools(register, container);
 * // … and at the end, if the registry lives on:
 * collecting[Symbol.dispose]();
 * ```
 */
export function collectPools(registry: PromRegistry, pools: PoolsToWatch): Disposable {
  const methods = ["registerMetric", "getSingleMetric", "removeSingleMetric"] as const;
  expectMethods("collectPools", "registry", registry, methods, "a Registry of prom-client 15");
  const watched = watchedPools("collectPools", pools);
  let collector = collectors.get(registry);
  if (collector === undefined) collectors.set(registry, (collector = new Collector(registry)));
  return collector.add(watched);
}

/** One for each registry, which knows each name once. */
const collectors = new WeakMap<PromRegistry, Collector>();

type Times = Partial<Record<keyof typeof POOL_TIMES, Histogram>>;

class Collector extends SharedByCallers {
  readonly #registry: PromRegistry;
  readonly #metrics: readonly (readonly [name: string, metric: PromMetric])[];
  /** The times of every pool in the process. Only a scrape tells which pools are collected. */
  readonly #times = new WeakMap<object, Times>();
  readonly #durations = new Map<string, Histogram>();
  #failed = 0;
  /** All metrics of one scrape show the same moment. */
  #readings: ReadonlyMap<string, Reading> | undefined;

  constructor(registry: PromRegistry) {
    super();
    this.#registry = registry;
    // Under its name of now: the registry may change it.
    this.#metrics = this.#metricsOf().map((metric) => [metric.name, metric]);
  }

  override add(watched: WatchedPools): Disposable {
    this.#register();
    return super.add(watched);
  }

  protected begin(): () => void {
    const stop = this.#listen();
    return () => {
      stop();
      for (const [name, metric] of this.#metrics) {
        if (this.#registry.getSingleMetric(name) === metric) this.#registry.removeSingleMetric(name);
      }
      collectors.delete(this.#registry);
    };
  }

  /** Also those that `registry.clear()` has taken out. */
  #register(): void {
    const missing = this.#metrics.filter(([name, metric]) => this.#registry.getSingleMetric(name) !== metric);
    const taken = missing.find(([name]) => this.#registry.getSingleMetric(name) !== undefined);
    if (taken !== undefined) throw nameTaken(taken[0]);
    for (const [, metric] of missing) this.#registry.registerMetric(metric as never);
  }

  #listen(): () => void {
    const observe = (pool: object, what: keyof Times, seconds: number): void => {
      let times = this.#times.get(pool);
      if (times === undefined) this.#times.set(pool, (times = {}));
      (times[what] ??= new Histogram()).observe(seconds);
    };
    const stopPools = listenToPools({
      created: (pool, seconds) => observe(pool, "create", seconds),
      acquired: (pool, seconds) => observe(pool, "wait", seconds),
      released: (pool, seconds) => observe(pool, "use", seconds),
    });
    const stopContexts = onContextEnd((outcome, seconds) => {
      if (outcome === "failed") this.#failed++;
      let histogram = this.#durations.get(outcome);
      if (histogram === undefined) this.#durations.set(outcome, (histogram = new Histogram()));
      histogram.observe(seconds);
    });
    return () => {
      stopPools();
      stopContexts();
    };
  }

  #now(): ReadonlyMap<string, Reading> {
    if (this.#readings === undefined) {
      this.#readings = readingsOf(this.watched);
      queueMicrotask(() => (this.#readings = undefined));
    }
    return this.#readings;
  }

  #metricsOf(): PromMetric[] {
    const single = (value: () => number) => (): Sample[] => [{ labels: {}, value: value() }];
    return [
      new PromMetric(POOL_GAUGES.count, () => this.#each(countsOf)),
      this.#figure(POOL_GAUGES.idleMax, ({ limit }) => limit),
      this.#figure(POOL_GAUGES.idleMin, ({ idleMin }) => idleMin),
      this.#figure(POOL_GAUGES.limit, ({ limit }) => limit),
      this.#figure(POOL_GAUGES.pending, ({ waiting }) => waiting),
      this.#figure(POOL_TIMEOUTS, ({ timeouts }) => timeouts),
      ...(Object.keys(POOL_TIMES) as (keyof Times)[]).map((what) => {
        return new PromMetric(POOL_TIMES[what], (name) =>
          this.#each((labels, reading) => {
            const times = reading.pools.flatMap((pool) => this.#times.get(pool)?.[what] ?? []);
            return times.length === 0 ? [] : samplesOf(name, labels, sumOf(times));
          }),
        );
      }),
      new PromMetric(CONTEXTS.open, single(countOpen)),
      new PromMetric(CONTEXTS.begun, single(countBegun)),
      new PromMetric(
        CONTEXTS.failed,
        single(() => this.#failed),
      ),
      new PromMetric(CONTEXTS.duration, (name) => {
        const outcomes = [...this.#durations];
        return outcomes.flatMap(([outcome, times]) => samplesOf(name, { [promName(OUTCOME)]: outcome }, times));
      }),
    ];
  }

  #figure(instrument: Instrument, read: (reading: Reading) => number): PromMetric {
    return new PromMetric(instrument, () => {
      return this.#each((labels, reading) => {
        const value = read(reading);
        // Where there is no limit, none is told.
        return value === Infinity ? [] : [{ labels, value }];
      });
    });
  }

  #each(samples: (labels: Labels, reading: Reading) => Sample[]): Sample[] {
    const all: Sample[] = [];
    for (const [label, reading] of this.#now()) all.push(...samples({ [promName(POOL_NAME)]: label }, reading));
    return all;
  }
}

function countsOf(labels: Labels, reading: Reading): Sample[] {
  return Object.entries(STATES).map(([counted, state]) => {
    return { labels: { ...labels, [promName(STATE)]: state }, value: reading[counted as keyof typeof STATES] };
  });
}

function sumOf([first, ...others]: Histogram[]): Histogram {
  if (others.length === 0) return first!;
  const sum = new Histogram();
  for (const one of [first!, ...others]) sum.add(one);
  return sum;
}

function nameTaken(name: string): ScopeError {
  return new ScopeError(
    "INVALID_OPTION",
    `collectPools: the registry has a metric ${name} that is not ours, be it another library's or that of another copy of ` +
      `inversify-scopes. Take that one out with removeSingleMetric, or give collectPools a new Registry, and show that at a path of its own.`,
  );
}
