import { closed } from "./errors.js";
import type { Ledger } from "./ledger.js";

/** What readiness asks of the pool. */
export interface ReadinessPort {
  /** The first caller begins to wait, or the last one has stopped. */
  waitingChanged(): void;
}

/** Those who wait until as many instances exist as are made ahead. */
export class Readiness<T> {
  /** Whether there are any. */
  awaited = false;
  #waiters: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  readonly #ledger: Ledger<T>;
  readonly #port: ReadinessPort;

  constructor(ledger: Ledger<T>, port: ReadinessPort) {
    this.#ledger = ledger;
    this.#port = port;
  }

  /** Resolves when there are as many, rejects when the next attempt to get there fails. */
  wait(): Promise<void> {
    const { accepts, label } = this.#ledger;
    return new Promise((resolve, reject) => {
      if (!accepts) return reject(closed(label));
      this.#waiters.push({ resolve, reject });
      this.#await(true);
      this.sizeChanged();
    });
  }

  /** There may be enough by now. */
  sizeChanged(): void {
    if (!this.awaited) return;
    const { size, creating, wanted } = this.#ledger;
    if (size - creating >= wanted) this.#settle(({ resolve }) => resolve());
  }

  fail(error: unknown): void {
    if (this.awaited) this.#settle(({ reject }) => reject(error));
  }

  #settle(one: (waiter: { readonly resolve: () => void; readonly reject: (error: unknown) => void }) => void): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) one(waiter);
    this.#await(false);
  }

  #await(awaited: boolean): void {
    this.awaited = awaited;
    this.#port.waitingChanged();
  }
}
