/**
 * The manual of the pool: every option, its meaning, its unit, its default.
 *
 * @module
 */

import type { Clock } from "./time/clock.js";

/** When an instance is checked; see `healthCheck`. */
export type CheckOn = "idle" | "acquire" | "release";

/** Where a pool's warnings go: `console` will do, and so will most loggers. */
export interface PoolLogger {
  /**
   * Takes one warning.
   *
   * @param message - for people
   * @param facts - what the message says, for machines; always with `pool` and `kind`
   */
  warn(message: string, facts: Readonly<Record<string, unknown>>): void;
}

/** What `create` is told. */
export interface CreateContext {
  /** Aborts when the creation is no longer wanted: its time is up, or the pool closes. */
  readonly signal: AbortSignal;
}

/**
 * Options of a {@link Pool}. Only `create` and `maxSize` are required.
 *
 * All durations are in milliseconds. Where a duration is a limit, `Infinity` means that there is none. A wrong value and an
 * unknown name throw `INVALID_OPTION`.
 *
 * **Your functions** (`create`, the hooks, `healthCheck`, `destroy`) may be synchronous or not; a throw and a rejection
 * mean the same. `describe` is synchronous. They and the logger run in the async context in which the pool was constructed,
 * but in no context of `runInContext`, and never in that of the caller that happens to acquire or release.
 *
 * **Instances that are an `EventEmitter`** are listened to for `error`, from the moment when `create` gives them until after their
 * end, also after a holder's `removeAllListeners()`: without a listener such an event ends the process. An instance that emits it is
 * destroyed, when it comes back if it is in use; during `onCreate` the creation failed.
 */
export interface PoolOptions<T> {
  /**
   * Makes an instance, now or as a promise. It must make an object (or a function), and a new one each time: for anything
   * else the acquisition fails with `CREATE_FAILED`.
   *
   * If it fails, only the acquisition on whose behalf it was called is rejected, with `CREATE_FAILED` and the error as
   * `cause`.
   *
   * @param n - counts the calls, from 0
   * @param context - its `signal` aborts when the creation is no longer wanted: its time is up, or the pool closes
   */
  create: (n: number, context: CreateContext) => T | PromiseLike<T>;

  /**
   * How many instances may exist at the same time: those that are being created and destroyed count. 1 or more;
   * `Infinity` for no limit.
   */
  maxSize: number;

  /**
   * How many instances are made ahead, and made again when they are gone, by the pool itself, from its construction on. At most
   * `maxSize`. The pool of a binding is made at the service's first touch: fill it at start-up with `await poolOf(proxy).ready()`.
   * Default 0.
   */
  minSize?: number | undefined;

  /**
   * How many instances the pool keeps idle beside those in use, made ahead as long as `maxSize` allows: each time one is lent, the next
   * one is made. For a pool whose `create` is slow and whose callers come in bursts. At most `maxSize`. Default 0.
   */
  minIdle?: number | undefined;

  /**
   * How long an acquisition may take, all in all, until it is rejected with `POOL_TIMEOUT`: one deadline from the call on, whatever
   * it waits for. Default 30 000.
   */
  acquireTimeoutMs?: number | undefined;

  /**
   * How long `create` and `onCreate` may take together. After that the acquisition fails with `CREATE_TIMEOUT` and the
   * slot is free again; an instance that comes later is destroyed. Default 30 000.
   */
  createTimeoutMs?: number | undefined;

  /**
   * How long `healthCheck`, `onAcquire` and `onRelease` may take, each. After that the instance counts as unhealthy.
   * Default 5 000.
   */
  checkTimeoutMs?: number | undefined;

  /**
   * How long `destroy` may take, until the slot is free again all the same. Default 5 000.
   */
  destroyTimeoutMs?: number | undefined;

  /**
   * How long an instance whose lease is over may stay in use by what was called through its proxy (an un-awaited call, a
   * stream, an iterator). Meanwhile it is not lent. After that it is destroyed, its streams and iterators with it.
   * Default 30 000.
   */
  drainTimeoutMs?: number | undefined;

  /**
   * How many creations may be under way at the same time, 1 or more. A small number spares a slow backend when many
   * callers come at once, and keeps the pool from growing for a short burst. Default `Infinity`: as many as are waited for.
   */
  createConcurrency?: number | undefined;

  /**
   * How long to wait after failed creations: from `min`, doubled with each failure in a row up to `max`, somewhat
   * spread. Making instances ahead waits from the first failure on, callers from the second one on (the first caller after a
   * failure tries at once). A success ends it. `tryAcquire`, which can't wait, never does.
   * Default `{ min: 100, max: 10_000 }`.
   */
  createBackoffMs?: { readonly min?: number | undefined; readonly max?: number | undefined } | undefined;

  /**
   * How many acquisitions may wait for an instance to come back; the next one is rejected at once with `POOL_OVERLOADED`.
   * Those for whom an instance is being created, checked or prepared don't count. 0 or more. Default `Infinity`.
   */
  maxWaiting?: number | undefined;

  /** How many leases an instance has until it is destroyed, 1 or more. Default `Infinity`. */
  maxUses?: number | undefined;

  /**
   * An instance that is idle for this long is destroyed, down to `minSize` and `minIdle`. Default `Infinity`.
   */
  idleTimeoutMs?: number | undefined;

  /**
   * An instance this old is destroyed, when it comes back if it is in use. Default `Infinity`.
   */
  maxAgeMs?: number | undefined;

  /**
   * The part of `maxAgeMs`, from 0 to 1, by which an instance may go earlier, drawn once for each, so that those made
   * together don't all go together. Default 0.1.
   */
  maxAgeJitter?: number | undefined;

  /**
   * A lease that lasts this long is warned about, once, with the stack of its acquisition, and once more when it comes back after
   * all. Default `Infinity`.
   */
  leaseWarnMs?: number | undefined;

  /**
   * A lease that lasts this long is taken back: its `signal` aborts, its instance is destroyed, its slot is free. What the holder
   * does with the lease after that gives `LEASE_ENDED`. Default `Infinity`.
   */
  maxLeaseMs?: number | undefined;

  /**
   * Whether to record where each lease is taken, for warnings, errors and `stats()`. It costs some microseconds a lease.
   * Default: whether `leaseWarnMs` is given.
   */
  leaseStacks?: boolean | undefined;

  /**
   * Tells whether an instance still works. `false`, a throw, a rejection and no answer within `checkTimeoutMs` all mean unhealthy: the
   * instance is destroyed and not lent. (`undefined` means healthy, for a check that only throws.)
   */
  healthCheck?: ((instance: T) => unknown) | undefined;

  /**
   * How often each idle instance is checked, with `checkOn` `'idle'`; only with a `healthCheck`. Default 30 000.
   */
  healthCheckIntervalMs?: number | undefined;

  /**
   * When instances are checked: `'idle'`, from time to time while they are idle; `'acquire'`, before they are lent
   * (never a new one: it has just been made); `'release'`, when they come back. A check before lending that is refused, or not answered
   * within a quarter of its time, is not waited for alone: others are checked beside it, and new instances made where there is room.
   * Default `['idle']` if there is a `healthCheck`.
   */
  checkOn?: readonly CheckOn[] | undefined;

  /**
   * With `checkOn` `'acquire'`: don't check an instance that came back less than this ago. Default 0: always check.
   */
  checkAfterIdleMs?: number | undefined;

  /** Called once with each new instance, before it is lent. If it fails, the creation failed. */
  onCreate?: ((instance: T) => unknown) | undefined;

  /**
   * Called before an instance is lent. If it fails, the instance is destroyed and the acquisition gets another one; if that happens
   * with two new instances in a row, it is rejected with `CREATE_FAILED`. If its caller has given up meanwhile, `onRelease` undoes it before
   * the instance is idle; without an `onRelease` the instance is destroyed.
   */
  onAcquire?: ((instance: T) => unknown) | undefined;

  /**
   * Called when an instance comes back, to make it fit for the next holder. If it fails, the instance is destroyed. Not
   * called for an instance that is going to be destroyed anyhow.
   */
  onRelease?: ((instance: T) => unknown) | undefined;

  /** Ends an instance. If it fails, that is reported and the instance counts as gone. */
  destroy?: ((instance: T) => unknown) | undefined;

  /** JSON-compatible facts on one instance, for `stats()`, errors and warnings (`facts`). Synchronous. */
  describe?: ((instance: T) => unknown) | undefined;

  /**
   * Which idle instance is lent next: `'lifo'`, the one that came back last, so that those not needed grow old; `'fifo'`,
   * the one unused longest, so that all are used alike. Default `'lifo'`.
   */
  order?: "lifo" | "fifo" | undefined;

  /** How the pool names itself in errors, warnings and events. Default `pool-1`, `pool-2`, … */
  label?: string | undefined;

  /** Where warnings go. Default: `process.emitWarning`, once a kind for each pool. */
  logger?: PoolLogger | undefined;

  /**
   * Time and timers, for tests. With one of your own the time is read exactly at each lease; with the default one, the
   * figures on uses and idle times are exact to a hundredth of a second only, unless `leaseWarnMs`, `maxLeaseMs` or a short `idleTimeoutMs` is given.
   */
  clock?: Clock | undefined;
}

/** Options of one acquisition. */
export interface AcquireOptions {
  /** Overrides `acquireTimeoutMs`; milliseconds, `Infinity` for no limit. */
  timeoutMs?: number | undefined;
  /** When it aborts, the acquisition is rejected at once with its reason. Use this, not `Promise.race`, to give up waiting. */
  signal?: AbortSignal | undefined;
  /**
   * Those with a higher number are served first, and first come first served within one number. Default 0. It interrupts nobody who has an
   * instance, and `maxWaiting` counts all alike.
   */
  priority?: number | undefined;
}

/** Options of {@link Pool.close}. */
export interface CloseOptions {
  /**
   * How long to wait for leases to come back; then they are taken back. Milliseconds, `Infinity` for as long as it takes.
   * Default 10 000.
   */
  graceMs?: number | undefined;
  /** Whether those who wait already are served first, as long as `graceMs` allows. A later call without it ends that. Default false. */
  drain?: boolean | undefined;
}

/** The options with their defaults in place. */
export type Settings<T> = {
  readonly [
    K in keyof Required<PoolOptions<T>> as K extends OptionalFunctions | "createBackoffMs" | "checkOn" ? never : K
  ]: NonNullable<PoolOptions<T>[K]>;
} & { readonly [K in OptionalFunctions]: PoolOptions<T>[K] } & {
  readonly createBackoffMs: { readonly min: number; readonly max: number };
  readonly checkOn: ReadonlySet<CheckOn>;
};

type OptionalFunctions = "healthCheck" | "onCreate" | "onAcquire" | "onRelease" | "destroy" | "describe" | "logger";
