import type { Core } from "./core.js";
import { closed } from "./messages.js";

/** Those who wait until `minSize` instances exist. */
export class Readiness<T> {
  #waiters: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  readonly #core: Core<T>;

  constructor(core: Core<T>) {
    this.#core = core;
  }

  /** Whether there is anybody. */
  get awaited(): boolean {
    return this.#waiters.length > 0;
  }

  /** Resolves when `minSize` is reached, rejects when the next attempt to get there fails. */
  wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#core.open) reject(closed(this.#core));
      else {
        this.#waiters.push({ resolve, reject });
        this.#core.keepAlive();
        this.settle();
      }
    });
  }

  settle(error?: unknown): void {
    const { size, creating, settings, maxSize } = this.#core;
    const reached = size - creating >= Math.min(settings.minSize, maxSize);
    if (this.#waiters.length === 0 || (error === undefined && !reached)) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { resolve, reject } of waiters) {
      if (error === undefined) resolve();
      else reject(error);
    }
    this.#core.keepAlive();
  }
}
