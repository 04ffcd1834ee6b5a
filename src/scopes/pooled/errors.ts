/**
 * The catalogue of what only pooled services say. `POOL_EXHAUSTED`, which keyed shared ones say, too, is in `../errors.ts`; what
 * the pool itself says is in `src/pool/errors.ts`.
 *
 * @module
 */

import { type HolderInfo, internal, ScopeError } from "../../base/errors.js";
import { nameOf, oneLine } from "../../base/one-line.js";
import type { Wait } from "../../pool/holder.js";

/**
 * `RESULT_ESCAPES`
 *
 * @param result - what it is, in words
 */
export function resultEscapes(service: string, member: PropertyKey, result: string): ScopeError {
  return new ScopeError(
    "RESULT_ESCAPES",
    `${nameOf(service, member)} returned ${result}, which would outlive the lease of its call. Use ` +
      `use(proxy, fn) and drain it there, lease(proxy), or bind with lease: "context".`,
    { service },
  );
}

/**
 * `CONCURRENT_USE`
 *
 * @param mode - under `serialize`, the call is synchronous
 */
export function concurrentUse(service: string, member: PropertyKey, mode: "serialize" | "throw"): ScopeError {
  const advice =
    mode === "throw"
      ? `Await the first call, or bind with concurrency "serialize" or "allow".`
      : `It is synchronous and cannot wait its turn: await the other call first, or name it in \`defer\`.`;
  return new ScopeError(
    "CONCURRENT_USE",
    `${nameOf(service, member)} was called while another call on the same instance is under way. ${advice}`,
    { service },
  );
}

/** One context of a deadlock, and what it waits for. */
export interface Step {
  readonly from: { readonly name: string };
  readonly waitsFor: string;
  /** The next context holds what this one waits for; otherwise it is this one's child. */
  readonly isHeld: boolean;
}

/** The message tells no more steps of a circle. */
const MOST_STEPS = 32;

const ENLARGE =
  "Take what is needed together with runInContext({ needs: [...] }, fn), give back early with release(proxy), use " +
  '{ nested: "reuse" }, detach what need not be awaited, or enlarge the pool.';

/**
 * `POOL_DEADLOCK`
 *
 * @param steps - the circle, beginning with the context
 */
export function deadlocked(
  context: string,
  { label, remedy = ENLARGE }: Wait["pool"],
  steps: readonly Step[],
  holders: readonly HolderInfo[],
): ScopeError {
  const story = steps.slice(0, MOST_STEPS).map(({ from, waitsFor, isHeld }, i) => {
    const next = steps[(i + 1) % steps.length]!.from;
    return `${oneLine(from.name)} waits for ${waitsFor}${isHeld ? `, held by ${oneLine(next.name)}` : ""}`;
  });
  if (steps.length > MOST_STEPS) story.push(`and so on, ${steps.length} steps in all`);
  return new ScopeError(
    "POOL_DEADLOCK",
    [`${context} would wait for ever for ${label}`, internal(`: ${story.join("; ")}`), `. ${remedy}`],
    { service: label, context, holders },
  );
}
