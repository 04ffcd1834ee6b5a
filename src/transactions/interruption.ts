import type { ScopeError } from "../base/errors.js";
import { isThenable } from "../base/is-thenable.js";
import { timeLimit } from "../base/time-limit.js";

/** What can be interrupted: a transaction. */
interface Interruptible {
  interrupt(reason: ScopeError): void;
}

/** What ends a transaction before its body does: its time is up, its context ends, or what it is nested in ends. */
export class Interruption {
  readonly #host: Interruptible;
  #reason: ScopeError | undefined;
  /** Rejects what the transaction waits for. */
  #reject: ((reason: unknown) => void) | undefined;
  #liftLimit: (() => void) | undefined;

  constructor(host: Interruptible) {
    this.#host = host;
  }

  /** Interrupts the transaction after so many milliseconds, if any, unless it has a limit already. */
  limit(ms: number | undefined, tooLate: (ms: number) => ScopeError): void {
    if (ms === undefined) return;
    this.#liftLimit ??= timeLimit(ms, () => this.#host.interrupt(tooLate(ms)));
  }

  liftLimit(): void {
    this.#liftLimit?.();
  }

  /** The transaction is interrupted: it waits no longer. The first reason counts. */
  come(reason: ScopeError): void {
    this.#reason ??= reason;
    this.#reject?.(this.#reason);
  }

  /** Whether this error is the reason. */
  isReason(error: unknown): boolean {
    return this.#reason !== undefined && error === this.#reason;
  }

  throwIfCome(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  /** Waits for something, unless the interruption comes before. */
  until<R>(pending: R | PromiseLike<R>): R | Promise<R> {
    if (!isThenable(pending)) return pending;
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      pending.then(resolve, reject);
    });
  }

  /** From now on it interrupts no waiting. */
  release(): void {
    this.liftLimit();
    this.#reject = undefined;
  }
}
