/**
 * What the pool's errors say: who, where, why, and what to do.
 *
 * @module
 */

import { inspect } from "node:util";

import { summarizeError } from "../base/summarize-error.js";
import { internal, ScopeError, type HolderInfo, type PoolTimeoutStage } from "../base/errors.js";
import { isThenable } from "../base/is-thenable.js";
import { oneLine } from "../base/one-line.js";
import { UNSHOWABLE } from "../base/show.js";
import { withoutOwn } from "../base/own-files.js";
import type { Core } from "./core.js";
import { DRAINING, LEASED, type Entry } from "./entry.js";
import type { Waiter } from "./waiters.js";

/** More holders than this are not named in an error. */
const MAX_HOLDERS = 32;

/** Who holds this instance since when. */
export function holderOf<T>(entry: Entry<T>, now: number): HolderInfo {
  const { holder, caller, since, taken, drain } = entry;
  const heldMs = Math.max(0, Math.round(now - since));
  if (drain !== undefined) return { holder: drain.use.holder, heldMs, call: drain.use.describe(), ...factsOn(entry) };
  const takenAt = taken?.stack === undefined ? {} : { takenAt: callers(taken.stack) };
  return { holder: (holder ?? caller)?.name ?? "explicit lease", heldMs, ...takenAt, ...factsOn(entry) };
}

/** What `describe` says of an instance, if anything, and if it is fit for JSON; else its failure is what there is to say. */
export function factsOn<T>({ core, value }: Entry<T>): { readonly facts?: unknown } {
  const { describe } = core.settings;
  if (describe === undefined || value === undefined) return {};
  try {
    const facts: unknown = core.inPool(() => describe(value));
    JSON.stringify(facts);
    if (!isThenable(facts)) return { facts };
    Promise.resolve(facts).catch(() => {});
    return { facts: { error: "describe returned a promise, and must be synchronous" } };
  } catch (error) {
    return { facts: { error: summarizeError(error) } };
  }
}

/** The holders, longest first; those too whose calls still use what they have given back. */
export function holdersOf<T>(core: Core<T>, now: number, most = Infinity): HolderInfo[] {
  const leased = [...core.entries].filter(({ state }) => state === LEASED || state === DRAINING);
  leased.sort((a, b) => a.since - b.since);
  return leased.slice(0, most).map((entry) => holderOf(entry, now));
}

/** The state of the pool in a few words. */
export function stateOf<T>(core: Core<T>): string {
  const parts = [
    [core.leased, "leased"],
    [core.idle.length, "idle"],
    [core.creating, "creating"],
    [core.checking, "checking"],
    [core.resetting, "resetting"],
    [core.draining, "draining"],
    [core.destroying, "destroying"],
  ] as const;
  const some = parts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`);
  const { total } = core;
  const ofAll = total === undefined ? "" : `; of all that share a limit ${total.used} of ${total.max}`;
  return `${some.length === 0 ? "empty" : some.join(", ")} of ${core.maxSize}, ${core.waiting} waiting${ofAll}`;
}

export function acquireTimedOut<T>(waiter: Waiter<T>, now: number): ScopeError {
  const { core } = waiter;
  const holders = core.holdersForErrors(now);
  const { lastError } = core.creation;
  const stage = stageOf(waiter, now);
  return new ScopeError(
    "POOL_TIMEOUT",
    [
      `${core.label}: no instance within ${waiter.timeoutMs} ms: ${STAGES[stage]}`,
      internal(` (${stateOf(core)})`),
      ".",
      internal(heldBy(holders, core.leased + core.draining)),
      internal(lastError === undefined ? "" : ` The last creation failed: ${summarizeError(lastError)}.`),
      ` Shorten the leases, enlarge ${core.isShortOfTotal ? "maxTotal" : "maxSize"}, or raise acquireTimeoutMs.`,
    ],
    { service: core.label, holders, stage, ...(lastError === undefined ? {} : { cause: lastError }) },
  );
}

const STAGES: { readonly [S in PoolTimeoutStage]: string } = {
  queued: "none came back",
  creating: "an instance was still being created",
  "backing-off": "creation failed repeatedly and is to be tried again later",
  checking: "an instance was still being checked",
  preparing: "an instance was still being prepared by onAcquire",
};

function stageOf<T>(waiter: Waiter<T>, now: number): PoolTimeoutStage {
  const { creation, lending, queue } = waiter.core;
  if (waiter.assigned) return "preparing";
  if (waiter.creation !== undefined) return "creating";
  // What is checked, or created for nobody in particular, is so for the first of those who wait.
  let next = queue.head;
  for (let i = 0; i < lending.checks + creation.covering && next !== undefined; next = next.behind) {
    if (next === waiter) return i < lending.checks ? "checking" : "creating";
    if (next.creation === undefined) i++;
  }
  return creation.isBackingOff(now) ? "backing-off" : "queued";
}

export function overloaded<T>(core: Core<T>, now: number): ScopeError {
  const holders = core.holdersForErrors(now);
  return new ScopeError(
    "POOL_OVERLOADED",
    [
      `${core.label}: ${core.queue.length - 1} wait already, and maxWaiting is ${core.settings.maxWaiting}`,
      internal(` (${stateOf(core)})`),
      ".",
      internal(heldBy(holders, core.leased + core.draining)),
      " Shed load, enlarge maxSize, or raise maxWaiting.",
    ],
    { service: core.label, holders },
  );
}

export function closed<T>(core: Core<T>): ScopeError {
  return new ScopeError("POOL_CLOSED", `${core.label} is closed, for good: acquire before close().`, {
    service: core.label,
  });
}

export function createFailed<T>(core: Core<T>, what: string, cause: unknown): ScopeError {
  const message = [`${core.label}: ${what} failed`, internal(`: ${summarizeError(cause)}`)];
  return new ScopeError("CREATE_FAILED", message, { service: core.label, cause });
}

export function createUnusable<T>(core: Core<T>, why: string): ScopeError {
  return new ScopeError("CREATE_FAILED", `${core.label}: create must make a new object each time, but ${why}`, {
    service: core.label,
  });
}

export function tookTooLong<T>(
  core: Core<T>,
  code: "CREATE_TIMEOUT" | "CHECK_TIMEOUT" | "DESTROY_TIMEOUT",
  what: string,
  option: "createTimeoutMs" | "checkTimeoutMs" | "destroyTimeoutMs",
): ScopeError {
  return new ScopeError(code, `${core.label}: ${what} took longer than ${option}, ${core.settings[option]} ms`, {
    service: core.label,
  });
}

export function leaseEnded<T>({ core, lost }: Entry<T>): ScopeError {
  if (lost !== undefined) return lost;
  return new ScopeError("LEASE_ENDED", `${core.label}: this lease was given back; take a new one with acquire().`, {
    service: core.label,
  });
}

export function takenBack<T>(core: Core<T>, holder: HolderInfo, why: string): ScopeError {
  return new ScopeError(
    "LEASE_ENDED",
    [
      `${core.label}: the lease`,
      internal(` of ${oneLine(holder.holder)}`),
      ` was taken back after ${holder.heldMs} ms: ${why}. Its instance`,
      internal(what(holder)),
      " is destroyed; take a new one.",
      internal(taken(holder)),
    ],
    { service: core.label, holders: [holder] },
  );
}

export function drainedTooLong<T>(core: Core<T>, { holder, heldMs, call }: HolderInfo): ScopeError {
  return new ScopeError(
    "LEASE_ENDED",
    [
      `${core.label}: ${heldMs} ms after the lease`,
      internal(` of ${oneLine(holder)}`),
      " ended, its instance is still in use",
      internal(` by ${oneLine(call!)}`),
      `, and is destroyed. Await the call and finish its streams and iterators before the context ends, start the work with detach(fn), or raise drainTimeoutMs.`,
    ],
    { service: core.label },
  );
}

export function heldBy(holders: readonly HolderInfo[], all = holders.length): string {
  if (holders.length === 0) return "";
  const some = holders
    .slice(0, 8)
    .map(
      (holder) => `${oneLine(holder.holder)} for ${holder.heldMs} ms${draining(holder)}${what(holder)}${at(holder)}`,
    );
  const more = all - some.length;
  return ` Held by ${some.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
}

/** The stack without its first line, which is not an error's here, and without our own part of the way. */
function callers(stack: string): string {
  const [, ...frames] = stack.split("\n");
  return withoutOwn(frames).join("\n");
}

function what({ facts }: HolderInfo): string {
  return facts === undefined ? "" : ` (${shown(facts)})`;
}

/** Facts are given to be shown; but what they show of themselves may fail, or be long. */
function shown(facts: unknown): string {
  try {
    return oneLine(inspect(facts, { depth: 1, breakLength: Infinity, customInspect: false }), LONGEST_FACTS);
  } catch {
    return UNSHOWABLE;
  }
}

const LONGEST_FACTS = 500;

function draining({ call }: HolderInfo): string {
  return call === undefined ? "" : ` (draining: ${oneLine(call)})`;
}

function taken({ takenAt }: HolderInfo): string {
  return takenAt === undefined ? "" : ` It was taken\n${takenAt}`;
}

function at({ takenAt }: HolderInfo): string {
  return takenAt === undefined ? "" : `, taken\n${takenAt}\n`;
}

export { MAX_HOLDERS };
