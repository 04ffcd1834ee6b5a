/**
 * Compares ways to do the same job, in pairs.
 *
 * Why not mitata or tinybench: both measure one case to its end before the next begins. On a machine that is shared, or
 * that changes its clock, a slow minute then falls on one case alone. What is asked for here are ratios of a few percent,
 * so every round runs all cases, in a new random order, and the ratio is taken within the round.
 */
import { performance } from "node:perf_hooks";

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {(n: number) => unknown} run does the job `n` times; may return a promise
 * @property {() => unknown} [before] before each batch, not measured
 * @property {() => unknown} [after] after each batch, not measured
 */

/** How long and how often; `quick` is for development, its figures are rough. */
export const EFFORT = {
  full: { rounds: 60, batchMs: 5, warmUpMs: 400 },
  quick: { rounds: 25, batchMs: 2, warmUpMs: 150 },
};

/**
 * @param {readonly Case[]} cases
 * @returns {Promise<Record<string, number[]>>} nanoseconds for one job, by case, round by round
 */
export async function compare(cases, effort) {
  const counts = new Map(cases.map((one) => [one, 1]));
  const warmUntil = performance.now() + effort.warmUpMs * cases.length;
  for (let round = 0; round < 3 || performance.now() < warmUntil; round++) {
    for (const one of shuffled(cases)) {
      const n = counts.get(one);
      const ns = await batch(one, n);
      const fit = Math.max(1, Math.round((effort.batchMs * 1e6) / Math.max(ns, 0.1)));
      counts.set(one, Math.min(fit, n * 8));
    }
  }
  const times = Object.fromEntries(cases.map(({ name }) => [name, []]));
  for (let round = 0; round < effort.rounds; round++) {
    for (const one of shuffled(cases)) times[one.name].push(await batch(one, counts.get(one)));
  }
  return times;
}

/** A batch in which other programs took the processor away is measured again, a few times. */
const MOST_TRIES = 6;
const STOLEN = 0.1;

export async function batch({ run, before, after }, n) {
  for (let attempt = 1; ; attempt++) {
    await before?.();
    const cpu = process.cpuUsage();
    const from = performance.now();
    const result = run(n);
    if (result instanceof Promise) await result;
    const ns = (performance.now() - from) * 1e6;
    const { user, system } = process.cpuUsage(cpu);
    await after?.();
    if ((user + system) * 1000 >= ns * (1 - STOLEN) || attempt === MOST_TRIES) return ns / n;
  }
}

/** A copy in random order. */
export function shuffled(list) {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

/** The value below which that share of the list lies. */
export function quantile(list, share) {
  const sorted = [...list].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (list) => quantile(list, 0.5);
