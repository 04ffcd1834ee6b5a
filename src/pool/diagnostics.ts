/**
 * Events, through Node's `diagnostics_channel`. They cost nothing without a listener.
 *
 * | channel | when | message |
 * |---|---|---|
 * | `inversify-scopes:pool:acquire` | an acquisition that had to wait was served | {@link AcquireEvent} |
 * | `inversify-scopes:pool:create` | an instance was made, or could not be | {@link CreateEvent} |
 * | `inversify-scopes:pool:destroy` | an instance is gone | {@link DestroyEvent} |
 * | `inversify-scopes:pool:timeout` | an acquisition passed its deadline | {@link TimeoutEvent} |
 * | `inversify-scopes:pool:leak` | a lease is held too long, was taken back, or was dropped | {@link LeakEvent} |
 *
 * (`inversify-scopes:pool:deadlock` is published by the deadlock detection of contexts.)
 *
 * @example
 * ```ts
 * import { subscribe } from "node:diagnostics_channel";
 *
 * subscribe("inversify-scopes:pool:acquire", (message) => {
 *   const { pool, waitedMs } = message as AcquireEvent;
 *   histogram.record(waitedMs, { pool });
 * });
 * ```
 *
 * @module
 */

import { channel } from "node:diagnostics_channel";

import type { HolderInfo } from "../base/errors.js";
import type { DestroyReason } from "./slot.js";

/** What all events of pools tell. */
export interface PoolEvent {
  /** The pool's label. */
  readonly pool: string;
}

/** An acquisition that had to wait was served. */
export interface AcquireEvent extends PoolEvent {
  readonly waitedMs: number;
}

/** An instance was made, or could not be: then there is an `error`. */
export interface CreateEvent extends PoolEvent {
  /** The number that `create` was given. */
  readonly instance: number;
  readonly durationMs: number;
  readonly error?: unknown;
}

/** An instance is gone; `error` says how `destroy` failed, if it did. */
export interface DestroyEvent extends PoolEvent {
  readonly instance: number;
  readonly reason: DestroyReason;
  readonly error?: unknown;
}

/** An acquisition passed its deadline. */
export interface TimeoutEvent extends PoolEvent {
  readonly timeoutMs: number;
  /** The `POOL_TIMEOUT` that it was rejected with. */
  readonly error: unknown;
}

/** A lease is held too long, was taken back, or was garbage collected without having been released. */
export interface LeakEvent extends PoolEvent {
  readonly instance: number;
  readonly what: "held-long" | "taken-back" | "abandoned";
  readonly holder: HolderInfo;
}

export const acquireChannel = channel("inversify-scopes:pool:acquire");
export const createChannel = channel("inversify-scopes:pool:create");
export const destroyChannel = channel("inversify-scopes:pool:destroy");
export const timeoutChannel = channel("inversify-scopes:pool:timeout");
export const leakChannel = channel("inversify-scopes:pool:leak");
