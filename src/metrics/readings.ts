import { oneLine } from "../base/one-line.js";
import { Pool } from "../pool/pool.js";
import type { PoolFigures, PoolStats } from "../pool/stats.js";
import type { BindingPool } from "../scopes/pooled/binding-pool.js";
import type { WatchedPools } from "./watched-pools.js";

/** The states by the names of the conventions, where `leased` is `used`; by our own names, where the conventions have none. */
export const STATES = {
  idle: "idle",
  leased: "used",
  draining: "draining",
  creating: "creating",
  checking: "checking",
  resetting: "resetting",
  destroying: "destroying",
} as const satisfies Partial<Record<keyof PoolStats, string>>;

type Counted = keyof typeof STATES;
const COUNTED = Object.keys(STATES) as Counted[];

/** What the pools with one label have between them, at one moment. */
export interface Reading extends Record<Counted, number> {
  readonly pools: Pool<object>[];
  /** `Infinity` if one of them has no limit. */
  limit: number;
  /** How many of them are there at least, as long as nobody holds one. */
  idleMin: number;
  waiting: number;
  timeouts: number;
}

/** The readings by label. Pools with one label are one series, since no two series may have the same name and labels. */
export function readingsOf(watched: Iterable<WatchedPools>): Map<string, Reading> {
  const found = new Set<Pool<object> | BindingPool>();
  for (const pools of watched) for (const pool of pools.now()) found.add(pool);
  const readings = new Map<string, Reading>();
  for (const pool of found) {
    const figures = pool instanceof Pool ? pool.view.figures() : undefined;
    if (figures?.state === "closed") continue;
    const label = labelOf(pool);
    let reading = readings.get(label);
    if (reading === undefined) readings.set(label, (reading = nothing()));
    if (pool instanceof Pool) add(reading, pool, figures!);
    else addUntouched(reading, pool);
  }
  return readings;
}

function add(reading: Reading, pool: Pool<object>, figures: PoolFigures): void {
  reading.pools.push(pool);
  for (const state of COUNTED) reading[state] += figures[state];
  reading.limit += figures.maxSize ?? Infinity;
  reading.idleMin += leastIdle(figures);
  reading.waiting += figures.waiting;
  reading.timeouts += figures.timeouts;
}

/** Its service has not been touched: there is no pool yet, and to look must not make one. */
function addUntouched(reading: Reading, pool: BindingPool): void {
  reading.limit += pool.maxSize;
  reading.idleMin += leastIdle(pool);
}

function leastIdle({ minSize, minIdle }: Pick<PoolFigures, "minSize" | "minIdle">): number {
  return Math.max(minSize, minIdle);
}

/** The name of a pool in metrics: on one line, and cut where it is too long. */
export function labelOf({ label }: { readonly label: string }): string {
  return oneLine(label, LONGEST);
}

const LONGEST = 500;

/** The figures of no pool. */
export function nothing(): Reading {
  const counts = Object.fromEntries(COUNTED.map((state) => [state, 0])) as Record<Counted, number>;
  return { ...counts, pools: [], limit: 0, idleMin: 0, waiting: 0, timeouts: 0 };
}
