import type { ScopeError } from "../base/errors.js";
import type { PoolEvent } from "./pool-event.js";

/** Whoever holds or awaits something, as errors and `stats()` call it. */
export interface Named {
  readonly name: string;
}

/**
 * Whoever holds or awaits an instance on behalf of something longer than one call: for the container's pooled scope an
 * async context. The pool names it in errors and statistics and tells it what it must know; it never looks inside.
 */
export interface Holder extends Named {
  /** The holder's acquisition has to wait. Never called where nobody waits. */
  waitBegan(wait: Wait): void;
  /** That wait is over: served, failed, cancelled or timed out. Called before the holder's promise settles. */
  waitEnded(wait: Wait): void;
  /** The pool took its lease back (`maxLeaseMs`, `close` after its grace): the holder must not use it any more. */
  leaseLost(reason: ScopeError): void;
}

/** The service whose instances a pool lends. */
export interface PooledService {
  readonly name: string;
  /** Whose it is, if that is known. */
  readonly owner: object | undefined;
}

/** One pending acquisition of a {@link Holder}, as deadlock detection sees it. */
export interface Wait {
  readonly holder: Named;
  /** What it waits for: a pool, or something else that has a limit. */
  readonly pool: {
    /** How the pool names itself. */
    readonly label: string;
    /** What all its events tell; only pools have events. */
    readonly event?: PoolEvent;
    /** What to do about a deadlock, if it is not what one does about that of a pool. */
    readonly remedy?: string;
    /**
     * Everyone who must act before the pool can lend again, or `undefined` if it may lend without any holder: there is
     * room, an instance idle or on its way (creating, checking, resetting, destroying), or a lease without a holder.
     */
    blockers(): Iterable<Named> | undefined;
    /** It will be rejected because it would wait for ever. */
    deadlocked?(waiting: Named, error: ScopeError): void;
  };
  /** Counts up through the process: the higher, the later it began. */
  readonly order: number;
  /** Leaves the queue and rejects the acquisition with this error; harmless once settled. */
  reject(error: ScopeError): void;
}

/** A call that has a lease to itself. */
export interface Caller {
  /** As errors and `stats()` call it. */
  readonly name: string;
}

/** What still uses an instance whose lease is over. */
export interface InUse {
  /** Who held the lease. */
  readonly holder: string;
  /** What still runs, in a few words: `query, called in GET /orders`. */
  describe(): string;
  /** Called once when nothing uses the instance any more; the pool sets it. */
  onOver: (() => void) | undefined;
  /** Ends what can be ended: streams and iterators. Their users are told the reason. */
  cut(reason: ScopeError): void;
}
