/** What the measured rounds say: medians, spread, ratios; as text for the terminal and as Markdown. */
import { median, quantile } from "./measure.mjs";

/** @param {object} row as in `rows/`; @param {object} times figures by case, round by round */
export function summarise(row, times, major) {
  const names = Object.keys(times);
  const rounds = Array.from({ length: times[names[0]].length }, (_, i) =>
    Object.fromEntries(names.map((name) => [name, times[name][i]])),
  );
  const measure = measureOf(row);
  const values = rounds.map(measure);
  return {
    id: row.id,
    max: major >= 24 ? (row.maxFrom24 ?? row.max) : row.max,
    medians: Object.fromEntries(names.map((name) => [name, median(times[name])])),
    value: median(values),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
    rounds: rounds.length,
  };
}

function measureOf(row) {
  if (row.ratio !== undefined) return row.ratio;
  if (row.more !== undefined) return (round) => round.ours - round["by hand"];
  const subject = row.peer ?? "ours";
  return (round) => round[subject] / round["by hand"];
}

export function targetOf(row) {
  if (row.more !== undefined) return `≤ ${row.more} ns more`;
  if (row.least !== undefined) return `≥ ${row.least}`;
  if (row.max === undefined) return "";
  return row.maxFrom24 === undefined ? `≤ ${row.max}` : `≤ ${row.max} (24, 26: ${row.maxFrom24})`;
}

/** Some rows are there to explain others. */
export const hasTarget = (row) => targetOf(row) !== "";

export function isMet(row, { value, max }) {
  return row.least === undefined ? value <= (max ?? row.more) : value >= row.least;
}

export const valueText = (row, { value }) => (row.more === undefined ? value.toFixed(2) : `${value.toFixed(1)} ns`);

export function figure(value, unit) {
  if (unit !== undefined) return `${Math.round(value).toLocaleString("en")} ${unit}`;
  if (value < 1000) return `${value.toFixed(value < 20 ? 1 : 0)} ns`;
  return `${(value / 1000).toFixed(value < 20_000 ? 2 : 1)} µs`;
}

/** A line for the terminal. */
export function line(row, summary) {
  const { low, high, medians } = summary;
  const digits = row.more === undefined ? 2 : 1;
  const spread = `${low.toFixed(digits)}–${high.toFixed(digits)}`;
  const verdict = !hasTarget(row) ? "" : isMet(row, summary) ? "met" : "MISSED";
  const details = Object.entries(medians).map(([name, value]) => `${name} ${figure(value, row.unit)}`);
  return [
    (row.peer === undefined ? row.what : `${row.job}: ${row.peer}`).padEnd(74),
    valueText(row, summary).padStart(8),
    spread.padStart(13),
    targetOf(row).padStart(12),
    verdict.padEnd(7),
    details.join(" | "),
  ].join(" ");
}

/**
 * The table of `docs/performance.md`.
 *
 * @param {{ version: string, summaries: Map<string, object> }[]} runs one for each Node version
 */
export function tables(rows, runs) {
  const versions = runs.map(({ version }) => `Node ${version.replace(/^v(\d+).*/, "$1")}`);
  const head = ["what", "target", ...versions];
  const own = rows.filter((row) => row.peer === undefined);
  const lines = own.map((row) => [row.what, targetOf(row), ...runs.map((run) => cell(row, run.summaries.get(row.id)))]);
  const absolute = own.map((row) => [
    withCases(row, runs),
    ...runs.map(({ summaries }) => {
      const summary = summaries.get(row.id);
      if (summary === undefined) return "–";
      return Object.values(summary.medians)
        .map((value) => figure(value, row.unit))
        .join(" / ");
    }),
  ]);
  const peers = rows.filter((row) => row.peer !== undefined);
  const what = new Map(own.map((row) => [row.id, row.what]));
  const others = peers.map((row) => [
    what.get(row.job),
    row.peer,
    ...runs.map(({ summaries }) => summaries.get(row.id)?.value.toFixed(1) ?? "–"),
  ]);
  return {
    ratios: markdown(head, lines),
    absolute: markdown(["what", ...versions], absolute),
    peers: markdown(["what", "library", ...versions], others),
  };
}

/** With the names of its cases, where there are others besides the hand-written one and ours. */
function withCases(row, runs) {
  const names = Object.keys(runs[0].summaries.get(row.id)?.medians ?? {});
  return names.length > 2 ? `${row.what} <sub>${names.join(" / ")}</sub>` : row.what;
}

function cell(row, summary) {
  if (summary === undefined) return "–";
  const digits = row.more === undefined ? 2 : 1;
  const text = `${valueText(row, summary)} <sub>${summary.low.toFixed(digits)}–${summary.high.toFixed(digits)}</sub>`;
  return !hasTarget(row) || isMet(row, summary) ? text : `**${text}** ✗`;
}

function markdown(head, lines) {
  const row = (cells) => `| ${cells.join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...lines.map(row)].join("\n");
}
