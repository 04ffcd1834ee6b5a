import type { BindingReport, ContextReport, IncidentReport } from "../../metrics/index.js";
import { diagram, edgesInWords, MOST_DRAWN } from "./diagram.js";
import { duration, timeOfDay } from "./format.js";
import { shownOf } from "./pools-view.js";
import { folded, name, table } from "./table.js";
import { type Child, h } from "./tree.js";

/** So many rows of a table are shown. */
const MOST_ROWS = 100;

/** The contexts that are open, the oldest first. @param all - how many match, with those that the report leaves out */
export function contextsView(contexts: readonly ContextReport[], all: number): Child {
  if (contexts.length === 0) return h("p", {}, "None is open.");
  const shown = contexts.slice(0, MOST_ROWS);
  const rows = shown.map(({ id, name: called, state, parentId, startedAt, ageMs, holds, waitsFor }) => ({
    key: `${id}`,
    cells: [
      [name(called), h("small", {}, ` #${id}${parentId === null ? "" : ` in #${parentId}`}`)],
      state,
      timeOfDay(startedAt),
      duration(ageMs),
      name(holds.join(", ") || "–"),
      name(waitsFor.join(", ") || "–"),
    ],
  }));
  const heads = ["Context", "State", "Since", "Age", "Holds", "Waits for"];
  return table(`Open contexts, the oldest first${shownOf(shown.length, all)}`, heads, rows);
}

/** What went wrong of late, the newest first. */
export function incidentsView(incidents: readonly IncidentReport[]): Child {
  if (incidents.length === 0) return h("p", {}, "Nothing went wrong of late.");
  const rows = incidents.map(({ at, kind, code, message, pool, holder, heldMs, acquisitionStack }, i) => ({
    key: `${at} ${incidents.length - i}`,
    cells: [
      timeOfDay(at),
      kind,
      h("code", {}, code),
      name(pool),
      [holder === undefined ? "–" : name(holder), heldMs === undefined ? undefined : `, held for ${duration(heldMs)}`],
      [name(message), folded("where it was taken", acquisitionStack)],
    ],
  }));
  return table(
    "The latest time-outs, failed creations, leaks and deadlocks",
    ["At", "Kind", "Code", "Pool", "Who", "What"],
    rows,
  );
}

/** The bindings, drawn and as a table. */
export function bindingsView(bindings: readonly BindingReport[], nameOf: (id: number) => string): Child {
  if (bindings.length === 0) return h("p", {}, "Nothing is bound.");
  const shown = bindings.slice(0, MOST_ROWS);
  const rows = shown.map((binding) => ({
    key: `${binding.id}`,
    cells: [name(binding.service), binding.scope, name(edgesInWords(binding, nameOf) || "–")],
  }));
  const heads = ["Service", "Scope", "Is given"];
  return [
    bindings.length > MOST_DRAWN
      ? h("p", {}, `These are ${bindings.length} bindings. Filter them by name to see ${MOST_DRAWN} or fewer drawn.`)
      : [
          h("p", { class: "legend" }, "Solid arrows: injected. Dotted: injected as a lazy proxy. Dashed: makes."),
          h("div", { class: "scrolled", role: "region", "aria-label": "Diagram", tabindex: 0 }, diagram(bindings)),
        ],
    h(
      "details",
      { class: "folded" },
      h("summary", {}, "as a table"),
      table(`Bindings${shownOf(shown.length, bindings.length)}`, heads, rows),
    ),
  ];
}
