import type { Holder } from "./holder.js";
import type { Lease } from "./lease.js";
import type { Ledger } from "./ledger.js";
import type { CallSite, Handle } from "./slot.js";
import { Waiter, type WaiterHost } from "./wait-queue.js";

/** What trying asks of the pool. */
export interface TryingPort<T> {
  lend(handle: Handle<T>, holder: Holder | undefined, site: CallSite | undefined): Lease<T>;
  /** Whether lending the next idle instance, or a new one, is known to take time. */
  lendingTakesTime(next: Handle<T> | undefined): boolean;
  /** A waiter was added to the queue. */
  pump(): void;
}

/** All that can be done for an acquisition that does not wait. */
export class Trying<T> {
  readonly #ledger: Ledger<T>;
  readonly #host: WaiterHost<T>;
  readonly #port: TryingPort<T>;

  constructor(ledger: Ledger<T>, host: WaiterHost<T>, port: TryingPort<T>) {
    this.#ledger = ledger;
    this.#host = host;
    this.#port = port;
  }

  tryAcquire(holder: Holder | undefined, site: CallSite | undefined): Lease<T> | undefined {
    const { accepts, canLend, idle, maxSize, queue, slots } = this.#ledger;
    if (!accepts || queue.length > 0) return undefined;
    const next = idle.peek();
    if (next === undefined && slots.size >= maxSize) return undefined;
    if (next !== undefined && canLend) return this.#port.lend(idle.take()!, holder, site);
    if (this.#port.lendingTakesTime(next)) return undefined;
    const outcome: { lease?: Lease<T>; failure?: { readonly error: unknown } } = {};
    const lent = (lease: Lease<T>): void => void (outcome.lease = lease);
    const failed = (error: unknown): void => void (outcome.failure = { error });
    const waiter = new Waiter(this.#host, holder, lent, failed, true);
    if (site !== undefined) waiter.ensureExtra().site = site;
    queue.add(waiter);
    this.#port.pump();
    if (outcome.lease !== undefined) return outcome.lease;
    if (outcome.failure !== undefined) throw outcome.failure.error;
    waiter.creation?.abandon();
    waiter.reject(undefined);
    return undefined;
  }
}
