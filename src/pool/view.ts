import type { ErrorCode, HolderInfo } from "../base/errors.js";
import { stateOf } from "./errors.js";
import type { Caller, Holder } from "./holder.js";
import { acquiredAt, type Holders, undescribed } from "./holders.js";
import type { Incident } from "./incidents.js";
import type { Ledger } from "./ledger.js";
import type { Parts } from "./parts.js";
import { figuresOf, type PoolFigures } from "./stats.js";

/** An instance that is leased, or that drains. */
export interface HeldInstance extends Omit<HolderInfo, "facts"> {
  /** The number that `create` was given. */
  readonly instance: number;
  /** Whose lease it is, where somebody has said so. */
  readonly by: Holder | Caller | undefined;
}

/** An acquisition that is not settled. */
export interface WaitingAcquisition extends Pick<HolderInfo, "acquisitionStack"> {
  /** On whose behalf, where somebody has said so. */
  readonly by: Holder | undefined;
  readonly waitedMs: number;
}

/** What the pooled scope sees of its pool, besides what everyone does. */
export class PoolView {
  readonly #parts: Parts<unknown>;
  readonly #ledger: Ledger<unknown>;
  readonly #holders: Holders<unknown>;

  constructor(parts: Parts<unknown>) {
    this.#parts = parts;
    this.#ledger = parts.ledger;
    this.#holders = parts.holders;
  }

  /** Why `tryAcquire` gave nothing: closed, all lent, or something has to be waited for that is no lease. */
  whyNot(): Extract<ErrorCode, "POOL_CLOSED" | "POOL_EXHAUSTED" | "NOT_READY"> {
    const { open, leased, draining, maxSize, isShortOfTotal } = this.#ledger;
    if (!open) return "POOL_CLOSED";
    return leased + draining >= maxSize || isShortOfTotal ? "POOL_EXHAUSTED" : "NOT_READY";
  }

  /** Whether an instance is made, here or with somebody who may give it back. */
  get hasInstances(): boolean {
    return this.#ledger.size > this.#ledger.creating;
  }

  /** Whether somebody has an instance, uses one that was given back, or waits for one. */
  get isInUse(): boolean {
    const { leased, draining, waiting } = this.#ledger;
    return leased + draining + waiting > 0;
  }

  /** Who holds what since when, longest first. */
  holders(): HolderInfo[] {
    return this.#holders.all(this.#ledger.clock.now());
  }

  /** Who has to give back before this pool can lend: of several that share a limit it may be others' holders. */
  lacking(): readonly HolderInfo[] {
    return this.#holders.forErrors(this.#ledger.clock.now());
  }

  /** What `stats()` says, without asking `describe`. */
  figures(): PoolFigures {
    return figuresOf(this.#parts);
  }

  /** Whose the service is behind whose proxy the pool is, if that is known. */
  get owner(): object | undefined {
    return this.#ledger.service?.owner;
  }

  /** What went wrong of late, the oldest first. */
  get incidents(): readonly Incident[] {
    return this.#ledger.incidents.latest;
  }

  /** What is held, longest first; those too whose calls still use what they have given back. */
  held(most: number): HeldInstance[] {
    const now = this.#ledger.clock.now();
    return this.#holders.held(most).map((slot) => {
      const { holder, caller } = slot.lease ?? {};
      return { instance: slot.n, by: holder ?? caller, ...undescribed(slot, now) };
    });
  }

  /** Who waits: first those for whom an instance is being prepared, then the queue in its order. */
  waiting(most: number): WaitingAcquisition[] {
    const { clock, queue } = this.#ledger;
    const waiters = [...queue.assigned].slice(0, most);
    for (let next = queue.head; next !== undefined && waiters.length < most; next = next.behind) waiters.push(next);
    const now = clock.now();
    return waiters.map(({ asked, since, extra }) => {
      const waitedMs = Math.max(0, Math.round(now - since));
      return { by: asked, waitedMs, ...acquiredAt(extra?.site) };
    });
  }

  /** Closes the pool. Leases are taken back now; what is draining may go on for so long. */
  shutDown(drainMs: number): Promise<void> {
    return this.#parts.closing.close(0, false, drainMs);
  }

  /** The state of the pool in a few words, for messages. */
  describeState(): string {
    return stateOf(this.#ledger);
  }
}
