import type { HolderReport, PoolReport, WaiterReport } from "../../metrics/index.js";
import { chart, type Line } from "./chart.js";
import { count, duration, timeOfDay } from "./format.js";
import type { Sample } from "./history.js";
import { factsOf, folded, name, table } from "./table.js";
import { type Child, type Element, h } from "./tree.js";

const whole = (n: number): string => n.toLocaleString("en");

const LINES: readonly Line[] = [
  { title: "in use", value: ({ inUse }) => inUse, ceiling: ({ size }) => size, show: whole },
  { title: "waiting", value: ({ waiting }) => waiting, show: whole },
  { title: "wait time", value: ({ waitMs }) => waitMs, show: duration },
  { title: "use time", value: ({ useMs }) => useMs, show: duration },
];

/** In the order in which the bar shows them. */
const STATES = ["leased", "draining", "resetting", "checking", "idle", "creating", "destroying"] as const;

/** What the page knows of a pool. */
export interface PoolView {
  readonly key: string;
  readonly pool: PoolReport;
  readonly samples: readonly Sample[];
  readonly isOpen: boolean;
  readonly onToggle: (isOpen: boolean) => void;
}

/** A line for the pool; opened, all that is known of it. */
export function poolView({ key, pool, samples, isOpen, onToggle }: PoolView): Element {
  return h(
    "details",
    {
      key,
      class: `pool${pool.waiting > 0 ? " busy" : ""}`,
      open: isOpen,
      ontoggle: ({ target }) => onToggle((target as { readonly open: boolean }).open),
    },
    h("summary", {}, h("h3", {}, name(pool.label)), bar(pool), h("span", { class: "counts" }, countsOf(pool))),
    isOpen ? h("div", { class: "inside" }, inside(pool, samples)) : undefined,
  );
}

function inside(pool: PoolReport, samples: readonly Sample[]): Child {
  if (pool.figures === null)
    return h("p", {}, "Nothing has touched the service yet; its pool is made at the first touch.");
  return [
    h(
      "div",
      { class: "charts" },
      LINES.map((line) => chart(samples, line)),
    ),
    holders(pool),
    waiters(pool),
    instances(pool),
    pool.lastCreateError == null
      ? undefined
      : h("p", { class: "bad" }, `The last creation failed: ${pool.lastCreateError}`),
    figures(pool, pool.figures),
  ];
}

function countsOf({ state, leased, maxSize, idle, draining, waiting }: PoolReport): string {
  const parts = [`${whole(leased)} of ${maxSize === null ? "∞" : whole(maxSize)} leased`, `${whole(idle)} idle`];
  if (draining > 0) parts.push(`${whole(draining)} draining`);
  if (waiting > 0) parts.push(`${whole(waiting)} waiting`);
  if (state !== "open") parts.push(state);
  return parts.join(", ");
}

const BAR = 100;

/** How much of the pool is what; the words beside it say the same. */
function bar(pool: PoolReport): Child {
  const all = Math.max(pool.maxSize ?? 0, pool.size + pool.destroying, 1);
  let x = 0;
  const parts = STATES.map((state) => {
    const width = (pool[state] / all) * BAR;
    const part = h("rect", { class: state, x, y: 0, width, height: 10 });
    x += width;
    return part;
  });
  return h(
    "svg",
    { class: "bar", viewBox: `0 0 ${BAR} 10`, preserveAspectRatio: "none", "aria-hidden": "true" },
    parts,
  );
}

function holders({ holders, leased, draining, label }: PoolReport): Child {
  if (holders.length === 0) return h("p", {}, "All instances are free.");
  const rows = holders.map((holder) => ({
    key: `${holder.instance}`,
    cells: [
      who(holder),
      `#${holder.instance}`,
      timeOfDay(holder.since),
      duration(holder.heldMs),
      [
        holder.call === undefined ? undefined : `draining: ${holder.call}`,
        folded("where it was taken", holder.acquisitionStack),
        factsOf(holder.facts),
      ],
    ],
  }));
  const heads = ["Holder", "Instance", "Since", "Held for", "More"];
  return table(`Who holds what of ${label}${shownOf(holders.length, leased + draining)}`, heads, rows);
}

function waiters({ waiters, waiting, label }: PoolReport): Child {
  if (waiters.length === 0) return undefined;
  const rows = waiters.map((waiter, i) => ({
    key: `${i}`,
    cells: [
      who(waiter),
      timeOfDay(waiter.since),
      duration(waiter.waitedMs),
      folded("where it was asked for", waiter.acquisitionStack),
    ],
  }));
  return table(`Who waits for ${label}${shownOf(waiters.length, waiting)}`, ["Waits", "Since", "For", "More"], rows);
}

function who({ holder, contextId }: HolderReport | WaiterReport): Child {
  return [name(holder), contextId === null ? undefined : h("small", {}, ` #${contextId}`)];
}

function instances({ instances = [], label }: PoolReport): Child {
  if (instances.length === 0) return undefined;
  const rows = instances.map(({ instance, state, ageMs, uses, facts }) => ({
    key: `${instance}`,
    cells: [`#${instance}`, state, duration(ageMs), whole(uses), factsOf(facts)],
  }));
  return h(
    "details",
    { class: "folded" },
    h("summary", {}, "instances"),
    table(`Instances of ${label}`, ["Instance", "State", "Age", "Uses", "Facts"], rows),
  );
}

function figures({ service, label, minSize, minIdle }: PoolReport, figures: NonNullable<PoolReport["figures"]>): Child {
  const { created, createFailures, destroyed, returns, useTime, waitTime, timeouts, aborts, rejectedByLimit } = figures;
  const gone = Object.entries(destroyed).filter(([, n]) => n > 0);
  const facts: readonly (readonly [string, string])[] = [
    ["service", service],
    ["made ahead", whole(minSize)],
    ["kept idle", whole(minIdle)],
    ["created", `${whole(created)}, ${whole(createFailures)} failed`],
    ["destroyed", gone.map(([reason, n]) => `${whole(n)} ${reason}`).join(", ") || "none"],
    [
      "leases ended",
      `${whole(returns)}, on average after ${duration(useTime.meanMs)}, at most ${duration(useTime.maxMs)}`,
    ],
    ["waits", `${whole(waitTime.count)}, on average ${duration(waitTime.meanMs)}, at most ${duration(waitTime.maxMs)}`],
    [
      "gave up",
      `${count(timeouts, "time-out")}, ${whole(aborts)} aborted, ${whole(rejectedByLimit)} rejected by maxWaiting`,
    ],
    [
      "trouble",
      `${count(figures.longLeases, "long lease")}, ${count(figures.checkFailures, "failed check")}, ${count(figures.hookFailures, "failed hook")}`,
    ],
  ];
  return h(
    "dl",
    { class: "figures", "aria-label": `Figures of ${label} since it was made, ${duration(figures.runningMs)} ago` },
    facts.map(([term, text]) => h("div", {}, h("dt", {}, term), h("dd", {}, text))),
  );
}

/** More may be there than are told of. */
export function shownOf(shown: number, all: number): string {
  return shown < all ? `: ${whole(shown)} of ${whole(all)}` : "";
}
