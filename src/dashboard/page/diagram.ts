import type { BindingReport } from "../../metrics/index.js";
import { layersOf } from "./layers.js";
import { type Child, h } from "./tree.js";

const BOX = { width: 190, height: 44, between: 70, below: 16 };
/** So many are drawn; of more one sees nothing. */
export const MOST_DRAWN = 80;
/** So much of a name fits into its box. */
const LONGEST_NAME = 22;

const HOW = { proxy: "injected as a lazy proxy", instance: "injected", makes: "makes" } as const;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** The bindings as boxes in layers, with arrows to what is injected. */
export function diagram(bindings: readonly BindingReport[]): Child {
  const drawn = new Map(bindings.map((binding) => [binding.id, binding]));
  const { layers, via } = layersOf(bindings.map(({ id, edges }) => ({ id, to: edges.map(({ to }) => to) })));
  const places = new Map<number, Place>();
  for (const [column, layer] of layers.entries()) {
    for (const [row, id] of layer.entries()) {
      places.set(id, { x: 2 + column * (BOX.width + BOX.between), y: 2 + row * (BOX.height + BOX.below) });
    }
  }
  const width = layers.length * (BOX.width + BOX.between) - BOX.between + 4;
  const height = Math.max(...layers.map(({ length }) => length)) * (BOX.height + BOX.below) - BOX.below + 4;
  const arrows = bindings.flatMap(({ id, edges }) =>
    edges
      .filter(({ to }) => drawn.has(to))
      .map(({ to, how }) =>
        arrow(
          [id, ...via(id, to), to].map((point) => places.get(point)!),
          how,
        ),
      ),
  );
  return h(
    "svg",
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": "The bindings; the table below says the same.",
    },
    h("defs", {}, marker("instance"), marker("proxy"), marker("makes")),
    arrows,
    bindings.map((binding) => box(binding, places.get(binding.id)!)),
  );
}

function box({ id, service, scope }: BindingReport, { x, y }: Place): Child {
  const name = service.length > LONGEST_NAME ? `${service.slice(0, LONGEST_NAME - 1)}…` : service;
  return h(
    "g",
    { key: `b${id}`, class: `box ${kindOf(scope)}` },
    h("title", {}, `${service}: ${scope}`),
    h("rect", { x, y, width: BOX.width, height: BOX.height, rx: 6 }),
    h("text", { x: x + 10, y: y + 18, class: "service" }, name),
    h("text", { x: x + 10, y: y + 35, class: "scope" }, scope),
  );
}

/** As its colour goes: scopes of the library stand out. */
function kindOf(scope: string): string {
  return /^(?:pooled|shared|per-async-context|context-value)$/.test(scope) ? scope : "other";
}

function marker(how: keyof typeof HOW): Child {
  const attributes = { viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto" };
  return h("marker", { id: `head-${how}`, ...attributes }, h("path", { class: `head ${how}`, d: "M0 0L8 4L0 8z" }));
}

/** @param way - where it begins, where it passes other layers, and where it ends */
function arrow(way: readonly Place[], how: keyof typeof HOW): Child {
  const middle = BOX.height / 2;
  const [from, ...rest] = way as [Place, ...Place[]];
  let [x, y] = [from.x + BOX.width, from.y + middle];
  let d = `M${x} ${y}`;
  for (const next of rest) {
    const [x2, y2] = [next.x - 1, next.y + middle];
    // What leads back goes around.
    const bend = x2 > x ? (x2 - x) / 2 : BOX.between;
    d += `C${x + bend} ${y} ${x2 - bend} ${y2} ${x2} ${y2}`;
    if (next !== rest.at(-1)) d += `h${BOX.width}`;
    [x, y] = [x2 + BOX.width, y2];
  }
  return h("path", { class: `arrow ${how}`, d, "marker-end": `url(#head-${how})` }, h("title", {}, HOW[how]));
}

/** What a binding's edges are, in words. */
export function edgesInWords({ edges }: BindingReport, nameOf: (id: number) => string): string {
  return edges
    .map(({ to, how }) => `${how === "makes" ? "makes " : ""}${nameOf(to)}${how === "proxy" ? " (proxy)" : ""}`)
    .join(", ");
}
