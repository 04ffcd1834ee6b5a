import type { PoolReport } from "../../metrics/index.js";

/** What the charts keep of a pool at one moment. */
export interface Sample {
  readonly at: number;
  readonly size: number;
  /** Leased or draining. */
  readonly inUse: number;
  readonly waiting: number;
  /** The means of what ended since the sample before; none if nothing did. */
  readonly waitMs: number | undefined;
  readonly useMs: number | undefined;
}

/** For so long samples are kept. */
export const SPAN_MS = 300_000;

/** A pool as far as its samples go: its last figures tell what has come to them since. */
interface Line {
  samples: Sample[];
  figures: PoolReport["figures"];
}

/** The last minutes of every pool. It is kept in the page: the server keeps nothing. */
export class History {
  #lines = new Map<string, Line>();

  /** Adds what a report says; forgets the pools that it does not name. */
  add(at: number, pools: readonly PoolReport[]): void {
    const lines = new Map<string, Line>();
    for (const [key, pool] of keyed(pools)) {
      const { samples, figures } = this.#lines.get(key) ?? { samples: [], figures: null };
      const { size, leased, draining, waiting } = pool;
      const waitMs = mean(figures?.waitTime, pool.figures?.waitTime);
      const useMs = mean(figures?.useTime, pool.figures?.useTime);
      const kept = samples.filter((sample) => sample.at > at - SPAN_MS && sample.at < at);
      kept.push({ at, size, inUse: leased + draining, waiting, waitMs, useMs });
      lines.set(key, { samples: kept, figures: pool.figures });
    }
    this.#lines = lines;
  }

  /** The samples of a pool, the oldest first. */
  of(key: string): readonly Sample[] {
    return this.#lines.get(key)?.samples ?? [];
  }
}

/** The pools by unique names. Their labels may be alike. */
export function keyed(pools: readonly PoolReport[]): Map<string, PoolReport> {
  const byKey = new Map<string, PoolReport>();
  for (const pool of pools) {
    const name = `${pool.service}\n${pool.label}`;
    let key = name;
    for (let n = 2; byKey.has(key); n++) key = `${name}\n${n}`;
    byKey.set(key, pool);
  }
  return byKey;
}

interface Total {
  readonly count: number;
  readonly totalMs: number;
}

/** The mean of what was counted between two reports; the process may have begun anew. */
function mean(before: Total = { count: 0, totalMs: 0 }, now?: Total): number | undefined {
  if (now === undefined) return undefined;
  const { count, totalMs } = now.count < before.count ? { count: 0, totalMs: 0 } : before;
  const ended = now.count - count;
  return ended === 0 ? undefined : Math.max(0, (now.totalMs - totalMs) / ended);
}
