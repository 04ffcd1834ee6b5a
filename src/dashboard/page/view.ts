import type { BindingReport, Report } from "../../metrics/index.js";
import { count, timeOfDay } from "./format.js";
import { type History, keyed } from "./history.js";
import { bindingsView, contextsView, incidentsView } from "./lists-view.js";
import { poolView, shownOf } from "./pools-view.js";
import { type Child, h, type Tree } from "./tree.js";

/** What the page shows. */
export interface State {
  readonly report: Report | undefined;
  readonly history: History;
  /** Why there is no newer report. */
  readonly trouble: string | undefined;
  readonly isPaused: boolean;
  readonly filter: string;
  /** The pools that are opened, by key. */
  readonly opened: ReadonlySet<string>;
  readonly showsAll: boolean;
  /** Where the report comes from. */
  readonly source: string;
}

/** What whoever looks at the page can do. */
export interface Actions {
  filter(text: string): void;
  pause(): void;
  showAll(): void;
  toggle(key: string, isOpen: boolean): void;
}

/** So many pools are shown, until all are asked for. */
export const MOST_POOLS = 50;

export function view(state: State, actions: Actions): Tree[] {
  const { report, trouble } = state;
  return [
    h("p", { class: "status", role: "status", key: "status" }, statusOf(state)),
    trouble === undefined ? undefined : h("p", { class: "bad", role: "alert", key: "trouble" }, trouble),
    controls(state, actions),
    report === undefined
      ? undefined
      : h("div", { key: "report", class: trouble && "stale" }, sections(report, state, actions)),
  ].filter((tree) => tree !== undefined);
}

/** Spoken when it changes: so it must not change with every report. */
function statusOf({ report, trouble, isPaused }: State): string {
  if (isPaused) return "Paused.";
  if (report === undefined) return trouble === undefined ? "Asking the server …" : "";
  return trouble === undefined ? "Live." : `These are the figures of ${timeOfDay(report.at)}.`;
}

function controls({ filter, isPaused }: State, actions: Actions): Tree {
  return h(
    "div",
    { class: "controls", key: "controls", role: "search" },
    h(
      "label",
      {},
      "Filter by name ",
      h("input", {
        type: "search",
        value: filter,
        autocomplete: "off",
        spellcheck: "false",
        oninput: ({ target }) => actions.filter((target as { readonly value: string }).value),
      }),
    ),
    h("button", { type: "button", "aria-pressed": String(isPaused), onclick: () => actions.pause() }, "Pause"),
  );
}

function sections(report: Report, state: State, actions: Actions): Child[] {
  const { openContexts, bindings } = report;
  const { contexts, incidents } = filtered(report, state.filter);
  const left = openContexts - report.contexts.length;
  return [
    summary(report),
    section("Pools", pools(report, state, actions)),
    section("Open contexts", contextsView(contexts, contexts.length + left)),
    section("Recent errors", incidentsView(incidents)),
    bindingsSection(bindings, state.filter),
    h("p", {}, h("a", { href: state.source }, "This report as JSON")),
  ];
}

function section(title: string, ...children: Child[]): Child {
  const id = title.toLowerCase().replaceAll(" ", "-");
  return h("section", { key: id, "aria-labelledby": id }, h("h2", { id }, title), children);
}

function summary({ openContexts, pools, incidents }: Report): Child {
  const sum = (of: "leased" | "draining" | "idle" | "waiting"): number =>
    pools.reduce((all, pool) => all + pool[of], 0);
  const tiles: readonly (readonly [string, number, boolean])[] = [
    ["open contexts", openContexts, false],
    ["pools", pools.length, false],
    ["leased", sum("leased"), false],
    ["draining", sum("draining"), false],
    ["idle", sum("idle"), false],
    ["waiting", sum("waiting"), sum("waiting") > 0],
    ["recent errors", incidents.length, incidents.length > 0],
  ];
  return h(
    "ul",
    { class: "tiles", key: "summary", "aria-label": "At a glance" },
    tiles.map(([what, n, isBad]) => h("li", { class: isBad && "bad" }, h("b", {}, n.toLocaleString("en")), ` ${what}`)),
  );
}

function pools({ pools }: Report, { filter, history, opened, showsAll }: State, actions: Actions): Child {
  const all = [...keyed(pools)].filter(
    ([, { service, label, holders }]) =>
      fits(filter, service, label) || holders.some(({ holder }) => fits(filter, holder)),
  );
  const shown = showsAll ? all : all.slice(0, MOST_POOLS);
  if (all.length === 0) return h("p", {}, pools.length === 0 ? "There is none." : "None has such a name.");
  return [
    shown.map(([key, pool]) => {
      const onToggle = (isOpen: boolean): void => actions.toggle(key, isOpen);
      return poolView({ key, pool, samples: history.of(key), isOpen: opened.has(key), onToggle });
    }),
    shown.length < all.length
      ? h(
          "button",
          { type: "button", key: "all", onclick: () => actions.showAll() },
          `Show all ${count(all.length, "pool")}${shownOf(shown.length, all.length)}`,
        )
      : undefined,
  ];
}

function filtered({ contexts, incidents }: Report, filter: string): Pick<Report, "contexts" | "incidents"> {
  if (filter === "") return { contexts, incidents };
  return {
    contexts: contexts.filter(({ name, holds, waitsFor }) => fits(filter, name, ...holds, ...waitsFor)),
    incidents: incidents.filter(({ pool, holder = "", code }) => fits(filter, pool, holder, code)),
  };
}

function fits(filter: string, ...names: readonly string[]): boolean {
  const wanted = filter.toLowerCase();
  return names.some((name) => name.toLowerCase().includes(wanted));
}

/** They change seldom: as long as they don't, the same tree stands for them, which costs nothing to show. */
let drawn: { readonly key: string; readonly section: Child } | undefined;

function bindingsSection(bindings: readonly BindingReport[], filter: string): Child {
  const key = JSON.stringify([filter, bindings]);
  if (drawn?.key !== key) {
    const names = new Map(bindings.map(({ id, service }) => [id, service]));
    const found = filter === "" ? bindings : withNeighbours(bindings, filter);
    drawn = {
      key,
      section: section(
        "Bindings",
        bindingsView(found, (id) => names.get(id)!),
      ),
    };
  }
  return drawn.section;
}

/** Those that have such a name, and what they are connected with. */
function withNeighbours(bindings: readonly BindingReport[], filter: string): BindingReport[] {
  const found = new Set(bindings.filter(({ service }) => fits(filter, service)).map(({ id }) => id));
  const near = new Set(found);
  for (const { id, edges } of bindings) {
    for (const { to } of edges) {
      if (found.has(id)) near.add(to);
      if (found.has(to)) near.add(id);
    }
  }
  return bindings.filter(({ id }) => near.has(id));
}
