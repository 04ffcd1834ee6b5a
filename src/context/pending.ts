import type { Abortable } from "../base/abort-source.js";
import { offAbort, onAbort } from "../base/on-abort.js";
import type { Pending } from "./entry.js";

/** A context's signals, and the first of them that has aborted. */
interface Signals {
  readonly signals: readonly Abortable[];
  readonly aborted: Abortable | undefined;
}

/** The acquisitions of a context that are under way. They listen to its signals only while there are any. */
export class PendingAcquisitions {
  readonly #context: Signals;
  readonly #pending = new Set<Pending>();
  readonly #onAbort = (): void => this.cancel(this.#context.aborted!.reason);

  constructor(context: Signals) {
    this.#context = context;
  }

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  get services(): string[] {
    return [...new Set(Array.from(this.#pending, ({ service }) => service))];
  }

  add(pending: Pending): void {
    if (this.isEmpty) for (const signal of this.#context.signals) onAbort(signal, this.#onAbort);
    this.#pending.add(pending);
    // The factory may have aborted the signal itself. Its caller begins to wait only after this call.
    if (this.#context.aborted !== undefined) queueMicrotask(this.#onAbort);
  }

  remove(pending: Pending): void {
    if (this.#pending.delete(pending) && this.isEmpty) this.#unlisten();
  }

  cancel(reason: unknown): void {
    if (this.isEmpty) return;
    const cancelled = [...this.#pending];
    this.#pending.clear();
    this.#unlisten();
    for (const acquisition of cancelled) acquisition.cancel(reason);
  }

  #unlisten(): void {
    for (const signal of this.#context.signals) offAbort(signal, this.#onAbort);
  }
}
