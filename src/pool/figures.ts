import type { DestroyReason } from "./slot.js";

/** A running figure of durations, in milliseconds. */
export class Duration {
  count = 0;
  totalMs = 0;
  maxMs = 0;

  add(ms: number): void {
    this.count++;
    this.totalMs += ms;
    this.maxMs = Math.max(this.maxMs, ms);
  }
}

/** How many instances were destroyed, for each reason. */
export type Destroyed = Readonly<Record<DestroyReason, number>>;

const NONE: Destroyed = {
  closed: 0,
  discarded: 0,
  idle: 0,
  maxAge: 0,
  maxUses: 0,
  unhealthy: 0,
  broken: 0,
  recycled: 0,
  resized: 0,
  evicted: 0,
  resetFailed: 0,
  acquireFailed: 0,
  createFailed: 0,
  late: 0,
  takenBack: 0,
  abandoned: 0,
  drainTimeout: 0,
};

/** What has been counted since the pool began. */
export class Figures {
  /** How long those acquisitions waited that were not served at once. */
  readonly waits = new Duration();
  /** How many leases the instances had that are gone. */
  usesOfGone = 0;
  /** How long the leases lasted that have ended. */
  useTotalMs = 0;
  useMaxMs = 0;
  created = 0;
  createAttempts = 0;
  createFailures = 0;
  readonly creations = new Duration();
  /** All pools share it until they have destroyed something. */
  destroyed = NONE;
  destroyFailures = 0;
  checks = 0;
  checkFailures = 0;
  timeouts = 0;
  aborts = 0;
  rejectedByLimit = 0;
  hookFailures = 0;
  longLeases = 0;
  doubleReleases = 0;
  /** How many calls of user code still run after their time-out. */
  timedOutStillRunning = 0;

  countDestroyed(reason: DestroyReason): void {
    this.destroyed = { ...this.destroyed, [reason]: this.destroyed[reason] + 1 };
  }

  usedMs(ms: number): void {
    this.useTotalMs += ms;
    this.useMaxMs = Math.max(this.useMaxMs, ms);
  }
}
