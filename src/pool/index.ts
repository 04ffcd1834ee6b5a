/**
 * The pool alone: no inversify, no decorators.
 *
 * @module inversify-scopes/pool
 */

export { Pool } from "./pool.js";
export { Lease } from "./lease.js";
export { ScopeError, type ErrorCode, type HolderInfo, type PoolTimeoutStage } from "../base/errors.js";
export type { Clock } from "./time/clock.js";
export type { DestroyReason } from "./slot.js";
export type {
  AcquireEvent,
  AcquireTraceEvent,
  CreateEvent,
  CreateTraceEvent,
  DestroyEvent,
  LeakEvent,
  PoolEvent,
  ReleaseEvent,
  TimeoutEvent,
} from "./events.js";
export type { AcquireOptions, CheckOn, CloseOptions, CreateContext, PoolLogger, PoolOptions } from "./options.js";
export type { DurationStats, InstanceStats, PoolStats } from "./stats.js";
export type { WarningKind } from "./warnings.js";
