import { summarizeError } from "../base/summarize-error.js";
import type { Duration } from "./figures.js";
import type { Holders } from "./holders.js";
import type { Settings } from "./options.js";
import type { Parts } from "./parts.js";
import { DRAINING, IDLE, LEASED, STATE_NAMES, type DestroyReason, type Slot } from "./slot.js";

/** Figures on a duration, in milliseconds. */
export interface DurationStats {
  /** How many there were. */
  readonly count: number;
  /** All together. */
  readonly totalMs: number;
  /** On the average; 0 where there were none. */
  readonly meanMs: number;
  /** The longest. */
  readonly maxMs: number;
}

/** One instance, as `stats()` shows it. */
export interface InstanceStats {
  /** The number that `create` was given. */
  readonly n: number;
  /** Where it stands; the machine is drawn in ARCHITECTURE.md. */
  readonly state: "creating" | "idle" | "leased" | "checking" | "resetting" | "destroying" | "gone" | "draining";
  /** Since it was made, or since its creation began. */
  readonly ageMs: number;
  /** How often it was lent. */
  readonly uses: number;
  /** For how long it is unused, if idle. */
  readonly idleMs?: number;
  /** Who holds it, if leased; who held it, if draining. */
  readonly holder?: string;
  /** For how long it is held, if leased; for how long it drains, if draining. */
  readonly heldMs?: number;
  /** Where the lease was taken, if the option `leaseStacks` is on. */
  readonly acquisitionStack?: string;
  /** What still uses it, if draining. */
  readonly call?: string;
  /** What `describe` says. */
  readonly facts?: unknown;
}

/**
 * A snapshot of a pool, JSON-compatible: an infinite limit is `null`.
 *
 * `size = idle + leased + creating + checking + resetting + draining`, always; `destroying` comes on top of it, and
 * `size + destroying` is never more than `maxSize` (but for the time after `resize` to fewer).
 */
export interface PoolStats {
  /** How errors and events call the pool. */
  readonly label: string;
  /** `open`, `closing` (waits for leases and destroys), or `closed`. */
  readonly state: "open" | "closing" | "closed";
  /** The limit of instances; `null` for none. */
  readonly maxSize: number | null;
  /** So many are kept. */
  readonly minSize: number;
  /** So many are kept idle, as long as `maxSize` allows. */
  readonly minIdle: number;
  /** All slots but those in `destroying`. */
  readonly size: number;
  /** Ready to be lent at once. */
  readonly idle: number;
  /** Held by a lease. */
  readonly leased: number;
  /** `create` or `onCreate` is under way. */
  readonly creating: number;
  /** `healthCheck` or `onAcquire` is under way. */
  readonly checking: number;
  /** `onRelease` is under way. */
  readonly resetting: number;
  /** The lease is over, and what was called in it still runs. */
  readonly draining: number;
  /** `destroy` is under way. */
  readonly destroying: number;
  /** Acquisitions that are not settled. */
  readonly waiting: number;
  /** Calls of your functions that still go on after their time-out. */
  readonly timedOutStillRunning: number;

  /** The clock's time of this snapshot, in milliseconds. */
  readonly now: number;
  /** The clock's time when the pool was made. */
  readonly startedAt: number;
  /** The time between the two. */
  readonly runningMs: number;

  /** Instances made. */
  readonly created: number;
  /** Calls of `create`. */
  readonly createAttempts: number;
  /** Calls of `create` or `onCreate` that failed or took too long. */
  readonly createFailures: number;
  /** Why the last creation failed, until one succeeds. */
  readonly lastCreateError: string | null;
  /** How long creations took. */
  readonly creations: DurationStats;
  /** Leases begun. */
  readonly uses: number;
  /** Leases ended. */
  readonly returns: number;
  /** How long leases lasted. To a hundredth of a second for each, right on the average; see the option `clock`. */
  readonly useTime: DurationStats;
  /** How long those acquisitions waited that had to. */
  readonly waitTime: DurationStats;
  /** Acquisitions that passed their deadline. */
  readonly timeouts: number;
  /** Acquisitions given up through their signal. */
  readonly aborts: number;
  /** Acquisitions refused because of `maxWaiting`. */
  readonly rejectedByLimit: number;
  /** How many instances were destroyed, for each reason. */
  readonly destroyed: Readonly<Record<DestroyReason, number>>;
  /** How often `destroy` failed or took too long. */
  readonly destroyFailures: number;
  /** How often `onAcquire` or `onRelease` failed or took too long. */
  readonly hookFailures: number;
  /** Health checks. */
  readonly checks: number;
  /** Health checks that said unhealthy, failed or took too long. */
  readonly checkFailures: number;
  /** Leases held longer than `leaseWarnMs`. */
  readonly longLeases: number;
  /** Leases released more than once. */
  readonly doubleReleases: number;
  /** The rounds that look for instances that are too old or idle for too long. */
  readonly housekeeping: {
    /** How many there were. */
    readonly rounds: number;
    /** How long they took, all together. */
    readonly totalMs: number;
    /** How long one took, on the average. */
    readonly meanMs: number;
    /** How long ago the last round was. */
    readonly lastMs: number | null;
  };
  /** The options, with their defaults; functions are left out. An infinite one is `null`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** All slots, in the order in which they were made. */
  readonly instances: readonly InstanceStats[];
}

/** The part of a snapshot that asks no user code. */
export type PoolFigures = Omit<PoolStats, "config" | "instances">;

/** Takes the snapshot. */
export function statsOf<T>(parts: Parts<T>): PoolStats {
  const { ledger, holders } = parts;
  const figures = figuresOf(parts);
  const instances = [...ledger.slots].map((slot) => instanceOf(slot, holders, figures.now));
  return { ...figures, config: configOf(ledger.settings), instances };
}

export function figuresOf<T>(parts: Parts<T>): PoolFigures {
  const { ledger, timers, creating } = parts;
  const { figures, settings, slots } = ledger;
  const now = ledger.clock.now();
  const { rounds, busyMs, lastRoundAt } = timers.housekeeping;
  let uses = figures.usesOfGone;
  for (const slot of slots) uses += slot.uses;
  const returns = uses - ledger.leased;
  return {
    label: ledger.label,
    state: ledger.accepts ? "open" : parts.closing.done ? "closed" : "closing",
    maxSize: finite(ledger.maxSize),
    minSize: settings.minSize,
    minIdle: settings.minIdle,
    size: ledger.size,
    idle: ledger.idle.length,
    leased: ledger.leased,
    creating: ledger.creating,
    checking: ledger.checking,
    resetting: ledger.resetting,
    draining: ledger.draining,
    destroying: ledger.destroying,
    waiting: ledger.waiting,
    timedOutStillRunning: figures.timedOutStillRunning,
    now,
    startedAt: ledger.startedAt,
    runningMs: now - ledger.startedAt,
    created: figures.created,
    createAttempts: figures.createAttempts,
    createFailures: figures.createFailures,
    lastCreateError: creating.lastError === undefined ? null : summarizeError(creating.lastError),
    creations: durations(figures.creations),
    uses,
    returns,
    useTime: durations({ count: returns, totalMs: figures.useTotalMs, maxMs: figures.useMaxMs }),
    waitTime: durations(figures.waits),
    timeouts: figures.timeouts,
    aborts: figures.aborts,
    rejectedByLimit: figures.rejectedByLimit,
    destroyed: { ...figures.destroyed },
    destroyFailures: figures.destroyFailures,
    hookFailures: figures.hookFailures,
    checks: figures.checks,
    checkFailures: figures.checkFailures,
    longLeases: figures.longLeases,
    doubleReleases: figures.doubleReleases,
    housekeeping: {
      rounds,
      totalMs: busyMs,
      meanMs: rounds === 0 ? 0 : busyMs / rounds,
      lastMs: rounds === 0 ? null : now - lastRoundAt,
    },
  };
}

function instanceOf<T>(slot: Slot<T>, holders: Holders<T>, now: number): InstanceStats {
  const { n, state, uses, since } = slot;
  const idle = state === IDLE ? { idleMs: Math.max(0, now - since) } : {};
  const more = state === LEASED || state === DRAINING ? holders.of(slot, now) : holders.described(slot);
  return { n, state: STATE_NAMES[state], ageMs: now - slot.createdAt, uses, ...idle, ...more };
}

function configOf<T>(settings: Settings<T>): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  // With the defaults, which are inherited.
  for (const name in settings) {
    const value: unknown = settings[name as keyof Settings<T>];
    if (typeof value === "function" || name === "logger" || name === "clock" || name === "label") continue;
    if (value === undefined) continue;
    if (typeof value === "number") config[name] = finite(value);
    else if (value instanceof Set) config[name] = [...(value as Set<string>)];
    else config[name] = structuredClone(value);
  }
  return config;
}

function durations({ count, totalMs, maxMs }: Pick<Duration, "count" | "totalMs" | "maxMs">): DurationStats {
  return { count, totalMs, meanMs: count === 0 ? 0 : totalMs / count, maxMs };
}

function finite(value: number): number | null {
  return value === Infinity ? null : value;
}
