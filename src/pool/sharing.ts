import type { HolderInfo } from "../base/errors.js";
import type { Named } from "./holder.js";
import type { Holders } from "./holders.js";
import type { Ledger } from "./ledger.js";
import type { DestroyReason, Slot } from "./slot.js";
import type { Share, Sharer, Total } from "./total.js";

/** What sharing asks of the pool. */
export interface SharingPort<T> {
  /** See {@link Sharer.demands}. */
  demands(): Iterable<number>;
  /** There may be room. */
  pump(): void;
  destroy(slot: Slot<T>, reason: DestroyReason): void;
}

/** One pool's part of a limit that it shares with other pools: it asks for slots, and gives up idle instances for others. */
export class Sharing<T> implements Sharer, Share {
  readonly #total: Total;
  readonly #ledger: Ledger<T>;
  readonly #holders: Holders<T>;
  readonly #port: SharingPort<T>;

  constructor(total: Total, ledger: Ledger<T>, holders: Holders<T>, port: SharingPort<T>) {
    this.#total = total;
    this.#ledger = ledger;
    this.#holders = holders;
    this.#port = port;
  }

  // ---- What the pool asks of the limit -------------------------------------------------------------------------

  get used(): number {
    return this.#total.used;
  }

  get max(): number {
    return this.#total.max;
  }

  get isFull(): boolean {
    return this.#total.isFull;
  }

  take(order: number | undefined): boolean {
    return this.#total.take(this, order);
  }

  leaving(): void {
    this.#total.leaving();
  }

  gone(wasLeaving: boolean): void {
    this.#total.gone(this, wasLeaving);
  }

  claims(order: number | undefined): boolean {
    return this.#total.claims(this, order);
  }

  idles(): void {
    this.#total.idles(this);
  }

  settle(): void {
    this.#total.settle();
  }

  left(): void {
    this.#total.left(this);
  }

  blockers(): Iterable<Named> | undefined {
    return this.#total.blockers();
  }

  holders(now: number, most: number): readonly HolderInfo[] {
    return this.#total.holders(now, most);
  }

  // ---- What the limit asks of the pool -------------------------------------------------------------------------

  demands(): Iterable<number> {
    return this.#port.demands();
  }

  giveUpIdle(): boolean {
    const handle = this.#ledger.idle.takeOldest();
    if (handle !== undefined) this.#port.destroy(handle.slot, "evicted");
    return handle !== undefined;
  }

  pump(): void {
    this.#port.pump();
  }

  ownBlockers(): Iterable<Named> | undefined {
    return this.#ledger.ownBlockers();
  }

  ownHolders(now: number): readonly HolderInfo[] {
    return this.#holders.all(now);
  }
}
