/**
 * Events, through Node's `diagnostics_channel`. They cost nothing without a listener.
 *
 * | channel | when | message |
 * |---|---|---|
 * | `inversify-scopes:pool:acquire` | a lease begins | {@link AcquireEvent} |
 * | `inversify-scopes:pool:release` | a lease ends | {@link ReleaseEvent} |
 * | `inversify-scopes:pool:create` | an instance was made, or could not be | {@link CreateEvent} |
 * | `inversify-scopes:pool:destroy` | an instance is gone | {@link DestroyEvent} |
 * | `inversify-scopes:pool:timeout` | an acquisition passed its deadline | {@link TimeoutEvent} |
 * | `inversify-scopes:pool:leak` | a lease is held too long, was taken back, or was dropped | {@link LeakEvent} |
 *
 * (`inversify-scopes:pool:deadlock` is published by the deadlock detection of contexts.)
 *
 * And two `TracingChannel`s, whose object goes through all events of one operation: `inversify-scopes:acquire`
 * ({@link AcquireTraceEvent}) and `inversify-scopes:create` ({@link CreateTraceEvent}).
 *
 * @example
 * ```ts
 * import { subscribe, unsubscribe } from "node:diagnostics_channel";
 *
 * const onAcquire = (message: unknown): void => {
 *   const { pool, waitedMs } = message as AcquireEvent;
 *   histogram.record(waitedMs, { pool });
 * };
 * subscribe("inversify-scopes:pool:acquire", onAcquire);
 * // … and when it is no longer wanted, since leases cost more while somebody listens:
 * unsubscribe("inversify-scopes:pool:acquire", onAcquire);
 * ```
 *
 * @module
 */

import { channel, type TracingChannel, tracingChannel } from "node:diagnostics_channel";

import { audienceOf } from "../base/audience.js";
import type { HolderInfo } from "../base/errors.js";
import { channelsOf, type TraceEvent } from "../base/trace.js";
import type { PoolEvent } from "./pool-event.js";
import type { DestroyReason } from "./slot.js";

/** A lease begins. */
export interface AcquireEvent<P = object> extends PoolEvent<P> {
  /** The number that `create` was given. */
  readonly instance: number;
  /** 0 for one who was served at once. */
  readonly waitedMs: number;
}

/** A lease ends. */
export interface ReleaseEvent<P = object> extends PoolEvent<P> {
  readonly instance: number;
  /** How long the instance was held. */
  readonly heldMs: number;
  /** Given back, to be lent again or to be destroyed; taken back by the pool; or dropped, and found by the garbage collector. */
  readonly end: "released" | "discarded" | "taken-back" | "abandoned";
}

/** An instance was made, or could not be: then there is an `error`. */
export interface CreateEvent<P = object> extends PoolEvent<P> {
  /** The number that `create` was given. */
  readonly instance: number;
  readonly durationMs: number;
  readonly error?: unknown;
}

/** An instance is gone; `error` says how `destroy` failed, if it did. */
export interface DestroyEvent<P = object> extends PoolEvent<P> {
  readonly instance: number;
  readonly reason: DestroyReason;
  readonly error?: unknown;
}

/** An acquisition passed its deadline. */
export interface TimeoutEvent<P = object> extends PoolEvent<P> {
  readonly timeoutMs: number;
  /** The `POOL_TIMEOUT` that it was rejected with. */
  readonly error: unknown;
}

/** A lease is held too long, was taken back, or was garbage collected without having been released. */
export interface LeakEvent<P = object> extends PoolEvent<P> {
  readonly instance: number;
  readonly what: "held-long" | "taken-back" | "abandoned";
  readonly holder: HolderInfo;
}

export const acquireChannel = channel("inversify-scopes:pool:acquire");
export const releaseChannel = channel("inversify-scopes:pool:release");
export const createChannel = channel("inversify-scopes:pool:create");
export const destroyChannel = channel("inversify-scopes:pool:destroy");
export const timeoutChannel = channel("inversify-scopes:pool:timeout");
export const leakChannel = channel("inversify-scopes:pool:leak");

/** On the `TracingChannel` `inversify-scopes:acquire`: an acquisition, from the wish to the lease. */
export interface AcquireTraceEvent<P = object> extends PoolEvent<P>, TraceEvent {
  /** The service behind whose proxy the pool is. */
  readonly service?: string;
  /** The name and the id of the context in which it was asked for, if there is one. */
  readonly context?: string;
  readonly contextId?: number;
  /** Known when it is over. */
  waitedMs?: number;
}

/** On the `TracingChannel` `inversify-scopes:create`: `create` and `onCreate` of one instance. */
export interface CreateTraceEvent<P = object> extends PoolEvent<P>, TraceEvent {
  readonly service?: string;
  readonly instance: number;
  /** Known when it is over. */
  durationMs?: number;
}

// The type is named bare: its parameters have another order in @types/node 26.
export const acquireTracing: TracingChannel = tracingChannel("inversify-scopes:acquire");
export const createTracing: TracingChannel = tracingChannel("inversify-scopes:create");

/** Those who are told of each lease: without them there is a shorter way. */
export const leaseAudience = audienceOf("leases", [acquireChannel, releaseChannel, ...channelsOf(acquireTracing)]);
