/** One series of a scrape. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Scrape {
  /** By the name of the metric. */
  readonly types: ReadonlyMap<string, string>;
  readonly series: readonly Series[];
  /** The value of the one series with this name and, of its labels, these. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/y;
const SERIES = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\+Inf|-?[0-9][0-9.e+-]*)$`);

/** Reads Prometheus' text format, strictly: throws at whatever a Prometheus would refuse. */
export function parseScrape(text: string): Scrape {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const types = new Map<string, string>();
  const series: Series[] = [];
  const seen = new Set<string>();
  let current: string | undefined;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const comment = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line);
    if (comment !== null) {
      const [, what, name, rest] = comment;
      current = name!;
      if (what !== "TYPE") continue;
      if (types.has(current)) throw new Error(`a second TYPE of ${current}`);
      types.set(current, rest!);
      continue;
    }
    const found = SERIES.exec(line);
    if (found === null) throw new Error(`no line of the format: ${line}`);
    const [, name, inBraces = "", value] = found;
    if (!belongs(name!, current!, types.get(current!)!)) throw new Error(`${name} in ${current}`);
    const labels = labelsOf(inBraces);
    const key = JSON.stringify([name, Object.entries(labels).map(String).toSorted()]);
    if (seen.has(key)) throw new Error(`the same series twice: ${line}`);
    seen.add(key);
    series.push({ name: name!, labels, value: value === "+Inf" ? Infinity : Number(value) });
  }
  return {
    types,
    series,
    value: (name, labels = {}) => {
      const matching = series.filter((one) => one.name === name && isPart(labels, one.labels));
      if (matching.length > 1) throw new Error(`${matching.length} series ${name} ${JSON.stringify(labels)}`);
      return matching[0]?.value;
    },
  };
}

function belongs(name: string, metric: string, type: string): boolean {
  if (type !== "histogram") return name === metric;
  return ["_bucket", "_sum", "_count"].some((end) => name === metric + end);
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (LABEL.lastIndex = 0; LABEL.lastIndex < text.length;) {
    const at = LABEL.lastIndex;
    const found = LABEL.exec(text);
    if (found === null) throw new Error(`no labels: ${text.slice(at)}`);
    const [, name, value] = found;
    if (Object.hasOwn(labels, name!)) throw new Error(`the label ${name} twice`);
    labels[name!] = value!.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
  }
  return labels;
}

function isPart(some: Readonly<Record<string, string>>, all: Readonly<Record<string, string>>): boolean {
  return Object.entries(some).every(([name, value]) => all[name] === value);
}
