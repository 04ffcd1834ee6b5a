import { BOUNDS, type Instrument } from "./instruments.js";
import type { Histogram } from "./histogram.js";

export type Labels = Readonly<Record<string, string | number>>;

/** A series at one moment. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  readonly metricName?: string;
}

/** What a registry of prom-client asks of a metric. Of our own, so that prom-client itself need not be loaded here. */
export class PromMetric {
  name: string;
  readonly help: string;
  readonly type: Instrument["kind"];
  /** For a cluster, whose processes are added up. */
  readonly aggregator = "sum";
  readonly #read: () => Sample[];

  constructor(instrument: Instrument, read: (name: string) => Sample[]) {
    const name = promNameOf(instrument);
    this.name = name;
    this.help = instrument.description;
    this.type = instrument.kind;
    this.#read = () => read(name);
  }

  /** At each scrape. */
  async get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.#read() };
  }

  /** Asked for by `resetMetrics()`; the figures are the pools' own, and go on. */
  reset(): void {}
}

/** By the rules for names of OpenTelemetry in Prometheus. */
export function promNameOf({ name, unit, kind }: Instrument): string {
  return `${promName(name)}${unit === "s" ? "_seconds" : ""}${kind === "counter" ? "_total" : ""}`;
}

export function promName(name: string): string {
  return name.replaceAll(".", "_");
}

/** The series of a histogram. */
export function samplesOf(name: string, labels: Labels, { counts, sum }: Histogram): Sample[] {
  const samples: Sample[] = [];
  let count = 0;
  for (const [bucket, more] of counts.entries()) {
    count += more;
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le: BOUNDS[bucket] ?? "+Inf" }, value: count });
  }
  samples.push(
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  );
  return samples;
}
