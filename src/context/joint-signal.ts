import type { Abortable } from "../base/abort-source.js";
import { offAbort, onAbort } from "../base/on-abort.js";

/**
 * A signal that aborts with the first of others. It does not use `AbortSignal.any`, which leaves a trace on long-lived signals.
 */
export class JointSignal {
  readonly #controller = new AbortController();
  readonly #signals: readonly Abortable[];
  readonly #passOn = (): void => this.abort(this.#signals.find(({ aborted }) => aborted)!.reason);

  constructor(signals: readonly Abortable[], aborted: Abortable | undefined) {
    this.#signals = aborted === undefined ? signals : [];
    if (aborted !== undefined) this.abort(aborted.reason);
    for (const signal of this.#signals) onAbort(signal, this.#passOn);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** From now on it does not follow the others. */
  stop(): void {
    for (const signal of this.#signals) offAbort(signal, this.#passOn);
  }
}
