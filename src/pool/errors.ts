/**
 * The catalogue of the pool's errors, by code: who, where, why, and what to do. (`INVALID_OPTION` is made where options are
 * checked, in `settings.ts`; warnings have a catalogue of their own, `warnings.ts`.)
 *
 * @module
 */

import { inspect } from "node:util";

import { summarizeError } from "../base/summarize-error.js";
import { internal, ScopeError, type HolderInfo, type PoolTimeoutStage } from "../base/errors.js";
import { oneLine } from "../base/one-line.js";
import { UNSHOWABLE } from "../base/show.js";
import type { Named } from "./holder.js";

/** What errors tell of a pool. */
export interface PoolState {
  readonly label: string;
  readonly maxSize: number;
  readonly idle: { readonly length: number };
  readonly leased: number;
  readonly creating: number;
  readonly checking: number;
  readonly resetting: number;
  readonly draining: number;
  readonly destroying: number;
  readonly waiting: number;
  /** What it shares a limit of, with other pools. */
  readonly share: { readonly used: number; readonly max: number } | undefined;
  /** It has room itself, and lacks that of the pools together. */
  readonly isShortOfTotal: boolean;
}

/** The longest that is shown of what `describe` says. */
const LONGEST_FACTS = 500;
/** A message names no more holders than this. */
const MOST_HOLDERS = 8;

const STAGES: { readonly [S in PoolTimeoutStage]: string } = {
  queued: "none came back",
  creating: "an instance was still being created",
  "backing-off": "creation failed repeatedly and is to be tried again later",
  checking: "an instance was still being checked",
  preparing: "an instance was still being prepared by onAcquire",
};

/** `POOL_TIMEOUT` */
export function acquireTimedOut(
  pool: PoolState,
  asked: Named | undefined,
  timeoutMs: number,
  stage: PoolTimeoutStage,
  lastError: unknown,
  holders: readonly HolderInfo[],
): ScopeError {
  return new ScopeError(
    "POOL_TIMEOUT",
    [
      `${pool.label}: no instance within ${timeoutMs} ms: ${STAGES[stage]}`,
      internal(` (${stateOf(pool)})`),
      ".",
      internal(`${heldBy(holders, pool.leased + pool.draining)}${askedBy(asked)}`),
      internal(lastError === undefined ? "" : ` The last creation failed: ${summarizeError(lastError)}.`),
      ` Shorten the leases, enlarge ${pool.isShortOfTotal ? "maxTotal" : "maxSize"}, or raise acquireTimeoutMs.`,
    ],
    { service: pool.label, holders, stage, ...(lastError === undefined ? {} : { cause: lastError }) },
  );
}

/** `POOL_OVERLOADED` */
export function overloaded(
  pool: PoolState,
  asked: Named | undefined,
  waiting: number,
  maxWaiting: number,
  holders: readonly HolderInfo[],
): ScopeError {
  return new ScopeError(
    "POOL_OVERLOADED",
    [
      `${pool.label}: ${waiting} wait already, and maxWaiting is ${maxWaiting}`,
      internal(` (${stateOf(pool)})`),
      ".",
      internal(`${heldBy(holders, pool.leased + pool.draining)}${askedBy(asked)}`),
      " Shed load, enlarge maxSize, or raise maxWaiting.",
    ],
    { service: pool.label, holders },
  );
}

/** `POOL_CLOSED` */
export function closed(label: string): ScopeError {
  return new ScopeError("POOL_CLOSED", `${label} is closed, for good: acquire before close().`, { service: label });
}

/** `CREATE_FAILED`: a function of the user failed. */
export function createFailed(label: string, what: string, cause: unknown): ScopeError {
  const message = [`${label}: ${what} failed`, internal(`: ${summarizeError(cause)}`)];
  return new ScopeError("CREATE_FAILED", message, { service: label, cause });
}

/** `CREATE_FAILED`: what `create` gave cannot be pooled. */
export function createUnusable(label: string, why: string): ScopeError {
  return new ScopeError("CREATE_FAILED", `${label}: create must make a new object each time, but ${why}`, {
    service: label,
  });
}

const TIME_OUTS = {
  create: ["CREATE_TIMEOUT", "create", "createTimeoutMs"],
  onCreate: ["CREATE_TIMEOUT", "create with onCreate", "createTimeoutMs"],
  onAcquire: ["CHECK_TIMEOUT", "onAcquire", "checkTimeoutMs"],
  onRelease: ["CHECK_TIMEOUT", "onRelease", "checkTimeoutMs"],
  destroy: ["DESTROY_TIMEOUT", "destroy", "destroyTimeoutMs"],
} as const;

/** `CREATE_TIMEOUT`, `CHECK_TIMEOUT`, `DESTROY_TIMEOUT` */
export function tookTooLong(
  pool: { readonly label: string; readonly settings: { readonly [K in (typeof TIME_OUTS)[Timed][2]]: number } },
  what: Timed,
): ScopeError {
  const [code, call, option] = TIME_OUTS[what];
  return new ScopeError(code, `${pool.label}: ${call} took longer than ${option}, ${pool.settings[option]} ms`, {
    service: pool.label,
  });
}

/** The user's functions whose time-out is told as an error. */
export type Timed = keyof typeof TIME_OUTS;

/** `LEASE_ENDED`: by its holder. */
export function leaseEnded(label: string): ScopeError {
  return new ScopeError(
    "LEASE_ENDED",
    `${label}: this lease was given back; take a new one, with acquire() or lease(proxy).`,
    {
      service: label,
    },
  );
}

/** `LEASE_ENDED`: by the pool. */
export function takenBack(label: string, holder: HolderInfo, why: string): ScopeError {
  return new ScopeError(
    "LEASE_ENDED",
    [
      `${label}: the lease`,
      internal(` of ${oneLine(holder.holder)}`),
      ` was taken back after ${holder.heldMs} ms: ${why}. Its instance`,
      internal(facts(holder)),
      " is destroyed; take a new one.",
      internal(stackLines(holder, " It was taken\n", "")),
    ],
    { service: label, holders: [holder] },
  );
}

/** `LEASE_ENDED`, for what still used the instance. */
export function drainedTooLong(label: string, { holder, heldMs, call }: HolderInfo): ScopeError {
  return new ScopeError(
    "LEASE_ENDED",
    [
      `${label}: ${heldMs} ms after the lease`,
      internal(` of ${oneLine(holder)}`),
      " ended, its instance is still in use",
      internal(` by ${oneLine(call!)}`),
      `, and is destroyed. Await the call and finish its streams and iterators before the context ends, start the work with detach(fn), or raise drainTimeoutMs.`,
    ],
    { service: label },
  );
}

/** The state of a pool in a few words. */
export function stateOf(pool: PoolState): string {
  const parts = [
    [pool.leased, "leased"],
    [pool.idle.length, "idle"],
    [pool.creating, "creating"],
    [pool.checking, "checking"],
    [pool.resetting, "resetting"],
    [pool.draining, "draining"],
    [pool.destroying, "destroying"],
  ] as const;
  const some = parts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`);
  const { share } = pool;
  const ofAll = share === undefined ? "" : `; of all that share a limit ${share.used} of ${share.max}`;
  return `${some.length === 0 ? "empty" : some.join(", ")} of ${pool.maxSize}, ${pool.waiting} waiting${ofAll}`;
}

/** On whose behalf the instance was asked for, as a sentence. */
function askedBy(asked: Named | undefined): string {
  return asked === undefined ? "" : ` Asked for by ${oneLine(asked.name)}.`;
}

/** Who holds the instances, as a sentence. */
export function heldBy(holders: readonly HolderInfo[], all = holders.length): string {
  if (holders.length === 0) return "";
  const named = holders.slice(0, MOST_HOLDERS).map((holder) => {
    const { call } = holder;
    const draining = call === undefined ? "" : ` (draining: ${oneLine(call)})`;
    return `${oneLine(holder.holder)} for ${holder.heldMs} ms${draining}${facts(holder)}${stackLines(holder, ", taken\n", "\n")}`;
  });
  const more = all - named.length;
  return ` Held by ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
}

/** Where the instance was acquired, if that was recorded. */
export function stackLines({ acquisitionStack: stack }: HolderInfo, before: string, after: string): string {
  return stack === undefined ? "" : `${before}${stack}${after}`;
}

function facts({ facts }: HolderInfo): string {
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
