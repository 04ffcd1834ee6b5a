import { type Sample, SPAN_MS } from "./history.js";
import { type Element, h } from "./tree.js";

const WIDTH = 240;
const HEIGHT = 48;
/** Samples further apart than this have a gap between them: the page was hidden, or the server away. */
const GAP_MS = 15_000;

/** What a chart shows. */
export interface Line {
  readonly title: string;
  readonly value: (sample: Sample) => number | undefined;
  /** Drawn behind it, as what is there at most. */
  readonly ceiling?: (sample: Sample) => number;
  readonly show: (value: number) => string;
}

/** A chart begins with its first sample, but spans a minute at least. */
const SHORTEST_MS = 60_000;

/** A small chart of the last minutes, with its figures in words for those who don't see it. */
export function chart(samples: readonly Sample[], { title, value, ceiling, show }: Line): Element {
  const values = samples.map(value);
  const known = values.filter((one) => one !== undefined);
  const highest = known.reduce((a, b) => Math.max(a, b), 0);
  const top = Math.max(highest, ...samples.map((sample) => ceiling?.(sample) ?? 0)) || 1;
  const last = known.at(-1);
  const now = last === undefined ? "–" : show(last);
  const told = known.length === 0 ? "nothing yet" : `now ${now}, at most ${show(highest)}`;
  return h(
    "figure",
    { class: "chart" },
    h("figcaption", {}, h("span", {}, title), " ", h("b", {}, now), h("small", {}, ` max ${show(highest)}`)),
    h(
      "svg",
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": `${title} in the last minutes: ${told}`,
      },
      ceiling === undefined ? undefined : h("path", { class: "ceiling", d: path(samples, samples.map(ceiling), top) }),
      h("path", { class: "line", d: path(samples, values, top) }),
    ),
  );
}

/** Lines between the samples whose values are known; where these are far apart, it begins anew. */
export function path(samples: readonly Sample[], values: readonly (number | undefined)[], top: number): string {
  const end = samples.at(-1)?.at ?? 0;
  const span = Math.min(Math.max(end - (samples[0]?.at ?? 0), SHORTEST_MS), SPAN_MS);
  let from = -Infinity;
  let text = "";
  for (const [i, { at }] of samples.entries()) {
    const value = values[i];
    if (value === undefined) continue;
    const x = WIDTH - ((end - at) / span) * WIDTH;
    // A line of its own has a width, and must not be cut in half.
    const y = HEIGHT - 2 - (value / top) * (HEIGHT - 4);
    text += `${at - from > GAP_MS ? "M" : "L"}${round(x)} ${round(y)}`;
    // One alone is seen, too.
    if (at - from > GAP_MS) text += "h0.1";
    from = at;
  }
  return text;
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
