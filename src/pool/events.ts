/**
 * The messages on the channels of pools, as `docs/pools.md` lists them.
 *
 * @module
 */

import type * as told from "./diagnostics.js";
import type { PoolEvent as OfPool } from "./pool-event.js";
import type { Pool } from "./pool.js";

/** What all events of pools tell. */
export type PoolEvent = OfPool<Pool<unknown>>;
/** A lease begins. */
export type AcquireEvent = told.AcquireEvent<Pool<unknown>>;
/** A lease ends. */
export type ReleaseEvent = told.ReleaseEvent<Pool<unknown>>;
/** An instance was made, or could not be: then there is an `error`. */
export type CreateEvent = told.CreateEvent<Pool<unknown>>;
/** An instance is gone; `error` says how `destroy` failed, if it did. */
export type DestroyEvent = told.DestroyEvent<Pool<unknown>>;
/** An acquisition passed its deadline. */
export type TimeoutEvent = told.TimeoutEvent<Pool<unknown>>;
/** A lease is held too long, was taken back, or was garbage collected without having been released. */
export type LeakEvent = told.LeakEvent<Pool<unknown>>;
/** On the `TracingChannel` `inversify-scopes:acquire`: an acquisition, from the wish to the lease. */
export type AcquireTraceEvent = told.AcquireTraceEvent<Pool<unknown>>;
/** On the `TracingChannel` `inversify-scopes:create`: `create` and `onCreate` of one instance. */
export type CreateTraceEvent = told.CreateTraceEvent<Pool<unknown>>;
