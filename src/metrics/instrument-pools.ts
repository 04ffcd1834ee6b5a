import { countBegun, countOpen, onContextEnd } from "./context-figures.js";
import { expectMethods } from "./expect-methods.js";
import {
  BOUNDS,
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
import { labelOf, nothing, type Reading, readingsOf, STATES } from "./readings.js";
import { SharedByCallers } from "./shared-by-callers.js";
import { type PoolsToWatch, watchedPools } from "./watched-pools.js";

type Attributes = Readonly<Record<string, string>>;

/** What an observer of a `Meter` tells figures to. */
export interface MetricObserver {
  /** Tells the value of an instrument. */
  observe(instrument: never, value: number, attributes?: Attributes): void;
}

/** A `Meter` of `@opentelemetry/api`, as far as it is used. */
export interface OtelMeter {
  /** Makes a counter. */
  createCounter(name: string, options?: object): { add(value: number, attributes?: Attributes): void };
  /** Makes a histogram. */
  createHistogram(name: string, options?: object): { record(value: number, attributes?: Attributes): void };
  /** Makes a counter that is read when metrics are collected. */
  createObservableCounter(name: string, options?: object): object;
  /** Makes a figure that is read when metrics are collected. */
  createObservableUpDownCounter(name: string, options?: object): object;
  /** Adds what reads them. */
  addBatchObservableCallback(callback: (observer: MetricObserver) => void, instruments: never[]): void;
  /** Removes what reads them. */
  removeBatchObservableCallback(callback: (observer: MetricObserver) => void, instruments: never[]): void;
}

const METHODS = [
  "createCounter",
  "createHistogram",
  "createObservableCounter",
  "createObservableUpDownCounter",
  "addBatchObservableCallback",
  "removeBatchObservableCallback",
] as const satisfies readonly (keyof OtelMeter)[];

/**
 * Tells a meter of OpenTelemetry the figures of pools, and of the contexts of the process, by the names of the semantic conventions.
 * `docs/observing.md` lists them.
 *
 * Pools that come later to a container are told of too; those that are closed or unbound no more. Pools with the same label are one
 * series. To tell of several containers, call it for each.
 *
 * @param meter - of `@opentelemetry/api`
 * @param pools - a container with the plugin, whose own bindings count, or pools
 * @returns ends it. What a meter's provider has been told it keeps: OpenTelemetry has no way to take an instrument back.
 * @throws ScopeError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * const instrumenting = instrumentPools(meter, container);
 * // … and at the end, if the meter lives on:
 * instrumenting[Symbol.dispose]();
 * ```
 */
export function instrumentPools(meter: OtelMeter, pools: PoolsToWatch): Disposable {
  expectMethods("instrumentPools", "meter", meter, METHODS, "a Meter of @opentelemetry/api");
  const watched = watchedPools("instrumentPools", pools);
  let instruments = instrumented.get(meter);
  if (instruments === undefined) instrumented.set(meter, (instruments = new Instruments(meter)));
  return instruments.add(watched);
}

/** One for each meter. */
const instrumented = new WeakMap<OtelMeter, Instruments>();

class Instruments extends SharedByCallers {
  readonly #meter: OtelMeter;
  readonly #gone = new Gone();

  constructor(meter: OtelMeter) {
    super();
    this.#meter = meter;
  }

  protected begin(): () => void {
    const ends = [this.#observePools(), this.#recordPools(), this.#tellContexts()];
    return () => {
      for (const end of ends) end();
      instrumented.delete(this.#meter);
    };
  }

  #observePools(): () => void {
    const count = this.#gauge(POOL_GAUGES.count);
    const idleMax = this.#gauge(POOL_GAUGES.idleMax);
    const idleMin = this.#gauge(POOL_GAUGES.idleMin);
    const limit = this.#gauge(POOL_GAUGES.limit);
    const pending = this.#gauge(POOL_GAUGES.pending);
    return this.#observe([count, idleMax, idleMin, limit, pending], (observer) => {
      for (const [label, reading] of this.#gone.with(readingsOf(this.watched))) {
        const attributes = { [POOL_NAME]: label };
        for (const [counted, state] of Object.entries(STATES)) {
          observer.observe(count, reading[counted as keyof typeof STATES], { ...attributes, [STATE]: state });
        }
        // Where there is no limit, none is told.
        if (reading.limit !== Infinity) {
          observer.observe(idleMax, reading.limit, attributes);
          observer.observe(limit, reading.limit, attributes);
        }
        observer.observe(idleMin, reading.idleMin, attributes);
        observer.observe(pending, reading.waiting, attributes);
      }
    });
  }

  #recordPools(): () => void {
    const create = this.#histogram(POOL_TIMES.create);
    const wait = this.#histogram(POOL_TIMES.wait);
    const use = this.#histogram(POOL_TIMES.use);
    const timeouts = this.#meter.createCounter(POOL_TIMEOUTS.name, optionsOf(POOL_TIMEOUTS));
    const of = (pool: object, tell: (attributes: Attributes) => void): void => {
      for (const watched of this.watched) {
        if (watched.has(pool)) return tell({ [POOL_NAME]: labelOf(pool as { readonly label: string }) });
      }
    };
    return listenToPools({
      created: (pool, seconds) => of(pool, (attributes) => create.record(seconds, attributes)),
      acquired: (pool, seconds) => of(pool, (attributes) => wait.record(seconds, attributes)),
      released: (pool, seconds) => of(pool, (attributes) => use.record(seconds, attributes)),
      timedOut: (pool) => of(pool, (attributes) => timeouts.add(1, attributes)),
    });
  }

  #tellContexts(): () => void {
    const open = this.#gauge(CONTEXTS.open);
    const begun = this.#meter.createObservableCounter(CONTEXTS.begun.name, optionsOf(CONTEXTS.begun)) as never;
    const failed = this.#meter.createCounter(CONTEXTS.failed.name, optionsOf(CONTEXTS.failed));
    const duration = this.#histogram(CONTEXTS.duration);
    const endObserving = this.#observe([open, begun], (observer) => {
      observer.observe(open, countOpen());
      observer.observe(begun, countBegun());
    });
    const endWatching = onContextEnd((outcome, seconds) => {
      if (outcome === "failed") failed.add(1);
      duration.record(seconds, { [OUTCOME]: outcome });
    });
    return () => {
      endObserving();
      endWatching();
    };
  }

  #gauge(instrument: Instrument): never {
    return this.#meter.createObservableUpDownCounter(instrument.name, optionsOf(instrument)) as never;
  }

  #histogram(instrument: Instrument): ReturnType<OtelMeter["createHistogram"]> {
    const advice = { explicitBucketBoundaries: [...BOUNDS] };
    return this.#meter.createHistogram(instrument.name, { ...optionsOf(instrument), advice });
  }

  #observe(instruments: never[], callback: (observer: MetricObserver) => void): () => void {
    this.#meter.addBatchObservableCallback(callback, instruments);
    return () => this.#meter.removeBatchObservableCallback(callback, instruments);
  }
}

/** So many readers of a provider must be told that a pool is gone. */
const MOST_READERS = 10;

/** Providers keep for ever what they were told last, so they are told that nothing is left of a pool that is gone. */
class Gone {
  /** How many more times to tell it, by label. */
  readonly #left = new Map<string, number>();

  with(readings: ReadonlyMap<string, Reading>): ReadonlyMap<string, Reading> {
    const all = new Map(readings);
    for (const [label, left] of this.#left) {
      if (left === 1) this.#left.delete(label);
      else this.#left.set(label, left - 1);
      if (!readings.has(label)) all.set(label, nothing());
    }
    for (const label of readings.keys()) this.#left.set(label, MOST_READERS);
    return all;
  }
}

function optionsOf({ unit, description }: Instrument): { readonly unit: string; readonly description: string } {
  return { unit, description };
}
